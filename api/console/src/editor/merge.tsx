// Two texts side by side, with what differs marked.

import { EditorState, EditorView, lineNumbers } from "../vendor/editor.ts";
import type { Extension } from "../vendor/editor.ts";
import { MergeView } from "../vendor/merge.ts";
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

function extensions({ label, change }: Side, language: string | undefined): Extension[] {
  return [
    lineNumbers(),
    theme,
    mode(language),
    EditorState.readOnly.of(!change),
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) change?.(update.state.doc.toString());
    }),
  ];
}
