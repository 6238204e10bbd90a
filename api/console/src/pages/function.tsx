// One function: its source, its calls, its history, and what routers call it with.

import { languageOf, languages } from "../api/catalogue.ts";
import { readFunction } from "../api/functions.ts";
import type { Language } from "../api/types.ts";
import { go, link, place } from "../app/address.ts";
import { useLoaded } from "../app/loading.ts";
import type { PageProps } from "../app/pages.tsx";
import { Await, Tabs } from "../app/parts.tsx";
import { Text } from "../app/text.tsx";
import { CallList } from "../calls/list.tsx";
import { Code } from "../code/code.tsx";
import { Connect } from "../code/connect.tsx";
import { Revisions } from "../code/revisions.tsx";
import { Settings } from "../code/settings.tsx";
import { Working } from "../code/working.ts";

const TABS: [string, string][] = [
  ["code", "Code"],
  ["calls", "Calls"],
  ["revisions", "Revisions"],
  ["connect", "Connect"],
  ["settings", "Settings"],
];

export function FunctionPage({ account }: PageProps) {
  const id = place.value.id ?? "";
  const loaded = useLoaded(
    async (signal) => {
      const [stored, packs] = await Promise.all([readFunction(account, id, signal), languages()]);
      return { working: new Working(account, id, stored), packs };
    },
    [account, id],
  );
  return <Await of={loaded}>{({ working, packs }) => <Loaded working={working} packs={packs} />}</Await>;
}

function Loaded({ working, packs }: { working: Working; packs: Language[] }) {
  const { account, id = "" } = working;
  const { name, enabled, language_pack } = working.document.value;
  const tab = TABS.some(([known]) => known === place.value.tab) ? (place.value.tab ?? "code") : "code";
  const select = (to: string) => go(link(account, "functions", id, to));
  return (
    <div class={`function-page ${tab === "code" ? "fixed" : ""}`}>
      <div class="page-head">
        <a class="up" href={link(account, "functions")}>
          Functions
        </a>
        <h1>
          <Text of={name} />
        </h1>
        {enabled === false && <span class="label bad">switched off</span>}
        <span class="grow" />
        <Tabs tabs={TABS} selected={tab} select={select} label="About this function" />
      </div>
      {tab === "code" && <Code working={working} languages={packs} />}
      {tab === "calls" && <CallList account={account} id={id} />}
      {tab === "revisions" && <Revisions working={working} language={languageOf(packs, language_pack)?.editor} />}
      {tab === "connect" && <Connect working={working} />}
      {tab === "settings" && <Settings working={working} />}
    </div>
  );
}
