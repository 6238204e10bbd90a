// What was edited and not saved yet, in this browser, by function. It holds sources and calls, no secrets.

const PREFIX = "draft:";

/** In place of an id, for a function that is not stored yet. */
export const NEW = "new";

export interface Draft {
  source: string;
  /** The revision it began with. */
  base?: string;
  /** Of a function that is not stored yet. */
  begun?: { name: string; language_pack: string };
}

const key = (account: string, id: string): string => `${PREFIX}${account}:${id}`;

export function readDraft(account: string, id: string): Draft | undefined {
  const text = localStorage.getItem(key(account, id));
  if (!text) return undefined;
  try {
    return JSON.parse(text) as Draft;
  } catch {
    return undefined;
  }
}

/** Returns whether the browser has kept it: its storage may be full. */
export function keepDraft(account: string, id: string, draft: Draft): boolean {
  try {
    localStorage.setItem(key(account, id), JSON.stringify(draft));
    return true;
  } catch {
    return false;
  }
}

export function dropDraft(account: string, id: string): void {
  localStorage.removeItem(key(account, id));
}

export function forgetDrafts(): void {
  for (const name of Object.keys(localStorage)) if (name.startsWith(PREFIX)) localStorage.removeItem(name);
}
