"""The bytes a bar of real bars, which are not part of this repository."""

import os
from collections.abc import Iterator
from pathlib import Path

import databento
import numpy
import pandas

from bench import bar_files, other_forms
from bench.figures import Result
from bench.fleet import log
from bench.our_storage import FORMS, PostgresStorage, SQLiteStorage, check, fill
from bench.storage_report import add_sizes
from bench.tools import folder, postgres

#: Names the folder: CSV files, plain or compressed, with columns for open, high, low, close and volume behind the time,
#: and DBN files of bars.
VARIABLE = "TAPEDECK_BENCH_REAL_DATA"
_TIMEFRAMES = {60_000_000_000: "1m", 3_600_000_000_000: "1h", 86_400_000_000_000: "1d"}
_BARS_MIN = 1_000
#: A file is stored under so many symbols that this many bars come together: what an empty table takes is then little.
_BARS_TOGETHER = 300_000


def add(result: Result, is_short: bool) -> None:
    """Adds a line for each file and database, or says why there is none."""
    place = os.environ.get(VARIABLE)
    if not place:
        result.notes.append(f"No figures of real bars: `{VARIABLE}` does not name a folder with files of them.")
        log(result.notes[-1])
        return
    seen = set()
    for path, timeframe, times, columns in _files(Path(place)):
        key = (timeframe, times.tobytes(), columns["close"].tobytes())
        if key in seen:
            continue
        seen.add(key)
        log(f"real bars of {path.name}")
        copies = 1 if is_short else -(-_BARS_TOGETHER // len(times))
        _add(result, path.name, timeframe, times, columns, copies)
    result.notes.append(
        f"The lines of real bars are those of the files in `{VARIABLE}` with at least {_BARS_MIN:,} bars, each stored under "
        f"as many symbols as bring {_BARS_TOGETHER:,} bars together, so that what an empty table takes does not count."
    )


def _add(result: Result, name: str, timeframe: str, times, columns, copies: int) -> None:
    with folder() as place, postgres() as server:
        source = place / "real.bars"
        bar_files.write(source, times, columns)
        symbols = [f"R{number}" for number in range(copies)]
        parquet = {symbol: place / f"{symbol}.parquet" for symbol in symbols}
        others = {
            "Parquet + zstd": sum(other_forms.write_parquet(s, source, path) for s, path in parquet.items()),
            "DuckDB": other_forms.write_duckdb(parquet, place / "real.duckdb"),
            "DBN + zstd": copies * other_forms.write_dbn("R0", timeframe, source, place / "real.dbn.zst"),
        }
        for storage in (PostgresStorage(server), SQLiteStorage(place)):
            for symbol in symbols:
                for form in FORMS:
                    fill(storage, form, symbol, timeframe, source)
            check(storage, copies * len(times))
            own = {form: storage.bytes(form) for form in FORMS}
            what = f"bytes a bar, {storage.name}, {len(times):,} real bars of {timeframe} ({name})"
            add_sizes(result, what, own, others, copies * len(times))


def _files(place: Path) -> Iterator[tuple[Path, str, numpy.ndarray, dict[str, numpy.ndarray]]]:
    for path in sorted(place.rglob("*")):
        name = path.name
        if name.endswith((".csv", ".csv.gz")):
            bars = _csv(path)
        elif name.endswith(".dbn.zst"):
            bars = _dbn(path)
        else:
            continue
        if bars is None or len(bars[0]) < _BARS_MIN:
            continue
        timeframe = _TIMEFRAMES.get(int(numpy.median(numpy.diff(bars[0]))))
        if timeframe:
            yield path, timeframe, *bars


def _csv(path: Path) -> tuple[numpy.ndarray, dict[str, numpy.ndarray]] | None:
    """Times and columns of a CSV file, None where it has no bars."""
    rows = pandas.read_csv(path)
    rows.columns = [str(name).lower() for name in rows.columns]
    if not {*bar_files.PRICES, "volume"} <= set(rows.columns):
        return None
    times = pandas.to_datetime(rows.iloc[:, 0], utc=True).dt.tz_localize(None).to_numpy().astype("M8[ns]").astype("i8")
    return times, {name: rows[name].to_numpy("f8") for name in (*bar_files.PRICES, "volume")}


def _dbn(path: Path) -> tuple[numpy.ndarray, dict[str, numpy.ndarray]] | None:
    """Times and columns of a DBN file, None where it has no bars."""
    store = databento.DBNStore.from_file(path)
    if not str(store.schema or "").startswith("ohlcv"):
        return None
    rows = store.to_ndarray()
    prices = {name: rows[name] / 1e9 for name in bar_files.PRICES}
    return rows["ts_event"].astype("i8"), {**prices, "volume": rows["volume"].astype("f8")}
