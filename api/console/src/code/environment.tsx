// The constants and secrets of a function. Values of secrets are never shown; one that is left empty keeps its value.

import type { JsonObject } from "../api/types.ts";
import { Prose } from "../app/prose.tsx";
import { useSignal } from "../vendor/view.ts";

type Env = Record<string, string | { secret: true; value?: string }>;

interface Variable {
  name: string;
  value: string;
  isSecret: boolean;
  /** Whether the server has a value that is not shown. */
  isKept: boolean;
}

export function Environment({ env, change }: { env: Env; change(env: JsonObject): void }) {
  const variables = useSignal<Variable[]>(
    Object.entries(env).map(([name, value]) =>
      typeof value === "string"
        ? { name, value, isSecret: false, isKept: false }
        : { name, value: "", isSecret: true, isKept: true },
    ),
  );
  const set = (index: number, fields: Partial<Variable>) => {
    variables.value = variables.value.map((variable, at) => (at === index ? { ...variable, ...fields } : variable));
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    change(changes(env, variables.value));
  };
  return (
    <section>
      <h2>Environment</h2>
      <p class="quiet">
        <Prose of="The function sees these as `env`. Secrets are encrypted, and replaced in logs and errors." />
      </p>
      <form class="fields" onSubmit={submit}>
        {variables.value.map((variable, index) => (
          <div class="fields row" key={index}>
            <label>
              Name
              <input
                value={variable.name}
                required
                pattern="\w+"
                onInput={(event) => set(index, { name: event.currentTarget.value })}
              />
            </label>
            <label>
              Value
              <input
                value={variable.value}
                // The types want to know which of the two it is.
                type={(variable.isSecret ? "password" : "text") as "text"}
                autocomplete="off"
                required={variable.isSecret && !variable.isKept}
                placeholder={variable.isKept ? "unchanged" : ""}
                onInput={(event) => set(index, { value: event.currentTarget.value })}
              />
            </label>
            <label class="check">
              <input
                type="checkbox"
                checked={variable.isSecret}
                onChange={() => set(index, { isSecret: !variable.isSecret, isKept: false })}
              />{" "}
              secret
            </label>
            <button
              type="button"
              class="plain"
              aria-label={`Remove ${variable.name}`}
              onClick={() => (variables.value = variables.value.toSpliced(index, 1))}
            >
              ✕
            </button>
          </div>
        ))}
        <div class="actions">
          <button
            type="button"
            onClick={() =>
              (variables.value = [...variables.value, { name: "", value: "", isSecret: false, isKept: false }])
            }
          >
            Add a variable
          </button>
          <button class="primary">Save environment</button>
        </div>
      </form>
    </section>
  );
}

/** As a PATCH: what is gone is `null`. */
function changes(before: Env, variables: Variable[]): JsonObject {
  const gone = Object.keys(before).filter((name) => !variables.some((variable) => variable.name === name));
  return {
    ...Object.fromEntries(gone.map((name) => [name, null])),
    ...Object.fromEntries(
      variables.map(({ name, value, isSecret }) => [
        name,
        isSecret ? (value ? { secret: true, value } : { secret: true }) : value,
      ]),
    ),
  };
}
