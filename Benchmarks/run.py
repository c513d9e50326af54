"""Runs benchmarks and writes docs/benchmarks.md; scripts/bench prepares what it needs."""

import argparse
import datetime
import os
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1] / "Tests" / "EndToEnd")]

from bench import (  # noqa: E402
    blocks, bots_day, cold_read, database_read, database_write, dbn, fleet_commits, fleet_growth, herd, hit_rate,
    http_hot, idle, in_memory, packed_memory, page, storage, upkeep, warming,
)  # fmt: skip

#: In the order of the page.
BENCHMARKS = {
    "memory": in_memory,
    "http": http_hot,
    "bots-day": bots_day,
    "upkeep": upkeep,
    "hit-rate": hit_rate,
    "database-read": database_read,
    "database-write": database_write,
    "cold-read": cold_read,
    "dbn": dbn,
    "storage": storage,
    "blocks": blocks,
    "packed-memory": packed_memory,
    "idle": idle,
    "warming": warming,
    "herd": herd,
    "fleet_commits": fleet_commits,
    "fleet_growth": fleet_growth,
}


def main() -> None:
    """Runs what the command line names."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(BENCHMARKS)} (default: all)")
    parser.add_argument("--short", action="store_true", help="a quick run that only shows that each part works")
    parser.add_argument("--page", action="store_true", help="write the page from the kept results and measure nothing")
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    names = [] if options.page else options.names or list(BENCHMARKS)
    failed = [name for name in names if not _run(name, options.short)]
    page.write(list(BENCHMARKS))
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


def _run(name: str, is_short: bool) -> bool:
    print(f"== {name}", file=sys.stderr, flush=True)
    load, start = os.getloadavg()[0], time.monotonic()
    try:
        result = BENCHMARKS[name].run(is_short)
    except Exception as error:
        print(f"   failed: {error}", file=sys.stderr)
        return False
    result.load, result.seconds, result.is_short = load, time.monotonic() - start, is_short
    result.date = datetime.datetime.now(datetime.UTC).date().isoformat()
    result.command = f"scripts/bench {name}"
    result.save()
    for figure in result.figures:
        met = {True: "met", False: "MISSED", None: ""}[figure.met]
        columns = (figure.what, figure.ours, figure.beside, figure.ratio, figure.target, met)
        print("   " + " | ".join(filter(None, columns)), file=sys.stderr)
    print(f"   {result.seconds:.0f} s", file=sys.stderr, flush=True)
    return True


if __name__ == "__main__":
    main()
