"""Workers end, well or badly, and others carry on from what is stored."""

import json
import unittest
from concurrent.futures import ThreadPoolExecutor

from harness import DatabentoCase, bars_of, each_database, eventually, ns

#: About 25,000 minutes with a trade.
_MONTH = {"start": "2025-12-01", "end": "2025-12-27"}


@each_database
class Lifecycle(DatabentoCase):
    """Signals and workers that share a database."""

    def _truth(self, span):
        return self.truth_bars("ESH6", "1m", ns(span["start"]), ns(span["end"]))

    def _final_ranges(self, worker):
        coverage = worker.get("/v1/coverage", symbol="ESH6", timeframe="1m").json
        return [(ns(r["start"]), ns(r["end"])) for r in coverage["final"]]

    def test_kill_9_in_a_large_purchase_loses_only_what_was_not_stored(self):
        self.stand_in.fault(after_records=15_000, ending="stall")
        worker = self.start_worker()
        with ThreadPoolExecutor(1) as threads:
            reader = threads.submit(worker.get, "/v1/bars", symbol="ESH6", timeframe="1m", **_MONTH)
            stored = eventually("a part is stored", lambda: self._final_ranges(worker))
            worker.kill()
            self.assertIsNotNone(reader.exception())
        (start, end), = stored
        self.assertEqual(start, ns(_MONTH["start"]))
        self.assertLess(end, ns(_MONTH["end"]))

        worker = self.start_worker()
        self.assertEqual(self._final_ranges(worker), stored)
        answer = worker.bars("ESH6", "1m", **_MONTH).json

        truth = self._truth(_MONTH)
        self.assertEqual(bars_of(answer), truth)
        self.assert_is_complete(answer)
        purchases = self.stand_in.purchases()[1:]
        self.assertEqual(min(p["start"] for p in purchases), end)
        self.assert_bought_once(purchases)
        self.assertEqual(sum(p["records_sent"] for p in purchases), sum(1 for bar in truth if bar[0] >= end))
        self._check_ledger_of_the_killed()

    def _check_ledger_of_the_killed(self):
        entries = sorted(json.loads(self.command("ledger", "--json").stdout), key=lambda entry: entry["id"])
        self.assertEqual(entries[0]["state"], "started")
        self.assertGreaterEqual(entries[0]["records"], 10_000)
        self.assertTrue(all(entry["state"] == "done" for entry in entries[1:]))

    def test_repeated_kills_never_leave_a_hole(self):
        span = {"start": "2026-01-05", "end": "2026-01-09"}
        for records in (500, 1_500, 2_500):
            self.stand_in.control("DELETE", "faults")
            self.stand_in.fault(after_records=records, ending="stall")
            worker = self.start_worker()
            before = len(self.stand_in.requests("timeseries.get_range"))
            with ThreadPoolExecutor(1) as threads:
                threads.submit(worker.get, "/v1/bars", symbol="ESH6", timeframe="1m", **span)
                eventually(
                    "the vendor is asked", lambda: len(self.stand_in.requests("timeseries.get_range")) > before
                )
                worker.kill()
        self.stand_in.control("DELETE", "faults")
        answer = self.start_worker().bars("ESH6", "1m", **span).json
        self.assertEqual(bars_of(answer), self._truth(span))
        self.assert_is_complete(answer)

    def test_sigterm_lets_a_slow_request_finish(self):
        span = {"start": "2026-01-05", "end": "2026-01-09"}
        self.stand_in.fault(delay_ms=1_500, ending="clean")
        worker = self.start_worker()
        with ThreadPoolExecutor(1) as threads:
            reader = threads.submit(worker.get, "/v1/bars", symbol="ESH6", timeframe="1m", **span)
            self.assertTrue(self.stand_in.wait(endpoint="timeseries.get_range", outcome="in_progress"))
            code = worker.stop()
            response = reader.result()

        self.assertEqual((response.status, code), (200, 0))
        self.assertEqual(bars_of(response.json), self._truth(span))
        again = self.start_worker().bars("ESH6", "1m", **span)
        self.assertEqual(again.tier, "database")
        self.assertEqual(len(self.stand_in.purchases()), 1)

    def test_an_idle_worker_ends_at_once_and_well(self):
        worker = self.start_worker()
        self.assertEqual(worker.get("/ready").status, 200)
        self.assertEqual(worker.stop(seconds=10), 0)

    def test_two_workers_serve_what_the_other_bought(self):
        # Told of it, the other has it in memory a moment later: test_fleet.py.
        first, second = (self.start_worker(TAPEDECK_WARMING="none") for _ in range(2))
        for one, other, day in ((first, second, "2026-01-05"), (second, first, "2026-01-06")):
            span = {"start": f"{day}T00:00:00Z", "end": f"{day}T12:00:00Z"}
            bought = one.bars("ESH6", "1m", **span)
            read = other.bars("ESH6", "1m", **span)
            self.assertEqual((bought.tier, read.tier), ("provider", "database"))
            self.assertEqual(read.json, bought.json)
            self.assertEqual(bars_of(read.json), self._truth(span))
        self.assertEqual(len(self.stand_in.purchases()), 2)
        self.assert_bought_once()

    def test_ten_workers_may_start_at_once_on_an_empty_database(self):
        with ThreadPoolExecutor(10) as threads:
            done = list(threads.map(lambda _: self.command("migrate", "--json"), range(10)))
        self.assertEqual([d.returncode for d in done], [0] * 10, [d.stderr for d in done])
        applied = [json.loads(d.stdout)["applied_now"] for d in done]
        names = [name for one in applied for name in one]
        self.assertTrue(names)
        self.assertEqual(len(names), len(set(names)), "each migration is applied by one of them")
        self.assertTrue(json.loads(self.command("migrate", "--status", "--json").stdout)["current"])


if __name__ == "__main__":
    unittest.main()
