// Which page an address means. Each is loaded when it is first shown.

import { session } from "../session/session.ts";
import { useEffect, useErrorBoundary, useSignal } from "../vendor/view.ts";
import type { ComponentChildren } from "../vendor/view.ts";
import { place } from "./address.ts";
import { complain } from "./notices.tsx";
import { Text } from "./text.tsx";
import { FunctionsPage } from "../pages/functions.tsx";

export interface PageProps {
  account: string;
}

type Component = (props: PageProps) => ComponentChildren;

const LATER: Record<string, () => Promise<Component>> = {
  function: async () => (await import("../pages/function.tsx")).FunctionPage,
  calls: async () => (await import("../pages/calls.tsx")).CallsPage,
  overview: async () => (await import("../pages/overview.tsx")).OverviewPage,
  account: async () => (await import("../pages/account.tsx")).AccountPage,
  reference: async () => (await import("../pages/reference.tsx")).ReferencePage,
  new: async () => (await import("../pages/new.tsx")).NewPage,
};

/** Begins to load the page that is most likely next. */
export function preload(page: string): void {
  LATER[page]?.().catch(() => undefined);
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
  const Shown = useSignal<Component | undefined>(name === "functions" ? FunctionsPage : undefined);
  useArrival();
  const [error, reset] = useErrorBoundary((error: unknown) => console.error(error));
  useEffect(() => {
    document.title = `${name[0]?.toUpperCase()}${name.slice(1)} · Switchhook`;
    const load = LATER[name];
    if (load) load().then((component) => (Shown.value = component), complain);
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
  if (name !== "functions" && !LATER[name]) return <p class="empty">There is no such page.</p>;
  const Component = Shown.value;
  return Component ? (
    <Component account={account} />
  ) : (
    <p class="quiet" aria-busy="true">
      Loading …
    </p>
  );
}
