"""What a worker takes while nobody asks it for anything."""

import os
import time
from pathlib import Path

from harness.worker import Worker

from bench.figures import Result, number
from bench.tools import database

TITLE = "An idle worker"


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def run(is_short: bool) -> Result:
    """Measures."""
    seconds = 2 if is_short else 20
    result = Result(
        "idle",
        TITLE,
        f"`tapedeck serve` with the simulated provider, three seconds after it has begun to listen: resident memory, and "
        f"processor time over {seconds} s.",
    )
    for kind in ("sqlite", "postgres"):
        with database(kind) as url:
            worker = Worker(url)
            try:
                time.sleep(3)
                before = _cpu_seconds(worker.process.pid)
                time.sleep(seconds)
                share = (_cpu_seconds(worker.process.pid) - before) / seconds
                resident = worker.resident_bytes
            finally:
                worker.stop()
                worker.close()
        result.add(f"resident memory, {kind}", f"{number(resident / 1e6)} MB")
        result.add(f"processor time, {kind}", f"{number(share * 100)} % of a core")
    return result
