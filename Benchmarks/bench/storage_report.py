"""The page's lines on packed history."""

from dataclasses import dataclass, field

from bench.figures import Result, Sample, number
from bench.other_forms import DuckDBReader

#: The greatest size of a bar on disk that was asked for.
_BYTES_MAX = 9
#: Half a year of so many symbols is measured, and that of ten times as many calculated.
TENTH = 50


@dataclass
class Found:
    """What was measured of one of our databases."""

    bytes: dict[str, int] = field(default_factory=dict)
    #: Of the first symbols, packed.
    tenth_bytes: int = 0
    #: Rows a second into rows, packed and by the database's own bulk loading, a value a symbol.
    rates: dict[str, Sample] = field(default_factory=dict)
    #: Microseconds by length and form.
    reads: dict[tuple[str, str], Sample] = field(default_factory=dict)

    def rate(self, way: str, bars: int, seconds: float) -> None:
        """Adds how fast a symbol was stored."""
        self.rates.setdefault(way, Sample()).add(bars / seconds)

    def read(self, length: str, form: str, microseconds: float) -> None:
        """Adds a round's median."""
        self.reads.setdefault((length, form), Sample()).add(microseconds)


@dataclass
class Others:
    """The bytes of the other forms, and DuckDB's reads by length and way."""

    bytes: dict[str, int]
    reads: dict[tuple[str, tuple[int, str]], Sample] = field(default_factory=dict)

    def read(self, length: str, way: tuple[int, str], microseconds: float) -> None:
        """Adds a round's median."""
        self.reads.setdefault((length, way), Sample()).add(microseconds)

    def fastest(self, length: str) -> tuple[tuple[int, str], Sample]:
        """The way with the least median."""
        ways = [(way, self.reads[length, way]) for way in DuckDBReader.WAYS]
        return min(ways, key=lambda pair: pair[1].median)


def report(found: dict[str, Found], others: Others, bars: int, symbols: int) -> Result:
    """The lines of the page."""
    result = Result("storage", "Packed history", _method(bars, symbols))
    for name, one in found.items():
        add_sizes(result, f"bytes a bar, {name}", one.bytes, others.bytes, bars)
    for length in ("day", "month"):
        way, duckdb = others.fastest(length)
        for name, one in found.items():
            packed, rows = (one.reads[length, form] for form in ("packed", "rows"))
            for beside, other, ratio in (
                (f"DuckDB, {way[1]}, {way[0]} thread{'s' * (way[0] > 1)}", duckdb, 1),
                ("our rows", rows, 0.3),
            ):
                result.add(
                    f"a {length} of a symbol, {name}, beside {beside.split(',')[0]}", packed.text("µs"),
                    f"{other.text('µs')} {beside}", f"{number(packed.median / other.median)} ×", f"≤ {ratio} ×",
                    packed.median <= ratio * other.median,
                )  # fmt: skip
    for name, one in found.items():
        packed, copied = one.rates["packed"], one.rates["copied"]
        result.add(
            f"backfill into packed form, {name}", packed.text("rows/s"),
            f"{copied.text('rows/s')} {'COPY' if name == 'postgres' else '.import'} into the row table; "
            f"{one.rates['rows'].text('rows/s')} backfill into rows",
            f"{number(packed.median / copied.median)} ×", "≥ 1 ×", packed.median >= copied.median,
        )  # fmt: skip
    for name, one in found.items():
        result.add(
            f"6 months of {10 * TENTH} symbols at 1m, {name}", f"{number(10 * one.tenth_bytes / 1e9)} GB",
            f"10 × {number(one.tenth_bytes / 1e6)} MB of {TENTH} symbols", "", "< 1 GB", 10 * one.tenth_bytes < 1e9,
        )  # fmt: skip
    return result


def add_sizes(result: Result, what: str, own: dict[str, int], others: dict[str, int], bars: int) -> None:
    """A line with the bytes a bar."""
    packed, rows = (own[form] / bars for form in ("packed", "rows"))
    beside = [f"{number(rows)} rows", *(f"{number(size / bars)} {name}" for name, size in others.items())]
    result.add(
        what, number(packed), "; ".join(beside), f"{number(packed / rows)} × rows", f"≤ {_BYTES_MAX}",
        packed <= _BYTES_MAX,
    )  # fmt: skip


def _method(bars: int, symbols: int) -> str:
    return (
        f"{bars:,} 1-minute bars of the simulated market, half a year of {symbols} symbols, with the revision and the fetch "
        "time of each. Bytes are those on disk with everything: on Postgres heap, indexes and TOAST of the tables of bars "
        "and series behind VACUUM and CHECKPOINT, on SQLite what the file grew by; Parquet has one file a symbol (pyarrow, "
        "zstd level 3, times as deltas, prices and volumes as dictionaries), DuckDB one table sorted by symbol and time, "
        "DBN one file a symbol without revisions and fetch times. Reads are those of the store, without memory, of a random "
        "day and a random calendar month of a symbol, one after the other, 50th percentile; DuckDB reads the same with a "
        "prepared statement over an open connection into NumPy or Arrow arrays, with one thread and with two, the fastest "
        "of which is shown. A backfill stores pieces of 10,000 bars, a transaction each; psql's `COPY` and the sqlite3 "
        "shell's `.import` read a symbol's rows from a CSV file into the table of the rows, with its primary key, in one. "
        "All databases grow together, symbol after symbol, with their usual durability."
    )
