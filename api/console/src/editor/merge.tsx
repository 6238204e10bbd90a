// Two texts side by side, with what differs marked.

import {
  defaultKeymap,
  EditorState,
  EditorView,
  history,
  historyKeymap,
  keymap,
  lineNumbers,
  MergeView,
} from "../vendor/editor.ts";
import type { Extension } from "../vendor/editor.ts";
import { useEffect, useRef } from "../vendor/view.ts";
import { mode } from "./languages.ts";
import { theme } from "./theme.ts";

interface Side {
  label: string;
  text: string;
  /** Only if it can be edited. */
  change?: (text: string) => void;
}

/** Buttons between the two take a piece of `left` over, if `right` can be edited. */
export function Merge({ left, right, language }: { left: Side; right: Side; language?: string }) {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!host.current) return;
    const root = host.current.shadowRoot ?? host.current.attachShadow({ mode: "open" });
    const view = new MergeView({
      parent: root,
      root,
      a: { doc: left.text, extensions: extensions(left, language) },
      b: { doc: right.text, extensions: extensions(right, language) },
      revertControls: right.change && "a-to-b",
      collapseUnchanged: { margin: 3, minSize: 6 },
    });
    takeByKeys(view);
    return () => view.destroy();
  }, [left.text, left.label, right.label, language]);
  return (
    <div class="merge">
      <div class="merge-titles">
        <span>{left.label}</span>
        <span>{right.label}</span>
      </div>
      <div class="merge-view" ref={host} />
    </div>
  );
}

/** The view's buttons know the pointer only. A click without one is a key's; the button is gone then, and the text goes on. */
function takeByKeys(view: MergeView): void {
  view.dom.addEventListener("click", (event) => {
    const button = (event.target as Element).closest(".cm-merge-revert button");
    if (!button || event.detail > 0) return;
    button.dispatchEvent(new MouseEvent("mousedown", { bubbles: true }));
    view.b.focus();
  });
}

function extensions({ label, change }: Side, language: string | undefined): Extension[] {
  return [
    lineNumbers(),
    theme,
    mode(language),
    EditorState.readOnly.of(!change),
    EditorView.lineWrapping,
    EditorState.phrases.of({ "Revert this chunk": "Take this piece over" }),
    // Tab leaves the text: a dialog goes when Esc is pressed.
    ...(change ? [history(), keymap.of([...defaultKeymap, ...historyKeymap])] : []),
    EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) change?.(update.state.doc.toString());
    }),
  ];
}
