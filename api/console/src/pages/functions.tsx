// The functions of an account, with how they do.

import { changeFunction, listFunctions, readStats } from "../api/functions.ts";
import { ApiError } from "../api/error.ts";
import type { Counts, FunctionRow } from "../api/types.ts";
import { go, link, parameter, setParameter } from "../app/address.ts";
import { useFocus } from "../app/focus.ts";
import { useLoaded } from "../app/loading.ts";
import type { Loaded } from "../app/loading.ts";
import { attempt } from "../app/notices.tsx";
import { preloadFunction } from "../app/pages.tsx";
import type { PageProps } from "../app/pages.tsx";
import { Ago, Await } from "../app/parts.tsx";
import { Spark } from "../app/spark.tsx";
import { Text } from "../app/text.tsx";
import { grouped } from "../text/numbers.ts";
import { useEffect, useRef } from "../vendor/view.ts";

export function FunctionsPage({ account }: PageProps) {
  const rows = useLoaded((signal) => listFunctions(account, signal), [account]);
  const stats = useLoaded((signal) => statsByFunction(account, signal), [account]);
  const table = useRef<HTMLTableElement>(null);
  const search = useFocus<HTMLInputElement>();
  const filter = parameter("q");
  useEffect(preloadFunction, []);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step === 0) return;
    const links = [...(table.current?.querySelectorAll<HTMLElement>("a.row-link") ?? [])];
    const next = links[links.indexOf(document.activeElement as HTMLElement) + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
  };
  const onEnter = (event: KeyboardEvent) => {
    const first = table.current?.querySelector<HTMLAnchorElement>("a.row-link");
    if (event.key === "Enter" && first) go(first.pathname);
  };
  return (
    <div class="page" onKeyDown={onKeyDown}>
      <div class="page-head">
        <h1>Functions</h1>
        <span class="grow" />
        <input
          type="search"
          aria-label="Filter by name"
          placeholder="Filter by name"
          value={filter}
          onInput={(event) => setParameter("q", event.currentTarget.value)}
          onKeyDown={onEnter}
          ref={search}
        />
        <a class="button primary" href={link(account, "new")}>
          New function
        </a>
      </div>
      <Await of={rows}>
        {(all) => {
          const shown = all.filter(({ name }) => name.toLowerCase().includes(filter.toLowerCase()));
          if (all.length === 0) return <Empty account={account} />;
          if (shown.length === 0) return <p class="empty">No function has this in its name.</p>;
          return (
            <div class="scroll">
              <table ref={table} class="list">
                <thead>
                  <tr>
                    <th>Name</th>
                    <th class="when-wide">Language</th>
                    <th class="when-wide">Changed</th>
                    <th>Calls in 24 h</th>
                    <th>On</th>
                  </tr>
                </thead>
                <tbody>
                  {shown.map((row) => (
                    <Row key={row.id} account={account} row={row} counts={stats.value.value?.get(row.id)} rows={rows} />
                  ))}
                </tbody>
              </table>
            </div>
          );
        }}
      </Await>
    </div>
  );
}

function Row({
  account,
  row,
  counts,
  rows,
}: {
  account: string;
  row: FunctionRow;
  counts?: Counts;
  rows: Loaded<FunctionRow[]>;
}) {
  const { id, name, enabled, language_pack, disable_reason, modified, revision } = row;
  const toggle = async () => {
    await changeFunction(account, id, revision ?? "", { enabled: !enabled });
    rows.again();
  };
  return (
    <tr class={enabled ? "" : "off"}>
      <td>
        <a class="row-link" href={link(account, "functions", id)}>
          <Text of={name} />
        </a>
        {disable_reason && (
          <div class="bad-text">
            Switched off: <Text of={disable_reason} />
          </div>
        )}
      </td>
      <td class="when-wide">{language_pack}</td>
      <td class="when-wide">{modified !== undefined && <Ago gregorian={modified} />}</td>
      <td>
        {counts ? (
          <>
            <Spark calls={counts.calls} failures={counts.failures} />
            <span class="quiet">{grouped(counts.calls.reduce((sum, number) => sum + number, 0))}</span>
          </>
        ) : (
          <span class="quiet">–</span>
        )}
      </td>
      <td>
        <button
          class="switch"
          role="switch"
          aria-checked={enabled}
          aria-label={`${name} is on`}
          onClick={() => attempt(toggle)}
        />
      </td>
    </tr>
  );
}

function Empty({ account }: { account: string }) {
  return (
    <div class="empty">
      <p>This account has no functions yet.</p>
      <a class="button primary" href={link(account, "new")}>
        Write the first one
      </a>
    </div>
  );
}

/** None, if the server does not count. */
async function statsByFunction(account: string, signal: AbortSignal): Promise<Map<string, Counts>> {
  try {
    const { functions } = await readStats(account, "day", signal);
    return new Map(functions.map((counts) => [counts.id, counts]));
  } catch (error) {
    if (error instanceof ApiError) return new Map();
    throw error;
  }
}
