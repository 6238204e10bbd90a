// A flow as a picture: a box for each node, with its branch on the line to it. Arrow keys go from node to node.

import { useComputed, useEffect, useMemo, useRef, useSignal } from "../vendor/view.ts";
import type { Validation } from "../api/types.ts";
import { Box } from "./box.tsx";
import { Details, Problems } from "./details.tsx";
import type { Change } from "./difference.ts";
import { download, svgFile } from "./export.ts";
import { layOut, NODE_HEIGHT } from "./layout.ts";
import type { Layout, Placed } from "./layout.ts";
import type { FlowNode } from "./node.ts";
import { problemsByNode } from "./problems.ts";
import { fit, pan, zoom } from "./view_box.ts";

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

function line(parent: Placed, x: number, y: number): string {
  const from = parent.y + NODE_HEIGHT;
  const middle = (from + y) / 2 - 10;
  return `M${parent.x} ${from}C${parent.x} ${middle} ${x} ${middle} ${x} ${y}`;
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
