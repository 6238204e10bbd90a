// Keeps a call in the function's document, where the command line and whoever else reads it find the same calls.

import { Dialog } from "../app/dialog.tsx";
import { attempt, say } from "../app/notices.tsx";
import type { SavedCall } from "../api/types.ts";
import type { Working } from "./working.ts";

export function KeepCall({ working, close }: { working: Working; close(): void }) {
  const result = working.ran.value?.outcome.result;
  const keep = async (event: SubmitEvent) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    const call: SavedCall = { name: String(fields.get("name")), call: working.call() };
    if (working.router.value) call.router = working.router.value;
    if (fields.get("expects") && result !== undefined) call.flow = result;
    const others = (working.document.value.test_calls ?? []).filter(({ name }) => name !== call.name);
    await working.change({ test_calls: [...others, call] });
    say("Kept");
    close();
  };
  return (
    <Dialog title="Keep this call" close={close}>
      <form class="fields" onSubmit={(event) => attempt(() => keep(event))}>
        <label>
          Name
          <input name="name" required maxLength={128} autofocus />
        </label>
        {result !== undefined && (
          <label class="check">
            <input type="checkbox" name="expects" /> Expect the result that is shown now
          </label>
        )}
        <button class="primary">Keep</button>
      </form>
    </Dialog>
  );
}
