// Every page for everybody: by axe's rules (WCAG 2.2 AA), and on a narrow screen. `keyboard.test.js` works without a pointer.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { test } from "node:test";
import { eventually } from "../eventually.mjs";
import { inPage, run, SOURCE, write } from "./browser.js";
import { Server } from "./server.js";

const server = await Server.start();
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const id = await server.created(
  "console.warn('hello');\nreturn {module: 'menu', data: {id: 'x'}, children: {1: {module: 'tts', data: {}}, _: {module: 'hangup', data: {}}}}",
  { name: "Desk" },
);
await server.ask("POST", server.path(id, "/run"), { From: "+1", To: "+2" });
await server.ask("PATCH", server.path(id), { function_js: "return call.a.b" });
await server.ask("POST", server.path(id, "/run"), {});
await eventually(
  "both are recorded",
  async () => (await server.ask("GET", server.path(id, "/attempts"))).data.length === 2,
);

const at = (page) => `${server.account}/${page}`;
const opened = (page) => page.getByRole("row").nth(1).getByRole("button").first();

const PAGES = {
  functions: { path: at("functions"), ready: (page) => page.getByRole("link", { name: "Desk" }).waitFor() },
  new: { path: at("new"), ready: (page) => page.getByRole("button", { name: "Nothing" }).waitFor() },
  code: {
    path: at(`functions/${id}`),
    ready: async (page) => {
      await write(
        page,
        SOURCE,
        "console.warn('hello'); return {module: 'menu', data: {id: 'x'}, children: {1: {module: 'tts', data: {}}, _: {module: 'hangup', data: {}}}}",
      );
      await run(page);
      await page
        .getByRole("treeitem", { name: /not valid/ })
        .first()
        .waitFor();
    },
  },
  "failed call": {
    path: at(`functions/${id}`),
    ready: async (page) => {
      await page.getByLabel(SOURCE).waitFor();
      await run(page);
      await page.locator(".frame").waitFor();
      await page.getByRole("tab", { name: "Cost" }).click();
    },
  },
  calls: { path: at("calls"), ready: (page) => page.getByRole("cell", { name: "exception" }).waitFor() },
  call: {
    path: at(`functions/${id}/calls`),
    ready: async (page) => {
      await opened(page).click();
      await page.getByRole("button", { name: "Replay" }).click();
      await page.getByText("same fuel", { exact: true }).waitFor();
    },
  },
  revisions: {
    path: at(`functions/${id}/revisions`),
    ready: async (page) => {
      await page
        .getByRole("button", { name: /^Compare/ })
        .first()
        .click();
      await page.getByRole("button", { name: "Roll back" }).waitFor();
    },
  },
  connect: {
    path: at(`functions/${id}/connect`),
    ready: (page) => page.getByRole("heading", { level: 2 }).first().waitFor(),
  },
  settings: { path: at(`functions/${id}/settings`), ready: (page) => page.getByLabel("fuel").waitFor() },
  overview: { path: at("overview"), ready: (page) => page.getByText("Counted since").waitFor() },
  account: { path: at("account"), ready: (page) => page.getByText("Programs sign in with it.").waitFor() },
  reference: { path: at("reference?about=modules"), ready: (page) => page.getByText("voicemail").first().waitFor() },
  "sign in": { path: "", signedIn: false, ready: (page) => page.getByRole("button", { name: "Sign in" }).waitFor() },
};

const found = (page) =>
  page.evaluate(
    `${axe};\naxe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}).then(({violations}) => violations.map(({id, nodes}) => id + ': ' + nodes.map(({html, target, failureSummary}) => target.join(' ') + ' ' + html.slice(0, 150) + ' ' + failureSummary).join(' | ')))`,
  );

for (const [name, { path, signedIn, ready }] of Object.entries(PAGES)) {
  test(`axe finds nothing on the page ${name}, light or dark`, async () => {
    await inPage(server, { path, signedIn, reducedMotion: "reduce" }, async (page) => {
      await ready(page);
      for (const colorScheme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme });
        assert.deepEqual(await found(page), [], colorScheme);
      }
    });
  });
}

test("no page or dialog is wider than a screen of 320 pixels", async () => {
  for (const [name, { path, signedIn, ready }] of Object.entries(PAGES)) {
    await inPage(server, { path, signedIn, viewport: { width: 320, height: 640 } }, async (page) => {
      await ready(page);
      const widths = await page.evaluate(() =>
        [document.documentElement, ...document.querySelectorAll("dialog[open]")].map((box) => [
          box.scrollWidth,
          box.clientWidth,
        ]),
      );
      for (const [wide, seen] of widths) assert.ok(wide <= seen, `${name}: ${wide}`);
    });
  }
});
