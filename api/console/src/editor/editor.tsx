// A text that can be edited. It lives in a shadow root, where its styles need no exception from the page's content security policy.

import {
  autocompletion,
  bracketMatching,
  closeBrackets,
  closeBracketsKeymap,
  Compartment,
  completionKeymap,
  defaultKeymap,
  drawSelection,
  EditorState,
  EditorView,
  highlightActiveLine,
  history,
  historyKeymap,
  indentOnInput,
  indentUnit,
  indentWithTab,
  keymap,
  lineNumbers,
  lintGutter,
  search,
  searchKeymap,
  setDiagnostics,
} from "../vendor/editor.ts";
import { useEffect, useLayoutEffect, useRef } from "../vendor/view.ts";
import { complete } from "./completions.ts";
import type { Known } from "./completions.ts";
import { mode } from "./languages.ts";
import { diagnostic } from "./marks.ts";
import type { Mark } from "./marks.ts";
import { theme } from "./theme.ts";

export interface EditorProps {
  label: string;
  text: string;
  change?: (text: string) => void;
  /** What a pack's `editor` says. */
  language?: string;
  marks?: Mark[];
  known?: () => Known;
  /** Changes when the cursor is to go to the first mark. */
  jump?: number;
}

export function Editor(props: EditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const language = useRef(new Compartment());
  // Listeners are made once and see the present properties here.
  const present = useRef(props);
  present.current = props;

  useEffect(() => {
    if (!host.current) return;
    const root = host.current.shadowRoot ?? host.current.attachShadow({ mode: "open" });
    const shown = new EditorView({ parent: root, root, state: state(present, language.current) });
    shown.dom.style.height = "100%";
    view.current = shown;
    return () => {
      shown.destroy();
      view.current = undefined;
    };
  }, []);

  // Before the next key: later, what is typed meanwhile would be taken for somebody else's text and undone.
  useLayoutEffect(() => {
    const shown = view.current;
    if (!shown || shown.state.doc.toString() === props.text) return;
    shown.dispatch({ changes: { from: 0, to: shown.state.doc.length, insert: props.text } });
  }, [props.text]);

  useEffect(() => {
    view.current?.dispatch({ effects: language.current.reconfigure(mode(props.language)) });
  }, [props.language]);

  useEffect(() => {
    const shown = view.current;
    if (!shown) return;
    const marks = (props.marks ?? []).map((mark) => diagnostic(shown.state.doc, mark));
    shown.dispatch(setDiagnostics(shown.state, marks));
  }, [props.marks]);

  useEffect(() => {
    const shown = view.current;
    const mark = present.current.marks?.[0];
    if (!shown || !mark || !props.jump) return;
    const { from } = diagnostic(shown.state.doc, mark);
    shown.dispatch({ selection: { anchor: from }, effects: EditorView.scrollIntoView(from, { y: "center" }) });
    shown.focus();
  }, [props.jump]);

  return <div class="editor" ref={host} />;
}

function state(present: { current: EditorProps }, language: Compartment): EditorState {
  const { text, label, change, known } = present.current;
  return EditorState.create({
    doc: text,
    extensions: [
      lineNumbers(),
      history(),
      drawSelection(),
      indentOnInput(),
      indentUnit.of("  "),
      bracketMatching(),
      closeBrackets(),
      highlightActiveLine(),
      lintGutter(),
      search(),
      autocompletion(
        known ? { override: [complete(() => present.current.known?.() ?? { modules: [], call: {} })] } : {},
      ),
      // Esc and then Tab leaves the editor (`temporarilySetTabFocusMode`).
      keymap.of([
        ...closeBracketsKeymap,
        ...defaultKeymap,
        ...searchKeymap,
        ...historyKeymap,
        ...completionKeymap,
        indentWithTab,
      ]),
      language.of(mode(present.current.language)),
      theme,
      typeOverSelection,
      EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
      EditorState.readOnly.of(!change),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) present.current.change?.(update.state.doc.toString());
      }),
    ],
  });
}

/**
 * Over a selection, Chromium inserts text in the style of what it replaces, as a `style` attribute, which the policy forbids. So the
 * editor changes its text by itself here.
 */
const typeOverSelection = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const { from, to, empty } = view.state.selection.main;
    const text = event.data;
    if (event.inputType !== "insertText" || text === null || empty || view.composing) return false;
    event.preventDefault();
    const insert = () =>
      view.state.update(view.state.replaceSelection(text), { userEvent: "input.type", scrollIntoView: true });
    const handlers = view.state.facet(EditorView.inputHandler);
    if (!handlers.some((handler) => handler(view, from, to, text, insert))) view.dispatch(insert());
    return true;
  },
});
