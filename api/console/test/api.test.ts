import assert from "node:assert/strict";
import { test } from "node:test";
import { explain } from "../src/api/error.ts";
import { EventParser } from "../src/api/events.ts";
import { compare, tally } from "../src/calls/comparison.ts";
import { parties } from "../src/text/parties.ts";
import type { Attempt, Outcome } from "../src/api/types.ts";

test("events come whole, however the stream is cut", () => {
  const text = ': open\n\nid: 1\ndata: {"a":1}\n\n: beat\n\nid: 2\r\ndata: x\r\ndata: y\r\n\r\n';
  const whole = new EventParser().push(text);
  assert.deepEqual(whole, [
    { id: "1", data: '{"a":1}' },
    { id: "2", data: "x\ny" },
  ]);
  for (let size = 1; size < 9; size += 1) {
    const parser = new EventParser();
    const found = [];
    for (let from = 0; from < text.length; from += size) found.push(...parser.push(text.slice(from, from + size)));
    assert.deepEqual(found, whole, `pieces of ${size}`);
  }
});

test("errors name their fields", () => {
  const data = {
    name: { unique: { message: "Account name already in use", cause: "Acme" } },
    function_js: { compile_error: { message: "SyntaxError" } },
  };
  assert.equal(
    explain(400, "validation error", data),
    "validation error: name: Account name already in use; function_js: SyntaxError",
  );
  assert.equal(explain(403, "forbidden", undefined), "Not yours");
  assert.equal(explain(418, undefined, undefined), "Status 418");
});

test("who calls whom is found in the calls of all routers", () => {
  assert.equal(parties({ "Caller-ID-Number": "+1", To: "4786" }), "+1 → 4786");
  assert.equal(parties({ call: { from: "+1", to: "+2" }, vars: {} }), "+1 → +2");
  assert.equal(parties({ "Hunt-Caller-ID-Number": "1", "Hunt-Destination-Number": "2" }), "1 → 2");
  assert.equal(parties({ to: "5" }), "? → 5");
  assert.equal(parties({}), "");
  assert.equal(parties("cut"), "");
});

const row = (fields: Partial<Attempt>): Attempt => ({
  id: "1",
  function_id: "f",
  revision: "1-a",
  result: "success",
  outcome: "ok",
  metrics: { fuel: 100, memory_bytes: 1, duration_us: 1 },
  logs: [],
  input: {},
  timestamp: 0,
  request_id: "r",
  flow: { module: "tts", data: { text: "a" } },
  ...fields,
});

const outcome = (fields: Partial<Outcome>): Outcome => ({
  outcome: "ok",
  logs: [],
  metrics: { fuel: 100, memory_bytes: 1, duration_us: 1 },
  result: { data: { text: "a" }, module: "tts" },
  ...fields,
});

test("a repetition is the same, or differs in what it came to", () => {
  assert.deepEqual([compare(row({}), outcome({})).isSame, compare(row({}), outcome({})).isSameFuel], [true, true]);
  assert.equal(compare(row({}), outcome({ result: { module: "tts", data: { text: "b" } } })).isSame, false);
  assert.equal(compare(row({}), outcome({ outcome: "exception", result: undefined })).isSame, false);
  assert.equal(
    compare(row({}), outcome({ metrics: { fuel: 101, memory_bytes: 1, duration_us: 1 } })).isSameFuel,
    false,
  );
  const failed = { outcome: "exception", flow: undefined, error: { message: "x", line: 1 } };
  assert.equal(
    compare(row(failed), outcome({ outcome: "exception", result: undefined, error: { message: "x", line: 1 } })).isSame,
    true,
  );
  assert.equal(
    compare(row(failed), outcome({ outcome: "exception", result: undefined, error: { message: "x", line: 2 } })).isSame,
    false,
  );
});

test("a message that was kept in part is the same as the whole", () => {
  const failing = (message: string) => ({ name: "Error", message, line: 1, column: 1 });
  const kept = row({ outcome: "exception", flow: undefined, error: failing("é".repeat(511)) });
  const again = (message: string) =>
    compare(kept, outcome({ outcome: "exception", result: undefined, error: failing(message) })).isSame;
  assert.equal(again("é".repeat(600)), true);
  assert.equal(again("x".repeat(600)), false);
  const short = row({ outcome: "exception", flow: undefined, error: failing("short") });
  const longer = outcome({ outcome: "exception", result: undefined, error: failing("shorter") });
  assert.equal(compare(short, longer).isSame, false);
});

test("of a flow that was cut only the outcome is compared", () => {
  const { isSame, isPartial } = compare(row({ flow: '{"module', flow_truncated: true }), outcome({}));
  assert.deepEqual([isSame, isPartial], [true, true]);
});

test("many repetitions are counted, with their fuel", () => {
  const other = outcome({ result: 5, metrics: { fuel: 200, memory_bytes: 1, duration_us: 1 } });
  const { same, differs, fuelRatio } = tally([compare(row({}), outcome({})), compare(row({}), other)]);
  assert.deepEqual([same, differs.length, fuelRatio], [1, 1, 1.5]);
  assert.equal(tally([]).fuelRatio, 1);
});
