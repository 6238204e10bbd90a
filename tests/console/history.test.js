// What a function was, and what routers call it with.

import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "../eventually.mjs";
import { inPage } from "./browser.js";
import { callBy, samples } from "./calls.js";
import { Server } from "./server.js";

const server = await Server.start();

test("rolling back shows what it changes, and makes a new revision of the old document", async () => {
  const id = await server.created("return {module: 'hangup'} // old", { timezone: "Europe/Paris" });
  await server.ask("PATCH", `${server.path(id)}?message=Because`, {
    function_js: "return {module: 'hangup'} // new",
    timezone: "UTC",
  });
  await inPage(server, { path: `${server.account}/functions/${id}/revisions` }, async (page) => {
    const row = (name) => page.getByRole("row").filter({ hasText: name });
    await row("Because").getByText("master").waitFor();
    await page.getByRole("button", { name: /^Compare 1-/ }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("// old").waitFor();
    await dialog.getByText("// new").waitFor();
    await dialog.getByText("Europe/Paris").waitFor();
    await dialog.getByLabel("Why").fill("It was better");
    await dialog.getByRole("button", { name: "Roll back" }).click();
    await row("It was better").getByText("current").waitFor();
  });
  const { data, revision } = await server.ask("GET", server.path(id));
  assert.equal(data.function_js, "return {module: 'hangup'} // old");
  assert.equal(data.timezone, "Europe/Paris");
  assert.match(revision, /^3-/);
});

/** What each router takes for an answer, from one function. */
const ANSWERS = `
if (call.verb || call.call_sid) return [{verb: 'hangup'}];
if (call.call) return [{hangup: {}}];
if (call.CallSid) return ['Response', ['Hangup']];
if (call.session_id) return ['document', {type: 'text/freeswitch-httapi'}, ['work', ['hangup']]];
if (call.section) return null;
return {module: 'hangup', data: {}};`;

test("each address answers its router, until there is another key", async () => {
  const id = await server.created(ANSWERS);
  const calls = await samples(server);
  await inPage(server, { path: `${server.account}/functions/${id}/connect` }, async (page) => {
    await page.getByRole("button", { name: "Show the key" }).click();
    const addresses = page.locator("pre.address:not(.setting)");
    await addresses.first().waitFor();
    const urls = await addresses.allInnerTexts();
    assert.equal(urls.length, calls.size);
    const statuses = async () => {
      const found = [];
      for (const url of urls) {
        const router = new URL(url).pathname.split("/")[1];
        const reply = await callBy(url, router, calls.get(router));
        found.push([router, reply.status]);
      }
      return found;
    };
    assert.deepEqual(
      await statuses(),
      [...calls.keys()].map((router) => [router, 200]),
    );
    await page.getByRole("button", { name: "New key" }).click();
    await page.getByRole("button", { name: "Make a new key" }).click();
    await page.getByText("There is a new key").waitFor();
    assert.deepEqual(
      await statuses(),
      [...calls.keys()].map((router) => [router, 403]),
    );
  });
});

test("fields, constants, secrets and limits are changed, and secrets are never shown", async () => {
  const id = await server.created("return {module: 'hangup'}", { env: { GONE: "x" } });
  await inPage(server, { path: `${server.account}/functions/${id}/settings` }, async (page) => {
    await page.getByLabel("Time zone").fill("Asia/Tokyo");
    await page.getByRole("button", { name: "Save these" }).click();
    await page.getByText("Saved").waitFor();
    await page.getByRole("button", { name: "Remove GONE" }).click();
    await page.getByRole("button", { name: "Add a variable" }).click();
    const environment = page.locator("section").filter({ has: page.getByRole("heading", { name: "Environment" }) });
    await environment.getByLabel("Name").fill("CITY");
    await environment.getByLabel("Value").fill("Rome");
    // What is typed in one form stays while another one is saved.
    await page.getByLabel("fuel").fill("1000000");
    await environment.getByRole("button", { name: "Save environment" }).click();
    await eventually(
      "the environment is saved",
      async () => (await server.ask("GET", server.path(id))).data.env.CITY === "Rome",
    );
    // The words of earlier saves may still be there.
    const written = page.waitForResponse((reply) => reply.request().postData()?.includes('"limits":{"fuel"'));
    await page.getByRole("button", { name: "Save limits" }).click();
    assert.equal((await written).status(), 200);
  });
  const { data } = await server.ask("GET", server.path(id));
  assert.deepEqual([data.timezone, data.env, data.limits], ["Asia/Tokyo", { CITY: "Rome" }, { fuel: 1_000_000 }]);
});
