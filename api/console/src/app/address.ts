// The address of the tab: which page is shown, and which filters hold.

import { computed, signal } from "../vendor/view.ts";

const BASE = "/console/";

export const address = signal(new URL(location.href));

addEventListener("popstate", () => {
  address.value = new URL(location.href);
});

export interface Place {
  account?: string;
  page: string;
  /** What the page is about: the id of a function. */
  id?: string;
  tab?: string;
}

/** `/console/{account}/{page}/{id}/{tab}` */
export const place = computed<Place>(() => {
  const parts = address.value.pathname.slice(BASE.length).split("/").filter(Boolean).map(decode);
  const [account, page = "functions", id, tab] = parts;
  return { account, page, id, tab };
});

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function link(account: string, ...parts: string[]): string {
  return BASE + [account, ...parts].map(encodeURIComponent).join("/");
}

export function go(to: string, how: "push" | "replace" = "push"): void {
  if (how === "push") history.pushState(null, "", to);
  else history.replaceState(null, "", to);
  address.value = new URL(location.href);
}

/** A filter of the address; setting it keeps the others. */
export function parameter(name: string): string {
  return address.value.searchParams.get(name) ?? "";
}

export function setParameter(name: string, value: string): void {
  const to = new URL(address.value);
  if (value) to.searchParams.set(name, value);
  else to.searchParams.delete(name);
  go(to.pathname + to.search, "replace");
}

/** Links within the console change the page, without a request for it. */
export function followLinks(): void {
  document.addEventListener("click", (event) => {
    if (
      event.defaultPrevented ||
      event.button !== 0 ||
      event.metaKey ||
      event.ctrlKey ||
      event.shiftKey ||
      event.altKey
    )
      return;
    const anchor = (event.target as Element).closest?.("a");
    if (!anchor || anchor.target || anchor.hasAttribute("download")) return;
    const to = new URL(anchor.href);
    if (to.origin !== location.origin || !to.pathname.startsWith(BASE)) return;
    event.preventDefault();
    go(to.pathname + to.search);
    scrollTo(0, 0);
  });
}
