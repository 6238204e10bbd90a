// An account: what it is called, which accounts are above and below, its users and its key.

import { changeAccount, createAccount, listChildren, listParents, readAccount } from "../api/accounts.ts";
import { readLimits } from "../api/limits.ts";
import type { Account, AccountRow } from "../api/types.ts";
import { link } from "../app/address.ts";
import { useLoaded } from "../app/loading.ts";
import { attempt, say } from "../app/notices.tsx";
import type { PageProps } from "../app/pages.tsx";
import { Ago, Await, Figure } from "../app/parts.tsx";
import { Text } from "../app/text.tsx";
import { session } from "../session/session.ts";
import { limitTitle, shownLimit } from "../text/limits.ts";
import { ApiKey } from "./api_key.tsx";
import { Users } from "./users.tsx";

export function AccountPage({ account }: PageProps) {
  const loaded = useLoaded(
    async (signal) => {
      const [document, children, parents] = await Promise.all([
        readAccount(account, signal),
        listChildren(account, signal),
        listParents(account, signal),
      ]);
      return { document, children, parents };
    },
    [account],
  );
  const isAdministrator = session.value?.isAdministrator ?? false;
  return (
    <div class="page">
      <Await of={loaded}>
        {({ document, children, parents }) => (
          <>
            <Head document={document} parents={parents} />
            <Fields document={document} again={loaded.again} />
            <Children account={account} rows={children} again={loaded.again} />
            <Limits account={account} />
            {isAdministrator && <Users account={account} />}
            {isAdministrator && <ApiKey account={account} />}
          </>
        )}
      </Await>
    </div>
  );
}

function Head({ document, parents }: { document: Account; parents: AccountRow[] }) {
  return (
    <div class="page-head">
      {parents.map(({ id, name }) => (
        <a class="up" key={id} href={link(id, "account")}>
          <Text of={name} />
        </a>
      ))}
      <h1>
        <Text of={document.name} />
      </h1>
      {document.enabled === false && <span class="label bad">disabled</span>}
      <span class="quiet mono">{document.id}</span>
      {document.created !== undefined && (
        <span class="quiet">
          created <Ago gregorian={document.created} />
        </span>
      )}
    </div>
  );
}

function Fields({ document, again }: { document: Account; again(): void }) {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => String(fields.get(name)).trim();
    attempt(async () => {
      await changeAccount(document.id, { name: text("name"), realm: text("realm"), timezone: text("timezone") });
      say("Saved");
      again();
    });
  };
  return (
    <form class="fields row" onSubmit={submit}>
      <label>
        Name
        <input name="name" required maxLength={128} defaultValue={document.name} />
      </label>
      <label>
        Realm
        <input name="realm" required minLength={4} maxLength={253} defaultValue={document.realm} />
      </label>
      <label>
        Time zone
        <input name="timezone" required defaultValue={document.timezone ?? "UTC"} />
      </label>
      <button class="primary">Save</button>
    </form>
  );
}

/** A function can have lower ones of its own. */
function Limits({ account }: { account: string }) {
  const limits = useLoaded((signal) => readLimits(account, signal), [account]);
  return (
    <section>
      <h2>Limits of a call</h2>
      <Await of={limits}>
        {(found) => (
          <dl class="figures small">
            {Object.entries(found).map(([name, value]) => (
              <Figure key={name} name={limitTitle(name)} value={shownLimit(name, value)} />
            ))}
          </dl>
        )}
      </Await>
    </section>
  );
}

function Children({ account, rows, again }: { account: string; rows: AccountRow[]; again(): void }) {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const name = String(new FormData(form).get("name")).trim();
    attempt(async () => {
      await createAccount(account, { name });
      form.reset();
      say("Created");
      again();
    });
  };
  return (
    <section>
      <h2>Accounts below</h2>
      {rows.length === 0 ? (
        <p class="quiet">None.</p>
      ) : (
        <ul class="tree">
          {rows.map(({ id, name, realm }) => (
            <li key={id}>
              <a href={link(id, "functions")}>
                <Text of={name} />
              </a>{" "}
              <span class="quiet">
                <Text of={realm ?? ""} />
              </span>
            </li>
          ))}
        </ul>
      )}
      <form class="fields row" onSubmit={submit}>
        <label>
          Name of a new account
          <input name="name" required maxLength={128} />
        </label>
        <button>Create</button>
      </form>
    </section>
  );
}
