// Instructions of other routers, as a sequence: each step leads to the next one, and what is within a step branches off.

import { isObject } from "../text/json.ts";
import { caption } from "./node.ts";
import type { FlowNode } from "./node.ts";
import { parseXml } from "./xml.ts";

/** More steps in a row than anybody looks at. */
const MAX_STEPS = 1_000;

/** A list of instructions `{verb: …}`, `{name: {…}}` or `"name"`, or a document of named lists of them; nothing if it is neither. */
export function sequenceNode(value: unknown): FlowNode | undefined {
  if (Array.isArray(value) && isElement(value)) return chain([element(value, "")]);
  if (Array.isArray(value) && value.length > 0 && value.every(isInstruction))
    return chain(value.map((item, index) => instruction(item, String(index))));
  if (isObject(value)) {
    const sections = isObject(value.sections) ? value.sections : value;
    const names = Object.keys(sections);
    if (names.length > 0 && names.every((name) => Array.isArray(sections[name]))) {
      const root = "main" in sections ? "main" : (names[0] ?? "");
      const drawn = names.flatMap((name) => section(name, sections[name] as unknown[]));
      const first = drawn.findIndex(({ title }) => title === root);
      const [main] = drawn.splice(first, 1);
      main?.children.push(...drawn.map((node) => ({ ...node, branch: node.title })));
      return main;
    }
    if (isInstruction(value) && typeof value.verb === "string") return instruction(value, "");
  }
  if (typeof value === "string" && value.trimStart().startsWith("<")) {
    const root = parseXml(value);
    return root && element(root, "");
  }
  return undefined;
}

function section(name: string, steps: unknown[]): FlowNode[] {
  const first = chain(steps.map((item, index) => instruction(item, `${name}.${index}`)));
  return [{ path: name, title: name, caption: "section", children: first ? [first] : [], data: undefined }];
}

/** Each node is the child of the one before. */
function chain(all: FlowNode[]): FlowNode | undefined {
  const nodes = all.slice(0, MAX_STEPS);
  const last = nodes.at(-1);
  if (last && all.length > MAX_STEPS) last.note = `${all.length - MAX_STEPS} more steps are not drawn`;
  for (const [index, node] of nodes.entries()) {
    const next = nodes[index + 1];
    if (next) node.children.push(next);
  }
  return nodes[0];
}

function isInstruction(value: unknown): boolean {
  return (
    typeof value === "string" ||
    (isObject(value) && (typeof value.verb === "string" || Object.keys(value).length === 1))
  );
}

function instruction(value: unknown, path: string): FlowNode {
  if (!isObject(value)) return { path, title: String(value), caption: "", children: [], data: undefined };
  const [title, data] =
    typeof value.verb === "string"
      ? [value.verb, without(value, "verb")]
      : (Object.entries(value)[0] ?? ["", undefined]);
  const node: FlowNode = { path, title, caption: caption(data), children: [], data };
  if (isObject(data)) {
    for (const [key, inner] of Object.entries(data)) {
      // What is done meanwhile or after it: lists of instructions within one.
      const nested =
        Array.isArray(inner) && inner.length > 0 && inner.every(isInstruction) && inner.every((item) => isObject(item))
          ? sequenceNode(inner)
          : undefined;
      if (nested) node.children.push({ ...nested, branch: key });
    }
  }
  return node;
}

function without(value: Record<string, unknown>, key: string): Record<string, unknown> {
  const { [key]: _, ...rest } = value;
  return rest;
}

/** `["Say", {"voice": "alice"}, "Hello"]`: XML as lists (JsonML). */
function isElement(value: unknown[]): boolean {
  return (
    typeof value[0] === "string" &&
    (value.length === 1 ||
      value.slice(1).some((item) => Array.isArray(item) || typeof item === "string" || isObject(item)))
  );
}

function element(value: unknown[], path: string): FlowNode {
  const [title, ...rest] = value;
  const attributes = isObject(rest[0]) ? rest[0] : undefined;
  const content = attributes ? rest.slice(1) : rest;
  const words = content.filter((item) => typeof item === "string" || typeof item === "number").join(" ");
  const inner = content.filter((item): item is unknown[] => Array.isArray(item));
  const first = chain(inner.map((item, index) => element(item, `${path}.${index}`)));
  return {
    path,
    title: String(title),
    caption: words || caption(attributes),
    children: first ? [first] : [],
    data: attributes,
  };
}
