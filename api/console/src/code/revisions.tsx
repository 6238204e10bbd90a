// The history of a function: who, when and why; what differs; and the way back.

import { listRevisions, readRevision, rollBack } from "../api/functions.ts";
import type { FunctionDocument, Revision } from "../api/types.ts";
import { Dialog } from "../app/dialog.tsx";
import { useLoaded } from "../app/loading.ts";
import { attempt, say } from "../app/notices.tsx";
import { Ago, Await } from "../app/parts.tsx";
import { Text } from "../app/text.tsx";
import { shortRevision } from "../calls/row.ts";
import { Merge } from "../editor/parts.ts";
import { session } from "../session/session.ts";
import { pretty, same } from "../text/json.ts";
import { bytes } from "../text/numbers.ts";
import { useSignal } from "../vendor/view.ts";
import type { Working } from "./working.ts";

export function Revisions({ working, language }: { working: Working; language?: string }) {
  const { account, id = "" } = working;
  const rows = useLoaded((signal) => listRevisions(account, id, signal), [working.base.value]);
  const opened = useSignal<Revision | undefined>(undefined);
  return (
    <Await of={rows}>
      {(revisions) => (
        <div class="scroll">
          <table class="list">
            <thead>
              <tr>
                <th>Revision</th>
                <th>Changed</th>
                <th>By</th>
                <th>Why</th>
                <th class="number when-wide">Size</th>
              </tr>
            </thead>
            <tbody>
              {revisions.map((row) => (
                <tr key={row.revision}>
                  <td title={row.revision}>
                    <span class="mono">{shortRevision(row.revision)}</span>{" "}
                    {row.current && <span class="label good">current</span>}
                    {!row.current && !row.deleted && (
                      <button class="small" onClick={() => (opened.value = row)} aria-label={`Compare ${row.revision}`}>
                        Compare
                      </button>
                    )}
                  </td>
                  <td>
                    <Ago gregorian={row.created} />
                  </td>
                  <td>
                    <Who row={row} />
                  </td>
                  <td>
                    <Text of={row.message ?? (row.deleted ? "deleted" : (row.disable_reason ?? ""))} />
                  </td>
                  <td class="number when-wide">{bytes(row.bytes)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {opened.value && (
            <Compare
              key={opened.value.revision}
              working={working}
              revision={opened.value}
              language={language}
              close={() => (opened.value = undefined)}
            />
          )}
        </div>
      )}
    </Await>
  );
}

/** The server itself has no account. */
function Who({ row: { auth_account_id, auth_user_id } }: { row: Revision }) {
  const own = session.value;
  if (!auth_account_id) return <>the server</>;
  if (auth_user_id)
    return (
      <span title={auth_user_id}>{auth_user_id === own?.user?.id ? "you" : `user ${auth_user_id.slice(0, 8)}`}</span>
    );
  return (
    <span title={auth_account_id}>
      {auth_account_id === own?.account ? own.accountName : `account ${auth_account_id.slice(0, 8)}`}
    </span>
  );
}

interface CompareProps {
  working: Working;
  revision: Revision;
  language?: string;
  close(): void;
}

/** What would change is the question, so the question shows it. */
function Compare({ working, revision, language, close }: CompareProps) {
  const { account, id = "" } = working;
  const earlier = useLoaded((signal) => readRevision(account, id, revision.revision, signal), []);
  const message = useSignal(`Back to ${shortRevision(revision.revision)}`);
  const roll = async () => {
    const stored = await rollBack(account, id, revision.revision, working.base.value, message.value);
    const wasEdited = working.isEdited.value;
    working.take(stored);
    if (!wasEdited) working.edit(working.stored.value);
    close();
    say("Rolled back");
  };
  return (
    <Dialog title={`Back to revision ${shortRevision(revision.revision)}?`} wide close={close}>
      <Await of={earlier}>
        {(document) => (
          <>
            <Merge
              left={{ label: "Now", text: working.stored.value }}
              right={{ label: `Revision ${shortRevision(revision.revision)}`, text: document.function_js ?? "" }}
              language={language}
            />
            <OtherFields now={working.document.value} then={document} />
            <form
              class="actions"
              onSubmit={(event) => {
                event.preventDefault();
                attempt(roll);
              }}
            >
              <label>
                Why
                <input
                  value={message.value}
                  maxLength={256}
                  onInput={(event) => (message.value = event.currentTarget.value)}
                />
              </label>
              <button class="primary">Roll back</button>
            </form>
          </>
        )}
      </Await>
    </Dialog>
  );
}

function OtherFields({ now, then }: { now: FunctionDocument; then: FunctionDocument }) {
  const [before, after] = [now, then].map(({ function_js: _, function_wasm: __, ...rest }) => rest);
  if (same(before, after)) return <p class="quiet">Nothing but the source differs.</p>;
  return (
    <Merge
      left={{ label: "Other fields now", text: pretty(before) }}
      right={{ label: "Other fields then", text: pretty(after) }}
      language="json"
    />
  );
}
