// Calls that were recorded.

import { again, endToken, token } from "../session/token.ts";
import { parse } from "../text/json.ts";
import { ask, path, send } from "./client.ts";
import { EventParser } from "./events.ts";
import type { Attempt } from "./types.ts";

export interface AttemptQuery {
  outcome?: string;
  result?: string;
  revision?: string;
  router?: string;
  call_id?: string;
  created_from?: number;
  created_to?: number;
  page_size?: number;
  start_key?: string;
}

/** Where the attempts of an account are, or of one of its functions. */
export function attemptsPath(account: string, id: string | undefined): string {
  return id ? path`/accounts/${account}/functions/${id}/attempts` : path`/accounts/${account}/functions/attempts`;
}

export interface AttemptPage {
  rows: Attempt[];
  next?: string;
}

/** Newest first. */
export async function listAttempts(
  account: string,
  id: string | undefined,
  query: AttemptQuery,
  signal?: AbortSignal,
): Promise<AttemptPage> {
  const reply = await ask<Attempt[]>("GET", attemptsPath(account, id), { query: { ...query }, signal });
  return { rows: reply.data, next: reply.next_start_key };
}

/** From the end of a feed, or its breaking off, to the next one, in milliseconds. */
const AGAIN_MS = 1_000;

/** Gives every new attempt to `take`, until `signal` ends it. `state` says whether the feed stands. */
export async function followAttempts(
  account: string,
  id: string | undefined,
  query: AttemptQuery,
  take: (row: Attempt) => void,
  state: (isLive: boolean) => void,
  signal: AbortSignal,
): Promise<void> {
  let last: string | undefined;
  while (!signal.aborted) {
    try {
      const headers: Record<string, string> = { accept: "text/event-stream" };
      if (last !== undefined) headers["last-event-id"] = last;
      const used = token.value;
      const asking = { query: { ...query, feed: "eventsource" }, headers, signal };
      const response = await send("GET", attemptsPath(account, id), asking, used);
      if (response.status === 401) {
        endToken(used);
        await again();
        continue;
      }
      if (response.ok && response.body) {
        state(true);
        const parser = new EventParser();
        const texts = response.body.pipeThrough(new TextDecoderStream()).getReader();
        for (let piece = await texts.read(); !piece.done; piece = await texts.read()) {
          for (const event of parser.push(piece.value)) {
            last = event.id ?? last;
            take(parse(event.data) as Attempt);
          }
        }
      }
    } catch {
      // It broke off: the next one goes on behind the last event.
    }
    if (signal.aborted) return;
    state(false);
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}
