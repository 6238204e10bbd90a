// A function's fields beside its source.

import { deleteFunction } from "../api/functions.ts";
import { readLimits } from "../api/limits.ts";
import type { FunctionDocument, JsonObject } from "../api/types.ts";
import { go, link } from "../app/address.ts";
import { Dialog } from "../app/dialog.tsx";
import { useLoaded } from "../app/loading.ts";
import { attempt, say } from "../app/notices.tsx";
import { Await } from "../app/parts.tsx";
import { Text } from "../app/text.tsx";
import { shownLimit } from "../text/limits.ts";
import { useSignal } from "../vendor/view.ts";
import { Environment } from "./environment.tsx";
import type { Working } from "./working.ts";

export function Settings({ working }: { working: Working }) {
  const limits = useLoaded((signal) => readLimits(working.account, signal), [working.account]);
  const isDeleting = useSignal(false);
  const document = working.document.value;
  const { name, enabled, timezone, env } = document;
  const change = (fields: JsonObject) =>
    attempt(async () => {
      await working.change(fields);
      say("Saved");
    });
  const remove = async () => {
    await deleteFunction(working.account, working.id ?? "", working.base.value);
    go(link(working.account, "functions"));
    say("Deleted");
  };
  return (
    <div class="settings">
      <Fields key={form("fields", [name, enabled, timezone])} document={document} change={change} />
      <Environment key={form("env", env)} env={env ?? {}} change={(env) => change({ env })} />
      <Await of={limits}>
        {(most) => (
          <Limits
            key={form("limits", document.limits)}
            most={most}
            limits={document.limits ?? {}}
            change={(limits) => change({ limits })}
          />
        )}
      </Await>
      <section>
        <h2>Delete</h2>
        <p>
          Calls of this function get 403 from then on. Its history stays, and a revision can be rolled back to by the
          API.
        </p>
        <button class="danger" onClick={() => (isDeleting.value = true)}>
          Delete this function
        </button>
      </section>
      {isDeleting.value && (
        <Dialog title="Delete this function?" close={() => (isDeleting.value = false)}>
          <p>
            <Text of={document.name} />
          </p>
          <button class="danger" onClick={() => attempt(remove)}>
            Delete
          </button>
        </Dialog>
      )}
    </div>
  );
}

/** A form begins anew when what it is about has changed, and stays as it is when another one is saved. */
const form = (name: string, about: unknown): string => `${name} ${JSON.stringify(about)}`;

function Fields({ document, change }: { document: FunctionDocument; change(fields: JsonObject): void }) {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    change({
      name: String(fields.get("name")),
      enabled: fields.get("enabled") !== null,
      // Nothing stands for the account's own zone.
      timezone: String(fields.get("timezone")).trim() || null,
    });
  };
  return (
    <section>
      <h2>General</h2>
      <form class="fields" onSubmit={submit}>
        <label>
          Name
          <input name="name" required maxLength={128} defaultValue={document.name} />
        </label>
        <label>
          Time zone
          <input name="timezone" defaultValue={document.timezone ?? ""} placeholder="The account's" list="zones" />
        </label>
        <datalist id="zones">
          {Intl.supportedValuesOf("timeZone").map((zone) => (
            <option key={zone} value={zone} />
          ))}
        </datalist>
        <label class="check">
          <input type="checkbox" name="enabled" defaultChecked={document.enabled !== false} /> Answers calls
        </label>
        <button class="primary">Save these</button>
      </form>
    </section>
  );
}

function Limits({
  most,
  limits,
  change,
}: {
  /** The account's, by name. */
  most: Record<string, number>;
  limits: Record<string, number>;
  change(limits: JsonObject): void;
}) {
  const names = Object.keys(most);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    const number = (name: string) => (fields.get(name) ? Number(fields.get(name)) : null);
    change(Object.fromEntries(names.map((name) => [name, number(name)])));
  };
  return (
    <section>
      <h2>Limits of a call</h2>
      <p class="quiet">
        Below those of the account, which are shown where there is none; higher values have no effect.
      </p>
      <form class="fields" onSubmit={submit}>
        <div class="fields row">
          {names.map((name) => (
            <label key={name}>
              {name}
              <input
                name={name}
                type="number"
                min={0}
                defaultValue={limits[name]}
                placeholder={String(most[name])}
                title={shownLimit(name, most[name] ?? 0)}
              />
            </label>
          ))}
        </div>
        <button class="primary">Save limits</button>
      </form>
    </section>
  );
}
