"""Bulk writes, beside psql and the sqlite3 shell."""

import csv
import re
from pathlib import Path

from bench.figures import Result, Sample, number
from bench.tools import database, folder, ours, psql, timed

TITLE = "Bulk writes"
_START = 1_577_836_800_000_000_000

_SCRIPT = """
\\timing on
BEGIN;
CREATE TEMPORARY TABLE incoming (LIKE bars_cache) ON COMMIT DROP;
\\copy incoming FROM '{path}' WITH (FORMAT csv)
INSERT INTO bars_cache SELECT * FROM incoming
ON CONFLICT (symbol, timeframe, timestamp, provider) DO UPDATE SET
    open = excluded.open, high = excluded.high, low = excluded.low, close = excluded.close,
    volume = excluded.volume, revision = excluded.revision, fetched_at = excluded.fetched_at
WHERE bars_cache.revision <= excluded.revision;
COMMIT;
"""


def _write_rows(path: Path, symbol: str, count: int, rise: float) -> None:
    """The rows of Benchmarks/Program/StoreWrite.swift."""
    with open(path, "w", newline="") as stream:
        rows = csv.writer(stream)
        for index in range(count):
            base = 5_000 + index % 97 + rise
            rows.writerow([
                symbol, "1m", _START + index * 60_000_000_000, base + 0.25, base + 2.5, base - 1.25, base + 1,
                100 + index % 1_013, "simulated", 1, _START,
            ])  # fmt: skip


def _psql(url: str, path: Path) -> float:
    """Seconds of the statements, psql's own start aside."""
    text = psql(url, input=_SCRIPT.format(path=path))
    return sum(map(float, re.findall(r"^Time: ([\d.]+) ms", text, re.MULTILINE))) / 1000


def _sqlite(path: str, rows: Path) -> float:
    """Seconds of the shell's import, which runs one prepared insert in one transaction, its own start aside."""
    empty = timed(["sqlite3", path, "SELECT 1"], capture_output=True)
    return timed(["sqlite3", path, ".mode csv", f".import {rows} bars_cache"], capture_output=True) - empty


def run(is_short: bool) -> Result:
    """Measures."""
    count, rounds = (10_000, 1) if is_short else (100_000, 5)
    result = Result(
        "database-write",
        TITLE,
        f"{count:,} bars of one series, sorted, in one transaction with the database's usual durability. `upsert` is the "
        "database layer's one call; `store` is all that keeping a purchase does: look at what is there, decide by the "
        "revision rules, write rows, coverage and version. Beside them psql's `COPY` to a temporary table and `INSERT … "
        "SELECT … ON CONFLICT`, and the sqlite3 shell's `.import`, which runs one prepared insert in one transaction; both "
        "read a CSV file in the page cache.",
    )
    for kind in ("postgres", "sqlite"):
        new, changed, stored, restored, theirs, theirs_changed = (Sample() for _ in range(6))
        with database(kind) as url, folder() as place:
            ours("store-fill", url, 0, 10, 10_000)
            for turn in range(rounds):
                written = ours("store-write", url, f"W{turn}", count)
                new.add(written["upsertNewSeconds"])
                changed.add(written["upsertChangedSeconds"])
                stored.add(written["storeNewSeconds"])
                restored.add(written["storeChangedSeconds"])
                rows = place / "rows.csv"
                for sample, rise in ((theirs, 0), (theirs_changed, 1)):
                    _write_rows(rows, f"P{turn}", count, rise)
                    if kind == "postgres":
                        sample.add(_psql(url, rows))
                    elif rise == 0:
                        sample.add(_sqlite(url.removeprefix("sqlite:"), rows))
        name = "psql" if kind == "postgres" else "sqlite3"
        _compare(result, f"{kind}, upsert of new rows", count, new, theirs, name, "≥ 0.8 ×")
        if theirs_changed.values:
            _compare(result, f"{kind}, upsert of changed rows", count, changed, theirs_changed, name, "≥ 0.8 ×")
        else:
            result.add(f"{kind}, upsert of changed rows", _rate(count, changed))
        _compare(result, f"{kind}, store of new rows", count, stored, theirs, name, "")
        result.add(f"{kind}, store of changed rows", _rate(count, restored))
    return result


def _rate(count: int, sample: Sample) -> str:
    return f"{number(count / sample.median)} rows/s"


def _compare(
    result: Result, what: str, count: int, mine: Sample, theirs: Sample, name: str, target: str
) -> None:
    ratio = theirs.median / mine.median
    result.add(
        what,
        _rate(count, mine),
        f"{_rate(count, theirs)} {name}",
        f"{number(ratio)} ×",
        target,
        ratio >= 0.8 if target else None,
    )
