// Calls that routers have made: seen as they come, repeated, and tried with another source.

import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "../eventually.mjs";
import { inPage, SOURCE, write } from "./browser.js";
import { callBy, samples } from "./calls.js";
import { Server } from "./server.js";

const server = await Server.start();
const sample = (await samples(server)).get("pivot");

test("a failing call appears by itself, repeats exactly, and is tried on a draft", async () => {
  const id = await server.created(
    "const now = Date.now() + Math.random();\nreturn {module: 'tts', data: {text: call.missing.name + now}}",
  );
  const { pivot } = await server.urls(id);
  await inPage(server, { path: `${server.account}/functions/${id}/calls` }, async (page) => {
    await page.getByText("live", { exact: true }).waitFor();
    assert.equal((await callBy(pivot, "pivot", sample)).status, 422);
    const row = page.getByRole("row").filter({ hasText: "exception" });
    await row.getByRole("button").click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("cannot read property 'name' of undefined").waitFor();
    await dialog.locator(".frame").getByText("2 | return").waitFor();
    await dialog.getByText(sample["Call-ID"]).first().waitFor();
    assert.equal(await dialog.getByText("was not kept").count(), 0);
    await dialog.getByRole("button", { name: "Replay" }).click();
    await dialog.getByText("same result", { exact: true }).waitFor();
    await dialog.getByText("same fuel", { exact: true }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("tab", { name: "Code" }).click();
    await write(page, SOURCE, "return {module: 'hangup', data: {}}");
    await page.getByText("Not saved").waitFor();
    await page.getByRole("tab", { name: "Calls" }).click();
    await row.getByRole("button").click();
    await dialog.getByRole("button", { name: "Try on my draft" }).click();
    await dialog.getByText("differs", { exact: true }).waitFor();
    await dialog.getByRole("treeitem", { name: "hangup" }).waitFor();
    await dialog.getByRole("link", { name: "Open in the editor" }).click();
    await page.getByLabel("The call").getByText(sample["Call-ID"]).waitFor();
  });
});

test("filters live in the address", async () => {
  const id = await server.created("if (call.To === 'fails') null.x; return {module: 'hangup', data: {}}");
  const { pivot } = await server.urls(id);
  await callBy(pivot, "pivot", { ...sample, To: "fails" });
  await callBy(pivot, "pivot", { ...sample, To: "works" });
  await eventually(
    "both are recorded",
    async () => (await server.ask("GET", server.path(id, "/attempts"))).data.length === 2,
  );
  await inPage(server, { path: `${server.account}/functions/${id}/calls` }, async (page) => {
    await page.getByText("→ works").waitFor();
    await page.getByRole("combobox", { name: "Result" }).selectOption("failure");
    await page.getByText("→ works").waitFor({ state: "detached" });
    await page.getByText("→ fails").waitFor();
    await page.waitForURL(/[?]result=failure/);
    await page.reload();
    await page.getByText("→ fails").waitFor();
    assert.equal(await page.getByText("→ works").count(), 0);
  });
});

test("a draft is tried on two hundred recorded calls, and those that differ are listed", async () => {
  const id = await server.created("return {module: 'tts', data: {text: 'number ' + call.To}}");
  const { pivot } = await server.urls(id);
  for (let number = 0; number < 200; number += 1) await callBy(pivot, "pivot", { ...sample, To: String(number) });
  await eventually(
    "all are recorded",
    async () => (await server.ask("GET", server.path(id, "/attempts?page_size=300"))).data.length === 200,
  );
  await inPage(server, { path: `${server.account}/functions/${id}` }, async (page) => {
    await write(
      page,
      SOURCE,
      "return {module: 'tts', data: {text: (call.To % 50 === 7 ? 'Number ' : 'number ') + call.To}}",
    );
    await page.getByText("Not saved").waitFor();
    await page.getByRole("tab", { name: "Calls" }).click();
    await page.getByLabel("Select all").check();
    await page.getByRole("button", { name: "Try 200 on my draft" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("200 calls repeated").waitFor();
    await dialog.getByText("196 same").waitFor();
    const found = await dialog.locator("summary").allInnerTexts();
    const numbers = found.map((text) => /→ (\d+)/.exec(text)[1]).toSorted((one, other) => one - other);
    assert.deepEqual(numbers, ["7", "57", "107", "157"]);
  });
});
