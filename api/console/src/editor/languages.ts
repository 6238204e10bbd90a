// How the editor reads a language, by what a pack's `editor` says. A language that is not here is edited as plain text.

import { javascript, json, lua, python, StreamLanguage } from "../vendor/editor.ts";
import type { Extension } from "../vendor/editor.ts";

const MODES: Record<string, () => Extension> = {
  javascript: () => javascript(),
  typescript: () => javascript({ typescript: true }),
  json: () => json(),
  lua: () => StreamLanguage.define(lua),
  python: () => StreamLanguage.define(python),
};

export function mode(editor: string | undefined): Extension {
  return MODES[editor ?? ""]?.() ?? [];
}
