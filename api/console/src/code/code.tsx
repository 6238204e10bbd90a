// The editor on one side, what comes of it on the other.

import { flowModules, languageOf } from "../api/catalogue.ts";
import type { FlowModule, Language } from "../api/types.ts";
import { attempt } from "../app/notices.tsx";
import { Text } from "../app/text.tsx";
import { go, link } from "../app/address.ts";
import { Editor } from "../editor/parts.ts";
import { isObject, parse } from "../text/json.ts";
import { useEffect, useRef, useSignal } from "../vendor/view.ts";
import { Conflict } from "./conflict.tsx";
import { TryIt } from "./try_it.tsx";
import type { Working } from "./working.ts";

/** From the last key to the check, in milliseconds. */
const CHECK_AFTER_MS = 250;

export function Code({ working, languages }: { working: Working; languages: Language[] }) {
  const { document, source, compileError } = working;
  const language = languageOf(languages, document.value.language_pack);
  const isModule = document.value.function_wasm !== undefined;
  const modules = useSignal<FlowModule[]>([]);
  useEffect(() => {
    // Without it there are fewer completions, and nothing else.
    flowModules().then(
      (found) => (modules.value = found),
      () => undefined,
    );
  }, []);
  useChecks(working, isModule);
  useKeys({
    Enter: () => attempt(() => working.run()),
    s: () => attempt(() => save(working)),
  });
  const jump = () => (working.jumps.value += 1);
  return (
    <div class="code">
      <section class="pane" aria-label="Source">
        <div class="pane-head">
          <span class="label">{language?.name ?? document.value.language_pack}</span>
          {working.isEdited.value ? (
            <>
              <span class="quiet">Not saved</span>
              {working.id && (
                <button class="small plain" aria-label="Discard changes" onClick={() => working.discard()}>
                  Discard
                </button>
              )}
              <input
                class="why"
                aria-label="Why"
                placeholder="Why?"
                title="For the history"
                maxLength={256}
                value={working.message.value}
                onInput={(event) => (working.message.value = event.currentTarget.value)}
              />
            </>
          ) : (
            <span class="grow" />
          )}
          <button
            class="primary"
            disabled={working.isSaving.value || !working.isEdited.value}
            onClick={() => attempt(() => save(working))}
            title="Ctrl-S"
          >
            Save
          </button>
        </div>
        {isModule ? (
          <p class="empty">
            This function is a Wasm module. It can be called here; a new module is uploaded with the API.
          </p>
        ) : (
          <Editor
            label="Source of the function"
            text={source.value}
            change={(text) => working.edit(text)}
            language={language?.editor}
            marks={working.marks.value}
            jump={working.jumps.value}
            known={() => ({ modules: modules.value, call: callOf(working) })}
          />
        )}
        {compileError.value && (
          <button class="strip bad" onClick={jump}>
            <b>
              {compileError.value.line}:{compileError.value.column}
            </b>{" "}
            <Text of={compileError.value.message} />
          </button>
        )}
      </section>
      <TryIt working={working} jump={jump} />
      <Conflict working={working} language={language?.editor} />
    </div>
  );
}

async function save(working: Working): Promise<void> {
  if (!working.isEdited.value) return;
  const id = await working.save();
  if (id) go(link(working.account, "functions", id), "replace");
}

function callOf(working: Working): Record<string, unknown> {
  try {
    const call = parse(working.callText.value);
    return isObject(call) ? call : {};
  } catch {
    return {};
  }
}

/** Lets the server compile what has been written, a moment after the last key. */
function useChecks(working: Working, isModule: boolean): void {
  const source = working.source.value;
  const isFirst = useRef(true);
  useEffect(() => {
    if (isFirst.current || isModule) {
      isFirst.current = false;
      return;
    }
    const control = new AbortController();
    const timer = setTimeout(() => {
      // A check that cannot be made is no reason to interrupt whoever writes.
      working.check(control.signal).catch(() => undefined);
    }, CHECK_AFTER_MS);
    return () => {
      clearTimeout(timer);
      control.abort();
    };
  }, [source]);
}

/** Keys together with Ctrl, or ⌘. */
export function useKeys(actions: Record<string, () => void>): void {
  const present = useRef(actions);
  present.current = actions;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const action =
        (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey ? present.current[event.key] : undefined;
      if (!action || window.document.querySelector("dialog[open]")) return;
      event.preventDefault();
      event.stopPropagation();
      action();
    };
    addEventListener("keydown", onKey, { capture: true });
    return () => removeEventListener("keydown", onKey, { capture: true });
  }, []);
}
