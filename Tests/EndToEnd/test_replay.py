"""Real files, named by TAPEDECK_TEST_DATA, played by the stand-in through a worker."""

import os
import sys
import unittest
from pathlib import Path

import databento_dbn as dbn

from harness import DAY, KEY, StandIn, WorkerCase, bars_of, each_database, quotes_of, text

_FOLDER = os.environ.get("TAPEDECK_TEST_DATA")
_TIMEFRAMES = {"ohlcv-1s": "1s", "ohlcv-1m": "1m", "ohlcv-1h": "1h", "ohlcv-1d": "1d", "bbo-1s": "1s", "bbo-1m": "1m"}


def _series() -> list[tuple[str, str, str, int, int]]:
    """(dataset, schema, symbol, start, end) of what the folder's files hold, each once, days in full."""
    found: dict[tuple[str, str, str], list[int]] = {}
    for path in sorted(Path(_FOLDER).rglob("*.dbn*")):
        data = path.read_bytes()
        is_zstd = data[:4] == b"\x28\xb5\x2f\xfd"
        decoder = dbn.DBNDecoder(compression=dbn.Compression.ZSTD if is_zstd else dbn.Compression.NONE)
        try:
            decoder.write(data)
            metadata, *records = decoder.decode()
        except Exception as error:  # the official decoder raises several kinds
            print(f"  {path.name}: left out: {error}", file=sys.stderr)
            continue
        if not isinstance(metadata, dbn.Metadata) or str(metadata.schema) not in _TIMEFRAMES:
            continue
        if str(metadata.stype_in) not in ("raw_symbol", "continuous"):
            continue
        for symbol in metadata.symbols:
            times = found.setdefault((metadata.dataset, str(metadata.schema), symbol), [])
            times += [metadata.start, *(record.ts_index for record in records)]
    return [(*key, min(times) // DAY * DAY, max(times) // DAY * DAY + DAY) for key, times in found.items()]


@each_database
class Replay(WorkerCase):
    """Every bar and sampled quote of the files, as a worker answers it."""

    @classmethod
    def setUpClass(cls):
        if not _FOLDER:
            raise unittest.SkipTest("TAPEDECK_TEST_DATA names no folder of DBN files")
        cls.stand_in = StandIn("--data", _FOLDER)

    @classmethod
    def tearDownClass(cls):
        cls.stand_in.stop()

    def base_environment(self) -> dict[str, str]:
        return {
            **super().base_environment(),
            "DATABENTO_API_KEY": KEY,
            "TAPEDECK_DATABENTO_URL": self.stand_in.url,
        }

    def test_real_records_arrive_unchanged(self):
        self.stand_in.control("POST", "reset", {})
        series = _series()
        figures = self._check(self.start_worker(), series, "provider")
        bought = self.stand_in.purchases()
        again = self._check(self.start_worker(), series, "database")
        self.assertEqual(figures, again)
        self.assertEqual(self.stand_in.purchases(), bought)
        for dataset, schema, symbol, count in figures:
            print(f"  {self.kind}: {dataset} {schema} {symbol}: {count} records", file=sys.stderr)
        total = sum(count for *_, count in figures)
        print(f"  {self.kind}: {len(figures)} series, {total} records, {len(bought)} purchases", file=sys.stderr)

    def _check(self, worker, series, tier) -> list[tuple[str, str, str, int]]:
        figures = []
        for dataset, schema, symbol, start, end in series:
            with self.subTest(dataset=dataset, schema=schema, symbol=symbol):
                truth = self.stand_in.truth(symbol, schema, start, end, dataset=dataset)
                path = "/v1/bars" if schema.startswith("ohlcv") else "/v1/quotes"
                response = worker.get(
                    path, symbol=symbol, timeframe=_TIMEFRAMES[schema], start=text(start), end=text(end),
                    provider=f"databento/{dataset}",
                )
                self.assertEqual(response.status, 200, response)
                self.assertTrue(response.json["complete"])
                if path == "/v1/bars":
                    self.assertEqual(bars_of(response.json), bars_of(truth))
                else:
                    # Samples of minutes and seconds share their table, so that minutes show among the seconds.
                    expected = quotes_of(truth)
                    minutes = set(self._minutes(symbol, schema, start, end, dataset)) - set(expected)
                    self.assertEqual([q for q in quotes_of(response.json) if q not in minutes], expected)
                figures.append((dataset, schema, symbol, len(truth)))
        return figures

    def _minutes(self, symbol, schema, start, end, dataset) -> list[tuple]:
        if schema != "bbo-1s":
            return []
        return quotes_of(self.stand_in.truth(symbol, "bbo-1m", start, end, dataset=dataset))


if __name__ == "__main__":
    unittest.main()
