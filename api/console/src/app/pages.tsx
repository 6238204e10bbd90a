// Which page an address means. Each is loaded when it is first shown.

import { session } from "../session/session.ts";
import { useEffect, useErrorBoundary } from "../vendor/view.ts";
import type { ComponentChildren } from "../vendor/view.ts";
import { place } from "./address.ts";
import { later } from "./later.tsx";
import { Text } from "./text.tsx";
import { FunctionsPage } from "../pages/functions.tsx";

export interface PageProps {
  account: string;
}

const functionPage = async () => (await import("../pages/function.tsx")).FunctionPage;

const PAGES = new Map<string, (props: PageProps) => ComponentChildren>([
  ["functions", FunctionsPage],
  ["function", later(functionPage)],
  ["calls", later(async () => (await import("../pages/calls.tsx")).CallsPage)],
  ["overview", later(async () => (await import("../pages/overview.tsx")).OverviewPage)],
  ["account", later(async () => (await import("../pages/account.tsx")).AccountPage)],
  ["reference", later(async () => (await import("../pages/reference.tsx")).ReferencePage)],
  ["new", later(async () => (await import("../pages/new.tsx")).NewPage)],
]);

/** Begins to load the page that is most likely next to the list, with its editor. */
export function preloadFunction(): void {
  Promise.all([functionPage(), import("../editor/editor.tsx")]).catch(() => undefined);
}

/** Where one goes on after coming from another page: in this page, not at the link to it. */
let hasArrived = false;

function useArrival(): void {
  useEffect(() => {
    const page = document.getElementById("page");
    if (hasArrived && !page?.contains(document.activeElement)) page?.focus({ preventScroll: true });
    hasArrived = true;
  }, []);
}

export function Page() {
  const { page, id } = place.value;
  const account = place.value.account ?? session.value?.account ?? "";
  const name = page === "functions" && id ? "function" : page;
  useArrival();
  const [error, reset] = useErrorBoundary((error: unknown) => console.error(error));
  useEffect(() => {
    document.title = `${name[0]?.toUpperCase()}${name.slice(1)} · Switchhook`;
  }, [name]);
  if (error) {
    return (
      <div class="empty" role="alert">
        <p>
          This page has a fault: <Text of={String(error)} />
        </p>
        <button onClick={reset}>Try again</button>
      </div>
    );
  }
  const Shown = PAGES.get(name);
  return Shown ? <Shown account={account} /> : <p class="empty">There is no such page.</p>;
}
