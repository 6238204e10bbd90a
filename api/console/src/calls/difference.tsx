// What a repeated call came to, beside what the recorded one came to.

import { OutcomeLabel } from "../app/parts.tsx";
import { Text } from "../app/text.tsx";
import { DifferencePicture, ResultPicture } from "../flow/result.tsx";
import { grouped } from "../text/numbers.ts";
import type { Repetition } from "./comparison.ts";

export function Difference({ repetition }: { repetition: Repetition }) {
  const { row, outcome, isSame, isPartial, isSameFuel } = repetition;
  const isDrawn = outcome.outcome === "ok" && outcome.result !== undefined;
  return (
    <>
      <p class="verdict" role="status">
        <span class={isSame ? "label good" : "label warn"}>
          {isSame ? `same ${isPartial ? "outcome" : "result"}` : "differs"}
        </span>
        <span class={isSameFuel ? "label good" : "label"}>
          {isSameFuel
            ? "same fuel"
            : `fuel ${grouped(outcome.metrics?.fuel ?? 0)} instead of ${grouped(row.metrics.fuel)}`}
        </span>
        {row.outcome !== outcome.outcome && (
          <span>
            <OutcomeLabel outcome={outcome.outcome} /> instead of <OutcomeLabel outcome={row.outcome} />
          </span>
        )}
      </p>
      {isPartial && <p class="quiet">The recorded flow was too long to be kept whole: only outcomes are compared.</p>}
      {outcome.error && (
        <pre class="frame">
          <Text of={[outcome.error.message, outcome.error.frame].filter(Boolean).join("\n")} />
        </pre>
      )}
      {isDrawn && (isSame || isPartial || row.flow === undefined) && (
        <ResultPicture call={row.input} result={outcome.result} validation={outcome.validation} />
      )}
      {isDrawn && !isSame && !isPartial && row.flow !== undefined && (
        <DifferencePicture call={row.input} before={row.flow} after={outcome.result} />
      )}
    </>
  );
}
