// Recorded calls, live: the newest come by themselves, older ones on request.

import { followAttempts, listAttempts } from "../api/attempts.ts";
import type { AttemptQuery } from "../api/attempts.ts";
import type { Attempt } from "../api/types.ts";
import { parameter, setParameter } from "../app/address.ts";
import { attempt } from "../app/notices.tsx";
import { useLoaded } from "../app/loading.ts";
import { Await } from "../app/parts.tsx";
import { useEffect, useSignal } from "../vendor/view.ts";
import { Call } from "./call.tsx";
import { filtered, Filters } from "./filters.tsx";
import { Shadow } from "./shadow.tsx";
import { Head, Row } from "./table.tsx";

const PAGE_SIZE = 200;

/** Rows that are shown at most while new ones come: the oldest go. */
const MOST_ROWS = 2_000;

interface Props {
  account: string;
  /** All functions of the account, if it is none. */
  id?: string;
  /** Names of functions, if rows are of several. */
  names?: ReadonlyMap<string, string>;
}

export function CallList({ account, id, names }: Props) {
  const query = filtered();
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
