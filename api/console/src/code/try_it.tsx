// A call, and what the edited source makes of it.

import { attempt } from "../app/notices.tsx";
import { Editor } from "../editor/parts.ts";
import { useSignal } from "../vendor/view.ts";
import { CallPicker } from "./call_picker.tsx";
import { KeepCall } from "./keep_call.tsx";
import { Result } from "./result.tsx";
import type { Working } from "./working.ts";

export function TryIt({ working, jump }: { working: Working; jump(): void }) {
  const isKeeping = useSignal(false);
  return (
    <section class="pane" aria-label="Try it">
      <div class="pane-head">
        <CallPicker working={working} />
        <button class="small" onClick={() => (isKeeping.value = true)} title="Keeps this call with the function">
          Keep call
        </button>
        <span class="grow" />
        <button
          class="primary"
          disabled={working.isRunning.value}
          onClick={() => attempt(() => working.run())}
          title="Ctrl-Enter"
        >
          Run
        </button>
      </div>
      <div class="call-editor">
        <Editor label="The call" text={working.callText.value} change={(text) => edit(working, text)} language="json" />
      </div>
      <Result working={working} jump={jump} />
      {isKeeping.value && <KeepCall working={working} close={() => (isKeeping.value = false)} />}
    </section>
  );
}

/** A call that is edited is another one: what was recorded of it means nothing any more. */
function edit(working: Working, text: string): void {
  if (text === working.callText.value) return;
  working.callText.value = text;
  working.moment.value = undefined;
  working.expected.value = undefined;
}
