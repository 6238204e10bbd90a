// Who is signed in, and what they may do.

import { ask, path } from "../api/client.ts";
import { ApiError } from "../api/error.ts";
import type { SessionInfo, User } from "../api/types.ts";
import { forgetDrafts } from "../code/drafts.ts";
import { signal } from "../vendor/view.ts";
import { forget, keep, token } from "./token.ts";

export interface Session {
  account: string;
  accountName: string;
  user?: User;
  /** Sees the API key and manages users. A token of an account rather than of a user does. */
  isAdministrator: boolean;
}

export const session = signal<Session | undefined>(undefined);

/** Whose the token is. Nobody's if it is refused. */
export async function restore(): Promise<void> {
  if (!token.value) return;
  try {
    const { data } = await ask<SessionInfo>("GET", "/token_auth", { isLogin: false });
    session.value = await of(data);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    forget();
    throw error;
  }
}

async function of(info: SessionInfo): Promise<Session> {
  const { account_id: account, account_name: accountName, owner_id } = info;
  if (!owner_id) return { account, accountName, isAdministrator: true };
  const { data: user } = await ask<User>("GET", path`/accounts/${account}/users/${owner_id}`);
  return { account, accountName, user, isAdministrator: user.priv_level === "admin" };
}

export type Login =
  { token: string } | { apiKey: string } | { username: string; password: string; account: string; isRealm: boolean };

/** Signs in, also in place of a token that is over. */
export async function signIn(login: Login): Promise<void> {
  const before = session.value;
  keep(await tokenOf(login));
  try {
    await restore();
  } catch (error) {
    session.value = before;
    throw error;
  }
}

async function tokenOf(login: Login): Promise<string> {
  if ("token" in login) {
    await checked(login.token);
    return login.token;
  }
  const { credentials } = await import("./credentials.ts");
  const reply =
    "apiKey" in login
      ? await ask<unknown>("PUT", "/api_auth", { data: { api_key: login.apiKey }, isLogin: true })
      : await ask<unknown>("PUT", "/user_auth", {
          data: {
            credentials: credentials(login.username, login.password),
            [login.isRealm ? "account_realm" : "account_name"]: login.account,
          },
          isLogin: true,
        });
  if (!reply.auth_token) throw new Error("the server has sent no token");
  return reply.auth_token;
}

/** Refuses a token that the server refuses, before it takes another one's place. */
async function checked(candidate: string): Promise<void> {
  const reply = await fetch("/v2/token_auth", { headers: { "x-auth-token": candidate } });
  if (!reply.ok) throw new ApiError(reply.status, "The server does not know this token", undefined);
}

/** Ends the token for everybody who has it, and leaves nothing behind. */
export async function signOut(): Promise<void> {
  const ended = token.value;
  forgetDrafts();
  forget();
  session.value = undefined;
  if (ended) await fetch("/v2/token_auth", { method: "DELETE", headers: { "x-auth-token": ended } });
}
