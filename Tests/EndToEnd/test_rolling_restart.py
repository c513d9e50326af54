"""Workers are restarted one after the other behind the load balancer, and no request fails."""

import http.client
import itertools
import signal
import threading
import unittest

from harness.databases import POSTGRES, fresh_database
from harness.fleet import Fleet

_WORKERS = 3
_CLIENTS = 8


class Clients:
    """Bots that ask all the time, half of them on a kept connection; each answer that is not 200 is noted."""

    def __init__(self, port: int):
        self.failures: list[str] = []
        self.answers = 0
        self._port = port
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(number,)) for number in range(_CLIENTS)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Lets each client finish its request."""
        self._ended.set()
        for thread in self._threads:
            thread.join(60)

    def _run(self, number: int) -> None:
        keeps_connection = number % 2 == 0
        connection = None
        for turn in itertools.count():
            if self._ended.is_set():
                break
            # Mostly what is in memory, now and then what has to be bought first.
            target = "/v1/bars?symbol=ES.c.0&timeframe=1h&start=2026-01-05&end=2026-01-06"
            if turn % 10 == 9:
                start, end = _minute(number, turn), _minute(number, turn + 1)
                target = f"/v1/bars?symbol=NQ.c.0&timeframe=1m&start={start}&end={end}"
            try:
                if connection is None:
                    connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
                connection.request("GET", target)
                answer = connection.getresponse()
                body = answer.read()
                self._note(None if answer.status == 200 else f"{target}: {answer.status} {body[:300]}")
            except (OSError, http.client.HTTPException) as error:
                self._note(f"{target}: {error!r}")
                connection = None
            if connection is not None and not keeps_connection:
                connection.close()
                connection = None
        if connection is not None:
            connection.close()

    def _note(self, failure: str | None) -> None:
        with self._lock:
            self.answers += 1
            if failure:
                self.failures.append(failure)


def _minute(client: int, turn: int) -> int:
    """The beginning of a minute of the client's own day, in nanoseconds."""
    monday = 1_767_571_200  # 2026-01-05
    return (monday - 604_800 * client + 60 * (turn % 1_440)) * 1_000_000_000


class RollingRestart(unittest.TestCase):
    """SIGTERM drains a worker; the load balancer takes what meets it to another one."""

    def test_no_request_fails_while_every_worker_is_restarted(self):
        if not POSTGRES:
            self.skipTest("TAPEDECK_TEST_POSTGRES is not set")
        database = fresh_database("postgres")
        self.addCleanup(database.drop)
        fleet = Fleet(
            _WORKERS, "--postgres", database.url,
            # Purchases take long enough to be under way when the signal comes.
            TAPEDECK_SIMULATED_LATENCY="100ms",
            # To a worker all clients have one address, the load balancer's.
            TAPEDECK_CLIENT_RATE_MAX="1000000",
            TAPEDECK_CLIENT_BURST_MAX="1000000",
        )
        self.addCleanup(fleet.folder.cleanup)
        self.addCleanup(fleet.stop)
        clients = Clients(fleet.port)
        try:
            fleet.signal(signal.SIGHUP)
            fleet.wait_for(f"^Restarted worker {_WORKERS}, ", 60)
        finally:
            clients.stop()
        self.assertEqual(clients.failures, [])
        self.assertGreater(clients.answers, _CLIENTS)
        self.assertNotIn(" ended with ", fleet.output)
