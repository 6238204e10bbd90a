// Who calls whom. Routers name these in their own ways, at the top of a call or one level down.

import { isObject } from "./json.ts";

const FROM = /^(from|caller[-_]id[-_]number|(hunt|channel)-caller-id-number)$/i;
const TO = /^(to|callee[-_]id[-_]number|(hunt|channel)-destination-number|destination_number)$/i;

/** `+1415… → +1800…`; what the call does not say is a question mark. Nothing, if it says neither. */
export function parties(call: unknown): string {
  const [from, to] = [named(call, FROM), named(call, TO)];
  if (from === undefined && to === undefined) return "";
  return `${from ?? "?"} → ${to ?? "?"}`;
}

/** The number that was called; the other one, if the call does not say. */
export function calledNumber(call: unknown): string {
  return named(call, TO) ?? named(call, FROM) ?? "";
}

function named(call: unknown, name: RegExp): string | undefined {
  if (!isObject(call)) return undefined;
  const values = [call, ...Object.values(call).filter(isObject)];
  for (const object of values) {
    for (const [key, value] of Object.entries(object))
      if (name.test(key) && typeof value === "string" && value) return value;
  }
  return undefined;
}
