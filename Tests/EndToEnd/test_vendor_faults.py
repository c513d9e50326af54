"""What goes wrong at the vendor: the right answer or a clear refusal, and never wrong data in the database."""

import json
import time
import unittest

from harness import DatabentoCase, bars_of, each_database, ns
from harness.worker import SECRETS

_SPAN = {"start": "2026-01-08", "end": "2026-01-13"}


@each_database
class VendorFaults(DatabentoCase):
    """Faults of the stand-in. That no output shows the key is checked on every answer and log, in all tests."""

    def _truth(self):
        return self.truth_bars("ESH6", "1m", ns(_SPAN["start"]), ns(_SPAN["end"]))

    def _check_served(self, worker) -> None:
        """The whole truth, and again from a new worker's database without a purchase."""
        self._forget_failures()
        answer = worker.bars("ESH6", "1m", **_SPAN).json
        self.assertEqual(bars_of(answer), self._truth())
        self.assert_is_complete(answer)
        bought = len(self.stand_in.purchases())
        self.assertEqual(bars_of(self.start_worker().bars("ESH6", "1m", **_SPAN).json), self._truth())
        self.assertEqual(len(self.stand_in.purchases()), bought)

    def _forget_failures(self) -> None:
        """As if time had passed: until its wait is over a failure is handed on to every other worker."""
        self.database.query("DELETE FROM fetch_leases WHERE error_code IS NOT NULL")

    def _check_refused(self, worker, status: int, *words: str):
        """A problem with the status, whose detail has the words."""
        response = worker.get("/v1/bars", symbol="ESH6", timeframe="1m", **_SPAN)
        self.assertEqual(response.status, status, response)
        self.assertEqual(response.headers["content-type"], "application/problem+json")
        problem = response.json
        self.assertEqual(problem["status"], status)
        for field in ("type", "title", "detail", "request_id"):
            self.assertTrue(problem[field], field)
        for word in words:
            self.assertIn(word, problem["detail"])
        return response

    def _check_nothing_stored(self, worker) -> None:
        coverage = worker.get("/v1/coverage", symbol="ESH6", timeframe="1m").json
        self.assertEqual((coverage["final"], coverage["provisional"]), ([], []))

    def test_a_delay_is_waited_for(self):
        self.stand_in.fault(delay_ms=1_000, ending="clean")
        self._check_served(self.start_worker())

    def test_a_body_cut_within_a_record_is_resumed_behind_the_last_whole_one(self):
        self.stand_in.fault(after_records=1_000, mid_record=True)
        self._check_resumed(1_000)

    def test_a_body_cut_between_records_is_resumed(self):
        self.stand_in.fault(after_records=1_000)
        self._check_resumed(1_000)

    def test_a_connection_that_is_reset_is_resumed(self):
        self.stand_in.fault(after_records=1_000, ending="reset")
        self._check_served(self.start_worker())

    def test_a_body_without_its_length_that_ends_on_a_record_is_taken_for_cut(self):
        self.stand_in.fault(after_records=1_000, framing="length")
        self._check_served(self.start_worker())

    def test_a_body_whose_last_frame_stays_open_is_taken_for_cut(self):
        self.stand_in.fault(after_records=1_000, ending="open_zstd")
        self._check_served(self.start_worker())

    def test_the_ledger_has_the_cost_of_a_purchase_that_failed(self):
        self.stand_in.fault(mutate="error_record", mutate_at=1_000, ending="clean")
        self._check_refused(self.start_worker(), 502, "error")
        entries = json.loads(self.command("ledger", "--json").stdout)
        self.assertEqual([(e["state"], e["records"], e["bytes"]) for e in entries], [("failed", 1_000, 56_000)])
        self.assertAlmostEqual(entries[0]["usd"], 56_000 * 280 / 1e9, places=9)

    def _check_resumed(self, records: int) -> None:
        self._check_served(self.start_worker())
        first, second = self.stand_in.purchases()
        self.assertEqual((first["outcome"], first["records_sent"]), ("cut", records))
        self.assertGreater(second["start"], self._truth()[records - 1][0])
        self.assertEqual(first["records_sent"] + second["records_sent"], len(self._truth()))

    def test_the_vendors_wish_to_slow_down_is_obeyed(self):
        self.stand_in.fault(status=429, message="slow down", headers={"Retry-After": "2"})
        worker = self.start_worker()
        begun = time.monotonic()
        self._check_served(worker)
        self.assertGreaterEqual(time.monotonic() - begun, 2)
        self.assertEqual([r["status"] for r in self.stand_in.requests("timeseries.get_range")], [429, 200])

    def test_a_long_wish_to_slow_down_is_handed_on(self):
        self.stand_in.fault(status=429, message="slow down", headers={"Retry-After": "700"})
        worker = self.start_worker()
        response = self._check_refused(worker, 503, "slow down")
        self.assertTrue(600 < int(response.headers["retry-after"]) <= 700)
        self._check_nothing_stored(worker)
        # Nobody asks the vendor before the time has come.
        self._check_refused(worker, 503)
        self.assertEqual(len(self.stand_in.requests("timeseries.get_range")), 1)
        self._check_served(self.start_worker())

    def test_a_failure_that_passes_is_overcome(self):
        self.stand_in.fault(status=500, count=2, body="<html>down</html>", content_type="text/html")
        self._check_served(self.start_worker())

    def test_a_failure_that_stays_is_told(self):
        self.stand_in.fault(status=503, count=-1, message="maintenance", headers={"Retry-After": "300"})
        worker = self.start_worker()
        response = self._check_refused(worker, 502, "503", "maintenance")
        self.assertGreater(int(response.headers["retry-after"]), 200)
        self._check_nothing_stored(worker)
        self.stand_in.control("DELETE", "faults")
        self._check_served(self.start_worker())

    def test_a_failure_in_the_middle_keeps_what_came_before(self):
        # One attempt delivers, all later ones fail: what was paid for is stored, the rest is bought later.
        self.stand_in.fault(after_records=1_000)
        self.stand_in.fault(status=503, count=-1)
        worker = self.start_worker()
        answer = worker.bars("ESH6", "1m", **_SPAN).json
        self.assertEqual(bars_of(answer), self._truth()[:1_000])
        self.assertFalse(answer["complete"])
        self.assertEqual({part["reason"] for part in answer["missing"]}, {"providerFailed: unavailable"})
        self.assertLess(ns(answer["missing"][0]["start"]), self._truth()[1_000][0] + 1)
        self.stand_in.control("DELETE", "faults")
        self._forget_failures()
        self.assertEqual(bars_of(self.start_worker().bars("ESH6", "1m", **_SPAN).json), self._truth())
        self.assertEqual(sum(p["records_sent"] for p in self.stand_in.purchases()), len(self._truth()))

    def test_a_wrong_key_is_told_without_showing_it(self):
        self.stand_in.settings(key="db-another000000000000000000000")
        worker = self.start_worker()
        self._check_refused(worker, 502, "401")
        self._check_nothing_stored(worker)
        metrics = worker.get("/metrics").body.decode()
        self.assertFalse(any(secret in metrics for secret in SECRETS))
        self.stand_in.settings(key=SECRETS[0])
        self._check_served(self.start_worker())

    def test_a_key_without_credit_is_told(self):
        self.stand_in.fault(status=402, case="account_insufficient_funds", message="no money left")
        self._check_refused(self.start_worker(), 502, "402", "no money left")

    def test_an_end_that_moved_back_is_believed(self):
        worker = self.start_worker()
        worker.bars("ESH6", "1m", "2026-01-07", "2026-01-08")
        self.stand_in.settings(available_end="2026-01-12T10:00:00Z")
        answer = worker.bars("ESH6", "1m", **_SPAN).json
        truth = self.truth_bars("ESH6", "1m", ns(_SPAN["start"]), ns("2026-01-12T10:00"))
        self.assertEqual(bars_of(answer), truth)
        self.assertEqual((answer["complete"], answer["stale"]), (False, False))
        self.assertEqual(
            [(part["start"], part["end"], part["reason"]) for part in answer["missing"]],
            [("2026-01-12T10:00:00Z", "2026-01-13T00:00:00Z", "notAvailableYet")],
        )
        self.stand_in.settings(available_end=None)
        self._check_served(self.start_worker())

    def test_an_unknown_symbol_is_told_and_asked_for_once(self):
        worker = self.start_worker()
        for _ in range(3):
            response = worker.get("/v1/bars", symbol="NOPE", timeframe="1h", **_SPAN)
            self.assertEqual(response.status, 404)
            self.assertEqual(response.json["parameter"], "symbol")
            self.assertIn("NOPE", response.json["detail"])
        self.assertEqual(len(self.stand_in.requests("timeseries.get_range")), 1)
        self.assertEqual(self.stand_in.purchases(), [])

    def test_nonsense_is_refused_and_not_stored(self):
        for mutation in ("wrong_instrument", "out_of_order", "before_range", "off_grid", "not_dbn", "error_record"):
            with self.subTest(mutation=mutation):
                self.stand_in.control("POST", "reset", {})
                self.stand_in.fault(mutate=mutation, mutate_at=3, ending="clean", count=-1)
                worker = self.start_worker()
                self._forget_failures()
                self._check_refused(worker, 502)
                self._check_nothing_stored(worker)
                worker.stop()
        self.stand_in.control("POST", "reset", {})
        self._check_served(self.start_worker())

    def test_a_record_without_a_price_is_no_bar(self):
        self.stand_in.fault(mutate="undefined_price", mutate_at=5, ending="clean")
        answer = self.start_worker().bars("ESH6", "1m", **_SPAN).json
        truth = self._truth()
        self.assertEqual(bars_of(answer), truth[:5] + truth[6:])
        self.assert_is_complete(answer)

    def test_stored_bars_are_served_while_the_vendor_is_down(self):
        worker = self.start_worker()
        worker.bars("ESH6", "1m", **_SPAN)
        worker.stop()
        self.stand_in.fault(endpoint="*", status=503, count=-1)
        answer = self.start_worker().bars("ESH6", "1m", **_SPAN).json
        self.assertEqual(bars_of(answer), self._truth())
        self.assert_is_complete(answer)


if __name__ == "__main__":
    unittest.main()
