// How the functions of an account do.

import { listFunctions, listSwitchedOffBelow, readStats } from "../api/functions.ts";
import type { Counts, FunctionRow, Stats } from "../api/types.ts";
import { link, parameter, setParameter } from "../app/address.ts";
import { Bars } from "../app/bars.tsx";
import { useLoaded } from "../app/loading.ts";
import type { PageProps } from "../app/pages.tsx";
import { Await, Figure, OutcomeLabel, Tabs } from "../app/parts.tsx";
import { Spark } from "../app/spark.tsx";
import { Text } from "../app/text.tsx";
import { compact, duration, grouped } from "../text/numbers.ts";
import { SwitchedOffList } from "./switched_off.tsx";

export function OverviewPage({ account }: PageProps) {
  const period = parameter("period") === "day" ? "day" : "hour";
  const loaded = useLoaded(
    async (signal) => {
      const [stats, rows, below] = await Promise.all([
        readStats(account, period, signal),
        listFunctions(account, signal),
        listSwitchedOffBelow(account, undefined, signal),
      ]);
      return { stats, rows, below };
    },
    [account, period],
  );
  return (
    <div class="page">
      <div class="page-head">
        <h1>Overview</h1>
        <span class="grow" />
        <Tabs
          tabs={[
            ["hour", "Last hour"],
            ["day", "Last day"],
          ]}
          selected={period}
          select={(id) => setParameter("period", id)}
          label="Period"
        />
        <button onClick={loaded.again}>Refresh</button>
      </div>
      <Await of={loaded}>
        {({ stats, rows, below }) => (
          <>
            <Counted account={account} stats={stats} rows={rows} />
            <SwitchedOffList account={account} rows={rows} first={below} again={loaded.again} />
          </>
        )}
      </Await>
    </div>
  );
}

function Counted({ account, stats, rows }: { account: string; stats: Stats; rows: FunctionRow[] }) {
  const { total, functions, end_ms, bucket_s, since_ms } = stats;
  const calls = sum(total.calls);
  const failures = sum(total.failures);
  const byId = new Map(rows.map((row) => [row.id, row]));
  const ranked = functions.toSorted(
    (one, other) => sum(other.failures) - sum(one.failures) || sum(other.calls) - sum(one.calls),
  );
  return (
    <>
      <dl class="figures">
        <Figure name="Calls" value={grouped(calls)} />
        <Figure name="Failures" value={grouped(failures)} isBad={failures > 0} />
        <Figure name="Median time" value={total.p50_us === undefined ? "–" : duration(total.p50_us)} />
        <Figure name="99th percentile" value={total.p99_us === undefined ? "–" : duration(total.p99_us)} />
        <Figure name="Fuel" value={compact(total.fuel)} />
      </dl>
      <Bars counts={total} end={end_ms} bucketSeconds={bucket_s} />
      <p class="quiet">Counted since {new Date(since_ms).toLocaleString("en-GB")}, when the server started.</p>
      {ranked.length > 0 && (
        <div class="scroll">
          <table class="list">
            <thead>
              <tr>
                <th>Function</th>
                <th>Calls</th>
                <th>Outcomes</th>
                <th class="number">Median</th>
                <th class="number">99th</th>
              </tr>
            </thead>
            <tbody>
              {ranked.map((counts) => (
                <Row key={counts.id} account={account} counts={counts} name={byId.get(counts.id)?.name ?? counts.id} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}

function Row({ account, counts, name }: { account: string; counts: Counts & { id: string }; name: string }) {
  return (
    <tr>
      <td>
        <a class="row-link" href={link(account, "functions", counts.id, "calls")}>
          <Text of={name} />
        </a>
      </td>
      <td>
        <Spark calls={counts.calls} failures={counts.failures} />
        <span class="quiet">{grouped(sum(counts.calls))}</span>
      </td>
      <td>
        <span class="labels">
          {Object.entries(counts.outcomes).map(([outcome, number]) => (
            <span key={outcome}>
              <OutcomeLabel outcome={outcome} /> {grouped(number)}
            </span>
          ))}
        </span>
      </td>
      <td class="number">{counts.p50_us === undefined ? "–" : duration(counts.p50_us)}</td>
      <td class="number">{counts.p99_us === undefined ? "–" : duration(counts.p99_us)}</td>
    </tr>
  );
}

const sum = (numbers: number[]): number => numbers.reduce((total, number) => total + number, 0);
