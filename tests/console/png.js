// Pictures of pages are flat: 256 colours show them as well, in a third of the bytes (PNG, third edition: 9 Filtering, 11.2.2 Palette).

import { crc32, deflateSync, inflateSync } from "node:zlib";

const SIGNATURE = 8;
const COLOURS = 256;

export function withPalette(png) {
  const [{ data }] = chunksOf(png);
  const header = Buffer.from(data);
  const colours = pixels(png);
  const palette = mostFrequent(colours);
  const near = nearest(palette);
  const rows = colours.map((row) => Buffer.from([0, ...row.map(near)]));
  header[9] = 3;
  const entries = Buffer.alloc(palette.length * 3);
  for (const [index, colour] of palette.entries()) entries.writeUIntBE(colour, index * 3, 3);
  return Buffer.concat([
    png.subarray(0, SIGNATURE),
    chunk("IHDR", header),
    chunk("PLTE", entries),
    chunk("IDAT", deflateSync(Buffer.concat(rows), { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunksOf(png) {
  const chunks = [];
  for (let at = SIGNATURE; at < png.length;) {
    const length = png.readUInt32BE(at);
    chunks.push({ type: png.toString("latin1", at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) });
    at += length + 12;
  }
  return chunks;
}

/**
 * The colours of a picture, row by row. What Chromium writes has 8 bits for each of red, green and blue, and maybe alpha, which is full
 * everywhere.
 */
export function pixels(png) {
  const [{ data: header }, ...chunks] = chunksOf(png);
  const width = header.readUInt32BE(0);
  const size = header[9] === 6 ? 4 : 3;
  const compressed = chunks.filter(({ type }) => type === "IDAT").map(({ data }) => data);
  const rows = unfiltered(inflateSync(Buffer.concat(compressed)), width * size, size);
  return rows.map((row) => Array.from({ length: width }, (_, x) => row.readUIntBE(x * size, 3)));
}

/** Each byte is written as the difference to what its neighbours let expect. */
function unfiltered(bytes, length, size) {
  const rows = [];
  let above = Buffer.alloc(length);
  for (let at = 0; at < bytes.length; at += length + 1) {
    const row = Buffer.from(bytes.subarray(at + 1, at + 1 + length));
    for (let x = 0; x < length; x += 1) {
      const [left, corner] = x < size ? [0, 0] : [row[x - size], above[x - size]];
      row[x] += [0, left, above[x], (left + above[x]) >> 1, paeth(left, above[x], corner)][bytes[at]];
    }
    rows.push(row);
    above = row;
  }
  return rows;
}

function paeth(left, above, corner) {
  const expected = left + above - corner;
  const [a, b, c] = [left, above, corner].map((value) => Math.abs(expected - value));
  return a <= b && a <= c ? left : b <= c ? above : corner;
}

function mostFrequent(rows) {
  const counts = new Map();
  for (const row of rows) for (const colour of row) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  const ranked = [...counts].sort(([, one], [, other]) => other - one);
  return ranked.slice(0, COLOURS).map(([colour]) => colour);
}

function nearest(palette) {
  const parts = (colour) => [colour >> 16, (colour >> 8) & 255, colour & 255];
  const known = new Map(palette.map((colour, index) => [colour, index]));
  const split = palette.map(parts);
  return (colour) => {
    let found = known.get(colour);
    if (found === undefined) {
      const [red, green, blue] = parts(colour);
      const distances = split.map(([r, g, b]) => (r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2);
      found = distances.indexOf(Math.min(...distances));
      known.set(colour, found);
    }
    return found;
  };
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}
