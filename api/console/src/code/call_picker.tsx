// Calls to try: samples of each router, calls that really came, and calls that were kept with the function.

import { routers, sampleCalls } from "../api/catalogue.ts";
import { listAttempts } from "../api/attempts.ts";
import type { Attempt, CallRouter, SampleCall, SavedCall } from "../api/types.ts";
import { parameter } from "../app/address.ts";
import { attempt, complain } from "../app/notices.tsx";
import { visible } from "../text/escape.ts";
import { isObject, pretty } from "../text/json.ts";
import { clock } from "../text/time.ts";
import { momentOf } from "../calls/row.ts";
import { useEffect, useSignal } from "../vendor/view.ts";
import type { Working } from "./working.ts";

/** Real calls on offer. */
const RECENT = 20;

export function CallPicker({ working }: { working: Working }) {
  const samples = useSignal<SampleCall[]>([]);
  const askers = useSignal<CallRouter[]>([]);
  const recent = useSignal<Attempt[]>([]);
  const chosen = useSignal("");
  const saved = working.document.value.test_calls ?? [];

  useEffect(() => {
    sampleCalls().then((found) => {
      samples.value = found;
      const first = found[0];
      if (first && chosen.value === "" && !parameter("attempt") && working.callText.value === "{}") choose("sample:0");
    }, complain);
    routers().then((found) => (askers.value = found), complain);
    if (!working.id) return;
    listAttempts(working.account, working.id, { page_size: RECENT }).then(({ rows }) => {
      recent.value = rows.filter((row) => !row.input_truncated);
      const asked = recent.value.findIndex((row) => row.id === parameter("attempt"));
      if (asked >= 0) choose(`recent:${asked}`);
    }, complain);
  }, []);

  function choose(value: string): void {
    chosen.value = value;
    const [kind, index] = value.split(":");
    const at = Number(index);
    if (kind === "sample") take(samples.value[at]?.call, samples.value[at]?.router);
    if (kind === "saved") take(saved[at]?.call, saved[at]?.router, saved[at]?.flow);
    if (kind === "recent") {
      const row = recent.value[at];
      take(row?.input, row?.router, row?.flow_truncated ? undefined : row?.flow);
      working.moment.value = row?.replay;
    }
  }

  function take(call: unknown, router = "", expected?: unknown): void {
    if (!isObject(call)) return;
    working.callText.value = pretty(call);
    working.router.value = router;
    working.moment.value = undefined;
    working.expected.value = expected;
  }

  async function forget(): Promise<void> {
    const index = Number(chosen.value.split(":")[1]);
    await working.change({ test_calls: saved.toSpliced(index, 1) });
    chosen.value = "";
  }

  return (
    <>
      <label class="inline">
        <span class="hidden-label">Call</span>
        <select aria-label="Call" value={chosen.value} onChange={(event) => choose(event.currentTarget.value)}>
          <option value="">Your own call</option>
          <Group title="Kept with the function" prefix="saved" options={saved.map((call: SavedCall) => call.name)} />
          <Group
            title="Recent calls"
            prefix="recent"
            options={recent.value.map((row) => `${clock(momentOf(row), new Date())} ${row.outcome}`)}
          />
          <Group title="Samples" prefix="sample" options={samples.value.map(({ title }) => title)} />
        </select>
      </label>
      {chosen.value.startsWith("saved:") && (
        <button class="small plain" onClick={() => attempt(forget)}>
          Forget it
        </button>
      )}
      {askers.value.length > 0 && (
        <label class="inline">
          <span class="hidden-label">Asked by</span>
          <select
            aria-label="Asked by"
            value={working.router.value}
            onChange={(event) => (working.router.value = event.currentTarget.value)}
          >
            <option value="">by no router</option>
            {askers.value.map(({ name, title }) => (
              <option key={name} value={name}>
                by {title}
              </option>
            ))}
          </select>
        </label>
      )}
    </>
  );
}

function Group({ title, prefix, options }: { title: string; prefix: string; options: string[] }) {
  if (options.length === 0) return null;
  return (
    <optgroup label={title}>
      {options.map((option, index) => (
        <option key={index} value={`${prefix}:${index}`}>
          {visible(option)}
        </option>
      ))}
    </optgroup>
  );
}
