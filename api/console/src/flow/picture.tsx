// A flow as a picture: a box for each node, with its branch on the line to it. Arrow keys go from node to node.

import { useComputed, useEffect, useMemo, useRef, useSignal } from "../vendor/view.ts";
import { short, visible } from "../text/escape.ts";
import { Text } from "../app/text.tsx";
import { pretty } from "../text/json.ts";
import type { Validation } from "../api/types.ts";
import type { Change } from "./difference.ts";
import { download, svgFile } from "./export.ts";
import { layOut, NODE_HEIGHT, NODE_WIDTH } from "./layout.ts";
import type { Layout, Placed } from "./layout.ts";
import { branchTitle } from "./node.ts";
import type { FlowNode } from "./node.ts";
import { problemsByNode } from "./problems.ts";
import { fit, pan, zoom } from "./view_box.ts";

/** Characters that fit into a box, a caption and a pill. */
const TITLE_LENGTH = 15;
const CAPTION_LENGTH = 18;
const BRANCH_LENGTH = 16;

const SIGNS: Record<Change, string> = { added: "+", removed: "−", changed: "≠" };

const NO_CHANGES: ReadonlyMap<FlowNode, Change> = new Map();

interface PictureProps {
  root: FlowNode;
  validation?: Validation;
  changes?: ReadonlyMap<FlowNode, Change>;
}

export function Picture({ root, validation, changes = NO_CHANGES }: PictureProps) {
  const layout = useMemo(() => layOut(root), [root]);
  const problems = useMemo(() => problemsByNode(validation ?? {}), [validation]);
  const svg = useRef<SVGSVGElement>(null);
  const box = useSignal(fit(layout));
  const selected = useSignal(0);
  const isChosen = useSignal(false);
  const isMoved = useRef(false);
  const fitAgain = () => {
    isMoved.current = false;
    box.value = fit(layout, svg.current?.clientWidth, svg.current?.clientHeight);
  };
  useEffect(() => {
    selected.value = 0;
    isChosen.value = false;
    fitAgain();
    // What is beside the picture comes and goes.
    const observer = new ResizeObserver(() => isMoved.current || fitAgain());
    if (svg.current) observer.observe(svg.current);
    return () => observer.disconnect();
  }, [layout]);
  const viewBox = useComputed(() => box.value.join(" "));
  const choose = (index: number) => {
    selected.value = index;
    isChosen.value = true;
  };
  const shown = layout.nodes[selected.value];
  return (
    <div class="picture">
      <div class="canvas">
        <svg
          ref={svg}
          role="tree"
          aria-label="The result as a picture"
          viewBox={viewBox}
          onKeyDown={(event) => {
            const next = neighbour(layout.nodes, selected.value, event.key);
            if (next === undefined) return;
            event.preventDefault();
            choose(next);
            svg.current?.querySelector<SVGGElement>(`[data-index="${next}"]`)?.focus();
          }}
          onPointerDown={(event) => {
            isMoved.current = true;
            pan(event, box);
          }}
          onWheel={(event) => {
            isMoved.current = true;
            zoom(event, box);
          }}
        >
          <Drawing layout={layout} problems={problems} changes={changes} selected={selected.value} choose={choose} />
        </svg>
      </div>
      <div class="picture-tools">
        <button class="small" onClick={fitAgain}>
          Fit
        </button>
        <button class="small" onClick={() => svg.current && download("flow.svg", svgFile(svg.current, layout))}>
          SVG
        </button>
      </div>
      {isChosen.value && shown && <Details node={shown.node} problems={problems.get(shown.node.path)} />}
      {!isChosen.value && <Problems validation={validation} nodes={layout.nodes} choose={choose} />}
    </div>
  );
}

interface DrawingProps {
  layout: Layout;
  problems: ReadonlyMap<string, string[]>;
  changes: ReadonlyMap<FlowNode, Change>;
  selected: number;
  choose(index: number): void;
}

function Drawing({ layout, problems, changes, selected, choose }: DrawingProps) {
  return (
    <>
      <g role="presentation">
        {layout.nodes.map(({ x, y, parent, node }) =>
          parent ? <path key={node.path} class={`line ${changes.get(node) ?? ""}`} d={line(parent, x, y)} /> : null,
        )}
      </g>
      {layout.nodes.map((placed, index) => (
        <Box
          key={index}
          placed={placed}
          index={index}
          isFaulty={problems.has(placed.node.path)}
          change={changes.get(placed.node)}
          isSelected={index === selected}
          choose={choose}
        />
      ))}
    </>
  );
}

