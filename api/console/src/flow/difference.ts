// Two flows as one tree: what is in both, what was added and what was removed.

import { same } from "../text/json.ts";
import type { FlowNode } from "./node.ts";

export type Change = "added" | "removed" | "changed";

/** Both trees of a call in one. A node that has another module is two nodes; one that has other data is changed. */
export function overlay(before: FlowNode, after: FlowNode): { root: FlowNode; changes: Map<FlowNode, Change> } {
  const changes = new Map<FlowNode, Change>();
  return { root: both(before, after, changes), changes };
}

function both(before: FlowNode, after: FlowNode, changes: Map<FlowNode, Change>): FlowNode {
  const children: FlowNode[] = [];
  const later = [...after.children];
  for (const child of before.children) {
    const index = later.findIndex((other) => other.branch === child.branch && other.title === child.title);
    const [other] = index < 0 ? [] : later.splice(index, 1);
    children.push(other ? both(child, other, changes) : marked(child, "removed", changes));
  }
  children.push(...later.map((child) => marked(child, "added", changes)));
  const node = { ...after, children };
  if (!same(before.data, after.data)) {
    changes.set(node, "changed");
    node.note = `before: ${before.caption}`;
  }
  return node;
}

function marked(node: FlowNode, change: Change, changes: Map<FlowNode, Change>): FlowNode {
  const copy = { ...node, children: node.children.map((child) => marked(child, change, changes)) };
  changes.set(copy, change);
  return copy;
}
