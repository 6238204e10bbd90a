// XML as lists (JsonML). The browser's own parser is closed to text here by the content security policy, and an answer that the server
// has accepted is well-formed and has neither document type nor processing instructions.

const TOKEN =
  /<!--[\s\S]*?-->|<!\[CDATA\[([\s\S]*?)\]\]>|<\?xml[\s\S]*?\?>|<\/[^>]+>|<([^\s/>]+)((?:\s+[^\s=>]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>|([^<]+)/g;
const ATTRIBUTE = /([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
const ENTITIES: Record<string, string> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

export type Element = [string, Record<string, string>, ...(Element | string)[]];

/** The root element; nothing if the text is no XML. */
export function parseXml(text: string): Element | undefined {
  const open: Element[] = [];
  let root: Element | undefined;
  for (const [token, cdata, name, attributes, closed, words] of text.matchAll(TOKEN)) {
    const parent = open.at(-1);
    if (name !== undefined) {
      const element: Element = [name, attributesOf(attributes ?? "")];
      if (parent) parent.push(element);
      else root ??= element;
      if (!closed) open.push(element);
    } else if (token.startsWith("</")) {
      if (open.pop()?.[0] !== token.slice(2, -1).trim()) return undefined;
    } else if (cdata !== undefined) {
      parent?.push(cdata);
    } else if (words?.trim()) {
      parent?.push(decoded(words.trim()));
    }
  }
  return open.length === 0 ? root : undefined;
}

function attributesOf(text: string): Record<string, string> {
  const found: [string, string][] = [];
  for (const [, name = "", double, single] of text.matchAll(ATTRIBUTE))
    found.push([name, decoded(double ?? single ?? "")]);
  return Object.fromEntries(found);
}

function decoded(text: string): string {
  return text.replace(/&(#x?[\da-f]+|\w+);/gi, (whole, name: string) => {
    if (!name.startsWith("#")) return ENTITIES[name] ?? whole;
    const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
