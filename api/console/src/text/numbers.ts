// Numbers for people.

const GROUPED = new Intl.NumberFormat("en");
const COMPACT = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

/** `500,000,000` */
export const grouped = (number: number): string => GROUPED.format(number);

/** `500M` */
export const compact = (number: number): string => COMPACT.format(number);

/** `4.3 MiB` */
export function bytes(number: number): string {
  if (number < 1024) return `${number} B`;
  if (number < 1024 * 1024) return `${(number / 1024).toFixed(1)} KiB`;
  return `${(number / 1024 / 1024).toFixed(1)} MiB`;
}

/** From microseconds: `77 µs`, `1.2 ms`, `3.0 s` */
export function duration(us: number): string {
  if (us < 1000) return `${us} µs`;
  if (us < 1_000_000) return `${(us / 1000).toFixed(1)} ms`;
  return `${(us / 1_000_000).toFixed(1)} s`;
}

/** `3 calls`, `1 call` */
export const count = (number: number, what: string): string => `${grouped(number)} ${what}${number === 1 ? "" : "s"}`;
