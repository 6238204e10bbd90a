// Running what is in the editor, and what goes wrong with it.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { CALL, inPage, run, SOURCE, write } from "./browser.js";
import { pixels } from "./png.js";
import { Server } from "./server.js";

const server = await Server.start();
const id = await server.created("return {module: 'tts', data: {text: 'hello'}}");
const path = `${server.account}/functions/${id}`;

/** The places that the editor has underlined. */
const underlined = (page) => page.locator(".cm-lintRange-error");

test("what is typed quickly stays as it was typed", async () => {
  await inPage(server, { path }, async (page) => {
    await write(page, SOURCE, "//");
    const words = " the quick brown fox, and the lazy dog ".repeat(4);
    await page.keyboard.type(words);
    await page.keyboard.press("ControlOrMeta+s");
    await page.getByText("Not saved").waitFor({ state: "detached" });
    assert.equal((await server.ask("GET", server.path(id))).data.function_js, `//${words}`);
  });
});

test("what does not compile is marked where the server says, without a call", async () => {
  await inPage(server, { path }, async (page) => {
    const refused = await server.ask("POST", `/v2/accounts/${server.account}/functions/test`, {
      function_js: "return a * * b",
    });
    const { line, column, message } = refused.data.error;
    assert.deepEqual([line, column], [1, 12]);
    await write(page, SOURCE, "return a * * b");
    await underlined(page).waitFor();
    assert.equal(await underlined(page).innerText(), "*");
    await page.getByText(`${line}:${column}`).waitFor();
    await page.getByText(message).waitFor();
    await write(page, SOURCE, "return {module: 'hangup'}");
    await underlined(page).waitFor({ state: "detached" });
  });
});

test("a call that fails marks its line, and the next one runs", async () => {
  await inPage(server, { path }, async (page) => {
    await write(page, SOURCE, "const a = 1;\nreturn call.x.y");
    await run(page);
    await page.getByText("cannot read property 'y' of undefined").first().waitFor();
    await page.locator(".frame").getByText("2 | return call.x.y").waitFor();
    await underlined(page).waitFor();
    await write(page, SOURCE, "for (;;);");
    await run(page);
    await page.getByText("500,000,000 of 500,000,000").waitFor();
    await write(page, SOURCE, "return {module: 'hangup', data: {}}");
    await run(page);
    await page.getByRole("treeitem", { name: "hangup" }).waitFor();
  });
});

test("trials are no calls of the function, and the operator's metrics tell calls from checks", async () => {
  const counted = await Server.start("[metrics]\nlisten = '127.0.0.1:0'\n");
  const tried = await counted.created("return {module: 'hangup'}");
  const metric = async (name) => {
    const text = await (await fetch(counted.metrics)).text();
    const found = new RegExp(`^switchhook_${name}\\{outcome="ok"\\} (\\d+)$`, "m").exec(text);
    assert.ok(found, name);
    return Number(found[1]);
  };
  const before = [await metric("calls_total"), await metric("compilations_total")];
  await inPage(counted, { path: `${counted.account}/functions/${tried}` }, async (page) => {
    const checked = page.waitForResponse((reply) => reply.url().includes("compile_only=true"));
    await write(page, SOURCE, "return {module: 'hangup', data: {}}");
    await checked;
    assert.deepEqual([await metric("calls_total"), await metric("compilations_total")], [before[0], before[1] + 1]);
    const { data } = await run(page);
    assert.equal(data.outcome, "ok");
    assert.equal(await metric("calls_total"), before[0] + 1);
    await page.goto(`${counted.url}/console/${counted.account}/overview`);
    await page.getByText("Counted since").waitFor();
  });
  const stats = await counted.ask("GET", `/v2/accounts/${counted.account}/functions/stats`);
  assert.deepEqual([stats.data.functions, stats.data.total.outcomes], [[], {}]);
  assert.deepEqual((await counted.ask("GET", counted.path(tried, "/attempts"))).data, []);
});

test("what KAZOO would not run is marked at its node, and the outcome is still ok", async () => {
  await inPage(server, { path }, async (page) => {
    await write(page, SOURCE, "return {module: 'menu', data: {}, children: {'1.2': {module: 'tts', data: {}}}}");
    const { data } = await run(page);
    assert.equal(data.outcome, "ok");
    const faulty = page.getByRole("treeitem", { name: "1.2, tts, not valid" });
    await faulty.click();
    await page.locator(".details").getByText("data.text: Field is required").waitFor();
    await page.getByRole("status").getByText("ok", { exact: true }).waitFor();
  });
});

