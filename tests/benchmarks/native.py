"""Calls of a function in CPython itself. Arguments: the function's file, and the call's file. For each line of input, a number, it
makes so many calls and prints the seconds that one took. Without input it makes one call. A call is read from JSON, and its
result is written as JSON."""

import json
import sys
import textwrap
import time

source, text = (open(path).read() for path in sys.argv[1:])
if "def handler" not in source:
    # A body becomes a function.
    source = "def handler(call):\n" + textwrap.indent(source, "    ")
exec(source)

called = False
for line in sys.stdin:
    calls, called = int(line), True
    began = time.perf_counter()
    for _ in range(calls):
        json.dumps(handler(json.loads(text)))
    print((time.perf_counter() - began) / calls, flush=True)
if not called:
    print(json.dumps(handler(json.loads(text))))
