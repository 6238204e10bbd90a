// A question over the page.

import { signal, useEffect, useId, useRef } from "../vendor/view.ts";
import type { ComponentChildren } from "../vendor/view.ts";
import { Notices } from "./notices.tsx";

/** Dialogs that are open. Nothing outside of the last one can be reached. */
export const open = signal(0);

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
    shown?.showModal();
    open.value += 1;
    return () => {
      open.value -= 1;
      shown?.close();
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
