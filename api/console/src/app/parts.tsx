// Small parts of many pages.

import { ApiError } from "../api/error.ts";
import { ago, fromGregorian } from "../text/time.ts";
import type { ComponentChildren } from "../vendor/view.ts";
import type { Loaded } from "./loading.ts";
import { Text } from "./text.tsx";

/** What was loaded, or why it was not. */
export function Await<T>({ of, children }: { of: Loaded<T>; children: (value: T) => ComponentChildren }) {
  const error = of.error.value;
  if (error !== undefined) return <Refused error={error} again={of.again} />;
  if (of.value.value === undefined)
    return (
      <p class="quiet" aria-busy="true">
        Loading …
      </p>
    );
  return <>{children(of.value.value)}</>;
}

function Refused({ error, again }: { error: unknown; again(): void }) {
  const isRefusal = error instanceof ApiError && (error.status === 403 || error.status === 404);
  return (
    <div class="empty" role="alert">
      <p>
        <Text of={error instanceof Error ? error.message : String(error)} />
      </p>
      {!isRefusal && <button onClick={again}>Try again</button>}
    </div>
  );
}

/** How long ago, with the moment itself in UTC on hover. */
export function Ago({ gregorian }: { gregorian: number }) {
  const date = fromGregorian(gregorian);
  return (
    <time dateTime={date.toISOString()} title={date.toUTCString()}>
      {ago(date, new Date())}
    </time>
  );
}

const OUTCOME_CLASS: Record<string, string> = { ok: "good" };

export function OutcomeLabel({ outcome }: { outcome: string }) {
  return <span class={`label ${OUTCOME_CLASS[outcome] ?? "bad"}`}>{outcome.replaceAll("_", " ")}</span>;
}

/** A number that is looked at, within a `dl` of the class `figures`. */
export function Figure({ name, value, isBad }: { name: string; value: string; isBad?: boolean }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class={isBad ? "bad-text" : ""}>{value}</dd>
    </div>
  );
}

/** A number of things that belong together, one of which is shown. */
export function Tabs({
  tabs,
  selected,
  select,
  label,
}: {
  tabs: [string, string][];
  selected: string;
  select(id: string): void;
  label: string;
}) {
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    const now = tabs.findIndex(([id]) => id === selected);
    const next = tabs[(now + step + tabs.length) % tabs.length];
    if (!next) return;
    event.preventDefault();
    select(next[0]);
    const list = event.currentTarget as HTMLElement;
    list.querySelectorAll<HTMLElement>("[role=tab]")[tabs.indexOf(next)]?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label={label} onKeyDown={onKeyDown}>
      {tabs.map(([id, title]) => (
        <button
          key={id}
          // Within a form, Enter would press the first of them.
          type="button"
          role="tab"
          aria-selected={id === selected}
          tabIndex={id === selected ? 0 : -1}
          onClick={() => select(id)}
        >
          {title}
        </button>
      ))}
    </div>
  );
}

/** A button that puts text on the clipboard. */
export function Copy({ text, children }: { text: () => string; children: ComponentChildren }) {
  const copy = async (event: Event) => {
    const button = event.currentTarget as HTMLButtonElement;
    await navigator.clipboard.writeText(text());
    button.dataset.done = "yes";
    button.onmouseleave = button.onblur = () => delete button.dataset.done;
  };
  return (
    <button class="small copy" onClick={copy}>
      {children}
    </button>
  );
}
