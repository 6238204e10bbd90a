// Calls over time in a few pixels; failures on top of them.

import { count } from "../text/numbers.ts";

const WIDTH = 96;
const HEIGHT = 22;

export function Spark({ calls, failures }: { calls: number[]; failures: number[] }) {
  const most = Math.max(1, ...calls);
  const total = calls.reduce((sum, number) => sum + number, 0);
  const failed = failures.reduce((sum, number) => sum + number, 0);
  const step = WIDTH / calls.length;
  const bar = (number: number, index: number) => {
    const height = Math.max((number / most) * HEIGHT, number > 0 ? 1 : 0);
    return `M${index * step} ${HEIGHT}v${-height}h${step}v${height}`;
  };
  return (
    <svg
      class="spark"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={`${count(total, "call")}, ${count(failed, "failure")}`}
    >
      <path class="spark-ground" d={`M0 ${HEIGHT - 0.5}h${WIDTH}`} />
      <path class="spark-calls" d={calls.map(bar).join("")} />
      <path class="spark-failures" d={failures.map(bar).join("")} />
    </svg>
  );
}
