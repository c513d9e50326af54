"""Timeframes that the vendor does not sell are made of those that it does."""

import unittest

from harness import DatabentoCase, aggregated, bars_of, each_database, ns


@each_database
class DerivedTimeframes(DatabentoCase):
    """Aggregated bars against the aggregated truth."""

    def test_bars_equal_the_aggregated_truth(self):
        start, end = "2026-01-08", "2026-01-13"
        minutes = self.truth_bars("ES.c.0", "1m", ns(start), ns(end))
        worker = self.start_worker()
        for timeframe in ("5m", "10m", "15m", "30m", "2h", "4h"):
            with self.subTest(timeframe=timeframe):
                answer = worker.bars("ES.c.0", timeframe, start, end).json
                self.assertEqual(bars_of(answer), aggregated(minutes, timeframe))
                self.assert_is_complete(answer)
                self.assertTrue(all(bar["final"] for bar in answer["bars"]))
        self.assert_bought_once()
        # Five timeframes cost what two do: all come from the minutes that were bought first, or from hours.
        self.assertLessEqual({p["schema"] for p in self.stand_in.purchases()}, {"ohlcv-1m", "ohlcv-1h"})

    def test_negative_prices_aggregate(self):
        start, end = "2026-01-12", "2026-01-13"
        minutes = self.truth_bars("NEGATIVE", "1m", ns(start), ns(end))
        answer = self.start_worker().bars("NEGATIVE", "5m", start, end).json
        self.assertEqual(bars_of(answer), aggregated(minutes, "5m"))

    def test_hours_built_from_minutes_equal_the_vendors_hours(self):
        start, end = "2026-01-12T12:00:00Z", "2026-01-12T20:00:00Z"
        worker = self.start_worker()
        minutes = bars_of(worker.bars("ESH6", "1m", start, end).json)
        hours = bars_of(worker.bars("ESH6", "1h", start, end).json)

        self.assertEqual(aggregated(minutes, "1h"), hours)
        self.assertEqual(hours, self.truth_bars("ESH6", "1h", ns(start), ns(end)))

    def test_minutes_that_are_stored_serve_coarser_bars_without_a_purchase(self):
        start, end = "2026-01-12T12:00:00Z", "2026-01-12T20:00:00Z"
        worker = self.start_worker()
        minutes = bars_of(worker.bars("ESH6", "1m", start, end).json)
        bought = self.stand_in.purchases()
        for timeframe in ("5m", "30m", "2h", "4h"):
            self.assertEqual(bars_of(worker.bars("ESH6", timeframe, start, end).json), aggregated(minutes, timeframe))
        self.assertEqual(self.stand_in.purchases(), bought)

    def test_the_newest_derived_bars_end_with_the_forming_one(self):
        now = ns("2026-01-14T15:32:30Z")
        self.stand_in.settings(now="2026-01-14T15:32:30Z")
        minutes = self.truth_bars("ES.c.0", "1m", ns("2026-01-14T12:00"), now)
        answer = self.start_worker().bars("ES.c.0", "5m", last=12).json

        self.assertEqual(bars_of(answer), aggregated(minutes, "5m")[-12:])
        self.assertEqual([bar["final"] for bar in answer["bars"]], [True] * 11 + [False])


if __name__ == "__main__":
    unittest.main()
