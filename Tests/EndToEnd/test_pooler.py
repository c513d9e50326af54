"""Workers that reach their database through PgBouncer in transaction mode."""

import json
import random
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

from harness import DAY, MINUTE, DatabentoCase, bars_of, eventually, ns, text
from harness.asking import Asking, bought_twice
from harness.databases import POSTGRES
from harness.pooler import PROGRAM, TRACKS_STATEMENTS, PooledDatabase, Pooler

_START = ns("2026-01-05T00:00")
_MINUTES = 2 * 1_440
_SPAN = {"start": "2026-01-12T15:00:00Z", "end": "2026-01-12T16:00:00Z"}
_OTHER = {"start": "2026-01-12T17:00:00Z", "end": "2026-01-12T18:00:00Z"}
_SYMBOLS = ("ESH6", "NQH6")
#: Questions that must have been answered before and behind the pooler's restart.
_ENOUGH = 60


class PoolerCase(DatabentoCase):
    """Each test has a pooler of its own."""

    kind = "postgres"
    #: Prepared statements that the pooler keeps for each client.
    statements_max = 0

    def setUp(self):
        super().setUp()
        self.pooler = Pooler(self.statements_max)
        self.addCleanup(self.pooler.stop)
        self.database = PooledDatabase(self.pooler)
        self.addCleanup(self.database.drop)

    def base_environment(self) -> dict[str, str]:
        listening = {"TAPEDECK_LISTEN_DATABASE_URL": self.database.direct_url}
        return {**super().base_environment(), **listening, **self.environment}

    def start_listening(self, count: int) -> list:
        """Starts workers that hear each other, one after the other: the first makes the tables."""
        workers = [self.start_worker() for _ in range(count)]
        for worker in workers:
            eventually("it listens", lambda: self.fleet(worker)["listening"] == 1)
        return workers

    def fleet(self, worker) -> dict:
        return worker.admin("GET", "/admin/cache/stats").json["fleet"]

    def bars(self, worker, span: dict) -> list:
        return bars_of(worker.bars("ESH6", "1m", **span).json)

    def truth(self, span: dict) -> list:
        return self.truth_bars("ESH6", "1m", ns(span["start"]), ns(span["end"]))

    def correct(self, worker, volume: int) -> list:
        """Lets the vendor change a bar and a worker buy it anew; the bars as they are then."""
        self.stand_in.control(
            "POST", "revise",
            {"dataset": "GLBX.MDP3", "symbol": "ESH6", "timestamp": "2026-01-12T15:03:00Z", "volume": volume},
        )
        worker.bars("ESH6", "1m", **_SPAN, refresh="true")
        return self.truth(_SPAN)

    def finding(self, subject: str, **environment: str) -> dict:
        """What `tapedeck doctor` says of one thing."""
        findings = json.loads(self.command("doctor", "--json", **environment).stdout)
        return next(finding for finding in findings if finding["subject"] == subject)


class FleetBehindPooler(PoolerCase):
    """What holds for a fleet holds behind a pooler, too."""

    def test_a_fleet_buys_once_warms_and_corrects(self):
        seed = time.time_ns() % 2**32
        migration = self.command("migrate")
        self.assertEqual(migration.returncode, 0, migration.stderr)
        workers = self.start_listening(3)
        self._check_one_purchase(workers, seed)

        first, *others = workers
        expected = self.truth(_SPAN)
        self.assertEqual(self.bars(first, _SPAN), expected)
        for other in others:
            eventually("it is warm", lambda: self._is_held(other))
            answer = other.bars("ESH6", "1m", **_SPAN)
            self.assertEqual((answer.tier, bars_of(answer.json)), ("memory", expected))
        corrected = self.correct(first, 80_001)
        for other in others:
            eventually("the correction is served", lambda: self.bars(other, _SPAN) == corrected)
        live = "SELECT count(*) FROM fetch_leases WHERE error_code IS NULL"
        eventually("no lease is left", lambda: self.database.query(live) == ["0"])
        for worker in workers:
            self.assertEqual(worker.stop(), 0)
            self.assertNotIn(" error tapedeck", worker.output)

    def _check_one_purchase(self, workers: list, seed: int) -> None:
        generator = random.Random(seed)
        ranges = []
        for _ in range(40):
            first, last = sorted(generator.sample(range(_MINUTES), 2))
            ranges.append((_START + first * MINUTE, _START + last * MINUTE))
        self.stand_in.fault(count=-1, delay_ms=50, ending="clean")

        def ask(number: int):
            start, end = ranges[number]
            return workers[number % 3].bars("ESH6", "1m", text(start), text(end)).json

        with ThreadPoolExecutor(20) as threads:
            answers = list(threads.map(ask, range(len(ranges))))
        self.stand_in.control("DELETE", "faults")
        truth = self.truth_bars("ESH6", "1m", _START, _START + _MINUTES * MINUTE)
        with self.subTest(seed=seed):
            for (start, end), answer in zip(ranges, answers):
                self.assertEqual(bars_of(answer), [bar for bar in truth if start <= bar[0] < end])
                self.assert_is_complete(answer)
            self.assert_bought_once()

    def _is_held(self, worker) -> bool:
        answer = worker.bars("ESH6", "1m", **_SPAN, explain="true").json
        return {stretch["source"] for stretch in answer["stretches"]} == {"memory"}


