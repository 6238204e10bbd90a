// The draft on many recorded calls: which of them it would answer in another way.

import type { Attempt } from "../api/types.ts";
import { Dialog } from "../app/dialog.tsx";
import { complain } from "../app/notices.tsx";
import { OutcomeLabel } from "../app/parts.tsx";
import { Text } from "../app/text.tsx";
import { count } from "../text/numbers.ts";
import { parties } from "../text/parties.ts";
import { clock } from "../text/time.ts";
import { useEffect, useSignal } from "../vendor/view.ts";
import { Difference } from "./difference.tsx";
import { tally } from "./comparison.ts";
import type { Repetition } from "./comparison.ts";
import { shadow } from "./repeat.ts";
import { canRepeat, momentOf } from "./row.ts";

export function Shadow({ account, rows, close }: { account: string; rows: Attempt[]; close(): void }) {
  const done = useSignal<Repetition[]>([]);
  const repeatable = rows.filter(canRepeat);
  useEffect(() => {
    const control = new AbortController();
    const take = (repetition: Repetition) => (done.value = [...done.value, repetition]);
    shadow(account, repeatable, take, control.signal).catch((error: unknown) => {
      if (!control.signal.aborted) complain(error);
    });
    return () => control.abort();
  }, []);
  const { same, differs, fuelRatio } = tally(done.value);
  const isDone = done.value.length === repeatable.length;
  return (
    <Dialog title="My draft on recorded calls" wide close={close}>
      <progress max={repeatable.length} value={done.value.length} aria-label="Calls that were repeated" />
      <p class="verdict" role="status">
        <span class="label good">{same} same</span>
        <span class={differs.length > 0 ? "label warn" : "label"}>{differs.length} differ</span>
        <span class="label">fuel × {fuelRatio.toFixed(3)}</span>
        {isDone && <span>{count(repeatable.length, "call")} repeated.</span>}
        {repeatable.length < rows.length && (
          <span class="quiet">{count(rows.length - repeatable.length, "call")} cannot be repeated.</span>
        )}
      </p>
      <ul class="differences">
        {differs.map((repetition) => (
          <li key={repetition.row.id}>
            <details>
              <summary>
                {clock(momentOf(repetition.row), new Date())} <Text of={parties(repetition.row.input)} />{" "}
                <OutcomeLabel outcome={repetition.outcome.outcome} />
              </summary>
              <div class="dialog-body">
                <Difference repetition={repetition} />
              </div>
            </details>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
