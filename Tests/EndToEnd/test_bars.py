"""A bot asks for bars: from the vendor once, then from memory, and behind a restart from the database."""

import json
import unittest

from harness import HOUR, DatabentoCase, bars_of, each_database, ns


@each_database
class BarsAnswers(DatabentoCase):
    """Bars against the vendor's truth, by tier and purchase."""

    #: (symbol, timeframe, start, end, more parameters)
    RANGES = [
        ("ES.c.0", "1m", "2026-01-12T14:00:00Z", "2026-01-12T20:00:00Z"),
        ("ESH6", "1d", "2025-12-01", "2026-01-10"),
        ("ESH6", "1s", "2026-01-12T15:00:00Z", "2026-01-12T15:20:00Z"),
        ("CL.v.1", "1h", "2025-12-22", "2025-12-31"),
    ]

    def test_ranges_equal_the_truth_from_every_tier_and_are_bought_once(self):
        worker = self.start_worker()
        for tier in ("provider", "memory"):
            for symbol, timeframe, start, end in self.RANGES:
                self._check_range(worker, tier, symbol, timeframe, start, end)
        bought = self.stand_in.purchases()
        self.assertEqual(worker.stop(), 0)

        worker = self.start_worker()
        for tier in ("database", "memory"):
            for symbol, timeframe, start, end in self.RANGES:
                self._check_range(worker, tier, symbol, timeframe, start, end)

        self.assertEqual(self.stand_in.purchases(), bought)
        self.assertEqual(len(bought), len(self.RANGES))
        self.assert_bought_once()

    def _check_range(self, worker, tier, symbol, timeframe, start, end):
        with self.subTest(symbol=symbol, timeframe=timeframe, tier=tier):
            response = worker.bars(symbol, timeframe, start, end)
            answer = response.json
            truth = self.truth_bars(symbol, timeframe, ns(start), ns(end))
            self.assertGreater(len(truth), 20)
            self.assertEqual(bars_of(answer), truth)
            self.assertEqual(response.tier, tier)
            self.assert_is_complete(answer)
            self.assertEqual((ns(answer["start"]), ns(answer["end"])), (ns(start), ns(end)))
            self.assertEqual((answer["symbol"], answer["timeframe"]), (symbol, timeframe))
            self.assertEqual(answer["provider"], "databento/GLBX.MDP3")
            self.assertTrue(all(bar["final"] and bar["rev"] == 1 for bar in answer["bars"]))
            self.assertEqual(response.headers["age"], "0")
            self.assertEqual(response.headers["x-tapedeck-stale"], "false")

    def test_the_last_24_hours_end_with_the_forming_bar(self):
        now = ns("2026-01-14T15:30:30Z")
        truth = self.truth_bars("ES.c.0", "1h", now // HOUR * HOUR - 40 * HOUR, now)[-24:]
        worker = self.start_worker()
        for tier in ("provider", "memory"):
            response = worker.bars("ES.c.0", "1h", last=24)
            self.assertEqual(bars_of(response.json), truth)
            self.assertEqual(response.tier, tier)
            self.assert_is_complete(response.json)
            self.assertEqual([bar["final"] for bar in response.json["bars"]], [True] * 23 + [False])
        bought = self.stand_in.purchases()
        worker.stop()

        worker = self.start_worker()
        for tier in ("database", "memory"):
            response = worker.bars("ES.c.0", "1h", last=24)
            self.assertEqual(bars_of(response.json), truth)
            self.assertEqual(response.tier, tier)

        self.assertEqual(self.stand_in.purchases(), bought)
        self.assert_bought_once()

    def test_the_last_bars_reach_back_over_a_weekend_and_a_holiday(self):
        self.stand_in.settings(now="2025-12-29T00:30:00Z")
        truth = self.truth_bars("NQ.c.0", "1m", ns("2025-12-24T12:00"), ns("2025-12-29T00:30"))[-200:]
        self.assertLess(truth[0][0], ns("2025-12-27"))
        worker = self.start_worker()

        self.assertEqual(bars_of(worker.bars("NQ.c.0", "1m", last=200).json), truth)
        bought = len(self.stand_in.purchases())
        self.assertEqual(bars_of(worker.bars("NQ.c.0", "1m", last=200).json), truth)

        self.assertEqual(len(self.stand_in.purchases()), bought)
        self.assert_bought_once()

    def test_a_longer_range_buys_only_what_is_missing(self):
        worker = self.start_worker()
        worker.bars("ESH6", "1m", "2026-01-12T14:00:00Z", "2026-01-12T15:00:00Z")
        answer = worker.bars("ESH6", "1m", "2026-01-12T13:00:00Z", "2026-01-12T16:00:00Z").json

        truth = self.truth_bars("ESH6", "1m", ns("2026-01-12T13:00"), ns("2026-01-12T16:00"))
        self.assertEqual(bars_of(answer), truth)
        self.assert_bought_once()
        self.assertEqual(sum(p["records_sent"] for p in self.stand_in.purchases()), len(truth))

    def test_any_dataset_can_be_named(self):
        worker = self.start_worker()
        answer = worker.bars("MSFT", "1h", "2026-01-05", "2026-01-10", provider="databento/XNAS.ITCH").json

        truth = self.truth_bars("MSFT", "1h", ns("2026-01-05"), ns("2026-01-10"), dataset="XNAS.ITCH")
        self.assertEqual(bars_of(answer), truth)
        self.assertEqual(answer["provider"], "databento/XNAS.ITCH")

    def test_an_explanation_buys_nothing_and_foretells_the_purchase(self):
        worker = self.start_worker()
        span = {"start": "2026-01-12T14:00:00Z", "end": "2026-01-12T16:00:00Z"}
        before = worker.bars("ESH6", "1m", **span, explain="true").json
        self.assertEqual(self.stand_in.purchases(), [])
        worker.bars("ESH6", "1m", **span)
        after = worker.bars("ESH6", "1m", **span, explain="true").json

        bought = self.stand_in.purchases()[0]
        self.assertEqual(before["estimate"]["records"], bought["records_sent"])
        self.assertEqual(before["estimate"]["bytes"], bought["records_sent"] * 56)
        self.assertGreater(before["estimate"]["usd"], 0)
        self.assertEqual([stretch["source"] for stretch in after["stretches"]], ["memory"])

    def test_the_ledger_names_client_records_bytes_and_cost(self):
        worker = self.start_worker()
        span = {"symbol": "ESH6", "timeframe": "1m", "start": "2026-01-12T14:00:00Z", "end": "2026-01-12T16:00:00Z"}
        for _ in range(2):
            worker.request("GET", "/v1/bars", headers={"X-Tapedeck-Client": "bot-7"}, **span)

        entries = json.loads(self.command("ledger", "--json").stdout)

        bought = self.stand_in.purchases()
        self.assertEqual((len(entries), len(bought)), (1, 1))
        entry = entries[0]
        self.assertEqual(entry["client"], "bot-7")
        self.assertEqual((entry["symbol"], entry["timeframe"]), ("ESH6", "1m"))
        self.assertEqual((entry["state"], entry["error"]), ("done", None))
        self.assertEqual((ns(entry["start"]), ns(entry["end"])), (bought[0]["start"], bought[0]["end"]))
        self.assertEqual(entry["records"], bought[0]["records_sent"])
        self.assertEqual(entry["bytes"], bought[0]["records_sent"] * 56)
        # 280 US$ per GB: the stand-in's price of ohlcv-1m.
        self.assertAlmostEqual(entry["usd"], entry["bytes"] * 280 / 1e9, places=9)

    def test_bots_are_named_by_their_tokens(self):
        worker = self.start_worker(TAPEDECK_TOKENS="alpha=token-of-alpha,beta=token-of-beta")
        span = {"symbol": "ESH6", "timeframe": "1h", "start": "2026-01-12", "end": "2026-01-13"}
        refused = worker.request("GET", "/v1/bars", **span)
        served = worker.request("GET", "/v1/bars", headers={"Authorization": "Bearer token-of-beta"}, **span)

        self.assertEqual((refused.status, served.status), (401, 200))
        entries = json.loads(self.command("ledger", "--json").stdout)
        self.assertEqual([entry["client"] for entry in entries], ["beta"])

    def test_the_command_line_answers_what_the_worker_answers(self):
        worker = self.start_worker()
        span = {"start": "2026-01-12T14:00:00Z", "end": "2026-01-12T16:00:00Z"}
        answer = worker.bars("ESH6", "1m", **span).json
        arguments = ["bars", "ESH6", "1m", "--start", span["start"], "--end", span["end"]]

        self.assertEqual(json.loads(self.command(*arguments, "--json").stdout), answer)
        table = self.command(*arguments, "--csv").stdout.splitlines()
        self.assertEqual(table[0], "t,o,h,l,c,v,final,rev")
        self.assertEqual(len(table), len(answer["bars"]) + 1)
        self.assertEqual(len(self.stand_in.purchases()), 1)


if __name__ == "__main__":
    unittest.main()
