// Whatever the console is for is done by keyboard alone.

import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "../eventually.mjs";
import { run, SOURCE } from "./browser.js";
import { callBy, samples } from "./calls.js";
import { byKeyboard } from "./keys.js";
import { Server } from "./server.js";

const server = await Server.start();
const calls = await samples(server);
const HANGUP = "return {module: 'hangup', data: {}}";

const source = async (id) => (await server.ask("GET", server.path(id))).data.function_js;
const recorded = (id, number) =>
  eventually(
    `${number} calls are recorded`,
    async () => (await server.ask("GET", server.path(id, "/attempts"))).data.length === number,
  );

test("signing in, finding a function in the list, and signing out", async () => {
  const { data: account } = await server.ask("PUT", `/v2/accounts/${server.account}`, { name: "Keys" });
  const user = { first_name: "Ann", last_name: "Doe", username: "ann", password: "some password" };
  assert.equal((await server.ask("PUT", `/v2/accounts/${account.id}/users`, user)).status, 201);
  for (const name of ["Desk", "Night", "Noon"]) await server.created(HANGUP, { name }, account.id);
  await byKeyboard(server, { signedIn: false }, async (keys, page) => {
    await keys.tab("API key");
    await keys.fillSecret("API key of the account", "wrong");
    await keys.press("Enter");
    await keys.enter("button", "Close this message");
    await keys.tab("User");
    await keys.fill("Account name or realm", "Keys");
    await keys.fill("User name", "ann");
    await keys.fillSecret("Password", "some password");
    await keys.press("Enter");
    // The list is there with its filter, and arrows go through it.
    await keys.focused("searchbox", "Filter by name").waitFor();
    await page.getByRole("link", { name: "Desk" }).waitFor();
    await page.keyboard.type("n");
    await page.getByRole("link", { name: "Desk" }).waitFor({ state: "detached" });
    const [first, second] = await page.locator("a.row-link").allInnerTexts();
    await keys.press("ArrowDown", "ArrowDown");
    await keys.focused("link", second).waitFor();
    await keys.press("ArrowUp");
    await keys.focused("link", first).waitFor();
    await keys.press("ArrowDown", "Enter");
    await page.getByRole("heading", { name: second }).waitFor();
    // Whoever has come to a page is in it, behind the links to all pages.
    await page.locator("main:focus").waitFor();
    await page.goBack();
    await keys.focused("searchbox", "Filter by name").waitFor();
    await keys.to("switch", "Night is on");
    await keys.press("Space");
    await page.locator("[role=switch][aria-checked=false]").waitFor();
    await keys.enter("button", "Sign out");
    await page.getByRole("button", { name: "Sign in" }).waitFor();
  });
});

