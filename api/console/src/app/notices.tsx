// What happened: errors stay until they are closed and are whole, successes are quiet and go.

import { Text } from "./text.tsx";
import { signal } from "../vendor/view.ts";

interface Notice {
  id: number;
  text: string;
  isError: boolean;
}

const notices = signal<Notice[]>([]);
let last = 0;

/** How long a success is shown, in milliseconds. */
const SUCCESS_MS = 2_000;

export function say(text: string): void {
  const id = add(text, false);
  setTimeout(() => close(id), SUCCESS_MS);
}

export function complain(error: unknown): void {
  const text = error instanceof Error ? error.message : String(error);
  if (notices.value.some((notice) => notice.isError && notice.text === text)) return;
  add(text, true);
}

/** What a button starts: whatever it throws is shown. */
export function attempt(action: () => Promise<void>): void {
  action().catch((error: unknown) => {
    if (!(error instanceof DOMException && error.name === "AbortError")) complain(error);
  });
}

function add(text: string, isError: boolean): number {
  last += 1;
  notices.value = [...notices.value, { id: last, text, isError }];
  return last;
}

function close(id: number): void {
  notices.value = notices.value.filter((notice) => notice.id !== id);
}

export function Notices() {
  return (
    <div class="notices">
      {notices.value.map(({ id, text, isError }) => (
        <div key={id} class={isError ? "notice error" : "notice"} role={isError ? "alert" : "status"}>
          <Text of={text} />
          {isError && (
            <button class="plain" aria-label="Close this message" onClick={() => close(id)}>
              ✕
            </button>
          )}
        </div>
      ))}
    </div>
  );
}
