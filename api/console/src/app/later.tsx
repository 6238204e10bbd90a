// Components whose files are loaded when they are first shown.

import { useEffect, useSignal } from "../vendor/view.ts";
import type { ComponentChildren } from "../vendor/view.ts";
import { complain } from "./notices.tsx";

type Component<Props> = (props: Props) => ComponentChildren;

export function later<Props extends object>(load: () => Promise<Component<Props>>): Component<Props> {
  let loaded: Component<Props> | undefined;
  return (props) => {
    const Shown = useSignal(loaded);
    useEffect(() => {
      if (!Shown.value) load().then((component) => (Shown.value = loaded = component), complain);
    }, []);
    return Shown.value ? (
      <Shown.value {...props} />
    ) : (
      <p class="quiet" aria-busy="true">
        Loading …
      </p>
    );
  };
}
