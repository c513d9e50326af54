"""A fleet of real workers to which everything happens that may happen."""

import argparse
import contextlib
import math
import random
import signal
import subprocess
import sys
import threading
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

from harness.chaos_checks import Checks
from harness.chaos_clients import Clients
from harness.chaos_settings import CONNECTIONS_MAX, LEASE_SECONDS, LISTENS
from harness.clocks import TimeOfDay
from harness.cluster import Cluster
from harness.stalling import StallingProxy
from harness.stand_in import KEY, StandIn
from harness.times import DAY, ns
from harness.worker import ADMIN_TOKEN, Worker

_END = ns("2026-01-13")
#: A Wednesday afternoon, on which the market trades for hours.
_NOW = ns("2026-01-14T15:30:30")
#: How far workers' clocks are ahead.
_SKEWS_SECONDS = (0, 3_600, -3_600)
#: For so long volumes of the newest minutes are too low: what becomes final too early is wrong for good.
_UNSETTLED_SECONDS = 40
#: How much of each symbol is bought in a minute of the run.
_DAYS_A_MINUTE = 6


class Chaos:
    """One run: `run` for a while, then `findings` of what does not hold.

    `days` is how much there is to be bought of each symbol. Processes live at a time of day of their own, some workers an
    hour ahead of it and some an hour behind.
    """

    def __init__(self, seed: int, days: int, workers: int = 8):
        self.seed = seed
        self.random = random.Random(seed)
        self.start, self.end = _END - days * DAY, _END
        self.time = TimeOfDay(_NOW)
        self.cluster = Cluster(**self.time.environment())
        address = urllib.parse.urlsplit(self.cluster.url)
        self.database_port = address.port
        self.proxy = StallingProxy(address.hostname, address.port)
        user = f"{address.username}@" if address.username else ""
        self._proxied_url = address._replace(netloc=f"{user}127.0.0.1:{self.proxy.port}").geturl()
        self.stand_in = StandIn("--now", "wall", **self.time.environment())
        self.stand_in.settings(unsettled_seconds=_UNSETTLED_SECONDS)
        self.stand_in.fault(count=-1, delay_ms=150, ending="clean")
        #: Until when lives of workers, `NUMBER.LIFE`, were last frozen, by the time of day; for ever when they were killed.
        self.disturbed_until: dict[str, float] = {}
        self.lives = [0] * workers
        self.skews = [_SKEWS_SECONDS[number % len(_SKEWS_SECONDS)] for number in range(workers)]
        self.random.shuffle(self.skews)
        self.events: dict[str, int] = {}
        self.is_over = threading.Event()
        self.clients = Clients(self)
        self.checks = Checks(self)
        with ThreadPoolExecutor(4) as threads:
            self.workers = list(threads.map(self.start_worker, range(workers)))

    def close(self) -> None:
        """Ends all processes."""
        for worker in self.workers:
            with contextlib.suppress(ProcessLookupError):
                worker.process.send_signal(signal.SIGCONT)
            worker.kill()
            worker.close()
        self.stand_in.stop()
        self.proxy.close()
        self.cluster.remove()

    def run(self, seconds: float) -> None:
        """Lets clients ask and faults happen."""
        self._run = (time.monotonic(), seconds)
        # Killed and frozen workers are what puts purchases in danger.
        faults = (
            self._kill, self._kill, self._freeze, self._freeze, self._stall, self._cut, self._end_listeners, self._restart
        )
        with self.clients.asking(self.random):
            while self.progress < 1:
                fault = self.random.choice(faults)
                fault()
                self.events[fault.__name__[1:]] = self.events.get(fault.__name__[1:], 0) + 1
                self._last(self.random.uniform(0.2, 1.5))
            self.is_over.set()

    @property
    def progress(self) -> float:
        """Which share of the run is over."""
        begun, seconds = self._run
        return (time.monotonic() - begun) / seconds

    def findings(self) -> list[str]:
        """What does not hold, once everybody has come to rest."""
        return list(dict.fromkeys(self.clients.wrong + self.checks.findings()))

    def summary(self) -> str:
        """What happened."""
        return (
            f"seed {self.seed}: {self.clients.answers} right answers of what is over, {self.clients.recent_answers} of what "
            f"is recent, {self.checks.summary()}; {self.events}; {self.proxy.stalls} notices held back; "
            f"clocks ahead by {self.skews} s"
        )

    def query(self, sql: str) -> list[list[str]]:
        """Asks the database behind the workers' back."""
        done = subprocess.run(
            ["psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--dbname", self.cluster.url, "--command", sql],
            capture_output=True, text=True, timeout=60, check=True,
        )
        return [line.split("|") for line in done.stdout.splitlines()]

    # MARK: Faults

    def _kill(self) -> None:
        number = self.random.randrange(len(self.workers))
        self._note_disturbance(number, math.inf)
        self.workers[number].kill()
        self.workers[number].close()
        self.lives[number] += 1
        self.workers[number] = self.start_worker(number)

    def _freeze(self) -> None:
        number = self.random.randrange(len(self.workers))
        self.workers[number].process.send_signal(signal.SIGSTOP)
        self._last(self.random.uniform(0.5, 2) * LEASE_SECONDS)
        self._note_disturbance(number, self.time.now)
        self.workers[number].process.send_signal(signal.SIGCONT)

    def _stall(self) -> None:
        """Holds back notices without closing a connection."""
        self.proxy.stall()
        self._last(self.random.uniform(1, 7))
        self.proxy.flow()

    def _cut(self) -> None:
        """Closes connections for notices on their way."""
        self.proxy.cut()

    def _end_listeners(self) -> None:
        """Has the server end some of the connections for notices."""
        self.query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            f"WHERE {LISTENS} AND pid % 3 = {self.random.randrange(3)}"
        )

    def _restart(self) -> None:
        self.cluster.stop()
        self._last(self.random.uniform(0, 1))
        self.cluster.start()

    def _last(self, seconds: float) -> None:
        """Lets a fault, or the time between two, last: how long is a part of the run, nothing is waited for."""
        self.is_over.wait(seconds)

    def _note_disturbance(self, number: int, until: float) -> None:
        self.disturbed_until[f"{number}.{self.lives[number]}"] = until

    # MARK: Workers

    def settings(self, ahead_seconds: int = 0) -> dict[str, str]:
        """The settings of all processes, for one whose clock is so far ahead."""
        return {
            "TAPEDECK_ADMIN_TOKEN": ADMIN_TOKEN,
            "TAPEDECK_LEASE_DURATION": f"{LEASE_SECONDS}s",
            "TAPEDECK_SOFT_TIMEOUT": "1h",
            "TAPEDECK_DATABASE_CONNECTIONS_MAX": str(CONNECTIONS_MAX),
            # All that is bought fits.
            "TAPEDECK_BARS_MAX": "1000000",
            # What is bought of past days goes into blocks, which workers write to in turns.
            "TAPEDECK_PACK_AFTER": "1h",
            "DATABENTO_API_KEY": KEY,
            "TAPEDECK_DATABENTO_URL": self.stand_in.url,
            **self.time.environment(ahead_seconds),
        }

    def start_worker(self, number: int) -> Worker:
        """Starts the worker of this number in its present life."""
        settings = self.settings(self.skews[number])
        name = f"?application_name=chaos-{number}.{self.lives[number]}"
        if number % 3 == 0:
            settings["TAPEDECK_LISTEN_DATABASE_URL"] = self._proxied_url + name
        return Worker(self.cluster.url + name, **settings)


def main() -> int:
    """`scripts/chaos`."""
    parser = argparse.ArgumentParser(prog="scripts/chaos")
    parser.add_argument("--minutes", type=float, default=5, help="how long faults happen")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 2**32, help="repeats the order of the faults")
    parser.add_argument("--workers", type=int, default=8)
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    chaos = Chaos(arguments.seed, days=max(4, round(arguments.minutes * _DAYS_A_MINUTE)), workers=arguments.workers)
    try:
        chaos.run(arguments.minutes * 60)
        findings = chaos.findings()
        print(chaos.summary())
        print("\n".join(findings) or "everything holds")
        return 1 if findings else 0
    finally:
        chaos.close()


if __name__ == "__main__":
    sys.exit(main())
