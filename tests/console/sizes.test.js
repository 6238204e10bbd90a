// What a browser has to fetch before it shows something. Times are ratios to an empty page in the same run.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import { inPage, launched, SOURCE } from "./browser.js";
import { Server } from "./server.js";

const server = await Server.start();
const id = await server.created("return {module: 'hangup'}");

const KIB = 1024;

const gzipped = async (path) =>
  gzipSync(Buffer.from(await (await fetch(server.url + path)).arrayBuffer()), { level: 9 }).length;

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

/** The console's files that pages ask for, each once. */
async function asked(paths) {
  const files = new Set();
  for (const [path, ready] of paths) {
    await inPage(server, { path, signedIn: false }, async (page) => {
      page.on("request", (request) => {
        const { pathname } = new URL(request.url());
        if (pathname.startsWith("/console/assets/")) files.add(pathname);
      });
      await page.goto("about:blank");
      await page.goto(`${server.url}/console/${path}#token=${server.token}`);
      await ready(page);
    });
  }
  return files;
}

test("what is needed for the first page is small", async (context) => {
  const page = await (await fetch(`${server.url}/console/`)).text();
  const needed = ["/console/", ...[...page.matchAll(/"(\/console\/assets\/[^"]+)"/g)].map(([, path]) => path)];
  const size = sum(await Promise.all(needed.map(gzipped)));
  context.diagnostic(`${size} bytes as gzip`);
  assert.ok(size <= 60 * KIB, `${size}`);
});

test("the editor's page and the whole console are not large", async (context) => {
  const code = [`${server.account}/functions/${id}`, (page) => page.getByLabel(SOURCE).waitFor()];
  const editor = sum(await Promise.all([...(await asked([code]))].map(gzipped)));
  const others = ["overview", "functions", "calls", "account", "reference"].map((name) => [
    `${server.account}/${name}`,
    (page) => page.getByRole("heading").first().waitFor(),
  ]);
  const all = sum(await Promise.all([...(await asked([code, ...others]))].map(gzipped)));
  context.diagnostic(`the editor's page ${editor} bytes, all ${all} bytes as gzip`);
  assert.ok(editor <= 260 * KIB, `${editor}`);
  assert.ok(all <= 300 * KIB, `${all}`);
});

/** An empty page whose headers are the console's: they alone make a browser begin another process for it. */
const { headers } = await fetch(`${server.url}/console/`);
const empty = createServer((request, reply) => {
  for (const name of ["content-type", "content-security-policy", "cross-origin-opener-policy"])
    reply.setHeader(name, headers.get(name));
  reply.end("<!doctype html><title>empty</title><p>empty</p>");
}).listen(0, "127.0.0.1");
after(() => empty.close());

/** Loads of each page: the best of them is what the machine can do. */
const LOADS = 9;

/** From the request to the first text, in milliseconds, with nothing cached. */
async function firstPaint(url) {
  const context = await (await launched()).newContext();
  const page = await context.newPage();
  await page.goto(url);
  const paint = await page.evaluate(
    () =>
      new Promise((resolve) => {
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) if (entry.name === "first-contentful-paint") resolve(entry.startTime);
        }).observe({ type: "paint", buffered: true });
      }),
  );
  await context.close();
  return paint;
}

test("the first paint comes soon after an empty page's", async (context) => {
  const times = { console: [], empty: [] };
  for (let load = 0; load < LOADS; load += 1) {
    times.empty.push(await firstPaint(`http://127.0.0.1:${empty.address().port}/`));
    times.console.push(await firstPaint(`${server.url}/console/`));
  }
  const ratio = Math.min(...times.console) / Math.min(...times.empty);
  context.diagnostic(`${Math.min(...times.console).toFixed(0)} ms, ${ratio.toFixed(2)} times an empty page's`);
  // Seen: 1.0 to 1.5.
  assert.ok(ratio <= 2.5, `${ratio}`);
});
