// A result drawn, if it can be: a flow, a sequence, or why neither.

import { useMemo } from "../vendor/view.ts";
import type { Validation } from "../api/types.ts";
import { overlay } from "./difference.ts";
import { callAbove, flowNode, isFlow } from "./node.ts";
import type { FlowNode } from "./node.ts";
import { Picture } from "./picture.tsx";
import { sequenceNode } from "./sequence.ts";

export function drawn(result: unknown): FlowNode | undefined {
  return isFlow(result) ? flowNode(result) : sequenceNode(result);
}

export function ResultPicture({
  call,
  result,
  validation,
}: {
  call: unknown;
  result: unknown;
  validation?: Validation;
}) {
  const root = useMemo(() => {
    const flow = drawn(result);
    return flow && callAbove(call, flow);
  }, [call, result]);
  if (!root) return <p class="empty">This result is neither a flow nor a list of instructions. See it as JSON.</p>;
  return <Picture root={root} validation={validation} />;
}

/** Two results of a call over each other. */
export function DifferencePicture({ call, before, after }: { call: unknown; before: unknown; after: unknown }) {
  const both = useMemo(() => {
    const [one, other] = [drawn(before), drawn(after)];
    return one && other ? overlay(callAbove(call, one), callAbove(call, other)) : undefined;
  }, [call, before, after]);
  if (!both) return <p class="empty">These results cannot be drawn over each other. See them as JSON.</p>;
  return <Picture root={both.root} changes={both.changes} />;
}
