// Limits of a call, for people.

import { bytes, duration, grouped } from "./numbers.ts";

/** `500,000,000`, `64.0 MiB`, `5.0 s`: the name of a limit says what it counts. */
export function shownLimit(name: string, value: number): string {
  if (name.endsWith("_bytes")) return bytes(value);
  if (name.endsWith("_ms")) return duration(value * 1000);
  return grouped(value);
}

/** `wall clock`: what is counted, without its unit. */
export function limitTitle(name: string): string {
  return name.replace(/_(bytes|ms)$/, "").replaceAll("_", " ");
}
