// What a call of an account may use.

import { test } from "./functions.ts";

/** A function that does nothing: the record of its call names the limits of all calls. */
const NOTHING = { function_js: "return null", language_pack: "javascript" };

/** Limits by name, the server's or the account's own. */
export async function readLimits(account: string, signal?: AbortSignal): Promise<Record<string, number>> {
  const { replay } = await test(account, NOTHING, { signal });
  return replay?.capture?.limits ?? {};
}
