// The recorded calls of all functions of an account.

import { listFunctions } from "../api/functions.ts";
import type { PageProps } from "../app/pages.tsx";
import { useLoaded } from "../app/loading.ts";
import { CallList } from "../calls/list.tsx";

export function CallsPage({ account }: PageProps) {
  const names = useLoaded(
    async (signal) => new Map((await listFunctions(account, signal)).map(({ id, name }) => [id, name])),
    [account],
  );
  return (
    <div class="page wide">
      <div class="page-head">
        <h1>Calls</h1>
      </div>
      <CallList account={account} names={names.value.value ?? new Map()} />
    </div>
  );
}
