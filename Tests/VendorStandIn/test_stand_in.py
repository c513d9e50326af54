"""Checks the stand-in with the vendor's own client: `python test_stand_in.py`."""

import base64
import json
import subprocess
import sys
import unittest
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import databento

KEY = "db-standin0000000000000000000000"
SCRIPT = Path(__file__).with_name("vendor_stand_in.py")


class StandIn:
    """A running stand-in."""

    def __init__(self, *arguments: str):
        self.process = subprocess.Popen(
            [sys.executable, str(SCRIPT), "--exit-with-stdin", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.port = int(self.process.stdout.readline().split()[-1])

    def stop(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()

    def client(self, key: str = KEY) -> databento.Historical:
        client = databento.Historical(key=key, gateway=f"https://127.0.0.1:{self.port}")
        for api in (client.timeseries, client.metadata, client.symbology, client.batch):
            api._base_url = api._base_url.replace("https:", "http:")
        return client

    def control(self, verb: str, name: str, body=None, **params):
        query = "?" + urllib.parse.urlencode(params) if params else ""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/control/{name}{query}", data=data, method=verb
        )
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)


class StandInTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = StandIn()
        cls.client = cls.server.client()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def setUp(self):
        self.server.control("POST", "reset", {})

    def bars(self, schema, start, end, symbol="ESH6", stype="raw_symbol", dataset="GLBX.MDP3"):
        store = self.client.timeseries.get_range(
            dataset=dataset, symbols=symbol, stype_in=stype, schema=schema, start=start, end=end
        )
        return store.to_df()

    def test_bars_are_read_and_mapped_by_the_official_client_in_all_versions(self):
        frames = []
        for version in (1, 2, 3):
            self.server.control("POST", "settings", {"dbn_version": version, "frame_records": 100})
            frames.append(self.bars("ohlcv-1m", "2026-01-12T14:00", "2026-01-12T20:00"))
        self.assertEqual(set(frames[0]["symbol"]), {"ESH6"})
        self.assertGreater(len(frames[0]), 300)
        self.assertTrue(frames[0].equals(frames[1]) and frames[1].equals(frames[2]))

    def test_frames_may_end_anywhere(self):
        expected = self.bars("ohlcv-1m", "2026-01-12", "2026-01-13")
        self.server.control("POST", "settings", {"frame_bytes": 1_001})
        self.assertTrue(expected.equals(self.bars("ohlcv-1m", "2026-01-12", "2026-01-13")))

    def test_finer_bars_and_trades_add_up_to_coarser_bars(self):
        start, end = "2026-01-12T15:00", "2026-01-12T17:00"
        rules = {"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"}
        minutes = self.bars("ohlcv-1m", start, end)[list(rules)]
        hours = self.bars("ohlcv-1h", start, end)[list(rules)]
        seconds = self.bars("ohlcv-1s", start, end)[list(rules)]
        self.assertTrue((minutes.resample("1h").agg(rules) == hours).all().all())
        self.assertTrue((seconds.resample("1min").agg(rules).dropna() == minutes).all().all())
        trades = self.bars("trades", start, "2026-01-12T15:10").set_index("ts_event")
        from_trades = trades.resample("1min").agg(
            open=("price", "first"), high=("price", "max"), low=("price", "min"), close=("price", "last"),
            volume=("size", "sum"),
        )
        self.assertTrue((from_trades == minutes[: len(from_trades)]).all().all())

    def test_quotes_stand_at_the_end_of_their_minute(self):
        quotes = self.bars("bbo-1m", "2026-01-12T15:00", "2026-01-12T15:10")
        self.assertEqual(str(quotes.index[0]), "2026-01-12 15:00:00+00:00")
        self.assertEqual(len(quotes), 10)

    def test_a_continuous_symbol_rolls(self):
        days = self.bars("ohlcv-1d", "2025-12-01", "2026-01-10", symbol="ES.c.0", stype="continuous")
        self.assertEqual(len(set(days["instrument_id"])), 2)

    def test_the_market_is_closed_on_weekends_and_holidays(self):
        self.assertEqual(len(self.bars("ohlcv-1m", "2026-01-10", "2026-01-11")), 0)
        self.assertEqual(len(self.bars("ohlcv-1m", "2025-12-25", "2025-12-26")), 0)

    def test_metadata_methods_answer_the_official_client(self):
        metadata = self.client.metadata
        self.assertIn("GLBX.MDP3", metadata.list_datasets())
        self.assertIn("bbo-1m", metadata.list_schemas("GLBX.MDP3"))
        self.assertEqual(metadata.get_dataset_range("GLBX.MDP3")["end"], "2026-01-14T15:30:30.000000000Z")
        query = dict(dataset="GLBX.MDP3", symbols="ESH6", schema="ohlcv-1m", start="2026-01-12", end="2026-01-13")
        count = len(self.bars("ohlcv-1m", "2026-01-12", "2026-01-13"))
        self.assertEqual(metadata.get_record_count(**query), count)
        self.assertEqual(metadata.get_billable_size(**query), count * 56)
        self.assertGreater(metadata.get_cost(**query), 0)
        condition = metadata.get_dataset_condition("GLBX.MDP3", start_date="2026-01-12", end_date="2026-01-14")
        self.assertEqual([c["condition"] for c in condition], ["available", "available", "pending"])
        resolved = self.client.symbology.resolve(
            dataset="GLBX.MDP3", symbols=["ES.c.0", "NOPE"], stype_in="continuous", stype_out="instrument_id",
            start_date="2026-01-12",
        )
        self.assertEqual(resolved["not_found"], ["NOPE"])
        self.assertEqual(metadata.list_unit_prices("GLBX.MDP3")[0]["mode"], "historical")
        self.assertTrue(metadata.list_publishers())

    def test_refusals_reach_the_official_client(self):
        with self.assertRaisesRegex(databento.BentoClientError, "401"):
            self.server.client("db-wrong").metadata.list_datasets()
        with self.assertRaisesRegex(databento.BentoClientError, "symbology_invalid_request"):
            self.bars("ohlcv-1m", "2026-01-12", "2026-01-13", symbol="NOPE")
        with self.assertRaisesRegex(databento.BentoClientError, "data_end_after_available_end"):
            self.bars("ohlcv-1m", "2026-01-12", "2026-01-15")
        self.server.control("POST", "faults", {"status": 503, "body": "down", "content_type": "text/plain"})
        with self.assertRaisesRegex(databento.BentoServerError, "503"):
            self.bars("ohlcv-1m", "2026-01-12", "2026-01-13")

    def test_purchases_are_counted_exactly_also_of_a_cut_body(self):
        self.server.control("POST", "faults", {"after_records": 5})
        with self.assertRaises(databento.BentoError):
            self.bars("ohlcv-1m", "2026-01-12", "2026-01-13")
        count = len(self.bars("ohlcv-1m", "2026-01-12", "2026-01-13"))

        purchases = self.server.control("GET", "purchases")["purchases"]

        self.assertEqual([p["records_sent"] for p in purchases], [5, count])
        self.assertEqual([p["outcome"] for p in purchases], ["cut", "complete"])

    def test_a_revision_changes_the_bars_and_the_condition(self):
        revised = self.server.control("POST", "revise", {
            "dataset": "GLBX.MDP3", "symbol": "ESH6", "timestamp": "2026-01-12T15:03:00Z", "volume": 99_999,
            "modified": "2026-01-14",
        })
        self.assertEqual(revised["new"]["volume"], 99_999)
        minutes = self.bars("ohlcv-1m", "2026-01-12T15:00", "2026-01-12T16:00")
        hours = self.bars("ohlcv-1h", "2026-01-12T15:00", "2026-01-12T16:00")
        self.assertEqual(minutes["volume"].iloc[3], 99_999)
        self.assertEqual(hours["volume"].iloc[0], minutes["volume"].sum())
        condition = self.client.metadata.get_dataset_condition("GLBX.MDP3", "2026-01-12", "2026-01-12")
        self.assertEqual(condition[0]["last_modified_date"], "2026-01-14")

    def test_the_newest_bar_grows_with_the_available_end(self):
        def volume(now):
            self.server.control("POST", "settings", {"now": now})
            return self.bars("ohlcv-1h", "2026-01-14T15:00", "2026-01-14T15:10")["volume"].iloc[0]

        self.assertLess(volume("2026-01-14T15:20:30Z"), volume("2026-01-14T15:40:30Z"))

    def test_unknown_control_values_are_refused(self):
        with self.assertRaises(urllib.error.HTTPError):
            self.server.control("POST", "settings", {"nonsense": 1})
        with self.assertRaises(urllib.error.HTTPError):
            self.server.control("POST", "faults", {"ending": "nonsense"})

    def test_truth_is_what_the_official_client_reads(self):
        truth = self.server.control(
            "GET", "truth", dataset="GLBX.MDP3", symbols="NEGATIVE", schema="ohlcv-1m", start="2026-01-12",
            end="2026-01-13",
        )["records"]
        frame = self.bars("ohlcv-1m", "2026-01-12", "2026-01-13", symbol="NEGATIVE")
        self.assertEqual([r["close"] / 1e9 for r in truth], list(frame["close"]))

    def test_get_and_plain_requests_work_too(self):
        request = urllib.request.Request(f"http://127.0.0.1:{self.server.port}/v0/metadata.list_datasets")
        request.add_header("Authorization", "Basic " + base64.b64encode(f"{KEY}:".encode()).decode())
        with urllib.request.urlopen(request) as answer:
            self.assertIn("GLBX.MDP3", json.load(answer))


if __name__ == "__main__":
    # The vendor's client itself warns about its use of pandas.
    unittest.main(warnings="ignore")