@unittest.skipUnless(POSTGRES and PROGRAM, "needs TAPEDECK_TEST_POSTGRES and PgBouncer")
class WithoutPreparedStatements(FleetBehindPooler, unittest.TestCase):
    """As the runbook says: the pooler passes statements on as they are, and the workers prepare none."""

    environment = {"TAPEDECK_DATABASE_PREPARED_STATEMENTS": "false"}


@unittest.skipUnless(POSTGRES and PROGRAM, "needs TAPEDECK_TEST_POSTGRES and PgBouncer")
class WithPreparedStatementsThatGoAstray(FleetBehindPooler, unittest.TestCase):
    """A forgotten setting: the workers prepare statements that the pooler does not track. Slower, and as right."""


@unittest.skipUnless(POSTGRES and TRACKS_STATEMENTS, "needs TAPEDECK_TEST_POSTGRES and PgBouncer 1.21 or later")
class WithTrackedStatements(FleetBehindPooler, unittest.TestCase):
    """The pooler keeps the prepared statements of its clients apart."""

    statements_max = 200


@unittest.skipUnless(POSTGRES and PROGRAM, "needs TAPEDECK_TEST_POSTGRES and PgBouncer")
class PoolerFaults(PoolerCase, unittest.TestCase):
    """The pooler dies, and is mistaken for the server."""

    environment = {"TAPEDECK_DATABASE_PREPARED_STATEMENTS": "false", "TAPEDECK_LEASE_DURATION": "2s"}

    def test_a_pooler_that_is_restarted_under_load_costs_no_right_answer(self):
        seed = time.time_ns() % 2**32
        workers = self.start_listening(2)
        end = _START + 8 * DAY
        self.stand_in.fault(count=-1, delay_ms=50, ending="clean")
        asking = Asking(workers, _SYMBOLS, _START, end, seed)
        try:
            eventually("there is load", lambda: asking.count() > _ENOUGH, 60)
            died = time.monotonic()
            self.pooler.kill()
            self.pooler.start()
            for worker in workers:
                eventually("its database is up", lambda: self._is_up(worker))
            back = time.monotonic()
            eventually("all is as before", lambda: asking.count(since=back) > _ENOUGH, 60)
        finally:
            asking.stop()

        with self.subTest(seed=seed):
            truth = {symbol: self.truth_bars(symbol, "1m", _START, end) for symbol in _SYMBOLS}
            self.assertEqual([wrong for q in asking.questions if (wrong := q.wrong(truth[q.symbol]))], [])
            for question in asking.questions:
                if not question.is_complete:
                    self.assertTrue(died < question.answered and question.asked < back, question.response)
                if not question.is_right:
                    self.assertEqual(question.response.json["type"], "urn:tapedeck:problem:database-unavailable")
            self.assertEqual(list(bought_twice(self.stand_in.requests("timeseries.get_range"))), [])

    def _is_up(self, worker) -> bool:
        stats = worker.admin("GET", "/admin/cache/stats").json
        return worker.get("/ready").status == 200 and stats["database"]["state"] == "up"

    def test_a_pooler_in_the_place_of_the_server_is_named_and_hides_no_correction(self):
        # Both addresses lead to the pooler, as when the setting was forgotten.
        forgotten = {"TAPEDECK_LISTEN_DATABASE_URL": self.database.url}
        first, second = self.start_worker(**forgotten), self.start_worker(**forgotten)
        eventually("it is said", lambda: "is this a pooler in transaction mode?" in second.output)
        self.assertIn("TAPEDECK_LISTEN_DATABASE_URL", second.output)
        self.assertEqual(self.fleet(second)["listening"], 0)
        self.assertEqual(self.bars(second, _SPAN), self.truth(_SPAN))

        corrected = self.correct(first, 80_002)

        eventually("the correction is served", lambda: self.bars(second, _SPAN) == corrected)
        finding = self.finding("notices", **forgotten)
        self.assertEqual(finding["level"], "warn")
        self.assertIn("TAPEDECK_LISTEN_DATABASE_URL", finding["advice"])
        self.assertEqual(self.finding("notices")["level"], "ok")


if __name__ == "__main__":
    unittest.main()
