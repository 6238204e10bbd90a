// Somebody else has saved: both texts, and what becomes of them.

import { attempt } from "../app/notices.tsx";
import { Dialog } from "../app/dialog.tsx";
import { Merge } from "../editor/parts.ts";
import { useSignal } from "../vendor/view.ts";
import type { Working } from "./working.ts";

export function Conflict({ working, language }: { working: Working; language?: string }) {
  const other = working.conflict.value;
  if (!other) return null;
  return <Deciding key={other.revision} working={working} language={language} />;
}

function Deciding({ working, language }: { working: Working; language?: string }) {
  const mine = useSignal(working.source.value);
  const other = working.conflict.value;
  if (!other) return null;
  const theirs = other.document.function_js ?? "";
  const later = () => {
    working.edit(mine.value);
    working.conflict.value = undefined;
  };
  const keepTheirs = () => {
    working.take(other);
    working.edit(theirs);
    working.conflict.value = undefined;
  };
  const saveMine = async () => {
    const text = mine.value;
    working.edit(text);
    // It is by now known what is in the other revision.
    await working.save(text, other.revision);
  };
  return (
    <Dialog title="Somebody else has saved this function" wide close={later}>
      <p>
        Nothing is lost: the stored source is on the left, yours on the right. Take over what you want with the arrows,
        or edit the right side.
      </p>
      <Merge
        left={{ label: "Stored now", text: theirs }}
        right={{ label: "Yours", text: mine.value, change: (text) => (mine.value = text) }}
        language={language}
      />
      <footer>
        <button class="primary" disabled={working.isSaving.value} onClick={() => attempt(saveMine)}>
          Save the right side
        </button>
        <button onClick={keepTheirs}>Take the stored source</button>
        <button class="plain" onClick={later}>
          Decide later
        </button>
      </footer>
    </Dialog>
  );
}
