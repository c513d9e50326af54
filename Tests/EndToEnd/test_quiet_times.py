"""Where nothing is traded: known to be empty, and never asked for again."""

import unittest

from harness import DatabentoCase, bars_of, each_database, ns


@each_database
class QuietTimes(DatabentoCase):
    """Weekends, holidays, and symbols with few, no or negative prices."""

    def _check(self, symbol, timeframe, start, end, expected_count=None):
        """The truth now, again, and behind a restart, for one purchase of each stretch."""
        truth = self.truth_bars(symbol, timeframe, ns(start), ns(end))
        if expected_count is not None:
            self.assertEqual(len(truth), expected_count)
        worker = self.start_worker()
        for _ in range(2):
            answer = worker.bars(symbol, timeframe, start, end).json
            self.assertEqual(bars_of(answer), truth)
            self.assert_is_complete(answer)
        bought = self.stand_in.purchases()
        worker.stop()
        answer = self.start_worker().bars(symbol, timeframe, start, end).json
        self.assertEqual(bars_of(answer), truth)
        self.assert_is_complete(answer)
        self.assertEqual(self.stand_in.purchases(), bought)
        self.assert_bought_once()
        return truth

    def test_a_weekend(self):
        self._check("ESH6", "1m", "2026-01-10", "2026-01-11", 0)

    def test_a_holiday(self):
        self._check("ES.c.0", "1h", "2025-12-25", "2025-12-26", 0)

    def test_a_range_across_weekend_and_daily_break(self):
        self._check("ESH6", "1h", "2026-01-08", "2026-01-13")

    def test_a_symbol_with_few_trades(self):
        truth = self._check("QUIET", "1m", "2026-01-12", "2026-01-13")
        self.assertTrue(0 < len(truth) < 60)

    def test_a_symbol_without_a_trade(self):
        self._check("SILENT", "1m", "2026-01-12", "2026-01-13", 0)

    def test_prices_below_zero(self):
        truth = self._check("NEGATIVE", "1m", "2026-01-08", "2026-01-13")
        self.assertTrue(any(bar[3] < 0 for bar in truth))

    def test_the_last_bars_of_a_symbol_without_a_trade(self):
        worker = self.start_worker()
        first = worker.bars("SILENT", "1h", last=5).json
        self.assertEqual(first["bars"], [])
        # How they ended may be noted a moment after the worker has everything.
        count = len(self.stand_in.purchases())
        self.assertEqual(worker.bars("SILENT", "1h", last=5).json["bars"], [])
        self.assertEqual(len(self.stand_in.purchases()), count)
        self.assert_bought_once()

    def test_the_last_bars_of_a_symbol_with_few_trades(self):
        truth = self.truth_bars("QUIET", "1m", ns("2026-01-10"), ns("2026-01-14T15:30:30"))[-15:]
        worker = self.start_worker()
        for _ in range(2):
            self.assertEqual(bars_of(worker.bars("QUIET", "1m", last=15).json), truth)
        bought = self.stand_in.purchases()
        self.assertEqual(bars_of(worker.bars("QUIET", "1m", last=15).json), truth)
        self.assertEqual(self.stand_in.purchases(), bought)
        self.assert_bought_once()

    def test_before_a_contract_is_listed_nothing_is_bought_twice(self):
        # ESH6 expires in March 2026 and is listed 600 days before.
        worker = self.start_worker()
        for _ in range(2):
            answer = worker.bars("ESH6", "1d", "2024-01-01", "2024-02-01").json
            self.assertEqual((answer["bars"], answer["complete"]), ([], True))
        self.assertLessEqual(len(self.stand_in.requests("timeseries.get_range")), 1)


if __name__ == "__main__":
    unittest.main()
