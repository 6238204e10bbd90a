// What a function returned, as a tree that can be drawn. A flow of KAZOO is one; what other routers take is a sequence with branches.

import { isObject } from "../text/json.ts";
import { calledNumber, parties } from "../text/parties.ts";

export interface FlowNode {
  /** Where it is in the result, in the form of the API's `validation`: `children._.data` without its field. */
  path: string;
  title: string;
  caption: string;
  /** The key of its parent's `children`; none at the root and in a sequence. */
  branch?: string;
  children: FlowNode[];
  /** What it holds besides its children. */
  data: unknown;
  note?: string;
  /** The call itself, above what becomes of it. */
  isCall?: boolean;
}

/** The call above a result, as the root card of a callflow in Monster-UI. Its path is that of no node. */
export function callAbove(call: unknown, root: FlowNode): FlowNode {
  return {
    path: "call",
    title: "call",
    caption: calledNumber(call),
    children: [root],
    data: undefined,
    note: parties(call),
    isCall: true,
  };
}

/** As deep as calls and results may nest. Nothing deeper comes from the server. */
const MAX_DEPTH = 256;

export function isFlow(value: unknown): value is Record<string, unknown> {
  return isObject(value) && typeof value.module === "string";
}

/** The API writes paths with dots between the parts, and `%2E` for a dot within one. */
export function step(part: string): string {
  return part.replaceAll("%", "%25").replaceAll(".", "%2E");
}

export function flowNode(flow: Record<string, unknown>, path = "", branch?: string, depth = 0): FlowNode {
  const children = isObject(flow.children) ? Object.entries(flow.children) : [];
  const node: FlowNode = {
    path,
    title: String(flow.module),
    caption: caption(flow.data),
    branch,
    children: [],
    data: flow.data,
  };
  if (depth >= MAX_DEPTH && children.length > 0) {
    node.note = "deeper nodes are not drawn";
    return node;
  }
  for (const [key, child] of children) {
    const below = `${path ? `${path}.` : ""}children.${step(key)}`;
    if (isFlow(child)) node.children.push(flowNode(child, below, key, depth + 1));
    else
      node.children.push({
        path: below,
        title: "not a node",
        caption: JSON.stringify(child) ?? "",
        branch: key,
        children: [],
        data: child,
      });
  }
  return node;
}

/** What matters most of a node's data: a text, an id, a name, a number; else the first thing that there is. */
const TELLING = ["text", "message", "id", "name", "number", "to", "url", "path", "code", "action"];

export function caption(data: unknown): string {
  if (!isObject(data)) return data === undefined ? "" : (JSON.stringify(data) ?? "");
  const first = TELLING.find((key) => isPlain(data[key])) ?? Object.keys(data).find((key) => isPlain(data[key]));
  return first === undefined ? "" : String(data[first]);
}

function isPlain(value: unknown): boolean {
  return (typeof value === "string" && value !== "") || typeof value === "number" || typeof value === "boolean";
}

/** `_` is what happens otherwise. */
export function branchTitle(branch: string): string {
  return branch === "_" ? "otherwise" : branch;
}

export function* walk(node: FlowNode): Generator<FlowNode> {
  const left = [node];
  for (let next = left.pop(); next; next = left.pop()) {
    yield next;
    left.push(...next.children.toReversed());
  }
}
