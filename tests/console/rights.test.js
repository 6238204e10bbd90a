// What somebody may not do is not offered, and what is not theirs is not shown.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inPage } from "./browser.js";
import { Server } from "./server.js";

const server = await Server.start();

async function account(name) {
  const { data } = await server.ask("PUT", `/v2/accounts/${server.account}?include_api_key=true`, { name });
  const login = await server.ask("PUT", "/v2/api_auth", { api_key: data.api_key });
  return { id: data.id, token: login.auth_token };
}

const ours = await account("Ours");
const theirs = await account("Theirs");
const secret = await server.created("return {module: 'hangup'} // theirs", { name: "their function" }, theirs.id);

test("users without further rights see no key and manage no users", async () => {
  const fields = { first_name: "Ann", last_name: "Doe", username: "ann", password: "some password" };
  const user = await server.ask("PUT", `/v2/accounts/${ours.id}/users`, fields);
  assert.equal(user.status, 201);
  await inPage(server, { path: "", signedIn: false }, async (page) => {
    await page.getByLabel("Account name or realm").fill("Ours");
    await page.getByLabel("User name").fill("ann");
    await page.getByLabel("Password").fill("some password");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("link", { name: "Account", exact: true }).click();
    await page.getByRole("heading", { name: "Accounts below" }).waitFor();
    assert.equal(await page.getByRole("heading", { name: "Users" }).count(), 0);
    assert.equal(await page.getByRole("heading", { name: "API key" }).count(), 0);
    // Nothing that is offered is refused.
    await page.getByLabel("Time zone").fill("Europe/Rome");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved").waitFor();
    await page.getByRole("link", { name: "Functions", exact: true }).click();
    await page.getByRole("link", { name: "Write the first one" }).click();
    await page.getByRole("button", { name: "Nothing" }).waitFor();
    assert.equal(await page.getByRole("alert").count(), 0);
  });
});

test("addresses of somebody else's account say so and show nothing", async () => {
  for (const path of [
    "functions",
    `functions/${secret}`,
    `functions/${secret}/connect`,
    "calls",
    "overview",
    "account",
  ]) {
    await inPage(server, { path: `${theirs.id}/${path}`, token: ours.token }, async (page) => {
      await page.getByRole("alert").first().getByText("Not yours").waitFor();
      assert.ok(!(await page.locator("body").innerText()).includes("their function"), path);
    });
  }
});

test("whoever is above an account works in it", async () => {
  await inPage(server, { path: `${server.account}/account` }, async (page) => {
    await page.getByRole("link", { name: "Theirs" }).click();
    await page.getByRole("link", { name: "their function" }).click();
    await page.getByText("// theirs").waitFor();
    await page.getByRole("link", { name: "Back to your own account" }).click();
    await page.getByText("no functions yet").waitFor();
  });
});

test("accounts and users are created and removed", async () => {
  await inPage(server, { path: `${server.account}/account` }, async (page) => {
    await page.getByLabel("Name of a new account").fill("Fresh");
    await page.getByRole("button", { name: "Create" }).click();
    await page.getByRole("link", { name: "Fresh" }).waitFor();
    await page.getByRole("button", { name: "Add a user" }).click();
    const dialog = page.getByRole("dialog");
    for (const [label, text] of [
      ["First name", "Bo"],
      ["Last name", "Li"],
      ["User name", "bo"],
      ["Password", "some password"],
    ]) {
      await dialog.getByLabel(label).fill(text);
    }
    await dialog.getByRole("button", { name: "Add" }).click();
    await page.getByRole("cell", { name: "Bo Li", exact: true }).waitFor();
    await page.getByRole("button", { name: "Make administrator" }).click();
    await page.getByRole("cell", { name: "everything" }).waitFor();
    await page.getByRole("button", { name: "Remove Bo Li" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
    await page.getByText("None: programs").waitFor();
    await page.getByRole("button", { name: "New key" }).click();
    await page.getByRole("button", { name: "Make a new key" }).click();
    assert.equal((await page.locator("code.address").innerText()).length, 64);
  });
});
