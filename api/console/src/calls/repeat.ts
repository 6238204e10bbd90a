// Recorded calls once more: as they were, or with the source that is being edited.

import { readFunction, readRevision, test } from "../api/functions.ts";
import type { Attempt, FunctionDocument, JsonObject } from "../api/types.ts";
import { readDraft } from "../code/drafts.ts";
import { compare } from "./comparison.ts";
import type { Repetition } from "./comparison.ts";

/** The document that a call ran. */
export async function recordedDocument(account: string, row: Attempt): Promise<FunctionDocument> {
  return readRevision(account, row.function_id, row.revision);
}

/** The document with the source that is being edited; the stored one if none is. */
export async function draftDocument(account: string, id: string): Promise<FunctionDocument> {
  const { document } = await readFunction(account, id);
  const draft = readDraft(account, id);
  return draft ? { ...document, function_js: draft.source } : document;
}

export async function repeat(
  account: string,
  row: Attempt,
  document: FunctionDocument,
  signal?: AbortSignal,
): Promise<Repetition> {
  const { function_js, function_wasm, language_pack, timezone, env, limits } = document;
  const trial = {
    function_js,
    function_wasm,
    language_pack,
    timezone,
    env,
    limits,
    function: row.function_id,
    call: row.input as JsonObject,
    replay: row.replay,
  };
  return compare(row, await test(account, trial, { signal }));
}

/** Requests at one time: an account has a few places for calls, and others call it meanwhile. */
const AT_ONCE = 4;

/** Calls of one function with its draft: gives each repetition to `take` as it comes. */
export async function shadow(
  account: string,
  rows: Attempt[],
  take: (repetition: Repetition) => void,
  signal: AbortSignal,
): Promise<void> {
  const left = [...rows];
  const document = await draftDocument(account, rows[0]?.function_id ?? "");
  const work = async () => {
    for (let row = left.shift(); row && !signal.aborted; row = left.shift())
      take(await repeat(account, row, document, signal));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}
