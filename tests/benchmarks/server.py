"""A server of its own for each benchmark, on a processor of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CALL = json.loads((ROOT / "tests/workloads/call.json").read_text())
SAY_HI = (ROOT / "tests/workloads/say_hi.js").read_text()

# Server and client do not take each other's time where there are two processors: the first and the last one.
PROCESSORS = sorted(os.sched_getaffinity(0))
SERVERS, CLIENTS = {PROCESSORS[0]}, {PROCESSORS[-1]}

# So many requests that no bucket of tokens holds them.
CONFIG = """workers = 1
[rate]
burst = 1_000_000_000
per_second = 1_000_000_000
"""


def binary():
    """The program that is measured: the first argument, or the one that `cargo build --release` made."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "target/release/switchhook"
    if not path.exists():
        sys.exit(f"{path} is missing: cargo build --release")
    return path.resolve()


def on_servers_processor():
    """What a server's process, or one that is compared with it, does before it starts."""
    os.sched_setaffinity(0, SERVERS)


class Process:
    """A program that runs on the servers' processor until the end of the `with`. It says where it listens in lines of the
    form `listening on http://…`; `addresses` has them by their first word."""

    def __init__(self, command, **settings):
        self.process = subprocess.Popen(
            [str(part) for part in command],
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=on_servers_processor,
            **settings,
        )
        self.addresses = {}
        while "listening" not in self.addresses:
            name, on, address = self.process.stdout.readline().partition(" on ")
            if not on:
                self.process.kill()
                sys.exit(f"{command[0]} does not listen")
            self.addresses[name] = address.strip()
        self.address = self.addresses["listening"]

    def busy(self):
        """Seconds that its threads have run."""
        tasks = Path(f"/proc/{self.process.pid}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9

    def memory(self):
        """What it has in memory, and its share of it where others have the same pages, in bytes: RSS and PSS."""
        rollup = Path(f"/proc/{self.process.pid}/smaps_rollup").read_text().splitlines()
        sizes = dict(line.split(":", 1) for line in rollup[1:])
        return tuple(int(sizes[name].split()[0]) * 1024 for name in ("Rss", "Pss"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


class Switchhook(Process):
    """`switchhook serve` with one worker, on the database in a folder, which is made if there is none, or on another one."""

    def __init__(self, program, folder, config="", database=None, settings=""):
        """`settings` come before the first table of the configuration, and `config` is some tables."""
        database = ["--database", database or folder / "switchhook.db"]
        credentials = folder / "credentials.json"
        if not credentials.exists():
            bootstrap = subprocess.run([program, "bootstrap", *database], check=True, capture_output=True)
            credentials.write_bytes(bootstrap.stdout)
            cache = f'[sandbox]\ncache_dir = "{folder}/cache"\n'
            (folder / "config.toml").write_text(settings + CONFIG + cache + config)
        known = json.loads(credentials.read_text())
        self.token = known["auth_token"]
        self.headers = {"X-Auth-Token": self.token, "Content-Type": "application/json"}
        self.functions = f"/v2/accounts/{known['account_id']}/functions"
        self.started = time.perf_counter()
        command = [program, "serve", "--listen", "127.0.0.1:0", "--config", folder / "config.toml", *database]
        super().__init__(command, env={**os.environ, "RUST_LOG": "warn"})
        self.listened = time.perf_counter()
