// Recorded calls as rows of a table.

import type { Attempt } from "../api/types.ts";
import { setParameter } from "../app/address.ts";
import { OutcomeLabel } from "../app/parts.tsx";
import { Text } from "../app/text.tsx";
import { compact, duration } from "../text/numbers.ts";
import { parties } from "../text/parties.ts";
import { clock } from "../text/time.ts";
import type { Signal } from "../vendor/view.ts";
import { momentOf, shortRevision } from "./row.ts";

export function Head({
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

export function Row({
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
        <button class="row-link moment" onClick={() => setParameter("call", row.id)}>
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
