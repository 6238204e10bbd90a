// What routers call the function with: one card for each, with what to paste and where.

import { routers } from "../api/catalogue.ts";
import { listAttempts } from "../api/attempts.ts";
import { readKey, renewKey } from "../api/functions.ts";
import type { Attempt, CallRouter } from "../api/types.ts";
import { Dialog } from "../app/dialog.tsx";
import { useLoaded } from "../app/loading.ts";
import { attempt, say } from "../app/notices.tsx";
import { Await, Copy } from "../app/parts.tsx";
import { Prose } from "../app/prose.tsx";
import { Text } from "../app/text.tsx";
import { momentOf } from "../calls/row.ts";
import { ago } from "../text/time.ts";
import { useSignal } from "../vendor/view.ts";
import type { Working } from "./working.ts";

export function Connect({ working }: { working: Working }) {
  const { account, id = "" } = working;
  const isShown = useSignal(false);
  const isRenewing = useSignal(false);
  const loaded = useLoaded(
    async (signal) => {
      const [key, all] = await Promise.all([readKey(account, id, signal), routers()]);
      const last = await Promise.all(
        all.map(({ name }) => listAttempts(account, id, { router: name, page_size: 1 }, signal)),
      );
      return { key, cards: all.map((router, index) => ({ router, last: last[index]?.rows[0] })) };
    },
    [account, id],
  );
  const renew = async () => {
    await renewKey(account, id);
    isRenewing.value = false;
    loaded.again();
    say("There is a new key");
  };
  return (
    <Await of={loaded}>
      {({ key, cards }) => (
        <div class="connect">
          <div class="actions">
            <button onClick={() => (isShown.value = !isShown.value)} aria-pressed={isShown.value}>
              {isShown.value ? "Hide the key" : "Show the key"}
            </button>
            <button class="danger" onClick={() => (isRenewing.value = true)}>
              New key
            </button>
          </div>
          <ul class="cards large">
            {cards.map(({ router, last }) => (
              <li class="card" key={router.name}>
                <Card
                  router={router}
                  url={key.urls[router.name] ?? ""}
                  masked={isShown.value ? undefined : key.key}
                  setting={key.settings[router.name]}
                  env={working.document.value.env ?? {}}
                  last={last}
                />
              </li>
            ))}
          </ul>
          {isRenewing.value && (
            <Dialog title="A new key?" close={() => (isRenewing.value = false)}>
              <p>Every router that has one of these addresses gets 403 from then on, until it has the new one.</p>
              <button class="danger" onClick={() => attempt(renew)}>
                Make a new key
              </button>
            </Dialog>
          )}
        </div>
      )}
    </Await>
  );
}

interface CardProps {
  router: CallRouter;
  url: string;
  /** The key, if it is not shown. */
  masked?: string;
  /** What is entered in place of the bare address. */
  setting?: string;
  env: Record<string, unknown>;
  last?: Attempt;
}

function Card({ router, url, masked, setting, env, last }: CardProps) {
  const { title, address_is_for, entered_at, signed_with } = router;
  const shown = (text: string) => (masked ? text.replaceAll(masked, "•".repeat(8)) : text);
  return (
    <>
      <h2>
        <Text of={title} />
      </h2>
      <p>
        <Prose of={`${address_is_for}.`} />
      </p>
      <pre class="address">{shown(url)}</pre>
      {setting && (
        <details>
          <summary>The setting with this address</summary>
          <pre class="address setting">{shown(setting)}</pre>
        </details>
      )}
      <div class="actions">
        <Copy text={() => url}>Copy the address</Copy>
        {setting && <Copy text={() => setting}>Copy the setting</Copy>}
      </div>
      <p class="quiet">
        <Prose of={entered_at} />
      </p>
      {signed_with && (
        <p>
          {env[signed_with] === undefined ? (
            <>
              <span class="label">unsigned</span> Put the router's secret into <code>{signed_with}</code> to insist on
              signatures.
            </>
          ) : (
            <>
              <span class="label good">signed</span> Only requests with a valid signature are answered.
            </>
          )}
        </p>
      )}
      <p class="quiet">
        {last ? `Last recorded call ${ago(momentOf(last), new Date())}.` : "No call of it is recorded."}
      </p>
    </>
  );
}
