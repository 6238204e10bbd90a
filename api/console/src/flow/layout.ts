// Where nodes and lines go.

import { hierarchy, tree } from "../vendor/layout.ts";
import type { FlowNode } from "./node.ts";

export const NODE_WIDTH = 172;
export const NODE_HEIGHT = 58;
const GAP_X = 26;
const GAP_Y = 58;

export interface Placed {
  node: FlowNode;
  /** Of the middle of its upper edge. */
  x: number;
  y: number;
  parent?: Placed;
}

export interface Layout {
  nodes: Placed[];
  left: number;
  width: number;
  height: number;
}

/** Reingold and Tilford's tree, from top to bottom. */
export function layOut(root: FlowNode): Layout {
  const laid = tree<FlowNode>()
    .nodeSize([NODE_WIDTH + GAP_X, NODE_HEIGHT + GAP_Y])
    .separation(() => 1)(hierarchy(root));
  const placed = new Map<object, Placed>();
  let left = 0;
  let right = 0;
  let bottom = 0;
  laid.each((point) => {
    const parent = point.parent ? placed.get(point.parent) : undefined;
    placed.set(point, { node: point.data, x: point.x, y: point.y, parent });
    left = Math.min(left, point.x);
    right = Math.max(right, point.x);
    bottom = Math.max(bottom, point.y);
  });
  return {
    nodes: [...placed.values()],
    left: left - NODE_WIDTH / 2,
    width: right - left + NODE_WIDTH,
    height: bottom + NODE_HEIGHT,
  };
}
