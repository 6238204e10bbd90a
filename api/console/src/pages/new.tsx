// A new function, from a sample or from nothing.

import { languages } from "../api/catalogue.ts";
import type { Language } from "../api/types.ts";
import { link } from "../app/address.ts";
import { useFocus } from "../app/focus.ts";
import { useLoaded } from "../app/loading.ts";
import type { PageProps } from "../app/pages.tsx";
import { Await } from "../app/parts.tsx";
import { Text } from "../app/text.tsx";
import { Code } from "../code/code.tsx";
import { NEW, readDraft } from "../code/drafts.ts";
import { newDocument, Working } from "../code/working.ts";
import { useSignal } from "../vendor/view.ts";

export function NewPage({ account }: PageProps) {
  const loaded = useLoaded(() => languages(), []);
  return <Await of={loaded}>{(packs) => <Beginning account={account} packs={packs} />}</Await>;
}

function Beginning({ account, packs }: { account: string; packs: Language[] }) {
  const working = useSignal<Working | undefined>(undefined);
  const pack = useSignal(packs[0]?.id ?? "");
  const name = useSignal("");
  const first = useFocus<HTMLInputElement>();
  const language = packs.find(({ id }) => id === pack.value);
  if (working.value) {
    return (
      <div class="function-page fixed">
        <Head account={account} title={name.value} />
        <Code working={working.value} languages={packs} />
      </div>
    );
  }
  const draft = readDraft(account, NEW);
  const goOn = () => {
    if (!draft?.begun) return;
    name.value = draft.begun.name;
    const document = newDocument(draft.begun.name, draft.begun.language_pack, "");
    const continued = new Working(account, undefined, { document, revision: "" });
    continued.edit(draft.source);
    working.value = continued;
  };
  const begin = (title: string, source: string) => {
    name.value = name.value.trim() || title;
    const document = newDocument(name.value, pack.value, source);
    working.value = new Working(account, undefined, { document, revision: "" });
  };
  return (
    <div class="page">
      <Head account={account} title="New function" />
      <div class="fields row">
        <label>
          Name
          <input
            value={name.value}
            maxLength={128}
            onInput={(event) => (name.value = event.currentTarget.value)}
            placeholder="Like its sample"
            ref={first}
          />
        </label>
        <label>
          Language
          <select value={pack.value} onChange={(event) => (pack.value = event.currentTarget.value)}>
            {packs.map(({ id, name: title }) => (
              <option key={id} value={id}>
                {title}
              </option>
            ))}
          </select>
        </label>
      </div>
      <h2>Begin with</h2>
      <ul class="cards">
        {draft?.begun && (
          <li>
            <button class="card" onClick={goOn}>
              <strong>
                Your draft: <Text of={draft.begun.name} />
              </strong>
              <pre>{draft.source.split("\n").slice(0, 8).join("\n")}</pre>
            </button>
          </li>
        )}
        {language?.samples.map(({ name: title, function_js }) => (
          <li key={title}>
            <button class="card" onClick={() => begin(title, function_js)}>
              <strong>{title}</strong>
              <pre>{function_js.split("\n").slice(0, 8).join("\n")}</pre>
            </button>
          </li>
        ))}
        <li>
          <button class="card" onClick={() => begin("New function", "\n")}>
            <strong>Nothing</strong>
            <span class="quiet">An empty source</span>
          </button>
        </li>
      </ul>
    </div>
  );
}

function Head({ account, title }: { account: string; title: string }) {
  return (
    <div class="page-head">
      <a class="up" href={link(account, "functions")}>
        Functions
      </a>
      <h1>{title}</h1>
    </div>
  );
}
