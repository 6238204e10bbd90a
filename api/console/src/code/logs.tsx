import type { LogLine } from "../api/types.ts";
import { Text } from "../app/text.tsx";

export function Logs({ logs, isCut }: { logs: LogLine[]; isCut?: boolean }) {
  if (logs.length === 0) return <p class="empty">The function has logged nothing.</p>;
  return (
    <ol class="logs">
      {logs.map(({ level, message }, index) => (
        <li key={index}>
          <span class={`label ${level === "error" ? "bad" : level === "warn" ? "warn" : ""}`}>{level}</span>
          <Text of={message} />
        </li>
      ))}
      {isCut && <li class="quiet">The rest was not kept.</li>}
    </ol>
  );
}
