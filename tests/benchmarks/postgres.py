"""The PostgreSQL server that `tests/postgres/run` has started."""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

if "SWITCHHOOK_TEST_DATABASE" not in os.environ:
    sys.exit(f"run this by tests/postgres/run: see {sys.argv[0]}")
TEMPLATE = os.environ["SWITCHHOOK_TEST_DATABASE"]
FOLDER = Path(os.environ["SWITCHHOOK_TEST_POSTGRES"])


def psql(database, *statements):
    """What statements print."""
    commands = [part for sql in statements for part in ("-c", sql)]
    return subprocess.run(["psql", database, "-XqtA", *commands], check=True, capture_output=True, text=True).stdout.strip()


def new_database(name):
    """The address of a new database."""
    psql(TEMPLATE, f"CREATE DATABASE {name}")
    return f"{TEMPLATE.rpartition('/')[0]}/{name}"


@contextlib.contextmanager
def killed():
    """PostgreSQL is gone until the end of the `with`, and is there again behind it."""
    crash = subprocess.Popen([FOLDER / "crash"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    crash.stdout.readline()
    yield
    crash.stdin.close()
    crash.wait()
