// The key that an account's programs sign in with.

import { readApiKey, renewApiKey } from "../api/accounts.ts";
import { Dialog } from "../app/dialog.tsx";
import { attempt } from "../app/notices.tsx";
import { Copy } from "../app/parts.tsx";
import { useSignal } from "../vendor/view.ts";

export function ApiKey({ account }: { account: string }) {
  const key = useSignal<string | undefined>(undefined);
  const isUnknown = useSignal(false);
  const isRenewing = useSignal(false);
  const show = () =>
    attempt(async () => {
      key.value = await readApiKey(account);
      isUnknown.value = key.value === undefined;
    });
  const renew = () =>
    attempt(async () => {
      key.value = await renewApiKey(account);
      isUnknown.value = false;
      isRenewing.value = false;
    });
  return (
    <section>
      <h2>API key</h2>
      <p class="quiet">Programs sign in with it.</p>
      {key.value && (
        <p class="actions">
          <code class="address">{key.value}</code>
          <Copy text={() => key.value ?? ""}>Copy</Copy>
        </p>
      )}
      {isUnknown.value && <p>The server does not keep keys, so this one cannot be shown. A new one is shown once.</p>}
      <div class="actions">
        {!key.value && <button onClick={show}>Show</button>}
        <button class="danger" onClick={() => (isRenewing.value = true)}>
          New key
        </button>
      </div>
      {isRenewing.value && (
        <Dialog title="A new API key?" close={() => (isRenewing.value = false)}>
          <p>The present key stops working. Tokens that programs already have stay valid.</p>
          <button class="danger" onClick={renew}>
            Make a new key
          </button>
        </Dialog>
      )}
    </section>
  );
}
