// Which recorded calls are shown. Filters live in the address, so that a list can be sent to somebody.

import type { AttemptQuery } from "../api/attempts.ts";
import { routers } from "../api/catalogue.ts";
import { parameter, setParameter } from "../app/address.ts";
import { useEffect, useSignal } from "../vendor/view.ts";

const FILTERS = ["outcome", "result", "router", "revision", "call_id"] as const;

const OUTCOMES = [
  "ok",
  "exception",
  "invalid_result",
  "compile_error",
  "fuel_exhausted",
  "timeout",
  "memory_limit",
  "output_too_large",
  "stack_overflow",
  "input_too_large",
  "internal",
];

/** What the address asks for. */
export function filtered(): AttemptQuery {
  return Object.fromEntries(FILTERS.map((name) => [name, parameter(name)]));
}

export function Filters() {
  const names = useSignal<string[]>([]);
  useEffect(() => {
    routers().then(
      (all) => (names.value = all.map(({ name }) => name)),
      () => undefined,
    );
  }, []);
  return (
    <div class="filters">
      <Choice name="result" title="Result" options={["failure", "success"]} />
      <Choice name="outcome" title="Outcome" options={OUTCOMES} />
      <Choice name="router" title="Router" options={names.value} />
      <label>
        Call id
        <input
          value={parameter("call_id")}
          onChange={(event) => setParameter("call_id", event.currentTarget.value.trim())}
        />
      </label>
      <label>
        Revision
        <input
          value={parameter("revision")}
          onChange={(event) => setParameter("revision", event.currentTarget.value.trim())}
        />
      </label>
    </div>
  );
}

function Choice({ name, title, options }: { name: string; title: string; options: string[] }) {
  return (
    <label>
      {title}
      <select value={parameter(name)} onChange={(event) => setParameter(name, event.currentTarget.value)}>
        <option value="">any</option>
        {options.map((option) => (
          <option key={option} value={option}>
            {option.replaceAll("_", " ")}
          </option>
        ))}
      </select>
    </label>
  );
}