interface BoxProps {
  placed: Placed;
  index: number;
  isFaulty: boolean;
  change?: Change;
  isSelected: boolean;
  choose(index: number): void;
}

function Box({ placed, index, isFaulty, change, isSelected, choose }: BoxProps) {
  const { node, x, y } = placed;
  const branch = node.branch === undefined ? undefined : branchTitle(node.branch);
  const title = short(visible(node.title), TITLE_LENGTH);
  const caption = short(visible(node.caption), CAPTION_LENGTH);
  const spoken = [branch, node.title, node.caption, change, isFaulty && "not valid"].filter(Boolean).join(", ");
  const pill = branch === undefined ? "" : short(visible(branch), BRANCH_LENGTH);
  const pillWidth = 14 + pill.length * 6.4;
  return (
    <g
      class={`node ${isFaulty ? "faulty" : ""} ${change ?? ""}`}
      role="treeitem"
      aria-level={depth(placed)}
      aria-selected={isSelected}
      tabIndex={isSelected ? 0 : -1}
      data-index={index}
      data-path={node.path}
      transform={`translate(${x - NODE_WIDTH / 2} ${y})`}
      onClick={() => choose(index)}
      onFocus={() => index !== 0 && choose(index)}
    >
      <title>{visible(spoken)}</title>
      <rect class="box" width={NODE_WIDTH} height={NODE_HEIGHT} rx="8" />
      <rect class="edge" width="5" height={NODE_HEIGHT} rx="2.5" />
      <text aria-hidden="true" class="node-title" x="16" y={caption ? 25 : 34}>
        {title}
      </text>
      {caption && (
        <text aria-hidden="true" class="node-caption" x="16" y="43">
          {caption}
        </text>
      )}
      {(isFaulty || change) && (
        <text aria-hidden="true" class="sign" x={NODE_WIDTH - 18} y="20">
          {change ? SIGNS[change] : "!"}
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
    </g>
  );
}

function line(parent: Placed, x: number, y: number): string {
  const from = parent.y + NODE_HEIGHT;
  const middle = (from + y) / 2 - 10;
  return `M${parent.x} ${from}C${parent.x} ${middle} ${x} ${middle} ${x} ${y}`;
}

function depth(placed: Placed): number {
  let level = 1;
  for (let above = placed.parent; above; above = above.parent) level += 1;
  return level;
}

/** Up to the parent, down to the first child, left and right to the siblings. */
function neighbour(nodes: Placed[], index: number, key: string): number | undefined {
  const now = nodes[index];
  const find = (test: (other: Placed) => boolean): number | undefined => {
    const found = nodes.findIndex(test);
    return found < 0 ? undefined : found;
  };
  if (!now) return undefined;
  if (key === "ArrowUp") return find((other) => other === now.parent);
  if (key === "ArrowDown") return find((other) => other.parent === now);
  if (key !== "ArrowLeft" && key !== "ArrowRight") return undefined;
  const siblings = nodes.filter((other) => other.parent === now.parent);
  const next = siblings[siblings.indexOf(now) + (key === "ArrowRight" ? 1 : -1)];
  return next && find((other) => other === next);
}

function Details({ node, problems }: { node: FlowNode; problems?: string[] }) {
  return (
    <div class="details" aria-live="polite">
      <strong>
        <Text of={node.title} />
      </strong>
      {problems?.map((problem) => (
        <p class="bad-text" key={problem}>
          <Text of={problem} />
        </p>
      ))}
      {node.note && (
        <p>
          <Text of={node.note} />
        </p>
      )}
      {node.data !== undefined && (
        <pre>
          <Text of={pretty(node.data)} />
        </pre>
      )}
    </div>
  );
}

/** What KAZOO would not run, each with a way to its node. */
function Problems({
  validation,
  nodes,
  choose,
}: {
  validation?: Validation;
  nodes: Placed[];
  choose(index: number): void;
}) {
  const problems = problemsByNode(validation ?? {});
  if (problems.size === 0) return null;
  return (
    <ul class="details problems">
      {[...problems].flatMap(([path, texts]) =>
        texts.map((text) => {
          const index = nodes.findIndex(({ node }) => node.path === path);
          return (
            <li key={path + text}>
              <button class="plain bad-text" disabled={index < 0} onClick={() => choose(index)}>
                <Text of={text} />
              </button>
            </li>
          );
        }),
      )}
    </ul>
  );
}
