// What a picture has no room for: the data of a node, and what is wrong.

import type { Validation } from "../api/types.ts";
import { Text } from "../app/text.tsx";
import { pretty } from "../text/json.ts";
import type { Placed } from "./layout.ts";
import type { FlowNode } from "./node.ts";
import { problemsByNode } from "./problems.ts";

export function Details({ node, problems }: { node: FlowNode; problems?: string[] }) {
  return (
    <div class="details" aria-live="polite">
      <strong>
        <Text of={node.title} />
      </strong>
      {problems?.map((problem) => (
        <p class="bad-text" key={problem}>
          <Text of={problem} />
        </p>
      ))}
      {node.note && (
        <p>
          <Text of={node.note} />
        </p>
      )}
      {node.data !== undefined && (
        <pre>
          <Text of={pretty(node.data)} />
        </pre>
      )}
    </div>
  );
}

/** What KAZOO would not run, each with a way to its node. */
export function Problems({
  validation,
  nodes,
  choose,
}: {
  validation?: Validation;
  nodes: Placed[];
  choose(index: number): void;
}) {
  const problems = problemsByNode(validation ?? {});
  if (problems.size === 0) return null;
  return (
    <ul class="details problems">
      {[...problems].flatMap(([path, texts]) =>
        texts.map((text) => {
          const index = nodes.findIndex(({ node }) => node.path === path);
          return (
            <li key={path + text}>
              <button class="plain bad-text" disabled={index < 0} onClick={() => choose(index)}>
                <Text of={text} />
              </button>
            </li>
          );
        }),
      )}
    </ul>
  );
}
