"""Quotes, prices and spreads against the vendor's newest records, with their true ages."""

import time
import unittest

from harness import DAY, HOUR, MINUTE, SECOND, DatabentoCase, each_database, ns, quotes_of, text

_AGE_TOLERANCE_SECONDS = 30


def _newest_busy_minute() -> int:
    """The newest minute in which futures trade: ages are by the worker's own clock, so it must be a recent one."""
    minute = time.time_ns() // MINUTE * MINUTE
    while True:
        day = time.gmtime(minute // SECOND)
        is_holiday = (day.tm_mon, day.tm_mday) in {(1, 1), (7, 4), (12, 25)}
        if day.tm_wday <= 4 and 14 <= day.tm_hour < 21 and not is_holiday:
            return minute
        minute -= 10 * MINUTE


@each_database
class NewestPrices(DatabentoCase):
    """What was the newest when the vendor's data ended."""

    def setUp(self):
        super().setUp()
        # 20 s into a minute that is one of three with a two-sided quote for sure.
        self.end = _newest_busy_minute() + 20 * SECOND
        while self.end // MINUTE % 97 in (12, 13, 14):
            self.end -= 5 * MINUTE
        self.stand_in.settings(now=text(self.end))

    def _truth(self, symbol: str) -> dict:
        """The newest record of the schema that was bought last."""
        schema = self.stand_in.purchases()[-1]["schema"]
        start = self.end - (4 * DAY if schema == "bbo-1m" else HOUR)
        return self.stand_in.truth(symbol, schema, start, self.end)[-1]

    def _check_age(self, seconds: float, stamp: int) -> None:
        self.assertAlmostEqual(seconds, (time.time_ns() - stamp) / SECOND, delta=_AGE_TOLERANCE_SECONDS)

    def test_quote_price_and_spread_come_from_one_purchase(self):
        worker = self.start_worker()
        quote = worker.get("/v1/quote", symbol="ES.c.0")
        bought = len(self.stand_in.purchases())
        price = worker.get("/v1/price", symbol="ES.c.0", max_age=31_000_000)
        spread = worker.get("/v1/spread", symbol="ES.c.0")
        truth = self._truth("ES.c.0")
        stamp, bid, ask, bid_size, ask_size = quotes_of([truth])[0]

        self.assertEqual([r.status for r in (quote, price, spread)], [200, 200, 200])
        self.assertEqual((quote.tier, price.tier, spread.tier), ("provider", "memory", "memory"))
        self.assertEqual(len(self.stand_in.purchases()), bought)
        found = quote.json
        self.assertEqual(
            (ns(found["t"]), found["bid"], found["ask"], found["bid_size"], found["ask_size"]),
            (stamp, bid, ask, bid_size, ask_size),
        )
        self._check_age(found["age_seconds"], stamp)
        self.assertAlmostEqual(spread.json["spread"], ask - bid, places=9)
        self.assertAlmostEqual(spread.json["middle"], (ask + bid) / 2, places=9)
        self.assertEqual((price.json["price"], price.json["source"]), (truth["price"] / 1e9, "trade"))
        self.assertEqual(ns(price.json["t"]), truth["ts_event"])
        self._check_age(price.json["trade_age_seconds"], truth["ts_event"])

    def test_no_price_is_older_than_it_may_be(self):
        # On a weekend or a holiday the newest price is hours old.
        self.end -= 2 * HOUR
        self.stand_in.settings(now=text(self.end))
        worker = self.start_worker()
        for parameters in ({}, {"max_age": 60}):
            answer = worker.get("/v1/price", symbol="ES.c.0", **parameters).json
            self.assertIsNone(answer["price"])
            self.assertIsNone(answer["t"])
            self.assertGreater(answer["quote_age_seconds"], 7_000)

    def test_the_newest_quote_is_kept_over_a_restart(self):
        first = self.start_worker()
        quote = first.get("/v1/quote", symbol="ES.c.0").json
        bought = self.stand_in.purchases()
        first.stop()
        again = self.start_worker().get("/v1/quote", symbol="ES.c.0")

        self.assertEqual(again.tier, "database")
        for field in ("t", "bid", "ask", "bid_size", "ask_size", "spread"):
            self.assertEqual(again.json[field], quote[field])
        self.assertEqual(self.stand_in.purchases(), bought)

    def test_a_symbol_without_quotes(self):
        worker = self.start_worker()
        for path in ("/v1/quote", "/v1/price", "/v1/spread"):
            response = worker.get(path, symbol="SILENT")
            self.assertEqual(response.status, 200, response)
        self.assertIsNone(worker.get("/v1/quote", symbol="SILENT").json["bid"])
        self.assertIsNone(worker.get("/v1/price", symbol="SILENT").json["price"])
        bought = len(self.stand_in.purchases())
        worker.get("/v1/quote", symbol="SILENT")
        self.assertEqual(len(self.stand_in.purchases()), bought)

    def test_an_unknown_symbol(self):
        response = self.start_worker().get("/v1/quote", symbol="NOPE")
        self.assertEqual((response.status, response.json["parameter"]), (404, "symbol"))


@each_database
class PastQuotes(DatabentoCase):
    """Sampled quotes of a range."""

    def test_quotes_equal_the_truth_and_are_bought_once(self):
        worker = self.start_worker()
        start, end = ns("2026-01-12T14:00"), ns("2026-01-12T20:00")
        truth = quotes_of(self.stand_in.truth("ESH6", "bbo-1m", start, end))
        self.assertTrue(any(quote[1] is None for quote in truth), "a one-sided quote is among them")
        for _ in range(2):
            response = worker.get("/v1/quotes", symbol="ESH6", start=text(start), end=text(end))
            self.assertEqual(quotes_of(response.json), truth)
            self.assert_is_complete(response.json)
        worker.stop()
        response = self.start_worker().get("/v1/quotes", symbol="ESH6", start=text(start), end=text(end))
        self.assertEqual(quotes_of(response.json), truth)
        self.assertEqual(response.tier, "database")
        self.assertEqual(len(self.stand_in.purchases()), 1)

    def test_quotes_of_seconds(self):
        start, end = ns("2026-01-12T15:00"), ns("2026-01-12T15:20")
        response = self.start_worker().get(
            "/v1/quotes", symbol="NEGATIVE", timeframe="1s", start=text(start), end=text(end)
        )
        self.assertEqual(quotes_of(response.json), quotes_of(self.stand_in.truth("NEGATIVE", "bbo-1s", start, end)))


if __name__ == "__main__":
    unittest.main()
