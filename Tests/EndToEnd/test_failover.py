"""The database server dies and its standby takes over, while clients ask."""

import signal
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

from harness import DAY, DatabentoCase, bars_of, eventually, ns, text
from harness.asking import Asking, bought_twice
from harness.cluster import Replicated
from harness.databases import POSTGRES, PostgresDatabase

_SYMBOLS = ("ESH6", "NQH6", "ES.c.0")
_START = ns("2025-12-08T00:00")
#: Long enough that there is something to be bought all the time.
_END = _START + 12 * DAY
_SPAN = {"start": "2026-01-12T15:00:00Z", "end": "2026-01-12T16:00:00Z"}
_OTHER = {"start": "2026-01-12T17:00:00Z", "end": "2026-01-12T18:00:00Z"}
_LATER = {"start": "2026-01-13T15:00:00Z", "end": "2026-01-13T16:00:00Z"}
#: Questions that must have been answered before the time without a server, and behind it.
_ENOUGH = 60
#: Questions that must have been refused while there was no server.
_REFUSALS = 5


class FailoverCase(DatabentoCase):
    """Each test has a primary and a standby of its own; the workers' address names both."""

    kind = "postgres"
    environment = {"TAPEDECK_LEASE_DURATION": "2s", "TAPEDECK_DATABASE_CONNECTIONS_MAX": "4"}

    def setUp(self):
        super().setUp()
        self.servers = Replicated()
        self.addCleanup(self.servers.remove)
        self.database = PostgresDatabase(self.servers.url)

    def start_listening(self, count: int) -> list:
        """Starts workers that hear each other."""
        workers = [self.start_worker() for _ in range(count)]
        for worker in workers:
            eventually("it listens", lambda: self.has_moved(worker))
        return workers

    def has_moved(self, worker) -> bool:
        """Whether the worker's database is up, and it hears the others."""
        stats = worker.admin("GET", "/admin/cache/stats").json
        return worker.get("/ready").status == 200 and stats["database"]["state"] == "up" and stats["fleet"]["listening"] == 1

    def bars(self, worker, span: dict) -> list:
        return bars_of(worker.bars("ESH6", "1m", **span).json)

    def truth(self, span: dict) -> list:
        return self.truth_bars("ESH6", "1m", ns(span["start"]), ns(span["end"]))

    def assert_warms(self, worker, others: list, span: dict) -> None:
        """What one buys the others have in memory."""
        expected = self.truth(span)
        self.assertEqual(self.bars(worker, span), expected)
        for other in others:
            # To ask for it would bring it into memory, too.
            eventually("it is warm", lambda: self._is_held(other, span))
            answer = other.bars("ESH6", "1m", **span)
            self.assertEqual((answer.tier, bars_of(answer.json)), ("memory", expected))

    def _is_held(self, worker, span: dict) -> bool:
        answer = worker.bars("ESH6", "1m", **span, explain="true").json
        return {stretch["source"] for stretch in answer["stretches"]} == {"memory"}

    def assert_no_lease_is_left(self) -> None:
        live = "SELECT count(*) FROM fetch_leases WHERE error_code IS NULL"
        eventually("no lease is left", lambda: self.database.query(live) == ["0"])


