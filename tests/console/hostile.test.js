// Whatever strangers write is text: no script of theirs runs, and nothing of it hides.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, test } from "node:test";
import { eventually } from "../eventually.mjs";
import { inPage, launched, run, SOURCE, write } from "./browser.js";
import { callBy, samples } from "./calls.js";
import { KAZOO, Server } from "./server.js";

const server = await Server.start("", { couchdb: true });

const HOSTILE = [
  `<img src=x onerror="document.title='run'">`,
  `"><script>document.title='run'</script>`,
  "\u202eevil\u0007",
  "]]>",
  "x".repeat(10_000),
];
const ALL = HOSTILE.slice(0, 4).join(" ");

/** Nothing has run, and no element was made of it. The editor has images without a source of its own. */
async function assertInert(page) {
  assert.notEqual(await page.title(), "run");
  assert.equal(await page.locator("img:not(.cm-widgetBuffer), script:not([type=module]), iframe").count(), 0);
}

test("names, logs, results, errors and inputs are text", async () => {
  const source = `console.log(call.text); if (call.fails) throw new Error(call.text); return {module: call.text, data: {text: call.text}, children: {[call.text]: {module: 'hangup'}}}`;
  const name = ALL.slice(0, 120);
  const id = await server.created(source, { name, env: { EVIL: ALL }, html: ALL });
  const account = await server.ask("PUT", `/v2/accounts/${server.account}`, { name: ALL });
  assert.equal(account.status, 201);
  for (const text of HOSTILE) {
    await server.ask("POST", server.path(id, "/run"), { text, From: text, To: text });
    await server.ask("POST", server.path(id, "/run"), { text, fails: true, [text.slice(0, 100)]: text });
  }
  await server.ask("PATCH", `${server.path(id)}?message=${encodeURIComponent(ALL.slice(0, 200))}`, {
    function_js: `${source} // ${ALL}`,
  });
  await eventually(
    "all are recorded",
    async () => (await server.ask("GET", server.path(id, "/attempts"))).data.length === 2 * HOSTILE.length,
  );
  for (const path of [
    "functions",
    "calls",
    "overview",
    "account",
    ...["code", "revisions", "connect", "settings", "calls"].map((tab) => `functions/${id}/${tab}`),
  ]) {
    await inPage(server, { path: `${server.account}/${path}` }, async (page) => {
      await page.getByText("onerror").or(page.locator(`input[value*="onerror"]`)).first().waitFor();
      await assertInert(page);
    });
  }
  await inPage(server, { path: `${server.account}/functions/${id}/calls` }, async (page) => {
    const rows = page.locator("button.row-link");
    await rows.first().waitFor();
    for (let index = 0; index < (await rows.count()); index += 1) {
      await rows.nth(index).click();
      const dialog = page.getByRole("dialog");
      const replay = dialog.getByRole("button", { name: "Replay" });
      await replay.or(dialog.getByText("cannot be repeated")).waitFor();
      if ((await replay.count()) > 0) {
        await replay.click();
        await dialog.getByText("same fuel", { exact: true }).waitFor();
      }
      await dialog.getByRole("tab", { name: /Logs/ }).click();
      await assertInert(page);
      await page.keyboard.press("Escape");
    }
  });
});

test("results that look like markup are drawn as text, and hidden characters are named", async () => {
  const id = await server.created("return {module: 'hangup'}");
  await inPage(server, { path: `${server.account}/functions/${id}` }, async (page) => {
    for (const text of HOSTILE) {
      await write(
        page,
        SOURCE,
        `const text = ${JSON.stringify(text).replaceAll("\u202e", "\\u202e").replaceAll("\u0007", "\\u0007")}; console.error(text); return {module: text, data: {id: text}, children: {[text]: {module: text}}}`,
      );
      await run(page);
      await page.getByRole("treeitem").nth(2).waitFor();
      await page.getByRole("treeitem").nth(2).click();
      await page.getByRole("tab", { name: "JSON" }).click();
      await page.getByRole("tab", { name: "Logs" }).click();
      await page.locator(".logs li").waitFor();
      if (text.includes("\u202e")) await page.locator(".logs").getByText("U+202E").waitFor();
      await assertInert(page);
      await page.getByRole("tab", { name: "Picture" }).click();
    }
  });
});

