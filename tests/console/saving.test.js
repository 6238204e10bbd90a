// Nothing that somebody has written is lost.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inPage, SOURCE, write } from "./browser.js";
import { Server } from "./server.js";

const server = await Server.start();

const created = () => server.created("return {module: 'hangup'} // first");
const source = async (id) => (await server.ask("GET", server.path(id))).data.function_js;

test("saving over somebody else's revision shows both texts", async () => {
  const id = await created();
  await inPage(server, { path: `${server.account}/functions/${id}` }, async (page) => {
    await write(page, SOURCE, "return {module: 'hangup'} // mine");
    await server.ask("PATCH", server.path(id), { function_js: "return {module: 'hangup'} // theirs" });
    await page.keyboard.press("ControlOrMeta+s");
    const dialog = page.getByRole("dialog", { name: "Somebody else has saved" });
    await dialog.getByText("// theirs").waitFor();
    await dialog.getByText("// mine").waitFor();
    assert.equal(await source(id), "return {module: 'hangup'} // theirs");
    await page.reload();
    await dialog.getByText("// mine").waitFor();
    await dialog.getByRole("button", { name: "Save the right side" }).click();
    await dialog.waitFor({ state: "detached" });
    assert.equal(await source(id), "return {module: 'hangup'} // mine");
    await page.getByText("Not saved").waitFor({ state: "detached" });
  });
});

test("a draft outlives its tab until it is saved or discarded", async () => {
  const id = await created();
  await inPage(server, { path: `${server.account}/functions/${id}` }, async (page) => {
    await write(page, SOURCE, "return {module: 'hangup'} // draft");
    await page.reload();
    await page.getByText("// draft").waitFor();
    await page.getByRole("button", { name: "Discard changes" }).click();
    await page.getByText("// first").waitFor();
    assert.deepEqual(await page.evaluate(() => Object.keys(localStorage)), []);
  });
});

test("a new function that is not saved yet is found again", async () => {
  await inPage(server, { path: `${server.account}/new` }, async (page) => {
    await page.getByLabel("Name").fill("unfinished");
    await page.getByRole("button", { name: /^Nothing/ }).click();
    await write(page, SOURCE, "return {module: 'hangup'} // unfinished");
    await page.reload();
    await page.getByRole("button", { name: /Your draft: unfinished/ }).click();
    await page.getByLabel("Why").fill("It is needed");
    await page.keyboard.press("ControlOrMeta+s");
    await page.waitForURL(/functions\/\w+$/);
    const id = page.url().split("/").at(-1);
    assert.equal(await source(id), "return {module: 'hangup'} // unfinished");
    const [revision] = (await server.ask("GET", server.path(id, "/revisions"))).data;
    assert.equal(revision.message, "It is needed");
    assert.deepEqual(await page.evaluate(() => Object.keys(localStorage)), []);
  });
});

test("a session that ends meanwhile is renewed in place", async () => {
  const id = await created();
  const { api_key } = (await server.ask("PUT", `/v2/accounts/${server.account}/api_key`)).data;
  const login = await server.ask("PUT", "/v2/api_auth", { api_key });
  await inPage(server, { path: `${server.account}/functions/${id}`, token: login.auth_token }, async (page) => {
    await write(page, SOURCE, "return {module: 'hangup'} // still here");
    await server.ask("DELETE", "/v2/token_auth", undefined, { token: login.auth_token });
    await page.keyboard.press("ControlOrMeta+s");
    const dialog = page.getByRole("dialog", { name: "Sign in again" });
    await dialog.getByRole("tab", { name: "Token" }).click();
    await dialog.locator("input[name=token]").fill("wrong");
    await dialog.getByRole("button", { name: "Sign in" }).click();
    await dialog.getByRole("alert").getByText("does not know this token").waitFor();
    await dialog.locator("input[name=token]").fill(server.token);
    await dialog.getByRole("button", { name: "Sign in" }).click();
    await dialog.waitFor({ state: "detached" });
    await page.getByText("Not saved").waitFor({ state: "detached" });
    assert.equal(await source(id), "return {module: 'hangup'} // still here");
  });
});
