"""Where ranges begin and end, and what happens to those who do not wait."""

import random
import time
import unittest

from harness import DAY, MINUTE, DatabentoCase, aggregated, bars_of, each_database, eventually, ns, text
from harness.truth import PERIODS


@each_database
class Edges(DatabentoCase):
    """Ranges at and beyond the ends of what the vendor has."""

    def test_a_range_is_widened_to_whole_periods(self):
        answer = self.start_worker().bars("ESH6", "1m", "2026-01-12T15:00:30Z", "2026-01-12T15:04:30.5Z").json
        self.assertEqual((answer["start"], answer["end"]), ("2026-01-12T15:00:00Z", "2026-01-12T15:05:00Z"))
        self.assertEqual(bars_of(answer), self.truth_bars("ESH6", "1m", ns("2026-01-12T15:00"), ns("2026-01-12T15:05")))
        self.assert_is_complete(answer)

    def test_all_forms_of_a_time_mean_the_same(self):
        worker = self.start_worker()
        end = ns("2026-01-13")
        expected = worker.bars("ESH6", "1h", "2026-01-12T00:00:00Z", "2026-01-13T00:00:00Z").json
        for start in ("2026-01-12", str(ns("2026-01-12")), "2026-01-12T01:00:00+01:00", "2026-01-11 19:00:00-05:00"):
            self.assertEqual(worker.bars("ESH6", "1h", start, str(end)).json, expected)
        self.assertEqual(len(self.stand_in.purchases()), 1)

    def test_aliases_of_a_timeframe_are_one_series(self):
        worker = self.start_worker()
        for timeframe in ("1h", "60m"):
            answer = worker.bars("ESH6", timeframe, "2026-01-12", "2026-01-13").json
            self.assertEqual(answer["timeframe"], "1h")
        self.assertEqual(len(self.stand_in.purchases()), 1)

    def test_what_lies_in_the_future_is_missing_and_not_bought(self):
        worker = self.start_worker()
        for _ in range(2):
            response = worker.get(
                "/v1/bars", symbol="ESH6", timeframe="1h", start="2026-01-15", end="2026-01-16"
            )
            self.assertEqual(response.status, 200, response)
            answer = response.json
            self.assertEqual((answer["bars"], answer["complete"]), ([], False))
            self.assertEqual([part["reason"] for part in answer["missing"]], ["notAvailableYet"])
        self.assertEqual(self.stand_in.requests("timeseries.get_range"), [])

    def test_what_lies_before_the_vendors_start_is_missing(self):
        answer = self.start_worker().bars("CL.c.0", "1d", "2010-05-01", "2010-07-01").json
        self.assertEqual(bars_of(answer), self.truth_bars("CL.c.0", "1d", ns("2010-06-06"), ns("2010-07-01")))
        self.assertFalse(answer["complete"])
        self.assertEqual(
            [(part["start"], part["end"], part["reason"]) for part in answer["missing"]],
            [("2010-05-01T00:00:00Z", "2010-06-06T00:00:00Z", "beforeProviderStart")],
        )

    def test_without_an_end_a_range_ends_now(self):
        self.stand_in.settings(now="wall")
        start = time.time_ns() // DAY * DAY - 7 * DAY
        answer = self.start_worker().bars("ES.c.0", "1d", text(start)).json
        self.assertTrue(1 <= len(answer["bars"]) <= 8)
        self.assertLess(abs(ns(answer["end"]) - time.time_ns()), 2 * DAY)

    def test_what_is_paid_for_is_kept_although_nobody_waits(self):
        self.stand_in.fault(delay_ms=1_000, ending="clean")
        worker = self.start_worker()
        with self.assertRaises(TimeoutError):
            worker.request(
                "GET", "/v1/bars", seconds=0.3, symbol="ESH6", timeframe="1h", start="2026-01-12", end="2026-01-13"
            )
        eventually(
            "it is stored", lambda: worker.get("/v1/coverage", symbol="ESH6", timeframe="1h").json["final"]
        )
        self.assertEqual(worker.bars("ESH6", "1h", "2026-01-12", "2026-01-13").tier, "memory")
        self.assertEqual(len(self.stand_in.purchases()), 1)

    def test_a_request_that_takes_too_long_is_told_to_come_back(self):
        self.stand_in.fault(delay_ms=1_500, ending="clean")
        worker = self.start_worker(TAPEDECK_REQUEST_TIMEOUT="500ms")
        span = {"symbol": "ESH6", "timeframe": "1h", "start": "2026-01-12", "end": "2026-01-13"}
        response = worker.get("/v1/bars", **span)
        self.assertEqual(response.status, 504)
        self.assertGreaterEqual(int(response.headers["retry-after"]), 1)
        served = eventually("it is served", lambda: (r := worker.get("/v1/bars", **span)).status == 200 and r)
        self.assertEqual(bars_of(served.json), self.truth_bars("ESH6", "1h", ns("2026-01-12"), ns("2026-01-13")))
        self.assertEqual(len(self.stand_in.purchases()), 1)

    def test_a_continuous_symbol_keeps_its_bars_over_a_roll(self):
        span = ("2025-12-15", "2025-12-24")
        worker = self.start_worker()
        hours = worker.bars("ES.c.0", "1h", *span).json
        self.assertEqual(bars_of(hours), self.truth_bars("ES.c.0", "1h", ns(span[0]), ns(span[1])))
        rows = self.database.query("SELECT COUNT(DISTINCT instrument_id) FROM symbol_mappings WHERE symbol = 'ES.c.0'")
        self.assertEqual(rows, ["2"])