const RUN = `document.title = 'run'; new Image().src = '/stolen?' + sessionStorage.getItem('token') + localStorage.getItem('theme')`;
const SCRIPT = `<x:script xmlns:x="http://www.w3.org/1999/xhtml">${RUN}</x:script>`;
const HTML = `<!doctype html><title>page</title><script>${RUN}</script>`;

test("the script that is tried here runs where nothing forbids it", async () => {
  const pages = createServer((request, reply) => {
    reply.setHeader("content-type", request.url === "/xml" ? "text/xml" : "text/html");
    reply.end(request.url === "/xml" ? `<Response>${SCRIPT}</Response>` : HTML);
  }).listen(0, "127.0.0.1");
  after(() => pages.close());
  await once(pages, "listening");
  for (const path of ["/xml", "/html"]) {
    const { stolen } = await openedBeside(`http://127.0.0.1:${pages.address().port}${path}`);
    assert.equal(stolen.length, 2, path);
  }
});

test("a script that a function answers a router with does not run, in this tab or another", async () => {
  const roots = {
    twilio: ["Response", ""],
    telnyx: ["Response", ""],
    httapi: ["document", ' type="text/freeswitch-httapi"'],
    xml_curl: ["document", ' type="freeswitch/xml"'],
  };
  const calls = await samples(server);
  for (const [router, [root, attributes]] of Object.entries(roots)) {
    const id = await server.created(`return ${JSON.stringify(`<${root}${attributes}>${SCRIPT}</${root}>`)}`);
    const url = (await server.urls(id))[router];
    const reply = await callBy(url, router, calls.get(router));
    assert.equal(reply.status, 200, router);
    assert.equal(reply.headers.get("content-security-policy"), "default-src 'none'; sandbox");
    const { title, stolen } = await openedBeside(url);
    assert.deepEqual({ title, stolen }, { title: "", stolen: [] }, router);
  }
});

test("a script that a function shows to KAZOO does not run, whatever the page", async () => {
  const html = JSON.stringify(HTML);
  const sources = {
    "a page": `return ${html}`,
    "a page within a flow": `return {module: 'tts', data: {text: ${html}}}`,
    "an answer of CouchDB's own shows": `return {headers: {'Content-Type': 'text/html'}, body: ${html}}`,
    "an error": `throw new Error(${html})`,
  };
  const design = `${server.couchdb}/functions/_design/functions`;
  const pages = {};
  for (const [name, source] of Object.entries(sources)) {
    const id = await server.created(source);
    pages[name] = `${design}/_show/wh/${id}`;
    pages[`${name}, printed`] = `${design}/_show/print_doc/${id}`;
  }
  const [shown] = Object.values(pages);
  const query = `?${new URLSearchParams({ text: HTML })}`;
  pages["a call"] = `${shown.replace("/wh/", "/print_doc/")}${query}`;
  pages["the name of a show"] = `${design}/_show/${encodeURIComponent(HTML)}/x`;
  pages["the name of a document"] = `${server.couchdb}/functions/${encodeURIComponent(HTML)}`;
  for (const [name, url] of Object.entries(pages)) {
    const { title, stolen, texts } = await openedBeside(url);
    assert.deepEqual({ title, stolen }, { title: "", stolen: [] }, name);
    // What was opened is the page that was meant.
    assert.ok(
      texts.every((text) => text.includes("script") || text.includes("missing")),
      `${name}: ${texts}`,
    );
  }
});

/** Opens an address in a tab of a signed-in console, and in a new one. */
async function openedBeside(url) {
  const found = { title: "", stolen: [], texts: [] };
  const context = await (await launched()).newContext({ httpCredentials: KAZOO });
  context.on("request", (request) => {
    if (request.url().includes("/stolen")) found.stolen.push(request.url());
  });
  const page = await context.newPage();
  await page.goto(`${server.url}/console/#token=${server.token}`);
  await page.getByRole("heading", { name: "Functions" }).waitFor();
  for (const tab of [page, await context.newPage()]) {
    await tab.goto(url);
    found.texts.push(await tab.locator(":root").textContent());
    found.title ||= (await tab.title()) === "run" ? "run" : "";
  }
  await context.close();
  return found;
}
