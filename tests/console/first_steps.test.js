// What somebody sees first, and what the server's operator can turn off.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inPage, run, SOURCE } from "./browser.js";
import { Server } from "./server.js";

const server = await Server.start();

test("the printed link signs in and leaves the token nowhere else", async () => {
  await inPage(server, { signedIn: false }, async (page) => {
    await page.goto("about:blank");
    await page.goto(server.link);
    await page.getByRole("heading", { name: "Functions" }).waitFor();
    await page.getByText("no functions yet").waitFor();
    assert.ok(!page.url().includes(server.token));
    const kept = await page.evaluate(() => Object.keys(localStorage));
    assert.deepEqual(
      kept.filter((name) => name !== "theme" && !name.startsWith("draft:")),
      [],
    );
    assert.equal(await page.evaluate(() => document.cookie), "");
  });
});

test("a sample is tried, drawn and saved", async () => {
  await inPage(server, {}, async (page) => {
    await page.getByRole("link", { name: "New function" }).click();
    await page.getByLabel("Name").fill("greeting");
    await page.getByRole("button", { name: "Say hi" }).click();
    await page.getByLabel(SOURCE).waitFor();
    await page.getByRole("combobox", { name: "Call" }).selectOption({ label: "Your own call" });
    await run(page);
    // Above what the function returned is the call.
    await page.getByRole("treeitem", { name: /^call\b/ }).waitFor();
    await page.getByRole("treeitem", { name: /^tts, Thanks for calling us, / }).waitFor();
    assert.equal(await page.getByRole("treeitem").count(), 2);
    await page.keyboard.press("ControlOrMeta+s");
    await page.waitForURL(/functions\/\w+$/);
    const id = page.url().split("/").at(-1);
    const stored = await server.ask("GET", server.path(id));
    assert.match(stored.revision, /^1-/);
    assert.equal(stored.data.name, "greeting");
  });
});

test("users and API keys sign in, and a wrong password says so", async () => {
  const account = await server.ask("PUT", `/v2/accounts/${server.account}?include_api_key=true`, {
    name: "Acme",
    realm: "acme.example.com",
  });
  const user = { first_name: "Ann", last_name: "Doe", username: "ann", password: "some password", priv_level: "admin" };
  assert.equal((await server.ask("PUT", `/v2/accounts/${account.data.id}/users`, user)).status, 201);
  for (const name of ["Acme", "acme.example.com"]) {
    await inPage(server, { signedIn: false }, async (page) => {
      await page.getByLabel("Account name or realm").fill(name);
      await page.getByLabel("User name").fill("Ann");
      await page.getByLabel("Password").fill("wrong");
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByRole("alert").waitFor();
      await page.getByLabel("Password").fill("some password");
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByText("no functions yet").waitFor();
    });
  }
  await inPage(server, { signedIn: false }, async (page) => {
    await page.getByRole("tab", { name: "API key" }).click();
    await page.getByLabel("API key of the account").fill(account.data.api_key);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("no functions yet").waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("button", { name: "Sign in" }).waitFor();
    assert.deepEqual(await page.evaluate(() => [Object.keys(localStorage), Object.keys(sessionStorage)]), [[], []]);
  });
});

test("a token that is over leads to signing in, and then to the page of the address", async () => {
  await inPage(server, { path: `${server.account}/overview`, token: "0".repeat(32) }, async (page) => {
    await page.getByRole("tab", { name: "Token" }).click();
    await page.locator("input[name=token]").fill(server.token);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    await page.getByText("Counted since").waitFor();
  });
});

test("without the console there is nothing at its address, and the API is the same", async () => {
  const without = await Server.start("[console]\nenabled = false\n");
  for (const path of ["/console/", "/console/assets/index.html", "/console"]) {
    assert.equal((await fetch(without.url + path, { redirect: "manual" })).status, 404, path);
  }
  assert.equal((await fetch(`${without.url}/`, { headers: { accept: "text/html,*/*;q=0.8" } })).status, 404);
  assert.equal(without.link, undefined);
  const description = async ({ url }) => (await fetch(`${url}/openapi.json`)).text();
  assert.equal(await description(without), await description(server));
});