test("writing, trying, mending and saving a function", async () => {
  await byKeyboard(server, { path: `${server.account}/functions` }, async (keys, page) => {
    await keys.enter("link", "New function");
    await keys.fill("Name", "by keyboard");
    await keys.enter("button", /^Nothing/);
    await keys.source("return a * * b");
    // What does not compile leads to its place.
    await keys.enter("button", /^1:12/);
    await page.getByLabel(SOURCE).and(page.locator(":focus")).waitFor();
    await page.keyboard.type("// ");
    await page.getByText("a * // * b").waitFor();
    await keys.source("return call.a.b");
    await run(page);
    await keys.enter("button", /cannot read property 'b'/);
    await page.getByLabel(SOURCE).and(page.locator(":focus")).waitFor();
    await keys.source("return {module: 'menu', data: {}, children: {1: {module: 'hangup', data: {}}}}");
    await keys.enter("button", "Run");
    // Arrows go through the picture, and Home and End to its ends.
    await keys.to("treeitem", /^call/);
    await keys.press("ArrowDown", "ArrowDown");
    await keys.focused("treeitem", "1, hangup").waitFor();
    await keys.press("Home");
    await keys.focused("treeitem", /^call/).waitFor();
    await keys.press("End");
    await keys.focused("treeitem", "1, hangup").waitFor();
    await keys.tab("Picture");
    await keys.press("ArrowRight", "ArrowRight");
    await page.getByRole("button", { name: "Copy as curl" }).waitFor();
    await keys.enter("button", "Keep call");
    await keys.fill("Name", "as it was");
    await keys.enter("button", "Keep");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await keys.focused("button", "Keep call").waitFor();
    await keys.fill("Why", "It is needed");
    await keys.press("ControlOrMeta+s");
    await page.waitForURL(/functions\/\w+$/);
    const id = page.url().split("/").at(-1);
    assert.match(await source(id), /^return \{module: 'menu'/);
    // And once more by the button, out of the editor.
    await keys.source(HANGUP);
    await keys.enter("button", "Save");
    await page.getByText("Not saved").waitFor({ state: "detached" });
    assert.equal(await source(id), HANGUP);
  });
});

test("deciding between one's own text and somebody else's", async () => {
  const id = await server.created("first\n;\nlast");
  await byKeyboard(server, { path: `${server.account}/functions/${id}` }, async (keys, page) => {
    await keys.source("mine\n;\nmine");
    await server.ask("PATCH", server.path(id), { function_js: "theirs\n;\ntheirs" });
    await keys.press("ControlOrMeta+s");
    const dialog = page.getByRole("dialog", { name: "Somebody else has saved" });
    await dialog.getByText("theirs").first().waitFor();
    // The first piece is taken over, and what is written is undone.
    await keys.enter("button", "Take this piece over");
    const right = dialog.getByLabel("Yours", { exact: true });
    await right.and(page.locator(":focus")).waitFor();
    await right.getByText("theirs").waitFor();
    // In another place: what follows at once in the same one is undone together.
    await keys.press("ArrowDown");
    await page.keyboard.type("slip");
    await keys.press("ControlOrMeta+z");
    await keys.enter("button", "Save the right side");
    await dialog.waitFor({ state: "detached" });
    assert.equal(await source(id), "theirs\n;\nmine");
  });
});

test("signing in again in place", async () => {
  const { api_key } = (await server.ask("PUT", `/v2/accounts/${server.account}/api_key`)).data;
  const { auth_token: token } = await server.ask("PUT", "/v2/api_auth", { api_key });
  const id = await server.created(HANGUP);
  await byKeyboard(server, { path: `${server.account}/functions/${id}`, token }, async (keys, page) => {
    await keys.source(`${HANGUP} // still here`);
    await server.ask("DELETE", "/v2/token_auth", undefined, { token });
    await keys.press("ControlOrMeta+s");
    await page.getByRole("dialog", { name: "Sign in again" }).waitFor();
    await keys.tab("API key");
    await keys.fillSecret("API key of the account", api_key);
    await keys.press("Enter");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.getByText("Not saved").waitFor({ state: "detached" });
    assert.equal(await source(id), `${HANGUP} // still here`);
  });
});

test("following, repeating and comparing calls", async () => {
  const id = await server.created("return {module: 'tts', data: {text: 'number ' + call.To}}");
  const { pivot } = await server.urls(id);
  for (const To of ["1", "2", "3"]) await callBy(pivot, "pivot", { ...calls.get("pivot"), To });
  await recorded(id, 3);
  await byKeyboard(server, { path: `${server.account}/calls` }, async (keys, page) => {
    await keys.choose("Result", "success");
    await page.waitForURL(/result=success/);
    await keys.enter("button", /^\d\d:\d\d:\d\d/);
    await keys.enter("button", "Replay");
    await page.getByText("same fuel", { exact: true }).waitFor();
    await keys.tab("Call");
    await keys.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    // The row that was opened is where one goes on.
    await keys.focused("button", /^\d\d:\d\d:\d\d/).waitFor();
    await keys.press("Enter");
    await keys.enter("link", "Open in the editor");
    await keys.source("return {module: 'tts', data: {text: (call.To === '2' ? 'Number ' : 'number ') + call.To}}");
    await page.getByText("Not saved").waitFor();
    await keys.tab("Calls");
    await keys.to("checkbox", "Select all");
    await keys.press("Space");
    await keys.enter("button", "Try 3 on my draft");
    const dialog = page.getByRole("dialog");
    await dialog.getByText("1 differ").waitFor();
    // A browser gives the summary of a difference no role that has a name.
    for (let presses = 0; (await page.locator("summary:focus").count()) === 0 && presses < 10; presses += 1)
      await keys.press("Tab");
    await keys.press("Enter");
    await dialog.getByRole("treeitem", { name: /Number 2, changed/ }).waitFor();
    await keys.press("Escape");
    await dialog.waitFor({ state: "detached" });
  });
});

test("rolling back, and changing what is beside the source", async () => {
  const id = await server.created(`${HANGUP} // old`, { name: "Rolled" });
  await server.ask("PATCH", server.path(id), { function_js: `${HANGUP} // new` });
  await byKeyboard(server, { path: `${server.account}/functions/${id}` }, async (keys, page) => {
    await keys.tab("Revisions");
    await keys.enter("button", /^Compare 1-/);
    await page.getByRole("dialog").getByText("// old").waitFor();
    await keys.fill("Why", "It was better");
    await keys.enter("button", "Roll back");
    await page.getByRole("row").filter({ hasText: "It was better" }).getByText("current").waitFor();
    assert.equal(await source(id), `${HANGUP} // old`);
    await keys.tab("Settings");
    await keys.fill("Name", "Rolled back");
    await keys.enter("button", "Save these");
    await page.getByRole("heading", { name: "Rolled back" }).waitFor();
    await keys.enter("button", "Add a variable");
    await keys.to("button", "Save environment");
    await keys.press("Shift+Tab", "Shift+Tab", "Shift+Tab", "Shift+Tab", "Shift+Tab");
    await page.keyboard.type("CITY");
    await keys.fill("Value", "Rome");
    await keys.enter("button", "Save environment");
    await page.getByRole("button", { name: "Remove CITY" }).waitFor();
    await keys.fill("fuel", "1000000", "spinbutton");
    await keys.enter("button", "Save limits");
    await eventually("limits are written", async () => {
      const { data } = await server.ask("GET", server.path(id));
      return data.limits?.fuel === 1_000_000 && data.env.CITY === "Rome";
    });
    await keys.enter("button", "Delete this function");
    await page.getByRole("dialog").waitFor();
    await keys.enter("button", "Delete");
    await page.getByRole("heading", { name: "Functions" }).waitFor();
  });
});

test("connecting a router", async () => {
  const id = await server.created(HANGUP);
  await byKeyboard(
    server,
    { path: `${server.account}/functions/${id}`, permissions: ["clipboard-read", "clipboard-write"] },
    async (keys, page) => {
      await keys.tab("Connect");
      await keys.enter("button", "Show the key");
      await keys.enter("button", "Copy the address");
      const pasted = await page.evaluate(() => navigator.clipboard.readText());
      assert.equal(pasted, (await server.urls(id)).pivot);
      assert.equal((await callBy(pasted, "pivot", calls.get("pivot"))).status, 200);
      await keys.enter("button", "New key");
      await keys.enter("button", "Make a new key");
      await page.getByText("There is a new key").waitFor();
      assert.equal((await callBy(pasted, "pivot", calls.get("pivot"))).status, 403);
    },
  );
});

test("going through an account: accounts below, users, the key, the overview", async () => {
  await byKeyboard(server, { path: `${server.account}/functions` }, async (keys, page) => {
    await keys.enter("link", "Account");
    await keys.fill("Name of a new account", "Below");
    await keys.press("Enter");
    await page.getByRole("link", { name: "Below" }).waitFor();
    await keys.enter("button", "Add a user");
    await keys.fill("First name", "Bo");
    await keys.fill("Last name", "Li");
    await keys.fill("User name", "bo");
    await keys.fillSecret("Password", "some password");
    await keys.to("checkbox", /^Manages users/);
    await keys.press("Space", "Enter");
    await page.getByRole("cell", { name: "everything" }).waitFor();
    await keys.enter("button", "Remove Bo Li");
    await page.getByRole("dialog").waitFor();
    await keys.enter("button", "Remove");
    await page.getByText("None: programs").waitFor();
    await keys.enter("button", "New key");
    await keys.enter("button", "Make a new key");
    await page.locator("code.address").waitFor();
    await keys.enter("link", "Below");
    await page.getByText("no functions yet").waitFor();
    await keys.enter("link", "Back to your own account");
    await keys.enter("link", "Overview");
    await keys.tab("Last day");
    await page.waitForURL(/period=day/);
    await keys.enter("link", "Reference");
    await keys.tab("Modules of KAZOO");
    await keys.fill("Filter modules", "voicemail", "searchbox");
    await page.getByText("voicemail").first().waitFor();
  });
});
