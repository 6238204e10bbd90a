// What functions can be written in, what calls they get, and what they may return. Asked once.

import { ask } from "./client.ts";
import { ApiError } from "./error.ts";
import type { FlowModule, Language, SampleCall } from "./types.ts";

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

interface Schema {
  description?: string;
  properties?: Record<string, Schema>;
}

/** The API's description of its own types, by name. */
const schemas = once(async () => {
  const reply = await fetch("/openapi.json");
  if (!reply.ok) throw new ApiError(reply.status, "The API's description cannot be read", undefined);
  const { components } = (await reply.json()) as { components: { schemas: Record<string, Schema> } };
  return components.schemas;
});

/** Where the operator of each router enters its address. */
export async function addressesAreFor(): Promise<Record<string, string>> {
  const urls = (await schemas()).Urls?.properties ?? {};
  return Object.fromEntries(Object.entries(urls).map(([router, { description = "" }]) => [router, description]));
}

/** The limits that a function can have. */
export async function limitNames(): Promise<string[]> {
  return Object.keys((await schemas()).Function?.properties?.limits?.properties ?? {});
}

/** The language of a document; with `@` and a version it is the same language. */
export function languageOf(all: Language[], pack: string | undefined): Language | undefined {
  if (pack === undefined) return all[0];
  const [id] = pack.split("@");
  return all.find((language) => language.id === id);
}
