// Accounts, their users and their keys.

import { ask, path } from "./client.ts";
import { ApiError } from "./error.ts";
import type { Account, AccountKey, AccountRow, JsonObject, User } from "./types.ts";

export async function readAccount(account: string, signal?: AbortSignal): Promise<Account> {
  return (await ask<Account>("GET", path`/accounts/${account}`, { signal })).data;
}

export async function changeAccount(account: string, fields: JsonObject): Promise<Account> {
  return (await ask<Account>("PATCH", path`/accounts/${account}`, { data: fields })).data;
}

/** Accounts directly below, by name. */
export async function listChildren(account: string, signal?: AbortSignal): Promise<AccountRow[]> {
  return (await ask<AccountRow[]>("GET", path`/accounts/${account}/children`, { query: { paginate: false }, signal }))
    .data;
}

export async function createAccount(parent: string, fields: JsonObject): Promise<Account> {
  return (await ask<Account>("PUT", path`/accounts/${parent}`, { data: fields })).data;
}

/** The accounts above, as far as the token may act there. */
export async function listParents(account: string, signal?: AbortSignal): Promise<AccountRow[]> {
  return (await ask<AccountRow[]>("GET", path`/accounts/${account}/tree`, { signal })).data;
}

export async function listUsers(account: string, signal?: AbortSignal): Promise<User[]> {
  return (await ask<User[]>("GET", path`/accounts/${account}/users`, { query: { paginate: false }, signal })).data;
}

export async function createUser(account: string, fields: JsonObject): Promise<void> {
  await ask("PUT", path`/accounts/${account}/users`, { data: fields });
}

export async function changeUser(account: string, user: string, fields: JsonObject): Promise<void> {
  await ask("PATCH", path`/accounts/${account}/users/${user}`, { data: fields });
}

export async function deleteUser(account: string, user: string): Promise<void> {
  await ask("DELETE", path`/accounts/${account}/users/${user}`);
}

/** Nothing, if the server has not kept it. */
export async function readApiKey(account: string): Promise<string | undefined> {
  try {
    return (await ask<AccountKey>("GET", path`/accounts/${account}/api_key`)).data.api_key;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

export async function renewApiKey(account: string): Promise<string> {
  return (await ask<AccountKey>("PUT", path`/accounts/${account}/api_key`)).data.api_key;
}
