"""Fails where a second build compiled something anew that the first had compiled already.

Each argument is what one cargo command printed with `--message-format json`. Cargo puts a hash of everything that decides on a
library's content into the library's file name: its version, its features, its profile, and the same of its dependencies.
"""

import json
import sys


def libraries(path):
    """The files of each library and procedural macro, by what cargo calls them."""
    found = {}
    with open(path) as lines:
        for line in lines:
            artifact = json.loads(line)
            if artifact["reason"] != "compiler-artifact" or artifact["profile"]["test"]:
                continue
            target = artifact["target"]
            if set(target["kind"]) & {"bin", "example", "custom-build"}:
                continue
            files = found.setdefault((artifact["package_id"], target["name"]), set())
            # A library that was asked for by name also has a file without a hash.
            hashed = [name for name in artifact["filenames"] if name.endswith((".rmeta", ".so"))]
            files.add((*hashed, *artifact["features"]))
    return found


first, second = (libraries(path) for path in sys.argv[1:])
again = 0
for (package, name), files in sorted(second.items()):
    known = first.get((package, name))
    if known and not files <= known:
        again += 1
        print(f"compiled again: {name}: {sorted(files - known)}, was {sorted(known)}", file=sys.stderr)
print(f"{len(first)} libraries in the first build, {len(second)} in the second, {again} compiled again")
sys.exit(again > 0 or not first)
