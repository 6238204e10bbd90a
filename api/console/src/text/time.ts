// KAZOO counts seconds from the year 0 (Erlang's `calendar`), people read their own clock.

/** Seconds from 0000-01-01 to 1970-01-01. */
const GREGORIAN_TO_UNIX = 62_167_219_200;

export function fromGregorian(seconds: number): Date {
  return new Date((seconds - GREGORIAN_TO_UNIX) * 1000);
}

export function toGregorian(date: Date): number {
  return Math.floor(date.getTime() / 1000) + GREGORIAN_TO_UNIX;
}

/** `12:05:09.042` today, `30 Nov 12:05:09.042` on another day. */
export function clock(date: Date, now: Date): string {
  const time = date.toLocaleTimeString("en-GB", {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    fractionalSecondDigits: 3,
  });
  if (date.toDateString() === now.toDateString()) return time;
  const year = date.getFullYear() === now.getFullYear() ? undefined : ("numeric" as const);
  return `${date.toLocaleDateString("en-GB", { day: "numeric", month: "short", year })} ${time}`;
}

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** `3 hours ago` */
export function ago(date: Date, now: Date): string {
  const seconds = (date.getTime() - now.getTime()) / 1000;
  const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  for (const [unit, length] of UNITS) {
    if (Math.abs(seconds) >= length) return words.format(Math.trunc(seconds / length), unit);
  }
  return "just now";
}
