import assert from "node:assert/strict";
import { test } from "node:test";
import PouchDB from "pouchdb-core";
import http from "pouchdb-adapter-http";
import memory from "pouchdb-adapter-memory";
import mapreduce from "pouchdb-mapreduce";
import replication from "pouchdb-replication";

import { eventually } from "../eventually.mjs";
import { account, api, func, password, url, user } from "./server.js";

PouchDB.plugin(http).plugin(memory).plugin(mapreduce).plugin(replication);

const remote = new PouchDB(`${url}/functions`, { auth: { username: user, password } });
let locals = 0;
const local = () => new PouchDB(`local-${(locals += 1)}`, { adapter: "memory" });

/** Everything about a set of documents that two databases should agree on. */
async function winners(db, prefix) {
  const { rows } = await db.allDocs({ include_docs: true, startkey: prefix, endkey: `${prefix}\ufff0` });
  return rows.map((row) => row.doc);
}

test("documents are written, read and removed", async () => {
  assert.equal((await remote.info()).db_name, "functions");
  const put = await remote.put({ _id: "pouch/one", n: 1 });
  const doc = await remote.get("pouch/one");
  assert.deepEqual(doc, { _id: "pouch/one", _rev: put.rev, n: 1 });
  await assert.rejects(remote.put({ _id: "pouch/one", n: 2 }), { status: 409, name: "conflict" });
  await remote.put({ ...doc, n: 2 });
  const posted = await remote.post({ n: 3 });
  assert.equal((await remote.get(posted.id)).n, 3);
  await remote.remove(await remote.get("pouch/one"));
  await assert.rejects(remote.get("pouch/one"), { status: 404, reason: "deleted" });
  const bulk = await remote.bulkDocs([{ _id: "pouch-a" }, { _id: "pouch-b" }, { _id: "pouch-a" }]);
  assert.deepEqual(bulk.map((it) => it.ok ?? it.name), [true, true, "conflict"]);
  const all = await remote.allDocs({ keys: ["pouch-b", "pouch-none", "pouch-a"] });
  assert.deepEqual(all.rows.map((it) => it.id ?? it.error), ["pouch-b", "not_found", "pouch-a"]);
  const got = await remote.bulkGet({ docs: [{ id: "pouch-a" }, { id: "pouch-none" }] });
  assert.ok(got.results[0].docs[0].ok);
  assert.equal(got.results[1].docs[0].error.status ?? 404, 404);
});

test("the views of functions are queried", async () => {
  await remote.bulkDocs(["x", "y"].map((id) => func({ _id: `pouch-view-${id}`, name: id })));
  const all = await remote.query("functions/crossbar_listing", { startkey: [account, {}], endkey: [account], descending: true });
  const found = all.rows.map((it) => it.id).filter((id) => id.startsWith("pouch-view-"));
  assert.deepEqual(found, ["pouch-view-y", "pouch-view-x"]);
  const counted = await remote.query("functions/accounts_listing", { group: true });
  assert.deepEqual(counted.rows, [{ key: account, value: all.rows.length }]);
  const total = await remote.query("functions/accounts_listing");
  assert.deepEqual(total.rows, [{ key: null, value: all.rows.length }]);
  const keys = await remote.query("functions/functions_listing", { keys: [[account, "pouch-view-y"], [account, "none"]], include_docs: true });
  assert.deepEqual(keys.rows.map((it) => it.doc.name), ["y"]);
});

test("changes arrive as they are made", async () => {
  const seen = [];
  const feed = remote.changes({ live: true, since: "now", include_docs: true, heartbeat: 1000 });
  feed.on("change", (change) => seen.push(change));
  const created = await eventually("the feed is there", async () => {
    const { data } = await api("PUT", "", { name: "live", function_js: "return 1" });
    return eventuallySoon(() => seen.some((it) => it.id === data.id)) && data.id;
  });
  await api("DELETE", `/${created}?should_soft_delete=false`);
  await eventually("the deletion arrives", () => seen.some((it) => it.id === created && it.deleted));
  feed.cancel();
  const filtered = await remote.changes({ doc_ids: ["pouch-a"] });
  assert.deepEqual(filtered.results.map((it) => it.id), ["pouch-a"]);
});

