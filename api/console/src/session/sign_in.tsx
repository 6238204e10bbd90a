// Signing in: at first, and in place of a token that is over.

import { attempt, complain } from "../app/notices.tsx";
import { Dialog } from "../app/dialog.tsx";
import { Tabs } from "../app/parts.tsx";
import { useSignal } from "../vendor/view.ts";
import { session, signIn, signOut } from "./session.ts";
import type { Login } from "./session.ts";
import { isOver } from "./token.ts";

const WAYS: [string, string][] = [
  ["user", "User"],
  ["key", "API key"],
  ["token", "Token"],
];

/** The whole page, for whoever is not signed in. */
export function SignInPage() {
  return (
    <main class="sign-in">
      <h1>
        <Mark /> Switchhook
      </h1>
      <SignInForm />
    </main>
  );
}

/** Over the page that somebody works on, which stays as it is. */
export function SignInAgain() {
  if (!isOver.value || !session.value) return null;
  return (
    <Dialog title="Sign in again">
      <p>Your session is over. What you are working on stays here.</p>
      <SignInForm />
      <button class="plain" onClick={() => attempt(signOut)}>
        Sign out instead
      </button>
    </Dialog>
  );
}

function SignInForm() {
  const way = useSignal("user");
  const busy = useSignal(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => String(fields.get(name) ?? "").trim();
    let login: Login;
    if (way.value === "token") login = { token: text("token") };
    else if (way.value === "key") login = { apiKey: text("key") };
    else {
      // A realm has dots, a name hardly ever.
      const account = text("account");
      login = {
        username: text("username"),
        password: String(fields.get("password")),
        account,
        isRealm: account.includes("."),
      };
    }
    busy.value = true;
    try {
      await signIn(login);
    } catch (error) {
      complain(error);
    }
    busy.value = false;
  };
  return (
    <form class="fields" onSubmit={submit}>
      <Tabs tabs={WAYS} selected={way.value} select={(id) => (way.value = id)} label="Ways to sign in" />
      {way.value === "user" && (
        <>
          <label>
            Account name or realm
            <input name="account" required autocomplete="organization" autofocus />
          </label>
          <label>
            User name
            <input name="username" required autocomplete="username" />
          </label>
          <label>
            Password
            <input name="password" type="password" required autocomplete="current-password" />
          </label>
        </>
      )}
      {way.value === "key" && (
        <label>
          API key of the account
          <input name="key" type="password" required autocomplete="off" />
        </label>
      )}
      {way.value === "token" && (
        <label>
          Token
          <input name="token" type="password" required autocomplete="off" />
        </label>
      )}
      <button class="primary" disabled={busy.value}>
        Sign in
      </button>
    </form>
  );
}

export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" />
      <path d="M9 7v8a7 7 0 0 0 14 0V12m0 0-4 4m4-4 4 4" />
      <circle cx="9" cy="7" r="2.5" />
    </svg>
  );
}
