// The types of the API, from its description: types.mjs FILE. The description is the one that tests hold the server to.

import { readFile, writeFile } from "node:fs/promises";
import openapi, { astToString } from "openapi-typescript";
import * as prettier from "prettier";

const DESCRIPTION = "../../tests/crossbar/snapshots/blackbox__crossbar__openapi__openapi.snap";

/** Envelopes are read in one place, which needs no types of each of them. */
const ENVELOPE = /^(Reply|List|Wrapped)_/;

const HEAD = `// Made by types.mjs from the API's description. \`api/console/build --check\` makes it again and compares.\n\n`;

const [file] = process.argv.slice(2);
const [, , text] = (await readFile(DESCRIPTION, "utf8")).split(/^---$/m);
const { openapi: version, info, components } = JSON.parse(text);
const schemas = Object.fromEntries(Object.entries(components.schemas).filter(([name]) => !ENVELOPE.test(name)));
for (const schema of Object.values(schemas)) omitNothing(schema);
const types = await openapi(
  { openapi: version, info, paths: {}, components: { schemas } },
  { emptyObjectsUnknown: true, rootTypes: true, rootTypesNoSchemaPrefix: true },
);
const source = HEAD + astToString(types);
const style = await prettier.resolveConfig("src/api/described.ts");
await writeFile(file, await prettier.format(source, { ...style, parser: "typescript" }));

/** What there is not, replies leave out; requests may say \`null\`, which the console does not. */
function omitNothing({ properties = {}, required = [] }) {
  for (const [name, property] of Object.entries(properties)) {
    if (required.includes(name)) continue;
    if (Array.isArray(property.type)) property.type = property.type.filter((type) => type !== "null");
    for (const kind of ["oneOf", "anyOf"])
      if (property[kind]) property[kind] = property[kind].filter(({ type }) => type !== "null");
  }
}
