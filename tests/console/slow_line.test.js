// Pages over a slow line, where each turn of requests and replies costs more than most files.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inPage, SOURCE } from "./browser.js";
import { Server } from "./server.js";

const server = await Server.start();
const id = await server.created("return {module: 'hangup'}");

/** A browser asks a server for no more files at once with HTTP/1.1. */
const AT_ONCE = 6;

const LIST = {
  path: `${server.account}/functions`,
  shown: (page) => page.getByRole("link", { name: "test" }),
  inPage: () => document.querySelector("a.row-link"),
};
const EDITOR = {
  path: `${server.account}/functions/${id}`,
  shown: (page) => page.getByLabel(SOURCE),
  inPage: () => document.querySelector(".editor")?.shadowRoot?.querySelector(".cm-content"),
};

/** Opens a page anew, after something was done to the tab. */
async function open({ path, shown }, prepare) {
  await inPage(server, { signedIn: false }, async (page) => {
    await page.goto("about:blank");
    const done = await prepare(page);
    await page.goto(`${server.url}/console/${path}#token=${server.token}`, { waitUntil: "commit" });
    await shown(page).waitFor();
    await done?.();
  });
}

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

/** What DevTools called "Fast 3G". */
const LINE = { offline: false, latency: 150, downloadThroughput: 1_600_000 / 8, uploadThroughput: 750_000 / 8 };

const LOADS = 5;

for (const [name, shown] of Object.entries({ "the list": LIST, "the editor": EDITOR })) {
  test(`${name} comes over a slow line`, async (context) => {
    const times = [];
    for (let load = 0; load < LOADS; load += 1) {
      await open(shown, async (page) => {
        const line = await page.context().newCDPSession(page);
        await line.send("Network.clearBrowserCache");
        await line.send("Network.emulateNetworkConditions", LINE);
        await page.addInitScript(`{
          const look = () => (${shown.inPage})() ? (window.shownAt = performance.now()) : requestAnimationFrame(look);
          look();
        }`);
        return async () => times.push(await page.evaluate(() => window.shownAt));
      });
    }
    times.sort((one, other) => one - other);
    context.diagnostic(`${times.map(Math.round).join(", ")} ms from the request`);
    assert.equal(times.filter(Number.isFinite).length, LOADS);
  });
}
