// Server-sent events, as far as the API sends them. The browser's own `EventSource` sends no token.

export interface ServerEvent {
  id?: string;
  data: string;
}

/** Takes a stream's text piece by piece, and gives back the events that are whole. */
export class EventParser {
  #rest = "";

  push(text: string): ServerEvent[] {
    const blocks = (this.#rest + text).replaceAll("\r\n", "\n").split("\n\n");
    this.#rest = blocks.pop() ?? "";
    return blocks.flatMap((block) => {
      const event = parseEvent(block);
      return event ? [event] : [];
    });
  }
}

/** Lines that begin with a colon keep the connection open, and say nothing. */
function parseEvent(block: string): ServerEvent | undefined {
  const data: string[] = [];
  let id: string | undefined;
  for (const line of block.split("\n")) {
    const [, field, value = ""] = /^(\w+): ?(.*)$/.exec(line) ?? [];
    if (field === "data") data.push(value);
    if (field === "id") id = value;
  }
  return data.length > 0 ? { id, data: data.join("\n") } : undefined;
}
