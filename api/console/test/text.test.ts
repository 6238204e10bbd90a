import assert from "node:assert/strict";
import { test } from "node:test";
import type { FunctionDocument } from "../src/api/types.ts";
import { asCurl, asRun, quoted } from "../src/text/copies.ts";
import { pieces, short, visible } from "../src/text/escape.ts";
import { parse, same } from "../src/text/json.ts";
import { bytes, count, duration } from "../src/text/numbers.ts";
import { ago, fromGregorian, toGregorian } from "../src/text/time.ts";
import { execFileSync } from "node:child_process";

test("characters that hide or turn text are named, and others stay", () => {
  assert.equal(visible("a\u202eb\u0000c\u0007\u200bd"), "aU+202Eb␀c␇U+200Bd");
  assert.equal(visible("naïve 日本 👩‍👩 <b>\n\t"), "naïve 日本 👩U+200D👩 <b>\n\t");
  assert.deepEqual(pieces("a\u202eb"), [
    { text: "a", hidden: false },
    { text: "U+202E", hidden: true },
    { text: "b", hidden: false },
  ]);
  assert.deepEqual(pieces(""), []);
});

test("short texts are whole, long ones end with an ellipsis and split no character", () => {
  assert.equal(short("abc", 3), "abc");
  assert.equal(short("abcd", 3), "ab…");
  assert.equal(short("👩👩👩👩", 3), "👩👩…");
});

test("Gregorian seconds are Erlang's", () => {
  assert.equal(fromGregorian(62_167_219_200).getTime(), 0);
  // calendar:datetime_to_gregorian_seconds({{2024,3,12},{21,24,34}})
  assert.equal(fromGregorian(63_877_497_874).toISOString(), "2024-03-12T21:24:34.000Z");
  assert.equal(toGregorian(new Date("2024-03-12T21:24:34Z")), 63_877_497_874);
});

test("how long ago is said in the largest unit", () => {
  const now = new Date("2026-11-30T12:00:00Z");
  const before = (seconds: number) => ago(new Date(now.getTime() - seconds * 1000), now);
  assert.deepEqual([5, 60, 7199, 90_000, 40_000_000].map(before), [
    "just now",
    "1 minute ago",
    "1 hour ago",
    "yesterday",
    "last year",
  ]);
});

test("numbers have their units", () => {
  assert.deepEqual([77, 1_230, 3_000_000].map(duration), ["77 µs", "1.2 ms", "3.0 s"]);
  assert.deepEqual([12, 2048, 4_521_984].map(bytes), ["12 B", "2.0 KiB", "4.3 MiB"]);
  assert.deepEqual([count(1, "call"), count(1_000, "call")], ["1 call", "1,000 calls"]);
});

test("the same JSON is the same in any order of keys", () => {
  assert.ok(same({ a: 1, b: [{ c: 2, d: 3 }] }, { b: [{ d: 3, c: 2 }], a: 1 }));
  assert.ok(!same([1, 2], [2, 1]));
  assert.ok(!same({ a: 1 }, { a: "1" }));
  assert.ok(same(undefined, undefined));
});

test(
  "numbers above 2^53 keep their digits where the engine can",
  { skip: !("rawJSON" in JSON) && "this node cannot" },
  () => {
    const text = '{"clock_ns":1795999168327655952,"small":1.5}';
    assert.equal(JSON.stringify(parse(text)), text);
  },
);

test("a shell reads back what was quoted", () => {
  for (const text of ["it's", '$HOME `id` \\ "x"', "a\nb", "", "'''"]) {
    assert.equal(execFileSync("sh", ["-c", `printf %s ${quoted(text)}`], { encoding: "utf8" }), text);
  }
});

test("curl lines hold the call and no token", () => {
  const line = asCurl("http://localhost", "a", { function_js: "return 'x'" }, { From: "+1" });
  const printed = execFileSync("sh", ["-c", `curl() { printf '%s\\n' "$@"; }; ${line}`], { encoding: "utf8" });
  assert.ok(printed.includes('{"data":{"function_js":"return \'x\'","call":{"From":"+1"}}}'), printed);
  assert.ok(line.includes("$TOKEN"));
});

test("command lines hold constants and no secrets", () => {
  const document: FunctionDocument = { name: "f", language_pack: "lua", env: { A: "it's", B: { secret: true } } };
  const lines = asRun(document, "return {}", {});
  assert.ok(lines.includes("--language-pack 'lua'"));
  assert.ok(lines.includes(`--env 'A=it'\\''s'`));
  assert.ok(lines.includes("--env 'B=…'"));
});
