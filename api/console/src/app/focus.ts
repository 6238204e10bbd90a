import { useEffect, useRef } from "../vendor/view.ts";
import type { RefObject } from "../vendor/view.ts";

/** The field that somebody begins with. A browser heeds `autofocus` once for all pages of the console. */
export function useFocus<T extends HTMLElement>(): RefObject<T | null> {
  const field = useRef<T>(null);
  useEffect(() => field.current?.focus(), []);
  return field;
}
