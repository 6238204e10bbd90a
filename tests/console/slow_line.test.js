// Pages over a slow line, where each turn of requests and replies costs more than most files.

import assert from "node:assert/strict";
import { test } from "node:test";
import { EDITOR, LIST, open, server } from "./pages.js";

/** A browser asks a server for no more files at once with HTTP/1.1. */
const AT_ONCE = 6;

/** The files that a page names, without the icon, which nothing waits for. */
async function named({ path }) {
  const page = await (await fetch(`${server.url}/console/${path}`)).text();
  return [...page.matchAll(/"(\/console\/assets\/[^"]+\.(?:js|css))"/g)].map(([, file]) => file);
}

/** Holds back the reply to one request until others are on their way. */
async function hold(page, held, others) {
  const asked = Promise.all(others.map((other) => page.waitForRequest((request) => request.url().includes(other))));
  await page.route(
    (url) => url.pathname === held,
    async (route) => {
      await asked;
      await route.continue();
    },
  );
}

test("the first page names few files", async () => {
  const files = await named(LIST);
  assert.ok(files.length >= 3 && files.length <= AT_ONCE, files.join("\n"));
});

test("the list is asked for before it is known whose the token is", async () => {
  await open(LIST, (page) => hold(page, "/v2/token_auth", [`/v2/accounts/${LIST.path}?`]));
});

test("all files of the editor are asked for before the first script runs", async () => {
  const files = await named(EDITOR);
  const main = files.find((file) => file.includes("/main-"));
  const asked = new Set();
  await open(EDITOR, async (page) => {
    await hold(page, main, files);
    page.on("request", (request) => asked.add(new URL(request.url()).pathname));
  });
  const scripts = [...asked].filter((path) => path.startsWith("/console/assets/") && !path.endsWith(".svg"));
  assert.deepEqual(scripts.sort(), files.sort());
});
