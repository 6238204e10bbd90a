// What a recorded call says at a glance.

import type { Attempt } from "../api/types.ts";
import { isObject } from "../text/json.ts";
import { fromGregorian } from "../text/time.ts";

/** When it came: to the millisecond, if the server has kept it. */
export function momentOf(row: Attempt): Date {
  return row.time_ms === undefined ? fromGregorian(row.timestamp) : new Date(row.time_ms);
}

/** Whether everything is there that a repetition takes. */
export function canRepeat(row: Attempt): boolean {
  return row.replay !== undefined && !row.input_truncated && isObject(row.input);
}

/** `3-9f12…` */
export const shortRevision = (revision: string): string =>
  revision.length > 8 ? `${revision.slice(0, 7)}…` : revision;
