// What a call has used, beside what it might have used.

import type { Outcome } from "../api/types.ts";
import { bytes, duration, grouped } from "../text/numbers.ts";

export function Cost({ outcome: { metrics, replay, limit } }: { outcome: Outcome }) {
  if (!metrics) return <p class="empty">Nothing has run.</p>;
  const limits = replay?.capture?.limits ?? {};
  const bound = (name: string): number | undefined => limits[name] ?? (limit?.name === name ? limit.value : undefined);
  const clock = bound("wall_clock_ms");
  return (
    <dl class="cost">
      <Bar name="Fuel" used={metrics.fuel} bound={bound("fuel")} show={grouped} />
      <Bar name="Memory" used={metrics.memory_bytes} bound={bound("memory_bytes")} show={bytes} />
      <Bar
        name="Time"
        used={metrics.duration_us}
        bound={clock === undefined ? undefined : clock * 1000}
        show={duration}
      />
    </dl>
  );
}

function Bar({
  name,
  used,
  bound,
  show,
}: {
  name: string;
  used: number;
  bound?: number;
  show(number: number): string;
}) {
  return (
    <>
      <dt>{name}</dt>
      <dd>
        {show(used)}
        {bound !== undefined && ` of ${show(bound)}`}
        {bound !== undefined && (
          <meter min={0} max={bound} high={bound * 0.8} optimum={0} value={used} aria-label={name} />
        )}
      </dd>
    </>
  );
}
