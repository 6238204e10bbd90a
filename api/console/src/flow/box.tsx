// A node of a picture: a box with its branch above it.

import { short, visible } from "../text/escape.ts";
import { useComputed } from "../vendor/view.ts";
import type { ReadonlySignal } from "../vendor/view.ts";
import type { Change } from "./difference.ts";
import { icon } from "./icons.ts";
import { NODE_HEIGHT, NODE_WIDTH } from "./layout.ts";
import type { Placed } from "./layout.ts";
import { branchTitle } from "./node.ts";
import type { FlowNode } from "./node.ts";

/** Characters that fit beside an icon, in a caption, and in a pill. */
const TITLE_LENGTH = 15;
const CAPTION_LENGTH = 17;
const BRANCH_LENGTH = 16;

/** Where texts begin, right of the icon. */
const TEXT_LEFT = 42;

const SIGNS: Record<Change, string> = { added: "+", removed: "−", changed: "≠" };

interface BoxProps {
  placed: Placed;
  index: number;
  isFaulty: boolean;
  change?: Change;
  selected: ReadonlySignal<number>;
  isDetailed(placed: Placed): boolean;
}

export function Box({ placed, index, isFaulty, change, selected, isDetailed }: BoxProps) {
  const { node, x, y } = placed;
  const branch = node.branch === undefined ? undefined : branchTitle(node.branch);
  // Each box looks at what is of concern to it, so that a key or a turn of the wheel changes few of them.
  const isSelected = useComputed(() => selected.value === index);
  const isNear = useComputed(() => isDetailed(placed));
  const spoken = [branch, node.title, node.caption, change, isFaulty && "not valid"].filter(Boolean).join(", ");
  return (
    <g
      class={`node ${node.isCall ? "call" : ""} ${isFaulty ? "faulty" : ""} ${change ?? ""}`}
      role="treeitem"
      aria-level={depth(placed)}
      aria-selected={isSelected.value}
      // In SVG the names of attributes have no other case.
      tabindex={isSelected.value ? 0 : -1}
      data-index={index}
      data-path={node.path}
      transform={`translate(${x - NODE_WIDTH / 2} ${y})`}
    >
      <title>{visible(spoken)}</title>
      <rect class="box" width={NODE_WIDTH} height={NODE_HEIGHT} rx={node.isCall ? NODE_HEIGHT / 2 : 8} />
      {isNear.value && <Inside node={node} branch={branch} sign={change ? SIGNS[change] : isFaulty ? "!" : ""} />}
    </g>
  );
}

/** What only somebody who is near sees. A reader of screens reads the title of the box. */
function Inside({ node, branch, sign }: { node: FlowNode; branch?: string; sign: string }) {
  const title = short(visible(node.title), TITLE_LENGTH);
  const caption = short(visible(node.caption), CAPTION_LENGTH);
  const pill = branch === undefined ? "" : short(visible(branch), BRANCH_LENGTH);
  const pillWidth = 14 + pill.length * 6.4;
  return (
    <>
      {!node.isCall && <rect class="edge" width="5" height={NODE_HEIGHT} rx="2.5" />}
      <path class="icon" d={icon(node.title)} transform="translate(14 19)" />
      <text aria-hidden="true" class="node-title" x={TEXT_LEFT} y={caption ? 25 : 34}>
        {title}
      </text>
      {caption && (
        <text aria-hidden="true" class="node-caption" x={TEXT_LEFT} y="43">
          {caption}
        </text>
      )}
      {sign && (
        <text aria-hidden="true" class="sign" x={NODE_WIDTH - 18} y="20">
          {sign}
        </text>
      )}
      {pill && (
        <g class="pill" aria-hidden="true" transform={`translate(${NODE_WIDTH / 2 - pillWidth / 2} -30)`}>
          <rect width={pillWidth} height="19" rx="9.5" />
          <text x={pillWidth / 2} y="13.5" text-anchor="middle">
            {pill}
          </text>
        </g>
      )}
    </>
  );
}

function depth(placed: Placed): number {
  let level = 1;
  for (let above = placed.parent; above; above = above.parent) level += 1;
  return level;
}
