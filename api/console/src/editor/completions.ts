// What can be written here: modules of flows, fields of their data, and fields of the call. By text alone, so that it serves every
// language.

import { isObject } from "../text/json.ts";
import type { FlowModule } from "../api/types.ts";
import type { Completion, CompletionContext, CompletionResult } from "../vendor/editor.ts";

export interface Known {
  modules: FlowModule[];
  /** A call as the function gets it. */
  call: Record<string, unknown>;
}

/** `module: "tt`, `"module": "tt`, `module = 'tt` */
const MODULE = /\bmodule["']?\]?\s*[:=]\s*(["'])(\w*)$/;

/** `call.Fr`, `call["Fr` */
const CALL = /\bcall(\.|\[\s*["'])([\w-]*)$/;

/** The module that was named last before the place, and the word there. */
const LAST_MODULE = /\bmodule["']?\]?\s*[:=]\s*["'](\w+)["'](?!.*\bmodule["']?\]?\s*[:=])/s;
const DATA_KEY = /\bdata["']?\]?\s*[:=]\s*\{(?:[^{}]*[{,])?\s*["']?(\w*)$/s;

/** How far back the module of a `data` is looked for, in characters. */
const LOOK_BACK = 2_000;

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

export function complete(known: () => Known) {
  return (context: CompletionContext): CompletionResult | null => {
    const before = context.state.sliceDoc(Math.max(0, context.pos - LOOK_BACK), context.pos);
    const { modules, call } = known();
    const at = (word: string, options: Completion[]): CompletionResult => ({
      from: context.pos - word.length,
      options,
      validFor: /^[\w-]*$/,
    });
    const module = MODULE.exec(before);
    if (module)
      return at(
        module[2] ?? "",
        modules.map(({ name, data }) => ({ label: name, type: "enum", info: text(data.description) })),
      );
    const field = CALL.exec(before);
    if (field) {
      const isDot = field[1] === ".";
      return at(
        field[2] ?? "",
        Object.entries(call).flatMap(([label, value]) =>
          isDot && !IDENTIFIER.test(label) ? [] : [{ label, type: "property", detail: example(value) }],
        ),
      );
    }
    const key = DATA_KEY.exec(before);
    const name = key && LAST_MODULE.exec(before)?.[1];
    const schema = modules.find((candidate) => candidate.name === name)?.data;
    if (key && schema && isObject(schema.properties)) {
      return at(
        key[1] ?? "",
        Object.entries(schema.properties).map(([label, property]) => ({
          label,
          type: "property",
          info: text(isObject(property) ? property.description : undefined),
        })),
      );
    }
    return null;
  };
}

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

const example = (value: unknown): string =>
  (typeof value === "string" ? value : (JSON.stringify(value) ?? "")).slice(0, 40);
