// The picture as a file that looks the same elsewhere.

import { render, signal } from "../vendor/view.ts";
import { Drawing } from "./drawing.tsx";
import type { Drawn } from "./drawing.tsx";

const PROPERTIES = [
  "fill",
  "stroke",
  "stroke-width",
  "stroke-dasharray",
  "stroke-linecap",
  "stroke-linejoin",
  "font-family",
  "font-size",
  "font-weight",
];
const MARGIN = 24;
const SVG = "http://www.w3.org/2000/svg";

/** The whole drawing; the page's styles become attributes. What is shown lacks the texts that nobody sees, so it is drawn anew beside it. */
export function svgFile(beside: SVGSVGElement, drawn: Drawn): Blob {
  const whole = beside.cloneNode(false) as SVGSVGElement;
  beside.after(whole);
  try {
    render(<Drawing {...drawn} selected={signal(0)} isDetailed={() => true} />, whole);
    return new Blob([withStyles(whole, drawn)], { type: "image/svg+xml" });
  } finally {
    render(null, whole);
    whole.remove();
  }
}

function withStyles(shown: SVGSVGElement, { layout }: Drawn): string {
  const copy = shown.cloneNode(true) as SVGSVGElement;
  const styled = [...shown.querySelectorAll("*")];
  for (const [index, element] of [...copy.querySelectorAll("*")].entries()) {
    const source = styled[index];
    if (!source) continue;
    const computed = getComputedStyle(source);
    for (const name of PROPERTIES) element.setAttribute(name, computed.getPropertyValue(name));
    for (const name of ["class", "tabindex", "role", "aria-selected", "aria-level", "aria-hidden"])
      element.removeAttribute(name);
  }
  const width = layout.width + 2 * MARGIN;
  const height = layout.height + 2 * MARGIN;
  copy.setAttribute("viewBox", `${layout.left - MARGIN} ${-MARGIN} ${width} ${height}`);
  copy.setAttribute("width", String(width));
  copy.setAttribute("height", String(height));
  copy.removeAttribute("role");
  // Texts of a dark page are light, and cannot be read on white.
  const ground = document.createElementNS(SVG, "rect");
  const at = { x: layout.left - MARGIN, y: -MARGIN, width, height, fill: getComputedStyle(shown).backgroundColor };
  for (const [name, value] of Object.entries(at)) ground.setAttribute(name, String(value));
  copy.prepend(ground);
  return new XMLSerializer().serializeToString(copy);
}

export function download(name: string, file: Blob): void {
  const url = URL.createObjectURL(file);
  const anchor = document.createElement("a");
  anchor.href = url;
  anchor.download = name;
  anchor.click();
  URL.revokeObjectURL(url);
}
