import assert from "node:assert/strict";
import { test } from "node:test";
import { overlay } from "../src/flow/difference.ts";
import { modules } from "../../src/functions/flow/modules.json";
import { icon, UNKNOWN } from "../src/flow/icons.ts";
import { layOut, NODE_WIDTH } from "../src/flow/layout.ts";
import { branchTitle, callAbove, caption, flowNode, walk } from "../src/flow/node.ts";
import type { FlowNode } from "../src/flow/node.ts";
import { scaleOf } from "../src/flow/png.ts";
import { nodePath, problemsByNode } from "../src/flow/problems.ts";
import { drawn } from "../src/flow/result.tsx";
import { sequenceNode } from "../src/flow/sequence.ts";
import { parseXml } from "../src/flow/xml.ts";

const titles = (node: FlowNode | undefined): string[] => (node ? [...walk(node)].map(({ title }) => title) : []);

test("a flow is a tree, and its paths are those of the API", () => {
  const root = flowNode({
    module: "menu",
    data: { id: "m" },
    children: {
      _: { module: "tts", data: { text: "hi" } },
      "1.2": { module: "hangup", children: { "a%": { module: "noop" } } },
    },
  });
  assert.deepEqual(
    [...walk(root)].map(({ path, title, caption }) => [path, title, caption]),
    [
      ["", "menu", "m"],
      ["children._", "tts", "hi"],
      ["children.1%2E2", "hangup", ""],
      ["children.1%2E2.children.a%25", "noop", ""],
    ],
  );
  assert.equal(branchTitle("_"), "otherwise");
});

test("what is no node is drawn and said", () => {
  const [child] = flowNode({ module: "menu", children: { x: 5 } }).children;
  assert.deepEqual([child?.title, child?.caption], ["not a node", "5"]);
});

test("captions say what matters", () => {
  assert.equal(caption({ timeout: 5, text: "hello" }), "hello");
  assert.equal(caption({ nested: {}, timeout: 5 }), "5");
  assert.equal(caption({ text: "" }), "");
  assert.equal(caption(undefined), "");
  assert.equal(caption([1]), "[1]");
});

test("problems are found by node, also below branches with dots", () => {
  assert.equal(nodePath("children._.data.text"), "children._");
  assert.equal(nodePath("children.children.module"), "children.children");
  assert.equal(nodePath("data.text"), "");
  const problems = problemsByNode({
    "children.1%2E2.data.text": { required: { message: "missing" } },
    module: { error: {} },
  });
  assert.deepEqual(
    [...problems],
    [
      ["children.1%2E2", ["data.text: missing"]],
      ["", ["module: error"]],
    ],
  );
});

test("no two nodes lie over each other, whatever the tree", () => {
  const wide = {
    module: "menu",
    children: Object.fromEntries(
      Array.from({ length: 50 }, (_, index) => [index, { module: "x", children: { _: { module: "y" } } }]),
    ),
  };
  const { nodes, width, left } = layOut(flowNode(wide));
  assert.equal(nodes.length, 101);
  const rows = Map.groupBy ? Map.groupBy(nodes, ({ y }) => y) : new Map();
  for (const row of rows.values()) {
    const places = row.map(({ x }) => x).toSorted((one, other) => one - other);
    for (const [index, x] of places.slice(1).entries()) assert.ok(x - (places[index] ?? 0) >= NODE_WIDTH);
  }
  assert.ok(nodes.every(({ x }) => x - NODE_WIDTH / 2 >= left && x + NODE_WIDTH / 2 <= left + width + 0.001));
});

test("a difference names each node once", () => {
  const before = flowNode({
    module: "menu",
    data: { id: 1 },
    children: { a: { module: "tts", data: { text: "x" } }, b: { module: "hangup" } },
  });
  const after = flowNode({
    module: "menu",
    data: { id: 1 },
    children: { a: { module: "tts", data: { text: "y" } }, c: { module: "hangup" } },
  });
  const { root, changes } = overlay(before, after);
  const found = [...walk(root)].map((node) => [node.title, changes.get(node)]);
  assert.deepEqual(found, [
    ["menu", undefined],
    ["tts", "changed"],
    ["hangup", "removed"],
    ["hangup", "added"],
  ]);
  assert.equal(overlay(before, before).changes.size, 0);
});

