// What came of a call: as a picture, as the router gets it, as JSON, with its logs and what it cost.

import { Tabs } from "../app/parts.tsx";
import { Text } from "../app/text.tsx";
import { OutcomeLabel, Copy } from "../app/parts.tsx";
import { DifferencePicture, ResultPicture } from "../flow/result.tsx";
import { pretty, same } from "../text/json.ts";
import { asCurl, asRecord, asRun } from "../text/copies.ts";
import { useSignal } from "../vendor/view.ts";
import { Cost } from "./cost.tsx";
import { Failure } from "./failure.tsx";
import { Logs } from "./logs.tsx";
import type { Ran, Working } from "./working.ts";

export function Result({ working, jump }: { working: Working; jump(): void }) {
  const tab = useSignal("picture");
  const ran = working.ran.value;
  if (!ran) {
    return (
      <p class="empty">
        <kbd>Ctrl</kbd> <kbd>Enter</kbd> runs the source in a sandbox, saved or not.
      </p>
    );
  }
  const { outcome } = ran;
  const tabs: [string, string][] = [
    ["picture", "Picture"],
    ...(outcome.answer ? [["answer", "Answer"] as [string, string]] : []),
    ["json", "JSON"],
    ["logs", outcome.logs.length > 0 ? `Logs (${outcome.logs.length})` : "Logs"],
    ["cost", "Cost"],
  ];
  const selected = tabs.some(([id]) => id === tab.value) ? tab.value : "picture";
  return (
    <div class="result">
      <Summary ran={ran} jump={jump} />
      <Tabs tabs={tabs} selected={selected} select={(id) => (tab.value = id)} label="The result" />
      <div class="result-body" role="tabpanel" tabIndex={-1}>
        {selected === "picture" && <Drawing ran={ran} />}
        {selected === "answer" && outcome.answer && (
          <>
            <p class="quiet">
              Status {outcome.answer.status}
              {outcome.answer.content_type && `, ${outcome.answer.content_type}`}
            </p>
            <pre>
              <Text of={outcome.answer.body} />
            </pre>
          </>
        )}
        {selected === "json" && (
          <>
            <div class="copies">
              <Copy text={() => asCurl(location.origin, working.account, working.trial(), ran.call)}>Copy as curl</Copy>
              <Copy text={() => asRun(working.document.value, ran.source, ran.call)}>Copy as command</Copy>
              <Copy text={() => asRecord(outcome)}>Copy record</Copy>
            </div>
            <pre>
              <Text
                of={outcome.result === undefined ? pretty(outcome.error ?? outcome.limit) : pretty(outcome.result)}
              />
            </pre>
          </>
        )}
        {selected === "logs" && <Logs logs={outcome.logs} />}
        {selected === "cost" && <Cost outcome={outcome} />}
      </div>
    </div>
  );
}

function Summary({ ran, jump }: { ran: Ran; jump(): void }) {
  const { outcome, expected } = ran;
  return (
    <div class="summary" role="status" aria-live="polite">
      <OutcomeLabel outcome={outcome.outcome} />
      {outcome.valid === false && !ran.outcome.answer && (
        <span class="label warn">not a flow that KAZOO would run</span>
      )}
      {outcome.answer && outcome.answer.status >= 400 && (
        <span class="label warn">the router gets status {outcome.answer.status}</span>
      )}
      {expected !== undefined && (
        <span class={same(expected, outcome.result) ? "label good" : "label warn"}>
          {same(expected, outcome.result) ? "same as before" : "differs from before"}
        </span>
      )}
      <Failure error={outcome.error} limit={outcome.limit} jump={jump} />
    </div>
  );
}

function Drawing({ ran: { call, outcome, expected } }: { ran: Ran }) {
  if (outcome.outcome !== "ok") return <p class="empty">There is no result to draw.</p>;
  if (outcome.result === undefined || outcome.result === null)
    return <p class="empty">The function has returned nothing.</p>;
  if (expected !== undefined && !same(expected, outcome.result))
    return <DifferencePicture call={call} before={expected} after={outcome.result} />;
  return <ResultPicture call={call} result={outcome.result} validation={outcome.validation} />;
}
