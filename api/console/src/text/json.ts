// JSON whose numbers keep their digits. A replay's `clock_ns` is above 2^53, and so may be what a function returns.

interface Source {
  source: string;
}

interface ExactJson {
  rawJSON?(source: string): unknown;
}

const exact = JSON as unknown as ExactJson;

function keepDigits(_key: string, value: unknown, context?: Source): unknown {
  if (
    typeof value === "number" &&
    context &&
    exact.rawJSON &&
    !Number.isSafeInteger(value) &&
    /^-?\d+$/.test(context.source)
  ) {
    return exact.rawJSON(context.source);
  }
  return value;
}

export function parse(text: string): unknown {
  return JSON.parse(text, keepDigits as (key: string, value: unknown) => unknown);
}

/** For people to read. */
export function pretty(value: unknown): string {
  return JSON.stringify(value, null, 2) ?? "";
}

/** Whether two values have the same JSON, whatever the order of their keys. */
export function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value) || isDigits(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
}

/** A number that is kept as its digits. */
function isDigits(value: object): boolean {
  return (JSON as unknown as { isRawJSON?(value: unknown): boolean }).isRawJSON?.(value) ?? false;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
