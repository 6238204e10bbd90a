// What the console looks like: files for a person to look at, light and dark. `docs/console.md` shows four of them.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { eventually } from "../eventually.mjs";
import { inPage, run, SOURCE, write } from "./browser.js";
import { callBy, samples } from "./calls.js";
import { withPalette } from "./png.js";
import { Server } from "./server.js";

/** What a page of documentation can carry. */
const MAX_BYTES = 120 * 1024;

const server = await Server.start();

/** The recorded calls are for support, which is always open: they have another result after the change at any hour of the day. */
const MENU = `// Who is open picks up; everybody else may leave a message.
const open = { sales: [9, 17], support: [0, 24] };
const hour = new Date().getHours();
const team = call.To.startsWith('+1800') ? 'support' : 'sales';
const [from, to] = open[team];
console.log(team, 'answers from', from, 'to', to);
return {
  module: 'menu',
  data: { id: '8f1c27d5a7e04c6fb4a7', retries: 2 },
  children: {
    1: { module: 'user', data: { id: team, timeout: 20 }, children: {
      _: { module: 'voicemail', data: { id: team, action: 'compose' } } } },
    2: { module: 'tts', data: { text: 'We are in Market Street 12.' }, children: {
      _: { module: 'hangup', data: {} } } },
    _: { module: 'tts', data: { text: hour < to ? 'One moment please' : 'Closed' } },
  },
};`;

const sampleCalls = await samples(server);
const menu = await server.created(MENU.replace("One moment please", "Please hold"), { name: "Front desk" });
await server.created("return {module: 'tts', data: {text: 'Hello ' + call.caller.name}}", { name: "Greeting" });
await server.created("return {module: 'hangup', data: {}}", { name: "Night service", enabled: false });
const routing = await server.created("return ['Response', ['Dial', call.To || '+18005551212']]", {
  name: "Routing table",
});
const greeting = (await server.ask("GET", `/v2/accounts/${server.account}/functions`)).data.find(
  ({ name }) => name === "Greeting",
).id;
for (const [id, router, times] of [
  [menu, "pivot", 14],
  [greeting, "pivot", 4],
  [routing, "twilio", 9],
]) {
  const urls = await server.urls(id);
  for (let index = 0; index < times; index += 1)
    await callBy(urls[router], router, { ...sampleCalls.get(router), To: index % 3 ? "+18005551212" : "+14155550100" });
}
await eventually(
  "all calls are recorded",
  async () => (await server.ask("GET", `/v2/accounts/${server.account}/functions/attempts`)).data.length >= 27,
);
await server.ask("PATCH", `${server.path(menu)}?message=Longer%20hours`, { function_js: MENU });

const states = {
  functions: {
    path: `${server.account}/functions`,
    ready: (page) => page.getByRole("link", { name: "Routing table" }).waitFor(),
  },
  code: {
    path: `${server.account}/functions/${menu}`,
    ready: async (page) => {
      await page.getByLabel(SOURCE).waitFor();
      await page.getByRole("combobox", { name: "Asked by" }).selectOption("pivot");
      await run(page);
      await page.getByRole("treeitem", { name: /voicemail/ }).waitFor();
    },
  },
  failure: {
    path: `${server.account}/functions/${greeting}`,
    ready: async (page) => {
      await page.getByLabel(SOURCE).waitFor();
      await run(page);
      await page.locator(".frame").waitFor();
    },
  },
  calls: {
    path: `${server.account}/functions/${menu}/calls`,
    ready: (page) => page.getByText("live", { exact: true }).waitFor(),
  },
  difference: {
    path: `${server.account}/functions/${menu}/calls`,
    ready: async (page) => {
      await page.locator("button.row-link").first().click();
      await page.getByRole("button", { name: "Try on my draft" }).last().click();
      await page.getByRole("treeitem", { name: /changed/ }).waitFor();
    },
  },
  revisions: {
    path: `${server.account}/functions/${menu}/revisions`,
    ready: async (page) => {
      await page.getByRole("button", { name: /Compare/ }).click();
      await page.getByRole("button", { name: "Roll back" }).waitFor();
      await page.locator(".cm-changedText").first().waitFor();
    },
  },
  connect: {
    path: `${server.account}/functions/${menu}/connect`,
    ready: (page) => page.getByRole("heading", { level: 2 }).nth(6).waitFor(),
  },
  overview: { path: `${server.account}/overview`, ready: (page) => page.getByText("Counted since").waitFor() },
  account: {
    path: `${server.account}/account`,
    ready: (page) => page.getByText("Programs sign in with it.").waitFor(),
  },
  reference: {
    path: `${server.account}/reference?about=modules`,
    ready: (page) => page.getByText("voicemail").first().waitFor(),
  },
};

for (const [name, { path, ready }] of Object.entries(states)) {
  test(`a picture of ${name}, light and dark`, async () => {
    await inPage(server, { path, viewport: { width: 1280, height: 720 }, reducedMotion: "reduce" }, async (page) => {
      await ready(page);
      for (const colorScheme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme });
        const picture = withPalette(await page.screenshot({ animations: "disabled", caret: "hide" }));
        await writeFile(join(process.env.SCREENSHOTS, `${name}-${colorScheme}.png`), picture);
        assert.ok(picture.length > 5_000 && picture.length <= MAX_BYTES, `${picture.length} bytes`);
      }
    });
  });
}
