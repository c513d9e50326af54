"""Where answers come from: the synthetic market, or files of real records."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import databento_dbn as dbn

from stand_in import records as synthetic
from stand_in import symbols as universe
from stand_in.market import Market
from stand_in.records import Record, Watermark, utc_date
from stand_in.times import DAY, day_number, parse_time


@dataclass
class Mapping:
    """What one symbol stood for: (first day, day after the last, instrument id as text)."""

    symbol: str
    intervals: list[tuple[datetime.date, datetime.date, str]] = field(default_factory=list)


class Source(Protocol):
    """Answers for the datasets that it has."""

    def datasets(self) -> list[str]:
        """The names of the datasets."""

    def schemas(self, dataset: str) -> list[str]:
        """The schemas of a dataset."""

    def start(self, dataset: str) -> int:
        """The first instant of a dataset."""

    def mapping(self, dataset: str, symbol: str, stype_in: str, start: datetime.date, end: datetime.date):
        """The mappings of a symbol (several for a parent), empty when it is not known."""

    def records(
        self, dataset: str, schema: str, symbol: str, stype_in: str, start: int, end: int, mark: Watermark
    ) -> Iterator[Record]:
        """The records of one symbol in [start, end), oldest first."""


class SyntheticSource:
    """The deterministic market."""

    def __init__(self, market: Market):
        self.market = market

    def datasets(self) -> list[str]:
        return list(universe.DATASETS)

    def schemas(self, dataset: str) -> list[str]:
        return list(synthetic.SCHEMAS)

    def start(self, dataset: str) -> int:
        return parse_time("2010-06-06")

    def mapping(self, dataset, symbol, stype_in, start, end) -> list[Mapping]:
        result: dict[str, Mapping] = {}
        for interval in universe.resolve(dataset, symbol, stype_in, start, end):
            name = interval.contract.symbol if stype_in == "parent" else symbol
            is_id = stype_in == "instrument_id"
            target = interval.contract.symbol if is_id else str(interval.instrument_id)
            result.setdefault(name, Mapping(name)).intervals.append((interval.start, interval.end, target))
        return list(result.values())

    def records(self, dataset, schema, symbol, stype_in, start, end, mark) -> Iterator[Record]:
        days = utc_date(start), utc_date(end - 1) + datetime.timedelta(days=1)
        intervals = universe.resolve(dataset, symbol, stype_in, *days)
        return synthetic.records(self.market, schema, intervals, start, end, mark)


@dataclass
class _File:
    metadata: dbn.Metadata
    records: list[Record]


class FileSource:
    """Replays the DBN files of a folder. Files without metadata or that do not decode are left out and named."""

    def __init__(self, folder: Path):
        self.files: dict[tuple[str, str], list[_File]] = {}
        self.skipped: list[str] = []
        for path in sorted(folder.rglob("*.dbn")) + sorted(folder.rglob("*.dbn.zst")):
            try:
                self._load(path)
            except Exception as error:  # the official decoder raises several kinds
                self.skipped.append(f"{path.name}: {error}")

    def _load(self, path: Path) -> None:
        data = path.read_bytes()
        is_zstd = data[:4] == b"\x28\xb5\x2f\xfd"
        decoder = dbn.DBNDecoder(
            compression=dbn.Compression.ZSTD if is_zstd else dbn.Compression.NONE,
            upgrade_policy=dbn.VersionUpgradePolicy.AS_IS,
        )
        decoder.write(data)
        metadata, *messages = decoder.decode()
        if metadata.schema is None or not metadata.symbols:
            raise ValueError("no schema or no symbols")
        found = [Record(m.ts_index, m.instrument_id, bytes(m)) for m in messages]
        self.files.setdefault((metadata.dataset, str(metadata.schema)), []).append(_File(metadata, found))

    def datasets(self) -> list[str]:
        return sorted({dataset for dataset, _ in self.files})

    def schemas(self, dataset: str) -> list[str]:
        return sorted({schema for name, schema in self.files if name == dataset})

    def start(self, dataset: str) -> int:
        starts = [f.metadata.start for (name, _), files in self.files.items() if name == dataset for f in files]
        return min(starts) // DAY * DAY

    def inventory(self) -> list[dict]:
        """What can be asked for: one entry for each symbol of each file."""
        return [
            {
                "dataset": dataset,
                "schema": schema,
                "symbol": symbol,
                "stype_in": str(file.metadata.stype_in),
                "start": file.metadata.start,
                "end": file.metadata.end or max(r.index_time for r in file.records) + 1,
            }
            for (dataset, schema), files in self.files.items()
            for file in files
            for symbol in file.metadata.symbols
            if file.records or file.metadata.end
        ]

    def version(self, dataset: str, schema: str) -> int | None:
        """The version of the files whose records differ by version, else None."""
        if schema not in ("definition", "statistics"):
            return None
        return self.files[(dataset, schema)][0].metadata.version

    def mapping(self, dataset, symbol, stype_in, start, end) -> list[Mapping]:
        days: dict[str, dict[tuple, None]] = {}
        for (name, _), files in self.files.items():
            for file in files if name == dataset else []:
                if str(file.metadata.stype_in) != stype_in or symbol not in self._symbols(file):
                    continue
                for raw, intervals in file.metadata.mappings.items():
                    if stype_in != "parent" and raw != symbol:
                        continue
                    for i in intervals:
                        first, last = max(start, i["start_date"]), min(end, i["end_date"])
                        if first < last:
                            days.setdefault(raw, {})[(first, last, i["symbol"])] = None
        return [Mapping(raw, _without_overlap(list(intervals))) for raw, intervals in days.items()]

    def records(self, dataset, schema, symbol, stype_in, start, end, mark) -> Iterator[Record]:
        until = min(end, mark.available_end)
        found: dict[tuple[int, bytes], Record] = {}
        for file in self.files.get((dataset, schema), []):
            if str(file.metadata.stype_in) != stype_in or symbol not in self._symbols(file):
                continue
            ids = {
                (day, int(i["symbol"]))
                for raw, intervals in file.metadata.mappings.items()
                if raw == symbol or stype_in == "parent"
                for i in intervals
                for day in range(day_number(i["start_date"]), day_number(i["end_date"]))
            }
            for record in file.records:
                if start <= record.index_time < until and (record.index_time // DAY, record.instrument_id) in ids:
                    found[(record.index_time, record.data)] = record
        return iter(sorted(found.values(), key=lambda record: record.index_time))

    @staticmethod
    def _symbols(file: _File) -> set[str]:
        return set(file.metadata.symbols) | set(file.metadata.mappings)


def _without_overlap(intervals: list[tuple]) -> list[tuple]:
    """Sorted intervals; of two files' intervals for the same days and instrument one is left."""
    result: list[tuple] = []
    for first, last, name in sorted(intervals):
        if result and result[-1][2] == name and first <= result[-1][1]:
            result[-1] = (result[-1][0], max(last, result[-1][1]), name)
        elif not result or first >= result[-1][1]:
            result.append((first, last, name))
    return result
