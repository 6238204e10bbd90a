// Why a request was refused, in words.

import { isObject } from "../text/json.ts";
import type { CallError, Json } from "./types.ts";

export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly data: Json,
  ) {
    super(message);
  }

  /** Where the source does not compile, if that is why. */
  get compileError(): CallError | undefined {
    for (const field of ["function_js", "function_wasm"]) {
      const problem = isObject(this.data) && this.data[field];
      const error = isObject(problem) && problem.compile_error;
      if (isObject(error)) return error as unknown as CallError;
    }
    return undefined;
  }
}

const WORDS: Record<number, string> = {
  0: "The server cannot be reached",
  403: "Not yours",
  404: "Not found",
  409: "Somebody else has changed it at the same moment",
  412: "Somebody else has changed it",
  429: "Too many requests: wait a moment",
  503: "The server has no place for it: try again",
};

/** The whole of it, field by field. */
export function explain(status: number, message: Json, data: Json): string {
  const details = problems(data, "");
  const words = WORDS[status] ?? (typeof message === "string" && message ? message : `Status ${status}`);
  return details.length > 0 ? `${words}: ${details.join("; ")}` : words;
}

/** KAZOO's `{field: {rule: {message}}}`, however deep. */
function problems(data: Json, field: string): string[] {
  if (!isObject(data)) return [];
  if (typeof data.message === "string") return [field ? `${field}: ${data.message}` : data.message];
  return Object.entries(data).flatMap(([key, value]) => {
    const isRule = isObject(value) && typeof value.message === "string";
    const path = isRule && field ? field : field ? `${field}.${key}` : key;
    return problems(value, path);
  });
}
