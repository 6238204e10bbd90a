// Functions that the server has switched off for failing, here and in the accounts below.

import { enableAgain, listSwitchedOffBelow } from "../api/functions.ts";
import type { SwitchedOffPage } from "../api/functions.ts";
import type { FunctionRow } from "../api/types.ts";
import { link } from "../app/address.ts";
import { attempt, say } from "../app/notices.tsx";
import { Text } from "../app/text.tsx";
import { useLayoutEffect, useSignal } from "../vendor/view.ts";

interface Props {
  account: string;
  rows: FunctionRow[];
  /** The first page. */
  first: SwitchedOffPage;
  again(): void;
}

export function SwitchedOffList({ account, rows, first, again }: Props) {
  const shown = useSignal(first);
  useLayoutEffect(() => void (shown.value = first), [first]);
  const { rows: below, next } = shown.value;
  const more = async () => {
    const following = await listSwitchedOffBelow(account, next);
    shown.value = { rows: [...below, ...following.rows], next: following.next };
  };
  const off = rows.filter(({ disable_reason }) => disable_reason);
  const enable = (descendants: boolean) =>
    attempt(async () => {
      await enableAgain(account, descendants);
      say("Switched on again");
      again();
    });
  return (
    <section>
      <h2>Switched off for failing</h2>
      {off.length + below.length === 0 ? (
        <p class="quiet">None, here or in the accounts below.</p>
      ) : (
        <div class="scroll">
          <table class="list">
            <thead>
              <tr>
                <th>Function</th>
                <th>Account</th>
                <th>Reason</th>
              </tr>
            </thead>
            <tbody>
              {off.map(({ id, name, disable_reason = "" }) => (
                <Row key={id} account={account} id={id} name={name} where="this one" reason={disable_reason} />
              ))}
              {below.map(({ account_id, account_name, id, name, disable_reason }) => (
                <Row key={id} account={account_id} id={id} name={name} where={account_name} reason={disable_reason} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {off.length + below.length > 0 && (
        <div class="actions">
          {next && <button onClick={() => attempt(more)}>More of the accounts below</button>}
          {off.length > 0 && <button onClick={() => enable(false)}>Switch on those of this account</button>}
          {below.length > 0 && <button onClick={() => enable(true)}>Switch on all in the accounts below</button>}
        </div>
      )}
    </section>
  );
}

function Row({
  account,
  id,
  name,
  where,
  reason,
}: {
  account: string;
  id: string;
  name: string;
  where: string;
  reason: string;
}) {
  return (
    <tr>
      <td>
        <a class="row-link" href={link(account, "functions", id)}>
          <Text of={name} />
        </a>
      </td>
      <td>
        <Text of={where} />
      </td>
      <td>
        <Text of={reason} />
      </td>
    </tr>
  );
}
