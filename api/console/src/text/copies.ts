// A call to take elsewhere: for curl, for the command line, and as a record.

import type { FunctionDocument, JsonObject, Outcome } from "../api/types.ts";

/** In single quotes nothing means anything to a shell but a single quote. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Without the token: whoever pastes it brings their own. */
export function asCurl(origin: string, account: string, trial: JsonObject, call: JsonObject): string {
  const body = JSON.stringify({ data: { ...trial, call } });
  return [
    `curl -s ${quoted(`${origin}/v2/accounts/${account}/functions/test`)}`,
    `-H "X-Auth-Token: $TOKEN"`,
    `-H 'Content-Type: application/json'`,
    `-d ${quoted(body)}`,
  ].join(" ");
}

/** Secrets have no values here: whoever runs it puts them in. */
export function asRun(
  { language_pack, timezone, env = {} }: FunctionDocument,
  source: string,
  call: JsonObject,
): string {
  const options = [];
  if (language_pack) options.push(`--language-pack ${quoted(language_pack)}`);
  if (timezone) options.push(`--timezone ${quoted(timezone)}`);
  for (const [name, value] of Object.entries(env))
    options.push(`--env ${quoted(`${name}=${typeof value === "string" ? value : "…"}`)}`);
  return [
    `printf %s ${quoted(source)} > function`,
    `printf %s ${quoted(JSON.stringify(call))} | switchhook run function --call - ${options.join(" ")}`.trimEnd(),
  ].join("\n");
}

/** What `switchhook replay` takes. */
export function asRecord(outcome: Outcome): string {
  return JSON.stringify(outcome);
}
