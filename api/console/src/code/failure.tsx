// Why a call failed: the limit that it reached, or the error with the lines around it.

import type { Attempt } from "../api/types.ts";
import { Text } from "../app/text.tsx";
import { grouped } from "../text/numbers.ts";

/** `jump` leads to the line of the source, where there is a source. */
export function Failure({ error, limit, jump }: Pick<Attempt, "error" | "limit"> & { jump?(): void }) {
  const words = error && <Text of={[error.name, error.message].filter(Boolean).join(": ")} />;
  return (
    <>
      {limit && (
        <span>
          <Text of={limit.name} /> {grouped(limit.used)} of {grouped(limit.value)}
        </span>
      )}
      {error && (
        <div class="failure">
          {jump ? (
            <button class="plain bad-text" onClick={jump}>
              {words}
            </button>
          ) : (
            <strong class="bad-text">{words}</strong>
          )}
          {error.frame && (
            <pre class="frame">
              <Text of={error.frame} />
            </pre>
          )}
        </div>
      )}
    </>
  );
}
