// What functions can be written in, what calls they get, and what they may return. Asked once.

import { ask } from "./client.ts";
import type { CallRouter, FlowModule, Language, SampleCall } from "./types.ts";

function once<T>(load: () => Promise<T>): () => Promise<T> {
  let kept: Promise<T> | undefined;
  return () => {
    kept ??= load().catch((error: unknown) => {
      kept = undefined;
      throw error;
    });
    return kept;
  };
}

export const languages = once(async () => (await ask<Language[]>("GET", "/functions")).data);
export const sampleCalls = once(async () => (await ask<SampleCall[]>("GET", "/functions/calls")).data);
export const flowModules = once(async () => (await ask<FlowModule[]>("GET", "/functions/modules")).data);

export const routers = once(async () => (await ask<CallRouter[]>("GET", "/functions/routers")).data);

/** The language of a document; with `@` and a version it is the same language. */
export function languageOf(all: Language[], pack: string | undefined): Language | undefined {
  if (pack === undefined) return all[0];
  const [id] = pack.split("@");
  return all.find((language) => language.id === id);
}
