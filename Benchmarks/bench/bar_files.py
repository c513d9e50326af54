"""Bars in the files that all forms of storage are made from: see Benchmarks/Program/BarFile.swift."""

from pathlib import Path

import numpy
import pyarrow
import pyarrow.csv

PRICES = ("open", "high", "low", "close")
LAYOUT = numpy.dtype(
    [("timestamp", "<i8"), *[(name, "<f8") for name in (*PRICES, "volume")], ("revision", "<i8"), ("fetched_at", "<i8")]
)
#: What one request of a backfill brings, and so how many bars have the same fetch time.
_PIECE_BARS = 10_000


def read(path: Path) -> numpy.ndarray:
    """The bars of a file."""
    return numpy.fromfile(path, LAYOUT)


def write(path: Path, times: numpy.ndarray, columns: dict[str, numpy.ndarray]) -> None:
    """Writes bars of open, high, low, close and volume; each is of revision 1, each piece fetched at one time."""
    bars = numpy.zeros(len(times), LAYOUT)
    bars["timestamp"] = times
    for name in (*PRICES, "volume"):
        bars[name] = columns[name]
    bars["revision"] = 1
    bars["fetched_at"] = 1_769_817_600_000_000_000 + numpy.arange(len(bars)) // _PIECE_BARS * 812_345_000
    bars.tofile(path)


def table(symbol: str, bars: numpy.ndarray) -> pyarrow.Table:
    """The columns that all forms keep: the symbol, the bar, its revision and when it was fetched."""
    numbers = {name: bars[name].astype("i4") if name == "revision" else bars[name] for name in LAYOUT.names}
    return pyarrow.table({"symbol": _same(symbol, len(bars)), **numbers})


def write_csv(path: Path, symbol: str, timeframe: str, bars: numpy.ndarray) -> None:
    """The rows as bars_cache has them."""
    same = {name: _same(value, len(bars)) for name, value in
            (("symbol", symbol), ("timeframe", timeframe), ("provider", "simulated"))}  # fmt: skip
    columns = {
        "symbol": same["symbol"],
        "timeframe": same["timeframe"],
        **{name: bars[name] for name in ("timestamp", *PRICES, "volume")},
        "provider": same["provider"],
        "revision": bars["revision"],
        "fetched_at": bars["fetched_at"],
    }
    rows = pyarrow.table(columns)
    pyarrow.csv.write_csv(rows, path, pyarrow.csv.WriteOptions(include_header=False, quoting_style="none"))


def _same(text: str, count: int) -> pyarrow.Array:
    return pyarrow.DictionaryArray.from_arrays(numpy.zeros(count, "i4"), [text]).cast(pyarrow.string())
