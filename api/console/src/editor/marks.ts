// Places in a text that the server has named by line and column, both from 1.

import type { Diagnostic, Text } from "../vendor/editor.ts";

export interface Mark {
  line: number;
  column: number;
  message: string;
}

/** The word there, or one character; the nearest place that there is, if the text has changed since. */
export function diagnostic(text: Text, { line: number, column, message }: Mark): Diagnostic {
  const line = text.line(Math.min(Math.max(number, 1), text.lines));
  const from = Math.min(line.from + Math.max(column - 1, 0), line.to);
  const word = /^[\w$]+/.exec(text.sliceString(from, line.to));
  let to = Math.min(from + (word?.[0].length ?? 1), line.to);
  let start = from;
  if (to === from) {
    // At the end of a line there is nothing to underline but what is before.
    start = Math.max(line.from, from - 1);
    to = from;
  }
  return { from: start, to, severity: "error", message };
}
