// One way to the API for everything: /v2 with a token in a header.

import { again, endToken, token } from "../session/token.ts";
import { isObject, parse } from "../text/json.ts";
import { ApiError, explain } from "./error.ts";
import type { Json } from "./types.ts";

export interface Asking {
  query?: Record<string, string | number | boolean | undefined>;
  data?: Json;
  /** Beside `data`. */
  envelope?: Record<string, Json>;
  /** The revision that a change follows. */
  ifMatch?: string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** Logins have no token, and their refusal is not the end of one. */
  isLogin?: boolean;
  /** Statuses that are an answer like any other. */
  accept?: number[];
}

export interface Reply<T> {
  status: number;
  data: T;
  revision?: string;
  next_start_key?: string;
  auth_token?: string;
}

export async function ask<T>(method: string, path: string, asking: Asking = {}): Promise<Reply<T>> {
  for (;;) {
    const used = token.value;
    const response = await send(method, path, asking, used);
    if (response.status === 401 && !asking.isLogin) {
      // Whoever signs in again goes on where they were.
      endToken(used);
      await again();
      continue;
    }
    return read<T>(response, asking.accept ?? []);
  }
}

/** The reply as it is, for feeds and files. */
export async function send(
  method: string,
  path: string,
  asking: Asking,
  with_token: string | undefined,
): Promise<Response> {
  const headers = new Headers({ accept: "application/json", ...asking.headers });
  if (with_token && !asking.isLogin) headers.set("x-auth-token", with_token);
  if (asking.ifMatch) headers.set("if-match", `"${asking.ifMatch}"`);
  let body: string | undefined;
  if (asking.data !== undefined) {
    headers.set("content-type", "application/json");
    body = JSON.stringify({ data: asking.data, ...asking.envelope });
  }
  try {
    return await fetch(address(path, asking.query), {
      method,
      headers,
      body,
      signal: asking.signal,
      cache: "no-store",
    });
  } catch (error) {
    if (asking.signal?.aborted) throw error;
    throw new ApiError(0, explain(0, undefined, undefined), undefined);
  }
}

/** Below `/v2`; the parts of a path are encoded by `path`. */
function address(path: string, query: Asking["query"] = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== "") parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return `/v2${path}${text ? `?${text}` : ""}`;
}

/** A path of parts that others have named. */
export function path(parts: TemplateStringsArray, ...names: string[]): string {
  return String.raw({ raw: parts }, ...names.map(encodeURIComponent));
}

async function read<T>(response: Response, accept: number[]): Promise<Reply<T>> {
  const text = await response.text();
  let body: Json;
  try {
    body = text ? parse(text) : {};
  } catch {
    body = {};
  }
  const reply = isObject(body) ? body : {};
  if (!response.ok && !accept.includes(response.status)) {
    throw new ApiError(response.status, explain(response.status, reply.message, reply.data), reply.data);
  }
  return { ...reply, status: response.status } as unknown as Reply<T>;
}
