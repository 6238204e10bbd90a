// The lines and boxes of a picture.

import type { ReadonlySignal } from "../vendor/view.ts";
import { Box } from "./box.tsx";
import type { Change } from "./difference.ts";
import { NODE_HEIGHT } from "./layout.ts";
import type { Layout, Placed } from "./layout.ts";
import type { FlowNode } from "./node.ts";

export interface Drawn {
  layout: Layout;
  problems: ReadonlyMap<string, string[]>;
  changes: ReadonlyMap<FlowNode, Change>;
}

interface DrawingProps extends Drawn {
  selected: ReadonlySignal<number>;
  /** Whether somebody sees the texts of a node. They are most of what drawing costs. */
  isDetailed(placed: Placed): boolean;
}

export function Drawing({ layout, problems, changes, selected, isDetailed }: DrawingProps) {
  return (
    <>
      <g role="presentation">
        {[...lines(layout, changes)].map(([change, path]) => (
          <path key={change} class={`line ${change}`} d={path} />
        ))}
      </g>
      {layout.nodes.map((placed, index) => (
        <Box
          key={index}
          placed={placed}
          index={index}
          isFaulty={problems.has(placed.node.path)}
          change={changes.get(placed.node)}
          selected={selected}
          isDetailed={isDetailed}
        />
      ))}
    </>
  );
}

/** All lines that look the same, as one path. */
function lines({ nodes }: Layout, changes: Drawn["changes"]): Map<string, string> {
  const paths = new Map<string, string>();
  for (const { x, y, parent, node } of nodes) {
    if (!parent) continue;
    const change = changes.get(node) ?? "";
    paths.set(change, (paths.get(change) ?? "") + line(parent, x, y));
  }
  return paths;
}

/** A line ends straight, so that the branch lies on it. */
const STRAIGHT = 30;

function line(parent: Placed, x: number, y: number): string {
  const from = parent.y + NODE_HEIGHT;
  const to = y - STRAIGHT;
  const middle = (from + to) / 2;
  return `M${parent.x} ${from}C${parent.x} ${middle} ${x} ${middle} ${x} ${to}V${y}`;
}
