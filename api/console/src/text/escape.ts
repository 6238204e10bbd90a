// What strangers have written, made visible. Text is never HTML here; what is left are characters that hide or turn other text.

/** Those that no screen shows (C0, C1, but for tabs and line ends), and those that change the direction of text (Unicode, Bidi_Control). */
const HIDDEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/gu;

export interface Piece {
  text: string;
  /** Whether it stands for a character that would not be seen. */
  hidden: boolean;
}

function name(character: string): string {
  const code = character.charCodeAt(0);
  return code < 0x20 ? String.fromCharCode(0x2400 + code) : `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
}

/** Text in pieces: as it is, and the names of what would not be seen. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(HIDDEN)) {
    if (match.index > from) found.push({ text: text.slice(from, match.index), hidden: false });
    found.push({ text: name(match[0]), hidden: true });
    from = match.index + match[0].length;
  }
  if (from < text.length) found.push({ text: text.slice(from), hidden: false });
  return found;
}

/** The same as one string, where there is room for nothing else. */
export function visible(text: string): string {
  return text.replace(HIDDEN, name);
}

/** At most so many characters, and an ellipsis if something is missing. */
export function short(text: string, length: number): string {
  const characters = [...text.slice(0, 2 * length + 2)];
  return characters.length > length ? `${characters.slice(0, length - 1).join("")}…` : characters.join("");
}
