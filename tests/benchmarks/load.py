"""Requests by `wrk`, and what they cost a server."""

import re
import shutil
import subprocess
import sys

CONNECTIONS = 16

if not shutil.which("wrk"):
    sys.exit("wrk is not installed")


def script(path, headers, body):
    """What wrk sends in place of a GET."""
    lines = ["wrk.method = 'POST'", f"wrk.body = [==[{body}]==]"]
    lines += [f"wrk.headers['{name}'] = '{value}'" for name, value in headers.items()]
    path.write_text("\n".join(lines))
    return ["-s", str(path)]


def measure(server, arguments):
    """Requests a second, and microseconds of the server's for each."""
    before = server.busy()
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", "-d1s", *arguments]
    wrk = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    busy = server.busy() - before
    if "Non-2xx" in wrk:
        sys.exit(f"{arguments}: {wrk}")
    requests = int(re.search(r"(\d+) requests in", wrk)[1])
    return float(re.search(r"Requests/sec: +([\d.]+)", wrk)[1]), busy / requests * 1e6
