// Writes a tree of objects, lists and texts so that it can be read where it lies (../src/tree.rs). What occurs twice is there once.
//
// A node begins with its kind: a text (0) with its length and bytes, a list (1) with its length and items, an object (2)
// with its keys and values, keys (3) with their number and texts, in the order of their bytes. Lengths are LEB128; a node is
// named by its place, in three bytes. The file begins with the place of the root.

export function pack(root) {
  const bytes = [0, 0, 0];
  const known = new Map();
  const place = number => {
    if (number >= 1 << 24) throw new Error('places have three bytes');
    return [number & 255, number >> 8 & 255, number >> 16];
  };
  const length = number => number < 128 ? [number] : [number & 127 | 128, ...length(number >> 7)];
  const add = node => {
    const key = String.fromCharCode(...node);
    if (!known.has(key)) {
      known.set(key, bytes.length);
      for (const byte of node) bytes.push(byte);
    }
    return known.get(key);
  };
  const text = string => {
    const utf8 = new TextEncoder().encode(string);
    return add([0, ...length(utf8.length), ...utf8]);
  };
  const write = value => {
    if (Array.isArray(value)) return add([1, ...length(value.length), ...value.map(write).flatMap(place)]);
    if (typeof value !== 'object') return text(String(value));
    const keys = Object.keys(value).filter(key => value[key] !== undefined);
    keys.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    const shape = add([3, ...length(keys.length), ...keys.map(text).flatMap(place)]);
    return add([2, ...place(shape), ...keys.map(key => write(value[key])).flatMap(place)]);
  };
  place(write(root)).forEach((byte, index) => bytes[index] = byte);
  return Uint8Array.from(bytes);
}
