// A flow as a picture: a box for each node, with its branch on the line to it. Arrow keys go from node to node.

import { useComputed, useLayoutEffect, useMemo, useRef, useSignal } from "../vendor/view.ts";
import type { Validation } from "../api/types.ts";
import { attempt } from "../app/notices.tsx";
import { Details, Problems } from "./details.tsx";
import type { Change } from "./difference.ts";
import { Drawing } from "./drawing.tsx";
import { download, svgFile } from "./export.tsx";
import { pngFile } from "./png.ts";
import { layOut } from "./layout.ts";
import type { Placed } from "./layout.ts";
import type { FlowNode } from "./node.ts";
import { problemsByNode } from "./problems.ts";
import { fit, isLegible, isSeen, pan, zoom } from "./view_box.ts";

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
  /** How wide the picture is on the screen, in pixels. */
  const width = useSignal(600);
  const selected = useSignal(0);
  const isChosen = useSignal(false);
  const isMoved = useRef(false);
  const fitAgain = () => {
    isMoved.current = false;
    box.value = fit(layout, svg.current?.clientWidth, svg.current?.clientHeight);
  };
  const measure = () => {
    width.value = svg.current?.clientWidth ?? 600;
    if (!isMoved.current) fitAgain();
  };
  // Before the first paint: what is painted at another scale is laid out twice.
  useLayoutEffect(() => {
    selected.value = 0;
    isChosen.value = false;
    isMoved.current = false;
    measure();
    // What is beside the picture comes and goes.
    const observer = new ResizeObserver(measure);
    if (svg.current) observer.observe(svg.current);
    return () => observer.disconnect();
  }, [layout]);
  const viewBox = useComputed(() => box.value.join(" "));
  const isNear = useComputed(() => isLegible(box.value, width.value));
  const isDetailed = (placed: Placed) => isNear.value && isSeen(box.value, placed);
  const choose = (index: number) => {
    selected.value = index;
    isChosen.value = true;
  };
  const shown = layout.nodes[selected.value];
  const save = (name: string, make: (file: Blob) => Blob | Promise<Blob>) =>
    attempt(async () => {
      if (svg.current) download(name, await make(svgFile(svg.current, { layout, problems, changes })));
    });
  return (
    <div class="picture">
      <div
        class="canvas"
        // Not at the svg, which would take the focus itself if it listened to it.
        onFocusIn={(event) => {
          // Whoever comes to the picture by Tab comes to its root.
          const index = indexOf(event.target);
          if (index) choose(index);
        }}
      >
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
          onClick={(event) => {
            const index = indexOf(event.target);
            if (index !== undefined) choose(index);
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
          {useMemo(
            () => (
              <Drawing {...{ layout, problems, changes, selected, isDetailed }} />
            ),
            [layout, problems, changes],
          )}
        </svg>
      </div>
      <div class="picture-tools">
        <button class="small" onClick={fitAgain}>
          Fit
        </button>
        <button class="small" aria-label="Download as SVG" onClick={() => save("flow.svg", (file) => file)}>
          SVG
        </button>
        <button class="small" aria-label="Download as PNG" onClick={() => save("flow.png", pngFile)}>
          PNG
        </button>
      </div>
      {isChosen.value && shown && <Details node={shown.node} problems={problems.get(shown.node.path)} />}
      {!isChosen.value && <Problems validation={validation} nodes={layout.nodes} choose={choose} />}
    </div>
  );
}

/** The node that something in the picture belongs to. One listener for all: a thousand are dear. */
function indexOf(target: EventTarget | null): number | undefined {
  const index = (target as Element).closest<SVGGElement>("[data-index]")?.dataset.index;
  return index === undefined ? undefined : Number(index);
}

/** Up to the parent, down to the first child, left and right to the siblings, Home and End to the first and the last of all. */
function neighbour(nodes: Placed[], index: number, key: string): number | undefined {
  const now = nodes[index];
  const find = (test: (other: Placed) => boolean): number | undefined => {
    const found = nodes.findIndex(test);
    return found < 0 ? undefined : found;
  };
  if (!now) return undefined;
  if (key === "Home") return 0;
  if (key === "End") return nodes.length - 1;
  if (key === "ArrowUp") return find((other) => other === now.parent);
  if (key === "ArrowDown") return find((other) => other.parent === now);
  if (key !== "ArrowLeft" && key !== "ArrowRight") return undefined;
  const siblings = nodes.filter((other) => other.parent === now.parent);
  const next = siblings[siblings.indexOf(now) + (key === "ArrowRight" ? 1 : -1)];
  return next && find((other) => other === next);
}
