// The token: in this tab and nowhere else. No cookie, so other sites cannot use it; no address, so no log has it.

import { signal } from "../vendor/view.ts";

const KEY = "token";

/** What requests are sent with. */
export const token = signal<string | undefined>(sessionStorage.getItem(KEY) ?? undefined);

/** Whether somebody has to sign in again to go on. */
export const isOver = signal(false);

let waiting: (() => void)[] = [];

export function keep(value: string): void {
  sessionStorage.setItem(KEY, value);
  token.value = value;
  isOver.value = false;
  for (const go of waiting.splice(0)) go();
}

export function forget(): void {
  sessionStorage.removeItem(KEY);
  token.value = undefined;
  isOver.value = false;
  waiting = [];
}

/** The server does not take it any more; another one that came meanwhile stays. */
export function endToken(refused: string | undefined): void {
  if (token.value !== refused) return;
  sessionStorage.removeItem(KEY);
  isOver.value = true;
}

/** Returns when there is a token that nobody has refused. */
export function again(): Promise<void> {
  if (!isOver.value) return Promise.resolve();
  return new Promise((resolve) => waiting.push(resolve));
}

/** The token that an address brings along (`serve --dev` prints one) is taken, and goes from the address at once. */
export function takeFromAddress(): void {
  const found = /^#token=([\w.-]+)$/.exec(location.hash);
  if (!found?.[1]) return;
  history.replaceState(null, "", location.pathname + location.search);
  keep(found[1]);
}
