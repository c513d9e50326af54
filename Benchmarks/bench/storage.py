"""Bytes on disk, cold reads and write rates of packed bars, beside rows, Parquet, DuckDB and DBN."""

import contextlib
import random
from pathlib import Path

import numpy

from bench import bar_files, other_forms, storage_real
from bench.figures import Result
from bench.fleet import log
from bench.our_storage import FORMS, PostgresStorage, SQLiteStorage, check, fill
from bench.storage_report import TENTH, Found, Others, report
from bench.tools import folder, ours, postgres


def run(is_short: bool) -> Result:
    """Measures."""
    bars, rounds, counts = (400_000, 1, {"day": 40, "month": 10}) if is_short else (
        10_000_000, 7, {"day": 400, "month": 60})  # fmt: skip
    with folder() as place, postgres() as server:
        log(f"makes {bars:,} bars")
        symbols = ours("storage-make", place, bars)["symbols"]
        sources = {symbol: place / f"{symbol}.bars" for symbol in symbols}
        storages = [PostgresStorage(server), SQLiteStorage(place)]
        found = {storage.name: Found() for storage in storages}
        _fill(storages, found, sources, place, bars)
        log("other forms")
        others = _other_forms(sources, place)
        _read(storages, found, others, sources, place, rounds, counts)
        result = report(found, others, bars, len(symbols))
        storage_real.add(result, is_short)
    return result


def _fill(storages: list, found: dict[str, Found], sources: dict[str, Path], place: Path, bars: int) -> None:
    """Symbol after symbol in turns, so that all databases grow together."""
    rows, stored = place / "rows.csv", 0
    for index, (symbol, source) in enumerate(sources.items()):
        count = source.stat().st_size // bar_files.LAYOUT.itemsize
        bar_files.write_csv(rows, symbol, "1m", bar_files.read(source))
        for storage in storages:
            one = found[storage.name]
            for form in FORMS:
                one.rate(form, count, fill(storage, form, symbol, "1m", source))
            one.rate("copied", count, storage.copy(rows))
        stored += count
        if index + 1 == min(TENTH, len(sources)):
            for storage in storages:
                found[storage.name].tenth_bytes = storage.bytes("packed") * TENTH // (index + 1)
        log(f"{stored:,} bars stored")
    for storage in storages:
        check(storage, bars)
        found[storage.name].bytes = {form: storage.bytes(form) for form in FORMS}


def _other_forms(sources: dict[str, Path], place: Path) -> Others:
    parquet = {symbol: place / f"{symbol}.parquet" for symbol in sources}
    return Others({
        "Parquet + zstd": sum(other_forms.write_parquet(s, path, parquet[s]) for s, path in sources.items()),
        "DuckDB": other_forms.write_duckdb(parquet, place / "bars.duckdb"),
        "DBN + zstd": sum(
            other_forms.write_dbn(s, "1m", path, place / f"{s}.dbn.zst") for s, path in sources.items()
        ),
    })  # fmt: skip


def _places(sources: dict[str, Path], length: str, count: int) -> list[tuple[str, int, int]]:
    """A day or a calendar month of one symbol after the other, in which it was traded as usual."""
    ranges = []
    for symbol, source in sources.items():
        times = bar_files.read(source)["timestamp"]
        unit = "D" if length == "day" else "M"
        periods, bars = numpy.unique(times.view("M8[ns]").astype(f"M8[{unit}]"), return_counts=True)
        for period in periods[bars >= (1_200 if length == "day" else 20_000)]:
            start, end = (int(time.astype("M8[ns]").astype("i8")) for time in (period, period + 1))
            ranges.append((symbol, start, end))
    return random.Random(1).sample(ranges, min(count, len(ranges)))


def _read(storages, found, others: Others, sources, place: Path, rounds: int, counts: dict[str, int]) -> None:
    """All read the same places in turns, and have to find the same."""
    with contextlib.closing(other_forms.DuckDBReader(place / "bars.duckdb")) as duckdb:
        for length, count in counts.items():
            places, listed = _places(sources, length, count), place / f"{length}.places"
            listed.write_text("".join(f"{symbol} {start} {end}\n" for symbol, start, end in places))
            for turn in range(rounds):
                log(f"reads of a {length}, round {turn + 1}")
                answers = []
                for way in duckdb.WAYS:
                    microseconds, *answer = duckdb.read(places, way)
                    others.read(length, way, microseconds)
                    answers.append(answer)
                for storage in storages:
                    for form in FORMS:
                        read = ours("storage-read", storage.url(form), "1m", listed)
                        found[storage.name].read(length, form, read["microsecondsP50"])
                        answers.append([read["bars"], read["checksum"]])
                for bars, checksum in answers:
                    if bars != answers[0][0] or abs(checksum - answers[0][1]) > 1e-9 * abs(checksum):
                        raise RuntimeError(f"not all read the same {length}: {answers}")
