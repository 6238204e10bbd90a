// What routers call the function with: one card for each, with what to paste and where.

import { addressesAreFor, sampleCalls } from "../api/catalogue.ts";
import { listAttempts } from "../api/attempts.ts";
import { readKey, renewKey } from "../api/functions.ts";
import type { Attempt } from "../api/types.ts";
import { Dialog } from "../app/dialog.tsx";
import { useLoaded } from "../app/loading.ts";
import { attempt, say } from "../app/notices.tsx";
import { Await, Copy } from "../app/parts.tsx";
import { Prose } from "../app/prose.tsx";
import { Text } from "../app/text.tsx";
import { momentOf } from "../calls/row.ts";
import { ago } from "../text/time.ts";
import { useSignal } from "../vendor/view.ts";
import { HINTS } from "./hints.ts";
import type { Working } from "./working.ts";

export function Connect({ working }: { working: Working }) {
  const { account, id = "" } = working;
  const isShown = useSignal(false);
  const isRenewing = useSignal(false);
  const loaded = useLoaded(
    async (signal) => {
      const [key, areFor, calls] = await Promise.all([readKey(account, id, signal), addressesAreFor(), sampleCalls()]);
      const routers = Object.keys(key.urls);
      const last = await Promise.all(
        routers.map((router) => listAttempts(account, id, { router, page_size: 1 }, signal)),
      );
      return { key, areFor, calls, last: new Map(routers.map((router, index) => [router, last[index]?.rows[0]])) };
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
      {({ key, areFor, calls, last }) => (
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
            {Object.entries(key.urls).map(([router, url]) => (
              <li class="card" key={router}>
                <Card
                  title={calls.find((call) => call.router === router)?.title ?? router}
                  isFor={areFor[router] ?? ""}
                  router={router}
                  url={url}
                  shown={isShown.value ? url : url.replace(key.key, "•".repeat(8))}
                  env={working.document.value.env ?? {}}
                  last={last.get(router)}
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
  title: string;
  isFor: string;
  router: string;
  url: string;
  shown: string;
  env: Record<string, unknown>;
  last?: Attempt;
}

function Card({ title, isFor, router, url, shown, env, last }: CardProps) {
  const hint = HINTS[router];
  return (
    <>
      <h2>
        <Text of={title} />
      </h2>
      <p>
        <Prose of={`${isFor}.`} />
      </p>
      <pre class="address">{shown}</pre>
      <div class="actions">
        <Copy text={() => url}>Copy the address</Copy>
        {hint?.paste && <Copy text={() => hint.paste?.(url) ?? ""}>{hint.pasteTitle}</Copy>}
      </div>
      {hint && (
        <p class="quiet">
          <Prose of={hint.where} />
        </p>
      )}
      {hint?.secret && (
        <p>
          {env[hint.secret] === undefined ? (
            <>
              <span class="label">unsigned</span> Put the router's secret into <code>{hint.secret}</code> to insist on
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
