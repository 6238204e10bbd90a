// What somebody who looks after accounts sees: functions that fail, here and below, and what calls may use.

import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "../eventually.mjs";
import { inPage } from "./browser.js";
import { Server } from "./server.js";

const server = await Server.start("[limits]\nfuel = 7_000_000\n");

/** Functions of the accounts below that the console asks for at once. */
const PAGE = 50;

const { data: below } = await server.ask("PUT", `/v2/accounts/${server.account}`, { name: "Branch office" });

/** A function that the server has switched off. */
async function switchedOff(account, name) {
  const id = await server.created("throw new Error('by design')", { name }, account);
  const path = `/v2/accounts/${account}/functions/${id}`;
  await eventually(`${name} is switched off`, async () => {
    await server.ask("POST", `${path}/run`, {});
    return (await server.ask("GET", path)).data.enabled === false;
  });
  return path;
}

test("functions that were switched off for failing are listed, also of the accounts below, and switched on again", async () => {
  const own = await switchedOff(server.account, "Own");
  const theirs = await switchedOff(below.id, "Theirs");
  const isOn = async (path) => (await server.ask("GET", path)).data.enabled;
  await inPage(server, { path: `${server.account}/overview` }, async (page) => {
    const row = (name) =>
      page.getByRole("row").filter({ hasText: "too many failed attempts" }).filter({ hasText: name });
    await row("Own").getByText("this one").waitFor();
    await row("Theirs").getByText("Branch office").waitFor();
    await page.getByRole("button", { name: "Switch on all in the accounts below" }).click();
    await row("Theirs").waitFor({ state: "detached" });
    assert.deepEqual([await isOn(own), await isOn(theirs)], [false, true]);
    await page.getByRole("button", { name: "Switch on those of this account" }).click();
    await page.getByText("None, here or in the accounts below.").waitFor();
    assert.equal(await isOn(own), true);
  });
});

test("functions of the accounts below are listed page by page", async () => {
  // Of an account of its own, so that it is no matter what other tests switch off.
  const { data: above } = await server.ask("PUT", `/v2/accounts/${server.account}`, { name: "Reseller" });
  const { data: customer } = await server.ask("PUT", `/v2/accounts/${above.id}`, { name: "Customer" });
  await Promise.all(Array.from({ length: PAGE + 1 }, (_, index) => switchedOff(customer.id, `Function ${index}`)));
  await inPage(server, { path: `${above.id}/overview` }, async (page) => {
    const rows = page.getByRole("row").filter({ hasText: "Customer" });
    const more = page.getByRole("button", { name: "More of the accounts below" });
    await more.waitFor();
    assert.equal(await rows.count(), PAGE);
    await more.click();
    await more.waitFor({ state: "detached" });
    assert.equal(new Set(await rows.allInnerTexts()).size, PAGE + 1);
    await page.getByRole("button", { name: "Refresh" }).click();
    await more.waitFor();
    assert.equal(await rows.count(), PAGE);
  });
});

test("what a call may use is shown with its account, and beside the limits of a function", async () => {
  const id = await server.created("return {module: 'hangup'}");
  await inPage(server, { path: `${server.account}/account` }, async (page) => {
    const limits = page.locator("section").filter({ has: page.getByRole("heading", { name: "Limits of a call" }) });
    await limits.getByText("7,000,000").waitFor();
    await limits.getByText("wall clock").waitFor();
    await page.goto(`${server.url}/console/${server.account}/functions/${id}/settings`);
    assert.equal(await page.getByLabel("fuel").getAttribute("placeholder"), "7000000");
  });
});
