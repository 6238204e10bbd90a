// One recorded call: what came, what became of it, and what becomes of it now.

import type { Attempt } from "../api/types.ts";
import { link } from "../app/address.ts";
import { Dialog } from "../app/dialog.tsx";
import { attempt } from "../app/notices.tsx";
import { Copy, OutcomeLabel, Tabs } from "../app/parts.tsx";
import { Text } from "../app/text.tsx";
import { Failure } from "../code/failure.tsx";
import { Logs } from "../code/logs.tsx";
import { ResultPicture } from "../flow/result.tsx";
import { pretty } from "../text/json.ts";
import { bytes, duration, grouped } from "../text/numbers.ts";
import { clock } from "../text/time.ts";
import { useSignal } from "../vendor/view.ts";
import { Difference } from "./difference.tsx";
import { draftDocument, recordedDocument, repeat } from "./repeat.ts";
import type { Repetition } from "./comparison.ts";
import { canRepeat, momentOf, shortRevision } from "./row.ts";

export function Call({ account, row, close }: { account: string; row: Attempt; close(): void }) {
  const tab = useSignal(row.flow === undefined ? "input" : "picture");
  const repeated = useSignal<{ what: string; repetition: Repetition } | undefined>(undefined);
  const again = (what: string, document: typeof recordedDocument) =>
    attempt(async () => {
      repeated.value = { what, repetition: await repeat(account, row, await document(account, row)) };
      tab.value = "again";
    });
  const tabs: [string, string][] = [
    ...(row.flow === undefined ? [] : [["picture", "Picture"] as [string, string]]),
    ["input", "Call"],
    ["logs", row.logs.length > 0 ? `Logs (${row.logs.length})` : "Logs"],
    ...(repeated.value ? [["again", repeated.value.what] as [string, string]] : []),
  ];
  return (
    <Dialog title={`Call of ${clock(momentOf(row), new Date())}`} wide close={close}>
      <div class="summary flat">
        <OutcomeLabel outcome={row.outcome} />
        {row.router && <span class="label">{row.router}</span>}
        <span class="quiet">
          {duration(row.metrics.duration_us)}, fuel {grouped(row.metrics.fuel)}, {bytes(row.metrics.memory_bytes)},{" "}
          <span title={row.revision}>revision {shortRevision(row.revision)}</span>
        </span>
        {row.call_id && (
          <span class="quiet">
            id <Text of={row.call_id} />
          </span>
        )}
        <Failure error={row.error} limit={row.limit} />
      </div>
      {canRepeat(row) ? (
        <div class="actions">
          <button class="primary" onClick={() => again("Replay", recordedDocument)}>
            Replay
          </button>
          <button onClick={() => again("My draft", (owner, { function_id }) => draftDocument(owner, function_id))}>
            Try on my draft
          </button>
          <a
            class="button"
            href={`${link(account, "functions", row.function_id, "code")}?attempt=${encodeURIComponent(row.id)}`}
          >
            Open in the editor
          </a>
        </div>
      ) : (
        <p class="quiet">This call is too large to be kept whole, so it cannot be repeated.</p>
      )}
      <Tabs tabs={tabs} selected={tab.value} select={(id) => (tab.value = id)} label="About this call" />
      <div class="dialog-body" role="tabpanel" tabIndex={-1}>
        {tab.value === "picture" &&
          (row.flow_truncated ? <Long text={row.flow} isCut /> : <ResultPicture call={row.input} result={row.flow} />)}
        {tab.value === "input" && (
          <>
            <Copy text={() => textOf(row.input)}>Copy</Copy>
            <Long text={textOf(row.input)} isCut={row.input_truncated} />
          </>
        )}
        {tab.value === "logs" && <Logs logs={row.logs} isCut={row.logs_truncated} />}
        {tab.value === "again" && repeated.value && <Difference repetition={repeated.value.repetition} />}
      </div>
    </Dialog>
  );
}

/** A call or a flow that was too long is kept as the beginning of its text. */
const textOf = (value: unknown): string => (typeof value === "string" ? value : pretty(value));

function Long({ text, isCut = false }: { text: unknown; isCut?: boolean }) {
  return (
    <>
      <pre>
        <Text of={textOf(text)} />
      </pre>
      {isCut && <p class="quiet">The rest was not kept.</p>}
    </>
  );
}
