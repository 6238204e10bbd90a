// Two pages of the console, and how to open them anew.

import { inPage, SOURCE } from "./browser.js";
import { Server } from "./server.js";

export const server = await Server.start();
const id = await server.created("return {module: 'hangup'}");

export const LIST = {
  path: `${server.account}/functions`,
  shown: (page) => page.getByRole("link", { name: "test" }),
  inPage: () => document.querySelector("a.row-link"),
};
export const EDITOR = {
  path: `${server.account}/functions/${id}`,
  shown: (page) => page.getByLabel(SOURCE),
  inPage: () => document.querySelector(".editor")?.shadowRoot?.querySelector(".cm-content"),
};

/** Opens a page anew, after something was done to the tab. */
export async function open({ path, shown }, prepare) {
  await inPage(server, { signedIn: false }, async (page) => {
    await page.goto("about:blank");
    const done = await prepare(page);
    await page.goto(`${server.url}/console/${path}#token=${server.token}`, { waitUntil: "commit" });
    await shown(page).waitFor();
    await done?.();
  });
}
