// A question over the page.

import { signal, useEffect, useId, useRef } from "../vendor/view.ts";
import type { ComponentChildren } from "../vendor/view.ts";
import { Notices } from "./notices.tsx";

/** Dialogs that are open. Nothing outside of the last one can be reached. */
export const open = signal(0);

/** What has the focus, also within an editor. */
function focused(): HTMLElement | null {
  let found = document.activeElement;
  while (found?.shadowRoot?.activeElement) found = found.shadowRoot.activeElement;
  return found as HTMLElement | null;
}

/** Esc closes it, if `close` is given. */
export function Dialog({
  title,
  close,
  wide,
  children,
}: {
  title: string;
  close?: () => void;
  wide?: boolean;
  children: ComponentChildren;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const name = useId();
  useEffect(() => {
    const shown = dialog.current;
    const before = focused();
    shown?.showModal();
    open.value += 1;
    return () => {
      open.value -= 1;
      shown?.close();
      // By now the dialog may be gone from the page, and then the browser gives no focus back.
      if (document.activeElement === document.body) before?.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class={wide ? "wide" : undefined}
      aria-labelledby={name}
      onCancel={(event) => {
        event.preventDefault();
        close?.();
      }}
    >
      <header>
        <h2 id={name}>{title}</h2>
        {close && (
          <button class="plain" aria-label="Close" onClick={close}>
            ✕
          </button>
        )}
      </header>
      {children}
      <Notices />
    </dialog>
  );
}
