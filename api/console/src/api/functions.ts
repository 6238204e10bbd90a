// Functions, and what can be done with them.

import { ask, path } from "./client.ts";
import type { Reply } from "./client.ts";
import { ApiError, explain } from "./error.ts";
import type {
  CallKey,
  FunctionDocument,
  FunctionRow,
  JsonObject,
  Outcome,
  Revision,
  Stats,
  SwitchedOff,
  Trial,
} from "./types.ts";

const ROW_FIELDS = "name,enabled,language_pack,disable_reason,modified,revision";

/** All functions without their sources, page by page. */
export async function listFunctions(account: string, signal?: AbortSignal): Promise<FunctionRow[]> {
  const rows: FunctionRow[] = [];
  let start_key: string | undefined;
  do {
    const query = { fields: ROW_FIELDS, page_size: 500, start_key };
    const reply = await ask<FunctionRow[]>("GET", path`/accounts/${account}/functions`, { query, signal });
    rows.push(...reply.data);
    start_key = reply.next_start_key;
  } while (start_key);
  return rows;
}

export interface Stored {
  document: FunctionDocument;
  revision: string;
}

const stored = (reply: Reply<FunctionDocument>): Stored => ({ document: reply.data, revision: reply.revision ?? "" });

export async function readFunction(account: string, id: string, signal?: AbortSignal): Promise<Stored> {
  return stored(await ask("GET", path`/accounts/${account}/functions/${id}`, { signal }));
}

export async function createFunction(account: string, document: FunctionDocument, message?: string): Promise<Stored> {
  return stored(await ask("PUT", path`/accounts/${account}/functions`, { data: document, envelope: said(message) }));
}

/** Changes the fields that are given, if nobody has changed the function since `revision`. */
export async function changeFunction(
  account: string,
  id: string,
  revision: string,
  fields: JsonObject,
  message?: string,
): Promise<Stored> {
  return stored(
    await ask("PATCH", path`/accounts/${account}/functions/${id}`, {
      data: fields,
      envelope: said(message),
      ifMatch: revision,
    }),
  );
}

export async function deleteFunction(account: string, id: string, revision: string): Promise<void> {
  await ask("DELETE", path`/accounts/${account}/functions/${id}`, { ifMatch: revision });
}

const said = (message: string | undefined) => (message ? { message } : undefined);

/** Statuses of outcomes, which are results and no refusals. */
const OUTCOMES = [409, 413, 422, 500, 503];

export async function test(
  account: string,
  trial: Trial,
  asking: { router?: string; compileOnly?: boolean; signal?: AbortSignal } = {},
): Promise<Outcome> {
  const query = {
    record: asking.compileOnly ? undefined : true,
    router: asking.router,
    compile_only: asking.compileOnly,
  };
  const { status, data } = await ask<Outcome | undefined>("POST", path`/accounts/${account}/functions/test`, {
    data: trial,
    query,
    accept: OUTCOMES,
    signal: asking.signal,
  });
  // A server without memory for the request, or without a place to compile it, answers with words only.
  if (!data?.metrics) throw new ApiError(status, explain(status, undefined, data), data);
  return data;
}

export async function listRevisions(account: string, id: string, signal?: AbortSignal): Promise<Revision[]> {
  return (
    await ask<Revision[]>("GET", path`/accounts/${account}/functions/${id}/revisions`, {
      query: { page_size: 200 },
      signal,
    })
  ).data;
}

export async function readRevision(
  account: string,
  id: string,
  revision: string,
  signal?: AbortSignal,
): Promise<FunctionDocument> {
  return (
    await ask<FunctionDocument>("GET", path`/accounts/${account}/functions/${id}/revisions/${revision}`, { signal })
  ).data;
}

export async function rollBack(
  account: string,
  id: string,
  revision: string,
  current: string,
  message: string,
): Promise<Stored> {
  const asking = { data: {}, envelope: said(message), ifMatch: current };
  return stored(await ask("POST", path`/accounts/${account}/functions/${id}/revisions/${revision}`, asking));
}

export async function readKey(account: string, id: string, signal?: AbortSignal): Promise<CallKey> {
  return (await ask<CallKey>("GET", path`/accounts/${account}/functions/${id}/key`, { signal })).data;
}

export async function renewKey(account: string, id: string): Promise<CallKey> {
  return (await ask<CallKey>("PUT", path`/accounts/${account}/functions/${id}/key`)).data;
}

export async function readStats(account: string, period: "hour" | "day", signal?: AbortSignal): Promise<Stats> {
  return (await ask<Stats>("GET", path`/accounts/${account}/functions/stats`, { query: { period }, signal })).data;
}

export interface SwitchedOffPage {
  rows: SwitchedOff[];
  /** Where the next page begins. */
  next?: string;
}

/** A page of what the server has switched off in the accounts below. */
export async function listSwitchedOffBelow(
  account: string,
  start_key?: string,
  signal?: AbortSignal,
): Promise<SwitchedOffPage> {
  const reply = await ask<SwitchedOff[]>("GET", path`/accounts/${account}/descendants/functions`, {
    query: { page_size: 50, start_key },
    signal,
  });
  return { rows: reply.data, next: reply.next_start_key };
}

export async function enableAgain(account: string, descendants: boolean): Promise<void> {
  const data = { "re-enable": true };
  await ask(
    "PATCH",
    descendants ? path`/accounts/${account}/descendants/functions` : path`/accounts/${account}/functions`,
    { data },
  );
}