/** `since: "now"` is asked for in a request of its own, so the first writes may come before it. */
async function eventuallySoon(ask) {
  for (let i = 0; i < 25; i += 1) {
    if (ask()) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}

test("hundreds of documents go in and come out again", async () => {
  const from = local();
  const docs = Array.from({ length: 450 }, (_, n) => func({ _id: `pouch-many-${String(n).padStart(3, "0")}`, name: `n${n}` }));
  await from.bulkDocs(docs);
  await from.put({ _id: "_design/pouch", views: { all: { map: "function (doc) { emit(doc._id) }" } } });
  const removed = await from.get("pouch-many-007");
  await from.remove(removed);
  for (let n = 0; n < 5; n += 1) {
    await from.put({ ...(await from.get("pouch-many-008")), n });
  }
  // Two that are in conflict; one wins, and another one loses to what is there.
  for (const [_id, hash] of [["pouch-many-010", "f"], ["pouch-many-011", "0"]]) {
    const rival = func({ _id, _rev: `1-${hash.repeat(32)}`, name: "rival" });
    await from.bulkDocs([rival], { new_edits: false });
  }
  assert.equal((await from.get("pouch-many-010", { conflicts: true }))._conflicts.length, 1);
  const sent = await from.replicate.to(remote);
  assert.equal(sent.ok, true);
  assert.equal(sent.doc_write_failures, 0);
  assert.equal(sent.docs_written, 453);
  assert.equal((await remote.get("pouch-many-010")).name, "rival");
  assert.equal((await remote.get("pouch-many-011")).name, "n11");
  assert.deepEqual(await winners(remote, "pouch-many-"), await winners(from, "pouch-many-"));
  assert.equal((await api("GET", "/pouch-many-008")).data.n, 4);
  assert.equal((await remote.get("_design/pouch")).views.all.map.length > 0, true);
  await assert.rejects(remote.get("pouch-many-007"), { status: 404 });
  const history = await remote.get("pouch-many-008", { revs: true });
  const original = await from.get("pouch-many-008", { revs: true });
  assert.deepEqual(history._revisions, original._revisions);

  const again = await from.replicate.to(remote);
  assert.equal(again.docs_written, 0);
  assert.equal(again.docs_read, 0, "it goes on from the checkpoint");
  await from.put({ _id: "pouch-many-later" });
  assert.equal((await from.replicate.to(remote)).docs_written, 1);

  const to = local();
  const received = await to.replicate.from(remote);
  assert.equal(received.ok, true);
  assert.equal(received.doc_write_failures, 0);
  assert.deepEqual(await winners(to, "pouch-many-"), await winners(from, "pouch-many-"));
  assert.deepEqual((await to.get("pouch-many-008", { revs: true }))._revisions, original._revisions);
  await assert.rejects(to.get("pouch-many-007"), { status: 404, reason: "deleted" });
  const more = await to.replicate.from(remote);
  assert.equal(more.docs_read, 0, "it goes on from the checkpoint");
  await api("PATCH", "/pouch-many-009", { custom: "here" });
  assert.equal((await to.replicate.from(remote)).docs_written, 1);
  assert.equal((await to.get("pouch-many-009")).custom, "here");
});

test("the winner of a conflict is the one that PouchDB chooses", async () => {
  const situations = [
    // Revisions that come one after the other: generations, names, whether they are deletions.
    [["1-a"], ["1-b"]],
    [["1-b"], ["1-a"]],
    [["1-a"], ["2-c", "1-a"], ["2-b", "1-a"]],
    [["1-a"], ["3-a", "2-a", "1-a"], ["2-f", "1-a"]],
    [["2-f", "1-a"], ["3-0", "2-0", "1-a"]],
    [["2-b", "1-a"], ["3-c", "2-c", "1-a", "deleted"]],
    [["3-c", "2-c", "1-a", "deleted"], ["2-b", "1-a"]],
    [["1-a"], ["2-b", "1-a", "deleted"]],
    [["2-b", "1-a", "deleted"], ["2-c", "1-a", "deleted"]],
    [["2-b", "1-a", "deleted"], ["3-d", "2-b", "1-a"]],
  ];
  const here = local();
  for (const [n, lines] of situations.entries()) {
    const _id = `pouch-conflict-${n}`;
    for (const line of lines) {
      const _deleted = line.at(-1) === "deleted";
      const names = line.filter((it) => it !== "deleted");
      const hash = (name) => name.split("-")[1].repeat(32);
      const start = Number(names[0].split("-")[0]);
      const doc = {
        _id,
        _rev: `${start}-${hash(names[0])}`,
        _revisions: { start, ids: names.map(hash) },
        ...(_deleted ? { _deleted } : { from: names[0] }),
      };
      for (const db of [here, remote]) await db.bulkDocs([structuredClone(doc)], { new_edits: false });
    }
    const winner = (db) => db.get(_id).then((doc) => [doc._rev, doc.from], (error) => error.reason);
    assert.deepEqual(await winner(remote), await winner(here), JSON.stringify(lines));
  }
});

test("two databases are kept the same through the server", async () => {
  const [one, two] = [local(), local()];
  const options = { live: true, retry: true, doc_ids: ["sync-1", "sync-2", "sync-3"] };
  const syncs = [one, two].map((db) => db.sync(remote, options));
  const has = (db, id, n) => db.get(id).then((doc) => doc.n === n, () => false);
  await one.put({ _id: "sync-1", n: 1 });
  await eventually("one reaches two", () => has(two, "sync-1", 1));
  await two.put({ ...(await two.get("sync-1")), n: 2 });
  await two.put({ _id: "sync-2", n: 1 });
  await eventually("two reaches one", async () => (await has(one, "sync-1", 2)) && has(one, "sync-2", 1));
  await remote.put(func({ _id: "sync-3", n: 1 }));
  await eventually("the server reaches both", async () => (await has(one, "sync-3", 1)) && has(two, "sync-3", 1));
  await one.remove(await one.get("sync-3"));
  await eventually("the function is gone", async () => (await api("GET", "/sync-3")).status === 404);
  await eventually("and from two", async () => two.get("sync-3").then(() => false, () => true));
  for (const sync of syncs) sync.cancel();
});

test("what was changed on both sides while they were apart is the same afterwards", async () => {
  const here = local();
  await here.bulkDocs([{ _id: "apart-1", n: 0 }, { _id: "apart-2", n: 0 }]);
  const some = { doc_ids: ["apart-1", "apart-2"] };
  await here.sync(remote, some);
  for (const db of [here, remote]) {
    for (const id of ["apart-1", "apart-2"]) await db.put({ ...(await db.get(id)), n: db === here ? "here" : "there" });
  }
  await here.put({ ...(await here.get("apart-2")), n: "here again" });
  // What is asked for may have lost meanwhile to what is sent. Of that the server has the name alone, and says that it is
  // missing; whoever asks again is told of the winner.
  await here.sync(remote, some).catch((error) => {
    assert.match(error.message, /problem getting docs/);
    return here.sync(remote, some);
  });
  assert.deepEqual(await winners(here, "apart-"), await winners(remote, "apart-"));
  assert.equal((await remote.get("apart-2")).n, "here again");
});
