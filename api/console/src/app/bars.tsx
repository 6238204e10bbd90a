// Calls over time, with their failures, large enough to read.

import type { Counts } from "../api/types.ts";
import { count } from "../text/numbers.ts";

const WIDTH = 960;
const HEIGHT = 180;

interface BarsProps {
  counts: Counts;
  /** Unix milliseconds of the end of the last bucket. */
  end: number;
  bucketSeconds: number;
}

export function Bars({ counts: { calls, failures }, end, bucketSeconds }: BarsProps) {
  const most = Math.max(1, ...calls);
  const step = WIDTH / calls.length;
  const bar = (kind: string, number: number, index: number) => {
    const height = (number / most) * (HEIGHT - 10);
    return <rect class={kind} x={index * step + 1} width={step - 2} y={HEIGHT - height} height={height} />;
  };
  const from = (index: number) => new Date(end - (calls.length - index) * bucketSeconds * 1000);
  const time = (date: Date) => date.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  const total = calls.reduce((sum, number) => sum + number, 0);
  const failed = failures.reduce((sum, number) => sum + number, 0);
  return (
    <figure class="bars">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${count(total, "call")}, ${count(failed, "failure")}`}
      >
        {calls.map((number, index) => {
          const failing = failures[index] ?? 0;
          return (
            <g key={index}>
              <title>{`${time(from(index))}: ${count(number, "call")}, ${count(failing, "failure")}`}</title>
              <rect class="bar-ground" x={index * step} width={step} height={HEIGHT} y={0} />
              {bar("spark-calls", number, index)}
              {bar("spark-failures", failing, index)}
            </g>
          );
        })}
      </svg>
      <figcaption>
        <span>{time(from(0))}</span>
        <span>
          at most {count(most, "call")} in {bucketSeconds / 60} min
        </span>
        <span>{time(new Date(end))}</span>
      </figcaption>
    </figure>
  );
}