@each_database
class RandomReads(DatabentoCase):
    """A long chain of reads of all kinds, with workers that come and go and a memory that is too small."""

    START, END = ns("2026-01-05"), ns("2026-01-12")
    OPERATIONS = 60

    def test_every_answer_is_the_truth_and_nothing_is_bought_twice(self):
        seed = time.time_ns()
        with self.subTest(seed=seed):
            self._run(random.Random(seed))

    def _run(self, generator: random.Random) -> None:
        self.stand_in.settings(now="2026-01-11T12:00:00Z")
        truths = {
            (symbol, timeframe): self.truth_bars(symbol, timeframe, self.START, ns("2026-01-11T12:00"))
            for symbol in ("ES.c.0", "QUIET", "NEGATIVE")
            for timeframe in ("1m", "1h", "1d")
        }
        worker = self.start_worker(TAPEDECK_BARS_MAX="1000")
        for number in range(self.OPERATIONS):
            if generator.random() < 0.08:
                worker.kill() if generator.random() < 0.5 else worker.stop()
                worker = self.start_worker(TAPEDECK_BARS_MAX="1000")
            symbol = generator.choice(("ES.c.0", "QUIET", "NEGATIVE"))
            timeframe = generator.choice(("1m", "5m", "15m", "1h", "2h", "4h", "1d"))
            with self.subTest(number=number, symbol=symbol, timeframe=timeframe):
                self._read(generator, worker, symbol, timeframe, truths)
        # The day that is not over stays provisional, and expires when the chain takes long.
        self.assert_bought_once(until=ns("2026-01-11"))

    def _read(self, generator, worker, symbol, timeframe, truths) -> None:
        base = "1m" if PERIODS[timeframe] < PERIODS["1h"] else "1d" if timeframe == "1d" else "1h"
        truth = aggregated(truths[symbol, base], timeframe)
        if generator.random() < 0.3 and symbol != "QUIET":
            count = generator.randint(1, min(20, len(truth) // 3))
            answer = worker.bars(symbol, timeframe, last=count).json
            self.assertEqual(bars_of(answer), truth[-count:])
            return
        length = generator.choice((30, 300, 3_000)) * MINUTE
        start = generator.randrange(self.START, ns("2026-01-10"), MINUTE)
        end = min(start + length, ns("2026-01-11"))
        answer = worker.bars(symbol, timeframe, text(start), text(end)).json
        period = PERIODS[timeframe]
        first, last = start // period * period, -(-end // period) * period
        self.assertEqual(bars_of(answer), [bar for bar in truth if first <= bar[0] < last])
        self.assert_is_complete(answer)


if __name__ == "__main__":
    unittest.main()
