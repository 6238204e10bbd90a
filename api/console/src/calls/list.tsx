// Recorded calls as a table: live, with filters that live in the address.

import { followAttempts, listAttempts } from "../api/attempts.ts";
import type { AttemptQuery } from "../api/attempts.ts";
import { sampleCalls } from "../api/catalogue.ts";
import type { Attempt } from "../api/types.ts";
import { parameter, setParameter } from "../app/address.ts";
import { attempt } from "../app/notices.tsx";
import { useLoaded } from "../app/loading.ts";
import { Await, OutcomeLabel } from "../app/parts.tsx";
import { Text } from "../app/text.tsx";
import { compact, duration } from "../text/numbers.ts";
import { clock } from "../text/time.ts";
import { useEffect, useSignal } from "../vendor/view.ts";
import type { Signal } from "../vendor/view.ts";
import { Call } from "./call.tsx";
import { momentOf, parties, shortRevision } from "./row.ts";
import { Shadow } from "./shadow.tsx";

const PAGE_SIZE = 200;

/** Rows that are shown at most while new ones come: the oldest go. */
const MOST_ROWS = 2_000;

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

interface Props {
  account: string;
  /** All functions of the account, if it is none. */
  id?: string;
  /** Names of functions, if rows are of several. */
  names?: ReadonlyMap<string, string>;
}

export function CallList({ account, id, names }: Props) {
  const query: AttemptQuery = Object.fromEntries(FILTERS.map((name) => [name, parameter(name)]));
  const asked = JSON.stringify(query);
  const page = useLoaded(
    async (signal) => ({
      query,
      asked,
      ...(await listAttempts(account, id, { ...query, page_size: PAGE_SIZE }, signal)),
    }),
    [account, id, asked],
  );
  return (
    <>
      <Filters />
      <Await of={page}>
        {(loaded) => (
          <Rows
            key={loaded.asked}
            account={account}
            id={id}
            names={names}
            query={loaded.query}
            first={loaded.rows}
            next={loaded.next}
          />
        )}
      </Await>
    </>
  );
}

function Filters() {
  const routers = useSignal<string[]>([]);
  useEffect(() => {
    sampleCalls().then(
      (calls) => (routers.value = [...new Set(calls.map(({ router }) => router))]),
      () => undefined,
    );
  }, []);
  return (
    <div class="filters">
      <Choice name="result" title="Result" options={["failure", "success"]} />
      <Choice name="outcome" title="Outcome" options={OUTCOMES} />
      <Choice name="router" title="Router" options={routers.value} />
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

interface RowsProps extends Props {
  query: AttemptQuery;
  first: Attempt[];
  next?: string;
}

function Rows({ account, id, names, query, first, next }: RowsProps) {
  const rows = useSignal(first);
  const following = useSignal(next);
  const isLive = useSignal(false);
  const selected = useSignal<ReadonlySet<string>>(new Set());
  const shadowed = useSignal<Attempt[] | undefined>(undefined);
  useEffect(() => {
    const control = new AbortController();
    const take = (row: Attempt) => {
      // A row can be in the list and in the feed.
      if (rows.value.some((other) => other.id === row.id)) return;
      rows.value = [row, ...rows.value].slice(0, MOST_ROWS);
    };
    void followAttempts(account, id, query, take, (live) => (isLive.value = live), control.signal);
    return () => control.abort();
  }, []);
  const more = async () => {
    const older = await listAttempts(account, id, { ...query, page_size: PAGE_SIZE, start_key: following.value });
    rows.value = [...rows.value, ...older.rows];
    following.value = older.next;
  };
  const opened = rows.value.find((row) => row.id === parameter("call"));
  const chosen = rows.value.filter((row) => selected.value.has(row.id));
  return (
    <>
      <div class="list-head">
        <span class={isLive.value ? "label good" : "label"} role="status">
          {isLive.value ? "live" : "connecting"}
        </span>
        {id && (
          <button disabled={chosen.length === 0} onClick={() => (shadowed.value = chosen)}>
            Try {chosen.length > 0 ? chosen.length : "selected"} on my draft
          </button>
        )}
      </div>
      {rows.value.length === 0 ? (
        <p class="empty">No calls were recorded. Successful calls are recorded only if the operator wants it.</p>
      ) : (
        <div class="scroll">
          <table class="list calls">
            <Head id={id} names={names} rows={rows} selected={selected} />
            <tbody>
              {rows.value.map((row) => (
                <Row
                  key={row.id}
                  row={row}
                  names={names}
                  selected={id ? selected : undefined}
                  isOpen={row === opened}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {following.value && <button onClick={() => attempt(more)}>Older calls</button>}
      {opened && <Call key={opened.id} account={account} row={opened} close={() => setParameter("call", "")} />}
      {shadowed.value && <Shadow account={account} rows={shadowed.value} close={() => (shadowed.value = undefined)} />}
    </>
  );
}

function Head({
  id,
  names,
  rows,
  selected,
}: {
  id?: string;
  names?: ReadonlyMap<string, string>;
  rows: Signal<Attempt[]>;
  selected: Signal<ReadonlySet<string>>;
}) {
  const all = rows.value.length > 0 && rows.value.every((row) => selected.value.has(row.id));
  return (
    <thead>
      <tr>
        {id && (
          <th>
            <input
              type="checkbox"
              aria-label="Select all"
              checked={all}
              onChange={() => (selected.value = new Set(all ? [] : rows.value.map((row) => row.id)))}
            />
          </th>
        )}
        <th>Time</th>
        {names && <th>Function</th>}
        <th>Outcome</th>
        <th>Router</th>
        <th>From → to</th>
        <th class="number">Time taken</th>
        <th class="number">Fuel</th>
        <th>Revision</th>
      </tr>
    </thead>
  );
}

function Row({
  row,
  names,
  selected,
  isOpen,
}: {
  row: Attempt;
  names?: ReadonlyMap<string, string>;
  selected?: Signal<ReadonlySet<string>>;
  isOpen: boolean;
}) {
  const moment = momentOf(row);
  const toggle = () => {
    if (!selected) return;
    const next = new Set(selected.value);
    if (!next.delete(row.id)) next.add(row.id);
    selected.value = next;
  };
  return (
    <tr class={isOpen ? "open" : ""}>
      {selected && (
        <td>
          <input
            type="checkbox"
            aria-label={`Select the call of ${clock(moment, new Date())}`}
            checked={selected.value.has(row.id)}
            onChange={toggle}
          />
        </td>
      )}
      <td>
        <button class="row-link" onClick={() => setParameter("call", row.id)}>
          <time dateTime={moment.toISOString()} title={moment.toUTCString()}>
            {clock(moment, new Date())}
          </time>
        </button>
      </td>
      {names && (
        <td>
          <Text of={names.get(row.function_id) ?? row.function_id} />
        </td>
      )}
      <td>
        <OutcomeLabel outcome={row.outcome} />
      </td>
      <td>{row.router}</td>
      <td>
        <Text of={parties(row.input)} />
      </td>
      <td class="number">{duration(row.metrics.duration_us)}</td>
      <td class="number">{compact(row.metrics.fuel)}</td>
      <td class="mono">{shortRevision(row.revision)}</td>
    </tr>
  );
}
