"""The same bars as Parquet, DuckDB and DBN files."""

import statistics
import time
from pathlib import Path

import duckdb
import pyarrow.parquet

from bench import bar_files
from bench.tools import ours

#: One file a symbol. Prices as dictionaries and times as deltas made the smallest files of 20 symbols at zstd's level 3,
#: that of our blocks: 6.95 bytes a bar. Prices plain were 7.85, split into byte planes 12.1; all at pyarrow's defaults 14.1;
#: level 9 brought 0.2.
_PARQUET = {
    "compression": "zstd",
    "compression_level": 3,
    "use_dictionary": ["symbol", "revision", *bar_files.PRICES, "volume"],
    "column_encoding": {name: "DELTA_BINARY_PACKED" for name in ("timestamp", "fetched_at")},
}


def write_parquet(symbol: str, source: Path, target: Path) -> int:
    """Writes a symbol's bars; the bytes of the file."""
    pyarrow.parquet.write_table(bar_files.table(symbol, bar_files.read(source)), target, **_PARQUET)
    return target.stat().st_size


def write_dbn(symbol: str, timeframe: str, source: Path, target: Path) -> int:
    """Writes a symbol's bars without revisions and fetch times, which DBN has not; the bytes of the file."""
    return ours("storage-dbn", source, symbol, timeframe, target)["bytes"]


def write_duckdb(sources: dict[str, Path], target: Path) -> int:
    """Makes one table, sorted by symbol and time, from the symbols' Parquet files; the bytes of the file."""
    with duckdb.connect(str(target)) as connection:
        files = ", ".join(f"'{path}'" for _, path in sorted(sources.items()))
        connection.execute(f"CREATE TABLE bars AS SELECT * FROM read_parquet([{files}])")
        connection.execute("CHECKPOINT")
    return target.stat().st_size


class DuckDBReader:
    """Reads places one after the other with a prepared statement over one open connection."""

    #: Threads, and how the answer is taken; which is the fastest depends on the length of the range.
    WAYS = [(threads, form) for threads in (1, 2) for form in ("numpy", "arrow")]
    _WARM_UPS = 30

    def __init__(self, path: Path):
        self.connection = duckdb.connect(str(path), read_only=True)
        # Without ORDER BY, which costs it time: DuckDB keeps the order of the table.
        self.connection.execute(
            "PREPARE bars AS SELECT timestamp, open, high, low, close, volume, revision FROM bars "
            "WHERE symbol = $1 AND timestamp >= $2 AND timestamp < $3"
        )

    def read(self, places: list[tuple[str, int, int]], way: tuple[int, str]) -> tuple[float, int, float]:
        """The median in microseconds, the number of bars, and the sum of closing prices and volumes."""
        threads, form = way
        self.connection.execute(f"SET threads = {threads}")
        for place in places[: self._WARM_UPS]:
            self._bars(place, form)
        times, count, checksum = [], 0, 0.0
        for place in places:
            start = time.perf_counter()
            bars = self._bars(place, form)
            times.append((time.perf_counter() - start) * 1e6)
            close, volume = (bars[name] if form == "numpy" else bars[name].to_numpy() for name in ("close", "volume"))
            count += len(close)
            checksum += float(close.sum() + volume.sum())
        return statistics.median(times), count, checksum

    def _bars(self, place: tuple[str, int, int], form: str):
        symbol, start, end = place
        statement = f"EXECUTE bars('{symbol}', {start}, {end})"
        if form == "numpy":
            return self.connection.execute(statement).fetchnumpy()
        return self.connection.sql(statement).to_arrow_table()

    def close(self) -> None:
        """Closes the connection."""
        self.connection.close()
