// A drawing as pixels, for those who cannot use SVG.

/** Pixels for each unit of the drawing, so that texts are sharp. */
const SCALE = 2;

/** What every browser makes (Chromium's bounds of a canvas are 65,535 pixels and 268,435,456 in all; those of others are lower). */
const MAX_SIDE = 16_000;
const MAX_PIXELS = 64_000_000;

/** How much larger than its drawing a picture is: it gets smaller where it would be too large for the browser. */
export function scaleOf(width: number, height: number): number {
  return Math.min(SCALE, MAX_SIDE / width, MAX_SIDE / height, Math.sqrt(MAX_PIXELS / (width * height)));
}

/** A PNG of an SVG file that says how large it is. */
export async function pngFile(svg: Blob): Promise<Blob> {
  const url = URL.createObjectURL(svg);
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const { naturalWidth: width, naturalHeight: height } = image;
    const scale = scaleOf(width, height);
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.floor(width * scale));
    canvas.height = Math.max(1, Math.floor(height * scale));
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    const png = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
    if (!png) throw new Error("The browser cannot make a picture of this size");
    return png;
  } finally {
    URL.revokeObjectURL(url);
  }
}
