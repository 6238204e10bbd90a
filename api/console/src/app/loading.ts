// What a page asks the API for, and what it shows meanwhile.

import { useEffect, useSignal } from "../vendor/view.ts";
import type { ReadonlySignal } from "../vendor/view.ts";

export interface Loaded<T> {
  value: ReadonlySignal<T | undefined>;
  error: ReadonlySignal<unknown>;
  again(): void;
}

/** Asks when the page is shown, and again when one of `inputs` changes. What comes too late is dropped. */
export function useLoaded<T>(load: (signal: AbortSignal) => Promise<T>, inputs: unknown[]): Loaded<T> {
  const value = useSignal<T | undefined>(undefined);
  const error = useSignal<unknown>(undefined);
  const times = useSignal(0);
  useEffect(() => {
    const control = new AbortController();
    load(control.signal).then(
      (loaded) => {
        if (control.signal.aborted) return;
        value.value = loaded;
        error.value = undefined;
      },
      (reason: unknown) => {
        if (!control.signal.aborted) error.value = reason;
      },
    );
    return () => control.abort();
  }, [...inputs, times.value]);
  return { value, error, again: () => void (times.value += 1) };
}