test("large, deep and unknown flows are drawn or refused in words", async () => {
  await inPage(server, { path }, async (page) => {
    const last = page.getByRole("treeitem").last();
    await write(
      page,
      SOURCE,
      "let flow = {module: 'hangup', data: {}}; for (let i = 0; i < 126; i++) flow = {module: 'noop', data: {}, children: {_: flow}}; return flow",
    );
    await run(page);
    await page.getByRole("treeitem", { name: "otherwise, hangup" }).waitFor();
    assert.equal(await page.getByRole("treeitem").count(), 128);
    await write(
      page,
      SOURCE,
      "const children = {}; for (let i = 0; i < 1000; i++) children['k' + i] = {module: 'hangup', data: {}}; return {module: 'menu', data: {}, children}",
    );
    await run(page);
    await page.getByRole("treeitem", { name: "k999, hangup" }).waitFor();
    assert.equal(await page.getByRole("treeitem").count(), 1002);
    // From so far away nobody reads the texts, and they are not drawn. A file of it has them.
    const texts = page.locator("[role=tree] text");
    assert.equal(await texts.count(), 0);
    const downloaded = page.waitForEvent("download");
    await page.getByRole("button", { name: "SVG" }).click();
    const file = await readFile(await (await downloaded).path(), "utf8");
    assert.match(file, /<text [^>]*>k999<\/text>/);
    assert.equal(await page.getByRole("treeitem").count(), 1002);
    // From near, those in sight have theirs.
    await page.getByRole("tree").hover({ position: { x: 200, y: 1 } });
    for (let turn = 0; turn < 20 && (await texts.count()) === 0; turn += 1) await page.mouse.wheel(0, -200);
    await texts.first().waitFor();
    assert.ok((await texts.count()) < 500, `${await texts.count()}`);
    await write(page, SOURCE, "return {module: 'somebody_elses', data: {text: 'anything'}, children: {x: 5}}");
    await run(page);
    await page.getByRole("treeitem", { name: /somebody_elses, anything/ }).waitFor();
    // The call, and a node that nobody knows.
    const icons = await page
      .locator("[role=treeitem] .icon")
      .evaluateAll((all) => all.map((path) => path.getAttribute("d")));
    assert.equal(new Set(icons).size, 2);
    await last.waitFor();
    await write(page, SOURCE, "const a = {module: 'menu'}; a.children = {_: a}; return a");
    await run(page);
    await page.getByText("invalid result").waitFor();
  });
});

test("a picture is taken elsewhere as SVG and as PNG, with the call above it", async () => {
  await inPage(server, { path, colorScheme: "dark" }, async (page) => {
    await page.getByRole("combobox", { name: "Call" }).selectOption({ label: "KAZOO" });
    await write(page, SOURCE, "return {module: 'tts', data: {text: 'a < b'}}");
    await run(page);
    await page.getByRole("treeitem", { name: "tts, a < b" }).waitFor();
    const file = async (name) => {
      const downloaded = page.waitForEvent("download");
      await page.getByRole("button", { name }).click();
      return readFile(await (await downloaded).path());
    };
    const svg = (await file("SVG")).toString();
    const [, width, height] = /<svg [^>]*width="([\d.]+)" height="([\d.]+)"/.exec(svg);
    assert.match(svg, />call<.*>tts</s);
    const png = await file("PNG");
    // Twice as large, and not of one colour: the corner is the ground, and there are texts and lines.
    assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [2 * width, 2 * height]);
    const colours = new Set(pixels(png).flat());
    assert.ok(colours.size > 10, `${colours.size} colours`);
  });
});

test("results of other routers are drawn as a sequence", async () => {
  await inPage(server, { path }, async (page) => {
    await write(page, SOURCE, "return [{verb: 'say', text: 'one'}, {verb: 'hangup'}]");
    await run(page);
    await page.getByRole("treeitem", { name: "say, one" }).waitFor();
    await page.getByRole("treeitem", { name: "hangup" }).waitFor();
    await write(page, SOURCE, "return '<Response><Say voice=\"alice\">a &lt; b</Say></Response>'");
    await run(page);
    await page.getByRole("treeitem", { name: "Say, a < b" }).waitFor();
  });
});

test("a call is kept with the function, and says when its result is another", async () => {
  await inPage(server, { path }, async (page) => {
    await write(page, SOURCE, "return {module: 'tts', data: {text: 'to ' + call.who}}");
    await write(page, CALL, '{"who": "Ann"}');
    await run(page);
    await page.getByRole("treeitem", { name: "tts, to Ann" }).waitFor();
    await page.getByRole("button", { name: "Keep call" }).click();
    await page.getByRole("dialog").getByLabel("Name").fill("Ann calls");
    await page.getByRole("dialog").getByLabel("Expect the result").check();
    await page.getByRole("dialog").getByRole("button", { name: "Keep" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    const { data } = await server.ask("GET", server.path(id));
    const flow = { module: "tts", data: { text: "to Ann" } };
    assert.deepEqual(data.test_calls, [{ name: "Ann calls", call: { who: "Ann" }, router: "pivot", flow }]);
    await page.reload();
    await page.getByRole("combobox", { name: "Call" }).selectOption({ label: "Ann calls" });
    await run(page);
    await page.getByText("same as before").waitFor();
    await write(page, SOURCE, "return {module: 'tts', data: {text: 'for ' + call.who}}");
    await run(page);
    await page.getByText("differs from before").waitFor();
    await page.getByRole("treeitem", { name: /for Ann, changed/ }).waitFor();
    await page.getByRole("button", { name: "Forget it" }).click();
    await page.getByRole("button", { name: "Forget it" }).waitFor({ state: "detached" });
    assert.deepEqual((await server.ask("GET", server.path(id))).data.test_calls, []);
  });
});

test("modules, their data and the call's fields are completed", async () => {
  await inPage(server, { path }, async (page) => {
    const option = (name) => page.getByRole("option", { name }).first();
    await page.getByRole("combobox", { name: "Call" }).selectOption({ label: "KAZOO" });
    await write(page, SOURCE, "return {module: 'tt");
    await page.keyboard.type("s");
    await option("tts").waitFor();
    await write(page, SOURCE, "return {module: 'tts', data: { ");
    await page.keyboard.type("te");
    await option("text").waitFor();
    await write(page, SOURCE, "return call.");
    await page.keyboard.type("F");
    await option("From").waitFor();
  });
});

test("a call that is no object is refused in words", async () => {
  await inPage(server, { path }, async (page) => {
    await write(page, CALL, "[1]");
    await page.keyboard.press("ControlOrMeta+Enter");
    await page.getByRole("alert").getByText("has to be a JSON object").waitFor();
  });
});
