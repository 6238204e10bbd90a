// A browser, and pages in which nothing goes wrong unnoticed.

import assert from "node:assert/strict";
import { after } from "node:test";
import { chromium } from "playwright-core";

/** Debian's browser as root, without anything that it does of its own accord. */
const FLAGS = [
  "--no-sandbox",
  "--disable-quic",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

let browser;

export async function launched() {
  browser ??= await chromium.launch({ executablePath: process.env.CHROMIUM, args: FLAGS });
  return browser;
}

after(async () => browser?.close());

/** What the browser itself says of a reply with a status from 400 on, which is an answer like any other. */
const STATUS = "Failed to load resource";

/** The console itself, which is no operation of the API. */
const FILES = /^\/console\//;

/** What the API's description has, read once. */
let operations;

async function operationsOf(server) {
  if (!operations) {
    const { paths } = await (await fetch(`${server.url}/openapi.json`)).json();
    operations = Object.entries(paths).flatMap(([path, item]) => {
      const pattern = new RegExp(`^${path.replace(/[.]/g, "\\.").replace(/\{[^}]+\}/g, "[^/]+")}$`);
      return Object.keys(item).map((method) => ({ method: method.toUpperCase(), pattern }));
    });
  }
  return operations;
}

/**
 * Runs a test in a page, signed in unless `signedIn` is false. Then: no script had an error, the content security policy was never
 * broken, and every request was one that the API's description has. With `noPointer`, nothing was clicked either.
 */
export async function inPage(server, options, test) {
  const { path = "", signedIn = true, token = server.token, noPointer = false, ...contextOptions } = options;
  const context = await (await launched()).newContext({ viewport: { width: 1280, height: 800 }, ...contextOptions });
  const page = await context.newPage();
  const faults = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().startsWith(STATUS)) faults.push(message.text());
  });
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) =>
      console.error("policy", event.violatedDirective, event.blockedURI, event.sourceFile),
    );
  });
  if (noPointer) {
    await page.addInitScript(() => {
      addEventListener("pointerdown", () => console.error("a pointer was used"), { capture: true });
    });
  }
  const known = await operationsOf(server);
  page.on("request", (request) => {
    const { origin, pathname, protocol } = new URL(request.url());
    if (protocol === "data:" || protocol === "blob:") return;
    const isKnown =
      FILES.test(pathname) ||
      known.some(({ method, pattern }) => method === request.method() && pattern.test(pathname));
    if (origin !== server.url || !isKnown) faults.push(`${request.method()} ${request.url()}`);
  });
  try {
    await page.goto(`${server.url}/console/${path}${signedIn ? `#token=${token}` : ""}`);
    await test(page);
    assert.deepEqual(faults, []);
  } catch (error) {
    error.message += `\n${faults.join("\n")}\n${(
      await page
        .locator("body")
        .innerText()
        .catch(() => "")
    ).slice(0, 1500)}`;
    throw error;
  } finally {
    await context.close();
  }
}

/** Types into an editor, by its label, over what is there. */
export async function write(page, label, text) {
  const editor = page.getByLabel(label, { exact: true }).and(page.locator(".cm-content"));
  await editor.focus();
  await page.keyboard.press("ControlOrMeta+a");
  // Inserted rather than typed: brackets close themselves.
  await page.keyboard.insertText(text);
}

export const SOURCE = "Source of the function";
export const CALL = "The call";

/** Runs what is in the editor, and waits for what came of it. */
export async function run(page) {
  const answered = page.waitForResponse((reply) => /functions\/test\?.*record=true/.test(reply.url()));
  await page.keyboard.press("ControlOrMeta+Enter");
  return (await answered).json();
}
