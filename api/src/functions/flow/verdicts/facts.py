#!/usr/bin/env python3
"""Of each module in a folder of KAZOO's schemas, where it has properties, and the words and bounds it sets, as a line of JSON."""

import json
import sys
from pathlib import Path

FOLDER = Path(sys.argv[1])
PREFIX = "callflows."
NOT_MODULES = {"action", "audio_macro.prompt", "audio_macro.say", "audio_macro.tone"}
BOUNDS = ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems")
# Properties of properties of properties.
DEPTH = 3


class Facts:
    def __init__(self, module):
        self.module = module
        self.paths, self.words, self.bounds = set(), set(), set()
        self.look(load(PREFIX + module), [], DEPTH, {PREFIX + module})

    def look(self, schema, path, depth, seen):
        target = schema.get("$ref")
        if target and target not in seen:
            self.look(load(target), path, depth, seen | {target})
        self.words.update(word for word in schema.get("enum", []) if isinstance(word, str))
        self.bounds.update(schema[key] for key in BOUNDS if isinstance(schema.get(key), int))
        for several in ("oneOf", "anyOf", "allOf"):
            for one in schema.get(several, []):
                self.look(one, path, depth, seen)
        if depth == 0:
            return
        for name, of in schema.get("properties", {}).items():
            self.look_at([*path, name], of, depth, seen)
        for of in schema.get("patternProperties", {}).values():
            self.look(of, [*path, "X-Y"], depth - 1, seen)
        if path and isinstance(schema.get("items"), dict):
            self.look_at([*path[:-1], path[-1] + "[]"], schema["items"], depth, seen)

    def look_at(self, path, schema, depth, seen):
        self.paths.add(".".join(path))
        self.look(schema, path, depth - 1, seen)

    def line(self):
        fields = {"module": self.module, "paths": sorted(self.paths), "words": sorted(self.words), "bounds": sorted(self.bounds)}
        return json.dumps(fields, separators=(",", ":"))


def load(name):
    return json.loads((FOLDER / f"{name}.json").read_text())


for file in sorted(FOLDER.glob(PREFIX + "*.json")):
    module = file.name.removeprefix(PREFIX).removesuffix(".json")
    if module not in NOT_MODULES | {"json"}:
        print(Facts(module).line())
