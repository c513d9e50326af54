"""A fleet of real workers to which everything happens that may happen, and what must hold afterwards."""

import argparse
import contextlib
import http.client
import random
import signal
import subprocess
import sys
import threading
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

from harness.cluster import Cluster
from harness.polling import eventually
from harness.stalling import StallingProxy
from harness.stand_in import KEY, StandIn
from harness.times import MINUTE, ns, text
from harness.truth import bars_of
from harness.worker import ADMIN_TOKEN, Worker

_LEASE_SECONDS = 2
_SYMBOLS = ("ESH6", "NQH6", "ES.c.0")
_START = ns("2026-01-05T00:00")
#: Bars of a day are asked for in so many pieces that a purchase is under way nearly always.
_PIECE_MINUTES = (5, 30, 120)
_CLIENTS = 12
_CONNECTIONS_MAX = 4


class Chaos:
    """One run: `run` for a while, then `findings` of what does not hold.

    `days` is how much there is to be bought of each symbol.
    """

    def __init__(self, seed: int, days: int, workers: int = 8):
        self.seed = seed
        self.minutes = days * 1_440
        self.end = _START + self.minutes * MINUTE
        self.random = random.Random(seed)
        self.cluster = Cluster()
        address = urllib.parse.urlsplit(self.cluster.url)
        self.proxy = StallingProxy(address.hostname, address.port)
        user = f"{address.username}@" if address.username else ""
        self.stalling_url = address._replace(netloc=f"{user}127.0.0.1:{self.proxy.port}").geturl()
        self.stand_in = StandIn()
        self.stand_in.fault(count=-1, delay_ms=150, ending="clean")
        #: Lives of workers, `NUMBER.LIFE`, that were killed or frozen: what they were buying may be bought again.
        self.disturbed: set[str] = set()
        self.lives = [0] * workers
        self.wrong: list[str] = []
        self.answers = 0
        self.events: dict[str, int] = {}
        self._lock = threading.Lock()
        self._is_over = threading.Event()
        self._truth = {symbol: bars_of(self._records(symbol)) for symbol in _SYMBOLS}
        with ThreadPoolExecutor(4) as threads:
            self.workers = list(threads.map(self._start, range(workers)))

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
        deadline = time.monotonic() + seconds
        with ThreadPoolExecutor(_CLIENTS) as threads:
            asking = [threads.submit(self._ask_on, self.random.randrange(2**32)) for _ in range(_CLIENTS)]
            while time.monotonic() < deadline:
                fault = self.random.choice((self._kill, self._freeze, self._kill, self._freeze, self._stall, self._restart))
                fault()
                self.events[fault.__name__[1:]] = self.events.get(fault.__name__[1:], 0) + 1
                self._last(self.random.uniform(0.2, 1.5))
            self._is_over.set()
            for client in asking:
                client.result()

    def findings(self) -> list[str]:
        """What does not hold, once everybody has come to rest."""
        found = list(self.wrong)
        for number, worker in enumerate(self.workers):
            for symbol in _SYMBOLS:
                for _ in range(2):
                    answer = self._ask(number, symbol, _START, self.end, seconds=60)
                    if answer is None or not answer["complete"] or bars_of(answer) != self._truth[symbol]:
                        found.append(f"worker {number} has not all of {symbol}")
        live = "SELECT count(*) FROM fetch_leases WHERE error_code IS NULL"
        with contextlib.suppress(AssertionError):
            eventually("no lease", lambda: self._query(live) == "0", 4 * _LEASE_SECONDS)
        if (left := self._query(live)) != "0":
            found.append(f"{left} leases are left")
        connections = int(self._query("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'tapedeck'"))
        if connections > len(self.workers) * (_CONNECTIONS_MAX + 1):
            found.append(f"{connections} connections are open")
        return found + self._double_purchases()

    def summary(self) -> str:
        """What happened."""
        requests = self.stand_in.requests("timeseries.get_range")
        return (
            f"seed {self.seed}: {self.answers} right answers, {len(requests)} purchases, "
            f"{self.repeated} of them in part again behind a worker that was killed or frozen; {self.events}"
        )

    # MARK: Faults

    def _kill(self) -> None:
        number = self.random.randrange(len(self.workers))
        self._note_disturbance(number)
        self.workers[number].kill()
        self.workers[number].close()
        self.lives[number] += 1
        self.workers[number] = self._start(number)

    def _freeze(self) -> None:
        number = self.random.randrange(len(self.workers))
        self._note_disturbance(number)
        self.workers[number].process.send_signal(signal.SIGSTOP)
        self._last(self.random.uniform(0.5, 2) * _LEASE_SECONDS)
        self.workers[number].process.send_signal(signal.SIGCONT)

    def _stall(self) -> None:
        self.proxy.stall()
        self._last(self.random.uniform(1, 7))
        self.proxy.flow()

    def _restart(self) -> None:
        self.cluster.stop()
        self._last(self.random.uniform(0, 1))
        self.cluster.start()

    def _last(self, seconds: float) -> None:
        """Lets a fault, or the time between two, last: how long is a part of the run, nothing is waited for."""
        self._is_over.wait(seconds)

    def _note_disturbance(self, number: int) -> None:
        with self._lock:
            self.disturbed.add(f"{number}.{self.lives[number]}")

    # MARK: Workers

    def _start(self, number: int) -> Worker:
        settings = {
            "TAPEDECK_ADMIN_TOKEN": ADMIN_TOKEN,
            "TAPEDECK_LEASE_DURATION": f"{_LEASE_SECONDS}s",
            "TAPEDECK_SOFT_TIMEOUT": "1h",
            "TAPEDECK_DATABASE_CONNECTIONS_MAX": str(_CONNECTIONS_MAX),
            "DATABENTO_API_KEY": KEY,
            "TAPEDECK_DATABENTO_URL": self.stand_in.url,
        }
        if number % 3 == 0:
            settings["TAPEDECK_LISTEN_DATABASE_URL"] = self.stalling_url
        return Worker(self.cluster.url, **settings)

    # MARK: Clients

    def _ask_on(self, seed: int) -> None:
        generator = random.Random(seed)
        while not self._is_over.is_set():
            first = generator.randrange(self.minutes)
            last = min(self.minutes, first + generator.choice(_PIECE_MINUTES))
            start, end = _START + first * MINUTE, _START + last * MINUTE
            number, symbol = generator.randrange(len(self.workers)), generator.choice(_SYMBOLS)
            answer = self._ask(number, symbol, start, end)
            if answer is None or not answer["complete"]:
                continue
            expected = [bar for bar in self._truth[symbol] if start <= bar[0] < end]
            with self._lock:
                self.answers += 1
                if bars_of(answer) != expected:
                    self.wrong.append(f"worker {number} answered {symbol} {text(start)}..{text(end)} wrongly")

    def _ask(self, number: int, symbol: str, start: int, end: int, seconds: float = 10) -> dict | None:
        """The answer, None where there was none."""
        life = self.lives[number]
        parameters = {"symbol": symbol, "timeframe": "1m", "start": text(start), "end": text(end)}
        try:
            answer = self.workers[number].request(
                "GET", "/v1/bars", headers={"X-Request-Id": f"{number}.{life}"}, seconds=seconds, **parameters
            )
            return answer.json if answer.status == 200 else None
        except (OSError, http.client.HTTPException, ValueError):
            return None

    # MARK: Checks

    def _double_purchases(self) -> list[str]:
        """Purchases of something that was bought before, except where the first buyer was killed or frozen."""
        found = []
        self.repeated = 0
        sold: dict[str, list] = {}
        for request in self.stand_in.requests("timeseries.get_range"):
            if not request["records_sent"]:
                continue
            parameters = request["params"]
            start, end = (self._nanoseconds(parameters[name]) for name in ("start", "end"))
            before = sold.setdefault(parameters["symbols"], [])
            again = [one for one in before if one[0] < end and start < one[1]]
            if again:
                self.repeated += 1
            for one in again:
                if one[2] not in self.disturbed:
                    found.append(
                        f"{parameters['symbols']} {text(start)}..{text(end)} was bought by {request['request_id']} "
                        f"although {one[2]} had bought {text(one[0])}..{text(one[1])}"
                    )
            before.append((start, end, request["request_id"]))
        return found

    @staticmethod
    def _nanoseconds(value: str) -> int:
        return int(value) if value.isdigit() else ns(value)

    def _records(self, symbol: str) -> list[dict]:
        return self.stand_in.truth(symbol, "ohlcv-1m", _START, self.end)

    def _query(self, sql: str) -> str:
        done = subprocess.run(
            ["psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--dbname", self.cluster.url, "--command", sql],
            capture_output=True, text=True, timeout=60, check=True,
        )
        return done.stdout.strip()


def main() -> int:
    """`scripts/chaos`."""
    parser = argparse.ArgumentParser(prog="scripts/chaos")
    parser.add_argument("--minutes", type=float, default=5, help="how long faults happen")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 2**32, help="repeats the order of the faults")
    parser.add_argument("--workers", type=int, default=8)
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    chaos = Chaos(arguments.seed, days=max(2, round(arguments.minutes * 10)), workers=arguments.workers)
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
