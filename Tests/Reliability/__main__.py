"""The rows of docs/reliability.md: `scripts/reliability [--fast] [--seed N] [ROW…]`."""

import argparse
import random
import sys
from dataclasses import replace
from pathlib import Path

from reliability import postgres, provider, report, sqlite, worker
from reliability.row import Row, Skipped
from reliability.run import Result, run_row

_DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "reliability.md"
_ROWS = [*provider.ROWS, *postgres.ROWS, *sqlite.ROWS, *worker.ROWS]
#: How long a fault lasts in the short run.
_FAST_SECONDS = 4
_FAST_KILLS = 2


def main() -> int:
    """Runs the rows; 1 when one of them failed."""
    parser = argparse.ArgumentParser(prog="scripts/reliability", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"rows to run: {', '.join(row.name for row in _ROWS)}")
    parser.add_argument("--fast", action="store_true", help="a few rows with shorter faults")
    parser.add_argument("--seed", type=int, help="seed of the moments at which workers are killed")
    options = parser.parse_args()
    if unknown := set(options.rows) - {row.name for row in _ROWS}:
        parser.error(f"no such row: {', '.join(sorted(unknown))}")
    seed = random.SystemRandom().randrange(1_000_000) if options.seed is None else options.seed
    print(f"seed {seed}", flush=True)
    results = []
    for row in _chosen(options):
        results.append(_run(row, seed))
        print(report.line(results[-1]), flush=True)
    if options.rows and not options.fast:
        report.update(_DOCUMENT, results)
    elif not options.fast:
        report.write(_DOCUMENT, results)
    failed = [result.row.name for result in results if result.failures]
    print(f"{len(results) - len(failed)} of {len(results)} rows as promised" + (f"; not {failed}" if failed else ""))
    return 1 if failed else 0


def _chosen(options: argparse.Namespace) -> list[Row]:
    rows = [row for row in _ROWS if (row.name in options.rows if options.rows else row.is_fast or not options.fast)]
    if options.fast:
        rows = [replace(row, seconds=min(row.seconds, _FAST_SECONDS), kills=_FAST_KILLS) for row in rows]
    return rows


def _run(row: Row, seed: int) -> Result:
    try:
        if row.requires:
            row.requires()
        return run_row(row, seed)
    except Skipped as reason:
        return Result(row, skipped=str(reason))


if __name__ == "__main__":
    sys.exit(main())
