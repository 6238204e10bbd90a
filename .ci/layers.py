"""Holds the order of the code's parts: who may name whom, by the `use` and the paths of every module.

    layers.py [--print]

- Folders of a crate never name each other in a circle, and no circle of files in one folder has more than three.
- Below, `MAY_NAME` says which folders of the server may name which. Whatever else is in the same place names none of them.

A module may name what its own folder's `mod.rs` has, and `mod.rs` its modules: that is no circle. What `mod.rs` hands on is
where it comes from. Tests may name everything.
"""

import re
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CRATES = ["runtime/src", "compiler/src", "api/store/src", "api/src"]

# What each folder may name of the others here. `docs/ARCHITECTURE.md` draws it.
MAY_NAME = {
    "api/src": {
        "command": {"config", "http", "couchdb", "functions", "accounts", "replication", "validation", "vault"},
        "config": {"http", "functions", "vault"},
        "http": {"couchdb", "functions", "accounts", "validation"},
        "couchdb": {"functions", "accounts", "validation"},
        "functions": {"validation", "vault"},
        "accounts": {"validation", "vault"},
        "replication": set(),
        "validation": set(),
        "vault": set(),
    },
    "api/src/http": {"crossbar": {"routers"}, "routers": set(), "couchdb": set(), "metrics": set()},
}

# Files in a circle of one folder.
MOST = 3


class Crate:
    def __init__(self, source):
        self.source = ROOT / source
        self.modules = {}
        for path in self.source.rglob("*.rs"):
            parts = list(path.relative_to(self.source).with_suffix("").parts)
            if parts[-1] in ("mod", "main", "lib"):
                parts.pop()
            self.modules[tuple(parts)] = without_tests(path.read_text())
        for module in self.of_tests():
            for known in [known for known in self.modules if known[: len(module)] == module]:
                del self.modules[known]
        self.handed_on = {}
        for module, text in self.modules.items():
            for is_public, path in uses(text):
                if is_public:
                    target = self.absolute(module, path)
                    self.handed_on[(*module, path[-1])] = target

    def of_tests(self):
        for module, path in [(module, self.file(module)) for module in self.modules]:
            for name in re.findall(r"#\[cfg\(test\)\]\s*(?:pub(?:\([^)]*\))? )?mod (\w+);", path.read_text()):
                yield (*module, name)

    def file(self, module):
        folder = self.source.joinpath(*module)
        for path in (folder.with_suffix(".rs"), folder / "mod.rs", folder / "main.rs", folder / "lib.rs"):
            if path.is_file():
                return path
        raise FileNotFoundError(module)

    def absolute(self, module, path):
        """The path from the crate's root, whatever it begins with; nothing for one of another crate."""
        if path[0] == "crate":
            return tuple(path[1:])
        if path[0] == "self":
            return (*module, *path[1:])
        above = 0
        while above < len(path) and path[above] == "super":
            above += 1
        if above:
            return (*module[: len(module) - above], *path[above:])
        if (*module, path[0]) in self.modules:
            return (*module, *path)
        return None

    def home(self, path):
        """The module that defines what a path names."""
        seen = set()
        while path not in seen:
            seen.add(path)
            for end in range(len(path), 0, -1):
                if (target := self.handed_on.get(path[:end])) and path[:end] not in self.modules:
                    path = (*target, *path[end:])
                    break
        for end in range(len(path), -1, -1):
            if path[:end] in self.modules:
                return path[:end]
        return ()

    def arrows(self):
        """By folder: which of its modules and folders name which, and where."""
        found = defaultdict(lambda: defaultdict(set))
        for module, text in self.modules.items():
            paths = [path for is_public, path in uses(text)] + inline(text)
            for path in paths:
                absolute = self.absolute(module, path)
                if absolute is None:
                    continue
                other = self.home(absolute)
                if other == module[: len(other)] or module == other[: len(module)]:
                    continue
                common = 0
                while module[common] == other[common]:
                    common += 1
                folder, pair = module[:common], (module[common], other[common])
                found[folder][pair].add("::".join(module) + " names " + "::".join(absolute))
        return found

    def is_folder(self, folder, name):
        return self.source.joinpath(*folder, name).is_dir()


def without_tests(text):
    text = re.sub(r"//[^\n]*", "", text)
    return re.sub(r"#\[cfg\(test\)\]\s*(?:pub(?:\([^)]*\))? )?mod \w+ \{.*?\n\}", "", text, flags=re.S)


def uses(text):
    """Whether each is public, and its path."""
    for visible, tree in re.findall(r"(?m)^\s*(pub(?:\([^)]*\))? )?use ([^;]+);", text):
        for path in branches(tree):
            yield bool(visible), path


def branches(tree):
    tree = tree.strip()
    head, brace, rest = tree.partition("{")
    start = [part.strip() for part in head.split("::") if part.strip()]
    if not brace:
        return [[re.sub(r" as .*", "", part) for part in start]]
    depth, item, items = 0, "", []
    for character in rest[: rest.rindex("}")]:
        depth += (character == "{") - (character == "}")
        if character == "," and depth == 0:
            items.append(item)
            item = ""
        else:
            item += character
    found = []
    for item in [*items, item]:
        if item.strip():
            for path in branches(item):
                found.append(start if path == ["self"] else start + path)
    return found


def inline(text):
    text = re.sub(r"(?m)^\s*(?:pub(?:\([^)]*\))? )?use [^;]+;", "", text)
    return [path.split("::") for path in re.findall(r"(?<![\w:])((?:crate|super|self)(?:::\w+)+)", text)]


def circles(arrows):
    """Sets of nodes each of which leads to each other (Tarjan)."""
    leads_to = defaultdict(set)
    for one, other in arrows:
        leads_to[one].add(other)
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in leads_to[node]:
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            circle = stack[stack.index(node) :]
            del stack[stack.index(node) :]
            if len(circle) > 1:
                found.append(sorted(circle))

    for node in list(leads_to):
        if node not in index:
            visit(node)
    return found


def faults(source):
    crate = Crate(source)
    for folder, arrows in sorted(crate.arrows().items()):
        place = "/".join((source, *folder))
        if "--print" in sys.argv:
            for one, other in sorted(arrows):
                print(f"{place}: {one} -> {other}")
        may_name = MAY_NAME.get(place, {})
        for (one, other), where in sorted(arrows.items()):
            if other in may_name and other not in may_name.get(one, set()):
                yield f"{place}: {one} must not name {other}: " + "; ".join(sorted(where)[:3])
        for circle in circles(arrows):
            if len(circle) > MOST or any(crate.is_folder(folder, name) for name in circle):
                yield f"{place}: a circle of " + ", ".join(circle)
                for pair, where in sorted(arrows.items()):
                    if set(pair) <= set(circle):
                        yield f"    {pair[0]} -> {pair[1]}: " + "; ".join(sorted(where)[:3])


if __name__ == "__main__":
    found = [fault for source in CRATES for fault in faults(source)]
    print("\n".join(found) or "every part names only what it may")
    sys.exit(bool(found))
