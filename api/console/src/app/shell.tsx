// What is around every page: where one is, and where one can go.

import { Mark } from "../session/sign_in.tsx";
import { session, signOut } from "../session/session.ts";
import { useSignal, useEffect } from "../vendor/view.ts";
import type { ComponentChildren } from "../vendor/view.ts";
import { ask, path } from "../api/client.ts";
import { link, place } from "./address.ts";
import { attempt } from "./notices.tsx";
import { Text } from "./text.tsx";
import { nextTheme, theme } from "./theme.ts";

const PAGES: [string, string][] = [
  ["overview", "Overview"],
  ["functions", "Functions"],
  ["calls", "Calls"],
  ["account", "Account"],
  ["reference", "Reference"],
];

const WITHIN: Record<string, string> = { new: "functions" };

export function Shell({ children }: { children: ComponentChildren }) {
  const own = session.value?.account;
  const account = place.value.account ?? own ?? "";
  const current = WITHIN[place.value.page] ?? place.value.page;
  return (
    <div class="shell">
      <header class="side">
        <a class="brand" href={link(account)}>
          <Mark /> Switchhook
        </a>
        <nav aria-label="Pages">
          {PAGES.map(([page, title]) => (
            <a key={page} href={link(account, page)} aria-current={page === current ? "page" : undefined}>
              {title}
            </a>
          ))}
        </nav>
        <div class="who">
          <AccountName id={account} />
          {own !== undefined && account !== own && <a href={link(own)}>Back to your own account</a>}
          <button class="plain" onClick={nextTheme} aria-label={`Colours: ${theme.value}`}>
            Colours: {theme.value}
          </button>
          <button class="plain" onClick={() => attempt(signOut)}>
            Sign out
          </button>
        </div>
      </header>
      <main id="page" tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}

/** The name of an account that may be another than one's own. */
function AccountName({ id }: { id: string }) {
  const name = useSignal("");
  const own = session.value;
  useEffect(() => {
    if (!own || id === own.account) {
      name.value = own?.accountName ?? "";
      return;
    }
    name.value = id;
    const control = new AbortController();
    ask<{ name: string }>("GET", path`/accounts/${id}`, { signal: control.signal }).then(
      ({ data }) => (name.value = data.name),
      // The page itself says that the account is somebody else's.
      () => undefined,
    );
    return () => control.abort();
  }, [id, own]);
  return (
    <strong class="account" title={id}>
      <Text of={name.value} />
    </strong>
  );
}
