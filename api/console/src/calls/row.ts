// What a recorded call says at a glance.

import type { Attempt } from "../api/types.ts";
import { isObject } from "../text/json.ts";
import { fromGregorian } from "../text/time.ts";

/** When it came: to the millisecond, if the server has kept it. */
export function momentOf(row: Attempt): Date {
  return row.time_ms === undefined ? fromGregorian(row.timestamp) : new Date(row.time_ms);
}

/** Routers name these in their own ways, at the top or one level down. What none of them says is left out. */
const FROM = /^(from|caller[-_]id[-_]number|(hunt|channel)-caller-id-number)$/i;
const TO = /^(to|callee[-_]id[-_]number|(hunt|channel)-destination-number|destination_number)$/i;

/** `+1415… → +1800…` */
export function parties(input: unknown): string {
  const [from, to] = [named(input, FROM), named(input, TO)];
  if (from === undefined && to === undefined) return "";
  return `${from ?? "?"} → ${to ?? "?"}`;
}

function named(input: unknown, name: RegExp): string | undefined {
  if (!isObject(input)) return undefined;
  const values = [input, ...Object.values(input).filter(isObject)];
  for (const object of values) {
    for (const [key, value] of Object.entries(object))
      if (name.test(key) && typeof value === "string" && value) return value;
  }
  return undefined;
}

/** Whether everything is there that a repetition takes. */
export function canRepeat(row: Attempt): boolean {
  return row.replay !== undefined && !row.input_truncated && isObject(row.input);
}

/** `3-9f12…` */
export const shortRevision = (revision: string): string =>
  revision.length > 8 ? `${revision.slice(0, 7)}…` : revision;
