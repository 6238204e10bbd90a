import assert from "node:assert/strict";
import { test } from "node:test";
import nano from "nano";

import { eventually } from "../eventually.mjs";
import { account, api, func, password, url, urlWithPassword, user } from "./server.js";

const server = nano(urlWithPassword);
const db = server.use("functions");

async function refused(promise, statusCode, reason) {
  await assert.rejects(promise, (error) => {
    assert.equal(error.statusCode, statusCode, error.message);
    assert.match(error.reason ?? error.description, reason);
    return true;
  });
}

test("what the server and the database say of themselves", async () => {
  assert.equal((await server.info()).couchdb, "Welcome");
  assert.deepEqual(await server.db.list(), ["functions"]);
  assert.equal((await server.uuids(3)).uuids.length, 3);
  const info = await server.db.get("functions");
  assert.equal(info.db_name, "functions");
  assert.equal(typeof info.doc_count, "number");
  await refused(server.db.create("functions"), 412, /already exists/);
  await refused(server.db.create("other"), 403, /only database/);
  await refused(server.db.destroy("functions"), 403, /not deleted/);
  await refused(server.db.get("other"), 404, /Database does not exist/);
  assert.equal((await server.db.compact("functions")).ok, true);
});

test("a document's life", async () => {
  const id = "nano/one ä+";
  const { rev } = await db.insert({ color: "red" }, id);
  assert.match(rev, /^1-/);
  const found = await db.get(id);
  assert.deepEqual(found, { _id: id, _rev: rev, color: "red" });
  const head = await db.head(id);
  assert.equal(head.etag, `"${rev}"`);
  const second = await db.insert({ ...found, color: "blue" });
  assert.match(second.rev, /^2-/);
  await refused(db.insert({ color: "green" }, id), 409, /conflict/);
  await refused(db.insert({ _rev: rev, color: "green" }, id), 409, /conflict/);
  const { _revisions } = await db.get(id, { revs: true });
  assert.deepEqual(_revisions, { start: 2, ids: [second.rev.slice(2), rev.slice(2)] });
  const info = await db.get(id, { revs_info: true });
  assert.deepEqual(info._revs_info[0], { rev: second.rev, status: "available" });
  await refused(db.destroy(id, rev), 409, /conflict/);
  const gone = await db.destroy(id, second.rev);
  assert.match(gone.rev, /^3-/);
  await refused(db.get(id), 404, /deleted/);
  await refused(db.get("nano-never"), 404, /missing/);
  const tombstone = await db.get(id, { rev: gone.rev });
  assert.equal(tombstone._deleted, true);
  const again = await db.insert({ color: "white" }, id);
  assert.match(again.rev, /^4-/);
});

test("many documents at once", async () => {
  const docs = Array.from({ length: 120 }, (_, n) => ({ _id: `nano-bulk-${String(n).padStart(3, "0")}`, n }));
  const written = await db.bulk({ docs });
  assert.ok(written.every((it) => it.ok));
  const again = await db.bulk({ docs: [docs[0], { ...docs[1], _rev: written[1].rev, n: "new" }, { n: "made up" }] });
  assert.equal(again[0].error, "conflict");
  assert.match(again[1].rev, /^2-/);
  assert.equal(again[2].id.length, 32);

  const range = { start_key: "nano-bulk-", end_key: "nano-bulk-\ufff0" };
  const all = await db.list({ ...range, include_docs: true });
  assert.equal(all.rows.length, 120);
  assert.equal(all.rows[1].doc.n, "new");
  const page = await db.list({ ...range, limit: 10, skip: 115 });
  assert.deepEqual(page.rows.map((it) => it.id), docs.slice(115).map((it) => it._id));
  const last = await db.list({ start_key: range.end_key, end_key: range.start_key, descending: true, limit: 1 });
  assert.equal(last.rows[0].id, "nano-bulk-119");
  const fetched = await db.fetch({ keys: ["nano-bulk-005", "nano-bulk-none"] });
  assert.equal(fetched.rows[0].doc.n, 5);
  assert.equal(fetched.rows[1].error, "not_found");
  const revs = await db.fetchRevs({ keys: ["nano-bulk-001"] });
  assert.equal(revs.rows[0].value.rev, again[1].rev);
});

test("what cannot be a document or a function is refused", async () => {
  await refused(db.insert({ _unknown: 1 }, "nano-bad"), 400, /special document member/);
  await refused(db.insert({}, "_reserved"), 404, /missing/);
  await refused(db.insert(func({ function_js: 1 }), "nano-bad"), 403, /function_js/);
  await refused(db.attachment.insert("nano-bad", "a.txt", "x", "text/plain"), 404, /attachment/);
});

test("functions are the API's functions", async () => {
  const { rev } = await db.insert(func({ name: "from nano", pvt_custom: [1] }), "nano-function");
  const read = await api("GET", "/nano-function");
  assert.equal(read.data.name, "from nano");
  assert.equal(read.revision, rev);
  const patched = await api("PATCH", "/nano-function", { custom: "value" });
  const doc = await db.get("nano-function");
  assert.equal(doc._rev, patched.revision);
  assert.equal(doc.custom, "value");
  assert.deepEqual(doc.pvt_custom, [1]);

  const created = await api("PUT", "", { name: "from the API", function_js: "return {module: 'hangup', data: {}}" });
  const other = await db.get(created.data.id);
  assert.equal(other.pvt_account_id, account);
  assert.equal(other.pvt_type, "function");
  await db.insert({ ...other, pvt_deleted: true });
  assert.equal((await api("GET", `/${created.data.id}`)).status, 404);
});

