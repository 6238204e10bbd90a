// Which part of a drawing is seen.

import type { Signal } from "../vendor/view.ts";
import { NODE_HEIGHT, NODE_WIDTH } from "./layout.ts";
import type { Layout, Placed } from "./layout.ts";

/** Left, top, width and height in the drawing's units. */
export type ViewBox = [number, number, number, number];

const MARGIN = 24;

/** Nobody needs less of it, or more. */
const MIN_WIDTH = NODE_WIDTH;
const MAX_WIDTH = 1_000_000;

/** All of it, but never larger than life. */
export function fit(layout: Layout, width = 600, height = 400): ViewBox {
  const drawn: [number, number] = [layout.width + 2 * MARGIN, layout.height + 2 * MARGIN];
  const scale = Math.max(drawn[0] / Math.max(width, 1), drawn[1] / Math.max(height, 1), 1);
  const seen: [number, number] = [width * scale, height * scale];
  return [layout.left - MARGIN - (seen[0] - drawn[0]) / 2, -MARGIN, seen[0], seen[1]];
}

/** Pixels per unit from which texts of 14 units can be guessed at: four pixels. */
const LEGIBLE = 4 / 14;

/** Whether texts can be read where so many pixels show that part. */
export function isLegible([, , width]: ViewBox, pixels: number): boolean {
  return pixels / width >= LEGIBLE;
}

/** Whether a node is in that part, or close to it, so that it is there when somebody drags it in. */
export function isSeen([left, top, width, height]: ViewBox, { x, y }: Placed): boolean {
  const [beside, above] = [width / 4 + NODE_WIDTH, height / 4 + NODE_HEIGHT];
  return x > left - beside && x < left + width + beside && y > top - above && y < top + height + above;
}

export function zoom(event: WheelEvent, box: Signal<ViewBox>): void {
  const svg = event.currentTarget as SVGSVGElement;
  event.preventDefault();
  const [left, top, width, height] = box.value;
  const factor = Math.exp(Math.min(Math.max(event.deltaY, -200), 200) / 400);
  const next = Math.min(Math.max(width * factor, MIN_WIDTH), MAX_WIDTH);
  const times = next / width;
  const bounds = svg.getBoundingClientRect();
  const x = left + ((event.clientX - bounds.left) / bounds.width) * width;
  const y = top + ((event.clientY - bounds.top) / bounds.height) * height;
  box.value = [x - (x - left) * times, y - (y - top) * times, next, height * times];
}

/** Follows the pointer until it is let go. */
export function pan(event: PointerEvent, box: Signal<ViewBox>): void {
  if (event.button !== 0) return;
  const svg = event.currentTarget as SVGSVGElement;
  const [left, top, width, height] = box.value;
  const scale = width / Math.max(svg.clientWidth, 1);
  const start = { x: event.clientX, y: event.clientY };
  const move = (to: PointerEvent) => {
    box.value = [left - (to.clientX - start.x) * scale, top - (to.clientY - start.y) * scale, width, height];
  };
  const stop = () => {
    removeEventListener("pointermove", move);
    removeEventListener("pointerup", stop);
    removeEventListener("pointercancel", stop);
  };
  addEventListener("pointermove", move);
  addEventListener("pointerup", stop);
  addEventListener("pointercancel", stop);
}
