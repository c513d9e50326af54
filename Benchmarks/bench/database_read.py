"""Reads from the database, beside a bare loop over the same prepared statement, while the database grows."""

import json

from bench.figures import Result, Sample, number
from bench.tools import compiled, database, ours, output

TITLE = "Reads from the database"
_BARS_PER_SYMBOL = 10_000
#: Symbols in the database at each size.
_SIZES = (1, 100, 1_000)
_COUNTS = (24, 1_440)


def _label(symbols: int) -> str:
    bars = symbols * _BARS_PER_SYMBOL
    return f"{bars // 1_000_000} million" if bars >= 1_000_000 else f"{bars // 1_000} thousand"


def run(is_short: bool) -> Result:
    """Measures."""
    sizes = (1, 10) if is_short else _SIZES
    rounds, reads = (1, {24: 200, 1_440: 50}) if is_short else (5, {24: 2_000, 1_440: 400})
    result = Result(
        "database-read",
        TITLE,
        f"The store's read of a series' newest bars before a random time, one after the other, 50th percentile: what is "
        f"known of the series, the database's clock and the rows, over one snapshot. Each series has {_BARS_PER_SYMBOL:,} "
        "bars; which one is read changes from read to read. Beside it a C program on a connection of its own that runs the "
        "same prepared statements over one snapshot (on Postgres in one round trip, as Tapedeck does) and copies the rows "
        "into structs; and the same program with the statement for the rows alone. Postgres over loopback.",
    )
    for kind, library in (("postgres", "libpq"), ("sqlite", "sqlite3")):
        bare = compiled(f"bare_{kind}.c", library)
        with database(kind) as url:
            address = url.removeprefix("sqlite:")
            samples: dict[tuple[int, int], tuple[Sample, Sample, Sample]] = {}
            filled = 0
            for symbols in sizes:
                ours("store-fill", url, filled, symbols, _BARS_PER_SYMBOL)
                filled = symbols
                for count in _COUNTS:
                    mine, whole, rows = samples[symbols, count] = Sample(), Sample(), Sample()
                    place = [symbols, _BARS_PER_SYMBOL, count, reads[count]]
                    for _ in range(rounds):
                        mine.add(ours("store-read", url, *place)["microsecondsP50"])
                        for theirs, what in ((whole, "whole"), (rows, "rows")):
                            read = json.loads(output([bare, address, *map(str, place), what]))
                            theirs.add(read["microsecondsP50"])
        for count in _COUNTS:
            _report(result, kind, count, sizes, samples)
    return result


def _report(result: Result, kind: str, count: int, sizes: tuple[int, ...], samples: dict) -> None:
    for symbols in sizes:
        mine, whole, rows = samples[symbols, count]
        ratio = mine.median / whole.median
        result.add(
            f"{kind}, {count:,} bars, {_label(symbols)} stored",
            mine.text("µs"),
            f"{whole.text('µs')}; rows alone {rows.text('µs')}",
            f"{number(ratio)} ×; {number(mine.median / rows.median)} ×",
            "≤ 1.3 ×",
            ratio <= 1.3,
        )
    (first, first_bare, _), (last, last_bare, _) = samples[sizes[0], count], samples[sizes[-1], count]
    growth = last.median / first.median
    result.add(
        f"{kind}, {count:,} bars, {_label(sizes[-1])} stored beside {_label(sizes[0])}",
        f"{number(growth)} ×",
        f"{number(last_bare.median / first_bare.median)} × bare loop",
        "",
        "≤ 1.3 ×",
        growth <= 1.3,
    )