test("a design document is kept, and its views and shows are answered", async () => {
  await db.insert({ language: "javascript", views: {}, shows: {} }, "_design/functions");
  assert.equal((await db.get("_design/functions")).language, "javascript");
  const functions = ["a", "b", "c"].map((id) => func({ _id: `nano-view-${id}`, name: id, enabled: id !== "b" }));
  await db.bulk({ docs: functions });
  const mine = { start_key: [account], end_key: [account, {}] };
  const listed = await db.view("functions", "crossbar_listing", mine);
  const rows = listed.rows.filter((it) => it.id.startsWith("nano-view-"));
  assert.deepEqual(rows.map((it) => [it.key[1], it.value.name, it.value.enabled]), [
    ["nano-view-a", "a", true],
    ["nano-view-b", "b", false],
    ["nano-view-c", "c", true],
  ]);
  assert.equal(listed.total_rows, listed.rows.length);
  const enabled = await db.view("functions", "functions_listing", { keys: ["a", "b"].map((it) => [account, `nano-view-${it}`]) });
  assert.deepEqual(enabled.rows.map((it) => it.id), ["nano-view-a"]);
  const [count] = (await db.view("functions", "accounts_listing", { group: true })).rows;
  assert.deepEqual(count, { key: account, value: listed.rows.length });
  const docs = await db.view("functions", "crossbar_listing", { key: [account, "nano-view-a"], include_docs: true });
  assert.equal(docs.rows[0].doc.name, "a");
  await refused(db.view("functions", "nope"), 404, /missing_named_view/);
  await refused(db.view("other", "crossbar_listing"), 404, /missing_named_view/);

  const flow = await db.show("functions", "wh", "nano-view-a", { To: "you" });
  assert.deepEqual(flow, { module: "tts", data: { text: "hello you" } });
  assert.deepEqual(await db.show("functions", "wh", "nano-none"), { error: "empty function definition" });
});

test("changes, at once, one by one and as they come", async () => {
  const before = (await db.changes({ limit: 0, since: "now" })).last_seq;
  await db.bulk({ docs: [{ _id: "nano-change-1" }, { _id: "nano-change-2" }] });
  const changes = await db.changes({ since: before, include_docs: true });
  assert.deepEqual(changes.results.map((it) => it.id), ["nano-change-1", "nano-change-2"]);
  assert.equal(changes.results[0].doc._id, "nano-change-1");
  assert.equal(changes.pending, 0);
  const first = await db.changes({ since: before, limit: 1 });
  assert.ok(first.pending > 0);
  const rest = await db.changes({ since: first.last_seq });
  assert.deepEqual(rest.results.map((it) => it.id), ["nano-change-2"]);
  const newest = await db.changes({ descending: true, limit: 1 });
  assert.equal(newest.results[0].id, "nano-change-2");

  const spooled = await new Promise((resolve, reject) => {
    const ids = [];
    db.changesReader.spool({ since: 0, batchSize: 50 })
      .on("batch", (batch) => ids.push(...batch.map((it) => it.id)))
      .on("end", () => resolve(ids))
      .on("error", reject);
  });
  assert.equal(new Set(spooled).size, spooled.length);
  assert.ok(spooled.includes("nano-change-1"));

  const followed = [];
  const reader = db.changesReader.start({ since: rest.last_seq, includeDocs: true });
  reader.on("change", (change) => followed.push(change));
  const created = await api("PUT", "", { name: "followed", function_js: "return 1" });
  await eventually("the change arrives", () => followed.find((it) => it.id === created.data.id));
  db.changesReader.stop();
});

test("revisions and conflicts by the rules of replication", async () => {
  const id = "nano-tree";
  await db.bulk({ new_edits: false, docs: [{ _id: id, _rev: "2-b", _revisions: { start: 2, ids: ["b", "a"] }, n: "b" }] });
  await db.bulk({ new_edits: false, docs: [{ _id: id, _rev: "2-c", _revisions: { start: 2, ids: ["c", "a"] }, n: "c" }] });
  assert.equal((await db.get(id)).n, "c");
  await db.bulk({ new_edits: false, docs: [{ _id: id, _rev: "2-a", _revisions: { start: 2, ids: ["a", "a"] }, n: "a" }] });
  assert.equal((await db.get(id)).n, "c");
  const diff = await server.request({ db: "functions", path: "_revs_diff", method: "POST", body: { [id]: ["2-a", "2-b", "2-c", "3-x"] } });
  assert.deepEqual(diff, { [id]: { missing: ["3-x"], possible_ancestors: ["2-c"] } });
  const missing = await server.request({ db: "functions", path: "_missing_revs", method: "POST", body: { [id]: ["2-c", "3-x"] } });
  assert.deepEqual(missing, { missing_revs: { [id]: ["3-x"] } });
  const open = await server.request({ db: "functions", doc: id, qs: { open_revs: '["2-c","9-z"]', revs: true } });
  assert.equal(open[0].ok.n, "c");
  assert.deepEqual(open[1], { missing: "9-z" });
  const got = await server.request({ db: "functions", path: "_bulk_get", method: "POST", body: { docs: [{ id }, { id: "nano-none" }] } });
  assert.equal(got.results[0].docs[0].ok._rev, "2-c");
  assert.equal(got.results[1].docs[0].error.error, "not_found");
});

test("a session is as good as a password", async () => {
  const visitor = nano(url);
  await refused(visitor.use("functions").get("x"), 401, /Authentication required/);
  await refused(visitor.auth(user, "wrong"), 401, /incorrect/);
  assert.equal((await visitor.session()).userCtx.name, null);
  assert.equal((await visitor.auth(user, password)).name, user);
  assert.equal((await visitor.session()).userCtx.name, user);
  assert.equal((await visitor.db.get("functions")).db_name, "functions");
});
