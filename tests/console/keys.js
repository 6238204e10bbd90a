// Working by keyboard alone: what is here presses keys, and a page that sees a pointer has a fault.

import { inPage, SOURCE } from "./browser.js";

/** Presses of Tab, after which a page has been gone through more than once. */
const MOST_TABS = 120;

/** As `inPage`, with keys in place of a pointer. */
export async function byKeyboard(server, options, test) {
  await inPage(server, { ...options, noPointer: true }, (page) => test(new Keys(page), page));
}

export class Keys {
  #page;
  #keyboard;

  constructor(page) {
    this.#page = page;
    this.#keyboard = page.keyboard;
  }

  press(...keys) {
    return keys.reduce((before, key) => before.then(() => this.#keyboard.press(key)), Promise.resolve());
  }

  /** What has the focus, if it is this. */
  focused(role, name) {
    return this.#page.getByRole(role, { name }).and(this.#page.locator(":focus"));
  }

  /** Presses Tab until something is focused. */
  async to(role, name) {
    await this.#page.getByRole(role, { name }).first().waitFor();
    for (let presses = 0; presses < MOST_TABS; presses += 1) {
      if ((await this.focused(role, name).count()) > 0) return;
      // In an editor, Tab indents unless Esc was pressed before. The first Esc may close a list of completions.
      if ((await this.#page.locator(".pane .cm-content:focus").count()) > 0) await this.press("Escape", "Escape");
      await this.press("Tab");
    }
    throw new Error(`Tab does not lead to ${role} ${name}`);
  }

  /** Goes to something, and does what a click would do. */
  async enter(role, name) {
    await this.to(role, name);
    await this.press("Enter");
  }

  /** Goes to a field, and writes over what is there. */
  async fill(name, text, role = "textbox") {
    await this.to(role, name);
    await this.press("ControlOrMeta+a");
    await this.#keyboard.type(text);
  }

  /** Goes to a field that has no role (a password), by its label. */
  async fillSecret(label, text) {
    const focused = this.#page.getByLabel(label).and(this.#page.locator(":focus"));
    for (let presses = 0; (await focused.count()) === 0; presses += 1) {
      if (presses === MOST_TABS) throw new Error(`Tab does not lead to ${label}`);
      await this.press("Tab");
    }
    await this.#keyboard.type(text);
  }

  /** Goes to one of several tabs, from any of them. */
  async tab(name) {
    await this.to("tab", /./);
    const group = this.#page.getByRole("tablist").filter({ has: this.#page.locator(":focus") });
    for (let presses = 0; presses < (await group.getByRole("tab").count()); presses += 1) {
      if ((await this.focused("tab", name).count()) > 0) return;
      await this.press("ArrowRight");
    }
    throw new Error(`no tab ${name}`);
  }

  /** Chooses from a list by its first letters, as whoever sees it would. */
  async choose(name, option) {
    await this.to("combobox", name);
    await this.#keyboard.type(option);
  }

  /** Writes a source over what is in the editor. */
  async source(text) {
    await this.to("textbox", SOURCE);
    await this.press("ControlOrMeta+a");
    // Inserted rather than typed: brackets close themselves.
    await this.#keyboard.insertText(text);
  }
}
