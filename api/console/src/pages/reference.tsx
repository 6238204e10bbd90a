// What a function gets and may return: sample calls, KAZOO's modules, languages.

import { flowModules, languages, sampleCalls } from "../api/catalogue.ts";
import type { FlowModule, Language, SampleCall } from "../api/types.ts";
import { parameter, setParameter } from "../app/address.ts";
import { useLoaded } from "../app/loading.ts";
import { Await, Tabs } from "../app/parts.tsx";
import { Text } from "../app/text.tsx";
import { isObject, pretty } from "../text/json.ts";

const TABS: [string, string][] = [
  ["calls", "Calls by router"],
  ["modules", "Modules of KAZOO"],
  ["languages", "Languages"],
];

export function ReferencePage() {
  const loaded = useLoaded(async () => {
    const [calls, modules, packs] = await Promise.all([sampleCalls(), flowModules(), languages()]);
    return { calls, modules, packs };
  }, []);
  const tab = parameter("about") || "calls";
  return (
    <div class="page">
      <div class="page-head">
        <h1>Reference</h1>
        <span class="grow" />
        <a href="/docs/" target="_blank" rel="noopener">
          The API
        </a>
        <a href="/v2/functions/types" download="switchhook.d.ts">
          Types for editors
        </a>
        <a href="/console/assets/licences.txt" target="_blank" rel="noopener">
          Licences of this console
        </a>
      </div>
      <Tabs tabs={TABS} selected={tab} select={(id) => setParameter("about", id)} label="Reference" />
      <Await of={loaded}>
        {({ calls, modules, packs }) => (
          <>
            {tab === "calls" && <Calls calls={calls} />}
            {tab === "modules" && <Modules modules={modules} />}
            {tab === "languages" && <Languages packs={packs} />}
          </>
        )}
      </Await>
    </div>
  );
}

function Calls({ calls }: { calls: SampleCall[] }) {
  return (
    <div class="folds">
      {calls.map(({ router, title, call }) => (
        <details key={router + title}>
          <summary>
            <strong>{title}</strong> <span class="quiet">{router}</span>
          </summary>
          <pre>
            <Text of={pretty(call)} />
          </pre>
        </details>
      ))}
    </div>
  );
}

function Modules({ modules }: { modules: FlowModule[] }) {
  const filter = parameter("q").toLowerCase();
  const shown = modules.filter(({ name }) => name.includes(filter));
  return (
    <>
      <input
        type="search"
        aria-label="Filter modules"
        placeholder="Filter modules"
        value={parameter("q")}
        onInput={(event) => setParameter("q", event.currentTarget.value)}
      />
      <div class="folds">
        {shown.map((module) => (
          <Module key={module.name} module={module} />
        ))}
      </div>
    </>
  );
}

function Module({ module: { name, data } }: { module: FlowModule }) {
  const properties = isObject(data.properties) ? Object.entries(data.properties) : [];
  const required = Array.isArray(data.required) ? data.required : [];
  return (
    <details>
      <summary>
        <strong>{name}</strong>{" "}
        <span class="quiet">{typeof data.description === "string" ? data.description : ""}</span>
      </summary>
      {properties.length === 0 ? (
        <p class="quiet">Its data can be empty.</p>
      ) : (
        <table class="list">
          <tbody>
            {properties.map(([field, schema]) => (
              <tr key={field}>
                <td class="mono">
                  {field} {required.includes(field) && <span class="label warn">required</span>}
                </td>
                <td>{isObject(schema) && typeof schema.type === "string" ? schema.type : ""}</td>
                <td>{isObject(schema) && typeof schema.description === "string" ? schema.description : ""}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </details>
  );
}

function Languages({ packs }: { packs: Language[] }) {
  return (
    <div class="scroll">
      <table class="list">
        <thead>
          <tr>
            <th>Language</th>
            <th>In documents</th>
            <th>Version</th>
            <th>By</th>
          </tr>
        </thead>
        <tbody>
          {packs.map(({ id, name, version, licences }) => (
            <tr key={`${id}@${version}`}>
              <td>{name}</td>
              <td class="mono">{id}</td>
              <td>{version}</td>
              <td>{licences.map((licence) => `${licence.name} (${licence.licence})`).join(", ")}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
