"""Workers of a fleet as processes that begin when they are told to."""

import contextlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.tools import PROGRAM, folder, output, psql

#: As Tests/EndToEnd starts workers: nobody's limit is reached.
UNLIMITED = {"TAPEDECK_CLIENT_RATE_MAX": "1000000", "TAPEDECK_CLIENT_BURST_MAX": "1000000"}


class Member:
    """One of our in-process workers: it says that it is ready, begins at a line, and prints its figures at its end."""

    def __init__(self, *arguments: object):
        self._process = subprocess.Popen(
            [str(PROGRAM), *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        if self._process.stdout.readline() != "ready\n":
            self.end()
            raise RuntimeError(f"{arguments[0]} does not begin")

    def begin(self) -> None:
        """Lets it begin; one that only listens ends."""
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def figures(self, seconds: float = 300) -> dict:
        """Waits for its end; what it printed."""
        out, _ = self._process.communicate(timeout=seconds)
        if self._process.returncode != 0:
            raise RuntimeError(f"a worker ended with {self._process.returncode}")
        return json.loads(out)

    def end(self) -> None:
        """Ends the process if it still runs."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()


@contextlib.contextmanager
def members(commands: list[tuple]) -> Iterator[list[Member]]:
    """Workers that are ready; none is left in the end."""
    with contextlib.ExitStack() as stack:
        found = []
        for command in commands:
            found.append(Member(*command))
            stack.callback(found[-1].end)
        yield found


def fresh_database(server: str, name: str) -> str:
    """Makes an empty database in a server; its address."""
    psql(server, "--command", f"CREATE DATABASE {name}")
    return server.rsplit("/", 1)[0] + f"/{name}"


def flush_microseconds() -> float:
    """What one flush of 8 kB to the disk takes, as Postgres' own program measures it where its data would lie."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_test_fsync"))
    with folder() as place:
        text = output([str(programs[-1]), "-s", "1", "-f", str(place / "flushed")])
    # Each way is tried with one write first, then with two.
    return float(re.search(r"fdatasync\s+[\d.]+ ops/sec\s+(\d+) usecs/op", text)[1])


def percentile(values: list[float], share: float) -> float:
    """The smallest value that at least this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def log(text: str) -> None:
    """Says how far it is."""
    print(f"   {text}", file=sys.stderr, flush=True)
