"""Base classes of the tests, one subclass a kind of database."""

import sys
import unittest

from harness.databases import DATABASES, POSTGRES, fresh_database
from harness.polling import eventually
from harness.stand_in import KEY, StandIn
from harness.truth import bars_of
from harness.worker import ADMIN_TOKEN, Program, Worker, check_no_secrets


def each_database(case: type) -> type:
    """Makes a test class of a case for each kind of database."""
    module = sys.modules[case.__module__]
    for kind in DATABASES:
        name = f"{case.__name__}On{kind.capitalize()}"
        members = {"kind": kind, "__module__": case.__module__, "__doc__": case.__doc__}
        setattr(module, name, type(name, (case, unittest.TestCase), members))
    return case


class WorkerCase:
    """Each test gets an empty database; its workers are stopped and their output is searched for secrets."""

    kind: str
    #: Settings of all workers of the case.
    environment: dict[str, str] = {}

    def setUp(self):
        if self.kind == "postgres" and not POSTGRES:
            self.skipTest("TAPEDECK_TEST_POSTGRES is not set")
        self.database = fresh_database(self.kind)
        self.addCleanup(self.database.drop)

    def start_worker(self, *arguments: str, **environment: str) -> Worker:
        """Starts a worker on the test's database; it is stopped behind the test."""
        worker = Worker(self.database.url, *arguments, **{**self.base_environment(), **environment})
        self.addCleanup(self._end, worker)
        return worker

    def start_lone_worker(self, **environment: str) -> Worker:
        """Starts a worker that knows that it is alone: the others buy nothing while the database is away."""
        worker = self.start_worker(**environment)
        eventually("the worker knows that it is alone", lambda: self._fleet(worker)["alone"] == 1)
        return worker

    @staticmethod
    def _fleet(worker: Worker) -> dict:
        return worker.admin("GET", "/admin/cache/stats").json["fleet"]

    def command(self, *arguments: str, **environment: str):
        """Runs the program with the workers' settings."""
        return self.program(**{**self.base_environment(), **environment}).run(*arguments)

    def program(self, database_url: str | None = None, **environment: str) -> Program:
        """The program with these settings and no others, for the length of the test."""
        program = Program(database_url or self.database.url, **environment)
        self.addCleanup(program.close)
        return program

    def base_environment(self) -> dict[str, str]:
        """The settings of all processes."""
        return {
            "TAPEDECK_ADMIN_TOKEN": ADMIN_TOKEN,
            "TAPEDECK_LOG_LEVEL": "debug",
            # Most tests are about what a read that waits is answered; test_degradation.py is about the others.
            "TAPEDECK_SOFT_TIMEOUT": "1h",
            "TAPEDECK_STALE_SHARE": "0",
            **self.environment,
        }

    def _end(self, worker: Worker) -> None:
        worker.kill()
        output = worker.output
        worker.close()
        check_no_secrets(output, "the worker's output")
        crashed = [line for line in output.splitlines() if "Fatal error" in line]
        self.assertEqual(crashed, [])


class DatabentoCase(WorkerCase):
    """Workers buy from the shared stand-in, which starts anew with each test."""

    def setUp(self):
        super().setUp()
        self.stand_in = StandIn.shared()
        self.stand_in.control("POST", "reset", {})

    def base_environment(self) -> dict[str, str]:
        return {
            # No test may depend on being faster than a provisional bar expires.
            "TAPEDECK_PROVISIONAL_LIFETIME_MIN": "5m",
            "DATABENTO_API_KEY": KEY,
            "TAPEDECK_DATABENTO_URL": self.stand_in.url,
            **super().base_environment(),
        }

    def truth_bars(self, symbol: str, timeframe: str, start: int, end: int, **parameters):
        """The vendor's bars."""
        return bars_of(self.stand_in.truth(symbol, f"ohlcv-{timeframe}", start, end, **parameters))

    def assert_bought_once(self, purchases: list[dict] | None = None, until: int | None = None) -> None:
        """No nanosecond of any symbol and schema was bought twice, before `until` where what follows is provisional."""
        ends: dict[tuple, int] = {}
        bought = self.stand_in.purchases() if purchases is None else purchases
        for purchase in sorted(bought, key=lambda p: p["start"]):
            key = purchase["dataset"], purchase["symbol"], purchase["schema"]
            self.assertGreaterEqual(purchase["start"], ends.get(key, 0), f"bought twice: {purchase}")
            ends[key] = purchase["end"] if until is None else min(purchase["end"], until)

    def assert_is_complete(self, answer: dict) -> None:
        """The answer says that nothing is missing or stale."""
        self.assertEqual((answer["complete"], answer["missing"], answer["stale"]), (True, [], False))
