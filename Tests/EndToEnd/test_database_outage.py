"""The database server goes away in the middle and comes back."""

import signal
import unittest
from concurrent.futures import ThreadPoolExecutor

from harness import DatabentoCase, bars_of, eventually, ns
from harness.cluster import Cluster
from harness.databases import POSTGRES, PostgresDatabase

_SPAN = {"start": "2026-01-12T14:00:00Z", "end": "2026-01-12T16:00:00Z"}
_OTHER = {"start": "2026-01-08T14:00:00Z", "end": "2026-01-08T16:00:00Z"}
#: Small limits, so that the first calls that meet the outage do not take long.
_QUICK = {"TAPEDECK_DATABASE_SLOW_AFTER": "1s", "TAPEDECK_DATABASE_OUTAGE_GRACE": "200ms"}


@unittest.skipUnless(POSTGRES, "TAPEDECK_TEST_POSTGRES is not set: no Postgres for tests here")
class DatabaseOutage(DatabentoCase, unittest.TestCase):
    """A cluster of its own, stopped and started under a worker."""

    kind = "postgres"

    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster()
        cls.addClassCleanup(cls.cluster.remove)

    def setUp(self):
        super().setUp()
        self.database = PostgresDatabase(self.cluster.url)

    def _truth(self, span):
        return self.truth_bars("ESH6", "1m", ns(span["start"]), ns(span["end"]))

    def test_requests_succeed_again_behind_a_restart(self):
        worker = self.start_lone_worker()
        worker.bars("ESH6", "1m", **_SPAN)
        self.cluster.control("restart", "-m", "fast")
        # The first request may meet connections that the restart has closed: it must not fail for that.
        response = worker.get("/v1/bars", symbol="ESH6", timeframe="1m", **_OTHER)
        self.assertEqual(response.status, 200, response)
        self.assertEqual(bars_of(response.json), self._truth(_OTHER))
        self.assertEqual(worker.bars("ESH6", "1m", **_SPAN).tier, "memory")

    def test_while_the_server_is_stopped_what_cannot_be_stored_yet_is_bought_and_written_later(self):
        worker = self.start_lone_worker(**_QUICK)
        worker.bars("ESH6", "1m", **_SPAN)
        self.cluster.stop()
        self._check_answers_without_database(worker)
        self.assertEqual(worker.get("/ready").status, 503)

        self.cluster.start()
        eventually("the worker is ready again", lambda: worker.get("/ready").status == 200)
        self._check_everything_is_written(worker)

    def test_a_server_that_is_paused_is_as_one_that_is_down(self):
        worker = self.start_lone_worker(**_QUICK)
        worker.bars("ESH6", "1m", **_SPAN)
        self.cluster.signal(signal.SIGSTOP)
        try:
            self._check_answers_without_database(worker)
        finally:
            self.cluster.signal(signal.SIGCONT)
        self._check_everything_is_written(worker)

    def test_the_operator_is_answered_before_anybody_has_noticed_the_outage(self):
        worker = self.start_lone_worker(TAPEDECK_DATABASE_TIMEOUT="1s")
        worker.bars("ESH6", "1m", **_SPAN)
        self.cluster.signal(signal.SIGSTOP)
        try:
            stats = worker.admin("GET", "/admin/cache/stats")
            ledger = worker.admin("GET", "/admin/ledger")
        finally:
            self.cluster.signal(signal.SIGCONT)
        self.assertEqual(stats.status, 200, stats)
        self.assertEqual((stats.json["purchases"]["begun"], stats.json["database"]["rows"]), (1, []))
        self.assertEqual((ledger.status, ledger.json["type"]), (503, "urn:tapedeck:problem:database-unavailable"))
        self.assertGreaterEqual(int(ledger.headers["retry-after"]), 1)

    def test_a_question_about_the_worker_does_not_wait_for_a_server_that_says_nothing(self):
        # Longer than a client here waits for an answer.
        worker = self.start_lone_worker(TAPEDECK_DATABASE_TIMEOUT="300s")
        worker.bars("ESH6", "1m", **_SPAN)
        self.cluster.signal(signal.SIGSTOP)
        try:
            stats = worker.admin("GET", "/admin/cache/stats")
            ready = worker.get("/ready")
        finally:
            self.cluster.signal(signal.SIGCONT)
        self.assertEqual(stats.status, 200, stats)
        self.assertEqual((stats.json["purchases"]["begun"], stats.json["database"]["rows"]), (1, []))
        self.assertEqual((ready.status, ready.json["status"]), (503, "not ready"))

    def _check_answers_without_database(self, worker) -> None:
        """Memory answers; what the database is known to lack is bought; what it may hold is refused and not bought."""
        self.assertEqual(worker.get("/health").status, 200)
        held = worker.bars("ESH6", "1m", **_SPAN)
        self.assertEqual((held.tier, bars_of(held.json)), ("memory", self._truth(_SPAN)))
        bought = worker.bars("ESH6", "1m", **_OTHER)
        self.assertEqual((bought.tier, bars_of(bought.json)), ("provider", self._truth(_OTHER)))
        self.assert_is_complete(bought.json)
        self.assertEqual(worker.bars("ESH6", "1m", **_OTHER).tier, "memory")

        response = worker.get("/v1/bars", symbol="ESM6", timeframe="1m", **_OTHER)
        self.assertEqual(response.status, 503, response)
        self.assertEqual(response.headers["content-type"], "application/problem+json")
        self.assertGreaterEqual(int(response.headers["retry-after"]), 1)
        self.assertEqual(len(self.stand_in.purchases()), 2)
        stats = worker.admin("GET", "/admin/cache/stats").json
        self.assertEqual(stats["database"]["state"], "down")
        self.assertGreaterEqual(stats["write_behind"]["records"], len(self._truth(_OTHER)))

    def _check_everything_is_written(self, worker) -> None:
        """Another worker finds all of it, and the ledger has each purchase once."""
        eventually("nothing waits to be written", lambda: self._is_up(worker))
        self.assertEqual(worker.stop(), 0)
        self.assert_bought_once()
        worker = self.start_lone_worker()
        for span in (_SPAN, _OTHER):
            response = worker.bars("ESH6", "1m", **span)
            self.assertEqual((response.tier, bars_of(response.json)), ("database", self._truth(span)))
        purchases = self.stand_in.purchases()
        self.assertEqual(
            self.database.query("SELECT state, records FROM purchases ORDER BY started_at"),
            [f"done|{purchase['records_sent']}" for purchase in purchases],
        )

    def _is_up(self, worker) -> bool:
        stats = worker.admin("GET", "/admin/cache/stats").json
        return stats["database"]["state"] == "up" and stats["write_behind"]["records"] == 0

    def test_what_cannot_be_written_before_the_end_is_told(self):
        worker = self.start_lone_worker(TAPEDECK_WRITE_BEHIND_SHUTDOWN_TIMEOUT="100ms", **_QUICK)
        worker.bars("ESH6", "1m", **_SPAN)
        self.cluster.stop()
        try:
            worker.bars("ESH6", "1m", **_OTHER)
            worker.stop()
        finally:
            self.cluster.start()
        self.assertIn("what was bought could not be written and is lost", worker.output)
        self.assertIn(f"records={len(self._truth(_OTHER))}", worker.output)

    def test_a_worker_that_must_not_buy_without_the_database_does_not(self):
        worker = self.start_lone_worker(TAPEDECK_BUY_WITHOUT_DATABASE="false", **_QUICK)
        worker.bars("ESH6", "1m", **_SPAN)
        self.cluster.stop()
        try:
            self.assertEqual(worker.get("/v1/bars", symbol="ESH6", timeframe="1m", **_OTHER).status, 503)
            self.assertEqual(len(self.stand_in.purchases()), 1)
        finally:
            self.cluster.start()
        answer = eventually("bars can be bought again", lambda: self._served(worker, _OTHER))
        self.assertEqual(bars_of(answer), self._truth(_OTHER))

    def _served(self, worker, span):
        response = worker.get("/v1/bars", symbol="ESH6", timeframe="1m", **span)
        return response.json if response.status == 200 else None

    def test_a_purchase_goes_on_over_a_restart(self):
        fortnight = {"start": "2025-12-01", "end": "2025-12-13"}
        self.stand_in.settings(rate_bytes_per_second=200_000, chunk_bytes=2_000)
        worker = self.start_lone_worker()
        with ThreadPoolExecutor(1) as threads:
            reader = threads.submit(worker.get, "/v1/bars", symbol="ESH6", timeframe="1m", **fortnight)
            eventually(
                "a part is stored",
                lambda: worker.get("/v1/coverage", symbol="ESH6", timeframe="1m").json["final"],
            )
            self.cluster.control("restart", "-m", "fast")
            response = reader.result()

        self.assertEqual(response.status, 200, response)
        self.assertEqual(bars_of(response.json), self._truth(fortnight))
        self.assert_is_complete(response.json)
        self.assertEqual([p["records_sent"] for p in self.stand_in.purchases()], [len(self._truth(fortnight))])
        worker.stop()
        again = self.start_worker().bars("ESH6", "1m", **fortnight)
        self.assertEqual((again.tier, again.json), ("database", response.json))


if __name__ == "__main__":
    unittest.main()