@unittest.skipUnless(POSTGRES, "TAPEDECK_TEST_POSTGRES is not set: no Postgres for tests here")
class SynchronousStandby(FailoverCase, unittest.TestCase):
    """What was acknowledged is on both servers."""

    def test_under_load_the_workers_move_to_the_promoted_standby_by_themselves(self):
        seed = time.time_ns() % 2**32
        self.servers.make_synchronous()
        workers = self.start_listening(3)
        # Slow enough that something is being bought when the server dies.
        self.stand_in.fault(count=-1, delay_ms=100, ending="clean")
        asking = Asking(workers, _SYMBOLS, _START, _END, seed)
        try:
            eventually("there is load", lambda: asking.count() > _ENOUGH, 60)
            died = time.monotonic()
            self.servers.primary.kill()
            eventually("clients notice", lambda: asking.refused() > _REFUSALS, 60)
            self.servers.standby.promote()
            for worker in workers:
                eventually("it has moved", lambda: self.has_moved(worker))
            moved = time.monotonic()
            eventually("all is as before", lambda: asking.count(since=moved) > _ENOUGH, 60)
        finally:
            asking.stop()

        with self.subTest(seed=seed):
            self._check_answers(asking.questions, died, moved)
            self._check_purchases(asking.questions, died)
            self._check_that_nothing_is_lost([q for q in asking.questions if q.is_complete and q.answered < died])
            self.stand_in.control("DELETE", "faults")
            for number, span in enumerate((_SPAN, _OTHER, _LATER)):
                self.assert_warms(workers[number], workers[:number] + workers[number + 1:], span)
            self.assert_no_lease_is_left()

    def _check_answers(self, questions: list, died: float, moved: float) -> None:
        truth = {symbol: self.truth_bars(symbol, "1m", _START, _END) for symbol in _SYMBOLS}
        self.assertEqual([wrong for question in questions if (wrong := question.wrong(truth[question.symbol]))], [])
        for question in questions:
            self.assertIsNotNone(question.response, question)
            if question.is_complete:
                continue
            self.assertTrue(died < question.answered and question.asked < moved, question.response)
            if not question.is_right:
                self.assertEqual(
                    (question.response.status, question.response.json["type"]),
                    (503, "urn:tapedeck:problem:database-unavailable"),
                )
                self.assertGreaterEqual(int(question.response.headers["retry-after"]), 1)

    def _check_purchases(self, questions: list, died: float) -> None:
        """Only what was being bought at the death may be bought again."""
        under_way = {question.id for question in questions if question.asked < died < question.answered}
        for earlier, later in bought_twice(self.stand_in.requests("timeseries.get_range")):
            self.assertIn(earlier["request_id"], under_way, later)

    def _check_that_nothing_is_lost(self, acknowledged: list) -> None:
        reader = self.start_worker(TAPEDECK_MODE="offline")
        self.assertGreater(len(acknowledged), _ENOUGH // 2)
        for question in acknowledged:
            answer = reader.bars(question.symbol, "1m", text(question.start), text(question.end)).json
            self.assert_is_complete(answer)
            self.assertEqual(answer["bars"], question.response.json["bars"])


@unittest.skipUnless(POSTGRES, "TAPEDECK_TEST_POSTGRES is not set: no Postgres for tests here")
class AsynchronousStandby(FailoverCase, unittest.TestCase):
    """The standby lacks the last commits."""

    def correct(self, worker, volume: int) -> None:
        """Lets the vendor change a bar and a worker buy it anew."""
        self.stand_in.control(
            "POST", "revise",
            {"dataset": "GLBX.MDP3", "symbol": "ESH6", "timestamp": "2026-01-12T15:03:00Z", "volume": volume},
        )
        worker.bars("ESH6", "1m", **_SPAN, refresh="true")

    def assert_soon_served(self, workers: list, bars: list) -> None:
        for worker in workers:
            eventually("it is served", lambda: self.bars(worker, _SPAN) == bars)

    def lose_a_correction(self, worker, others: list) -> list:
        """All hold a correction that the new server has never seen; the bars before it."""
        before = self.truth(_SPAN)
        self.assertEqual(self.bars(worker, _SPAN), before)
        self.assert_soon_served(others, before)
        self.servers.cut()
        self.correct(worker, 70_001)
        after = self.truth(_SPAN)
        self.assertNotEqual(after, before)
        self.assert_soon_served([worker, *others], after)
        return before

    def test_what_the_standby_lacks_is_bought_again_and_memory_agrees_with_it(self):
        workers = self.start_listening(2)
        before = self.lose_a_correction(workers[0], workers[1:])
        self.assert_warms(workers[0], workers[1:], _OTHER)
        purchases = len(self.stand_in.purchases())

        self.servers.primary.kill()
        self.servers.standby.promote()
        for worker in workers:
            eventually("it has moved", lambda: self.has_moved(worker))
            self.assertIn("the database is another one than before", worker.output)

        # The correction is lost with all that went with it, until the day is looked at again.
        self.assert_soon_served(workers, before)
        for worker in workers:
            self.assertEqual(self.bars(worker, _OTHER), self.truth(_OTHER))
        self.assertEqual(len(self.stand_in.purchases()), purchases + 1, "one of the workers has bought it for both")
        # The series' version is again what it was when the first correction was stored.
        self.correct(workers[1], 70_002)
        self.assert_soon_served(workers, self.truth(_SPAN))
        self.assert_warms(workers[0], workers[1:], _LATER)
        self.assert_no_lease_is_left()

    def test_a_purchase_whose_lease_is_lost_with_the_primary_is_made_again_and_stored_once(self):
        buyer, other = self.start_listening(2)
        self.bars(buyer, _LATER)
        self.servers.cut()
        # Under way until the new server is there.
        self.stand_in.fault(delay_ms=3_000, ending="clean")
        with ThreadPoolExecutor(2) as threads:
            asked = threads.submit(self.bars, buyer, _SPAN)
            self.assertTrue(self.stand_in.wait(endpoint="timeseries.get_range", outcome="in_progress"))
            self.servers.primary.kill()
            self.servers.standby.promote()
            eventually("the other has moved", lambda: self.has_moved(other))
            asked_of_other = threads.submit(self.bars, other, _SPAN)
            expected = self.truth(_SPAN)
            self.assertEqual(asked.result(), expected)
            self.assertEqual(asked_of_other.result(), expected)

        self.assertLessEqual(len(self.stand_in.requests("timeseries.get_range")), 3, "the one that was lost, and once anew")
        self.assertEqual({bar["rev"] for bar in other.bars("ESH6", "1m", **_SPAN).json["bars"]}, {1})
        self.assert_no_lease_is_left()

    def test_a_worker_without_notices_does_not_take_the_new_servers_versions_for_the_old_ones(self):
        writer = self.start_worker()
        # Nothing but versions tells it what has changed.
        deaf = self.start_worker(TAPEDECK_LISTEN_DATABASE_URL="none")
        self.lose_a_correction(writer, [deaf])

        deaf.process.send_signal(signal.SIGSTOP)
        try:
            self.servers.primary.kill()
            self.servers.standby.promote()
            eventually("the other has moved", lambda: self.has_moved(writer))
            self.correct(writer, 70_002)
        finally:
            deaf.process.send_signal(signal.SIGCONT)

        self.assert_soon_served([deaf], self.truth(_SPAN))


if __name__ == "__main__":
    unittest.main()