test("flows with other roots are drawn side by side", () => {
  const [before, after] = ["tts", "hangup"].map((module) => callAbove({ To: "+1" }, flowNode({ module })));
  assert.ok(before && after);
  const { root, changes } = overlay(before, after);
  assert.deepEqual(
    [...walk(root)].map((node) => [node.title, changes.get(node)]),
    [
      ["call", undefined],
      ["tts", "removed"],
      ["hangup", "added"],
    ],
  );
});

test("lists of instructions are sequences, in each of their forms", () => {
  assert.deepEqual(titles(sequenceNode([{ verb: "say", text: "a" }, { verb: "hangup" }])), ["say", "hangup"]);
  assert.deepEqual(titles(sequenceNode([{ answer: {} }, { play: { url: "u" } }, "hangup"])), [
    "answer",
    "play",
    "hangup",
  ]);
  assert.deepEqual(
    titles(sequenceNode({ version: "1.0.0", sections: { main: [{ answer: {} }], other: [{ hangup: {} }] } })),
    ["main", "answer", "other", "hangup"],
  );
  assert.deepEqual(titles(sequenceNode(["Response", ["Gather", { numDigits: 1 }, ["Say", "hello"]], ["Hangup"]])), [
    "Response",
    "Gather",
    "Say",
    "Hangup",
  ]);
  assert.deepEqual(titles(sequenceNode("<Response><Say>hi</Say><Hangup/></Response>")), ["Response", "Say", "Hangup"]);
});

test("what is no instruction is not drawn", () => {
  for (const value of [5, "text", "<a><b></a>", [], {}, [1], null, true])
    assert.equal(drawn(value), undefined, JSON.stringify(value));
});

test("very long sequences say what is missing", () => {
  const root = sequenceNode(Array.from({ length: 5_000 }, () => ({ verb: "pause" })));
  const nodes = root ? [...walk(root)] : [];
  assert.equal(nodes.length, 1_000);
  assert.equal(nodes.at(-1)?.note, "4000 more steps are not drawn");
});

test("XML is read without the browser's parser", () => {
  assert.deepEqual(
    parseXml(`<?xml version="1.0"?><!-- no --><A b='1' c="&lt;&#x41;"><B/><![CDATA[<x>]]> t &amp; u </A>`),
    ["A", { b: "1", c: "<A" }, ["B", {}], "<x>", "t & u"],
  );
  assert.equal(parseXml("<A></B>"), undefined);
  assert.equal(parseXml("no"), undefined);
});

test("a picture is twice as large as its drawing, unless it would be too large for a browser", () => {
  assert.equal(scaleOf(600, 400), 2);
  for (const [width, height] of [
    [200_000, 300],
    [300, 200_000],
    [30_000, 30_000],
  ] as [number, number][]) {
    const scale = scaleOf(width, height);
    assert.ok(scale > 0 && width * scale <= 16_000 && height * scale <= 16_000, `${scale}`);
    assert.ok(width * scale * height * scale <= 64_000_001, `${scale}`);
  }
});

test("above a result is its call, with the number that was called", () => {
  const flow = flowNode({ module: "hangup" });
  const card = (call: unknown) => callAbove(call, flow);
  assert.deepEqual(card({ To: "+18005551212", From: "+1415" }).children, [flow]);
  assert.equal(card({ To: "+18005551212", From: "+1415" }).caption, "+18005551212");
  assert.equal(card({ call: { to: "+1800", from: "+1415" } }).note, "+1415 → +1800");
  assert.equal(card({ "Caller-ID-Number": "+1415" }).caption, "+1415");
  assert.equal(card("cut").caption, "");
});

test("every module of KAZOO has an icon, and unknown ones share another", () => {
  const without = Object.keys(modules).filter((name) => icon(name) === UNKNOWN);
  assert.deepEqual(without, ["skel"]);
  assert.equal(icon("somebody_elses"), UNKNOWN);
  assert.equal(icon("Hangup"), icon("hangup"));
  assert.notEqual(icon("menu"), icon("user"));
});
