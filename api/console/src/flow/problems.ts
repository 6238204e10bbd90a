// What is wrong with a flow, by the node that it is wrong with.

import type { Validation } from "../api/types.ts";

/** `children._.data.text` is about the node `children._`; nodes are found by their path. */
export function nodePath(field: string): string {
  const parts = field.split(".");
  let end = 0;
  while (parts[end] === "children" && end + 1 < parts.length) end += 2;
  return parts.slice(0, end).join(".");
}

/** Sentences that name the field, by node. */
export function problemsByNode(validation: Validation): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [field, rules] of Object.entries(validation)) {
    const path = nodePath(field);
    const within = field.slice(path ? path.length + 1 : 0);
    for (const [rule, { message }] of Object.entries(rules)) {
      const sentences = found.get(path) ?? [];
      sentences.push(`${within || "The node"}: ${message ?? rule}`);
      found.set(path, sentences);
    }
  }
  return found;
}
