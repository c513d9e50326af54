"""Bots that ask the workers of a fleet over HTTP."""

import http.client
import random
import threading
import time

from harness.worker import Worker

#: Bots, and the seconds in which each asks for everything once.
BOTS, PERIOD = 5, 5.0
SYMBOLS = [f"{root}.c.{rank}" for root in ("ES", "NQ") for rank in range(4)] + ["CL.c.0", "CL.c.1"]
PATHS = [
    path
    for symbol in SYMBOLS
    for path in (
        f"/v1/bars?symbol={symbol}&timeframe=1h&last=24",
        f"/v1/bars?symbol={symbol}&timeframe=1m&last=60",
        f"/v1/quote?symbol={symbol}",
    )
]


class Bots:
    """Asks every worker in turn at random, the same requests at the same times whatever the number of workers."""

    def __init__(self, workers: list[Worker]):
        self._ports = [worker.port for worker in workers]
        self._ends = threading.Event()
        #: Answers by the tier that they came from, and refusals by their status.
        self.counts: dict[str, int] = {}
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._run, args=(bot,)) for bot in range(BOTS)]
        for thread in self._threads:
            thread.start()

    def _run(self, bot: int) -> None:
        choices = random.Random(bot)
        connections = {port: http.client.HTTPConnection("127.0.0.1", port, timeout=60) for port in self._ports}
        start = time.monotonic() + bot * PERIOD / BOTS
        turn = 0
        while not self._ends.wait(max(0, start + turn * PERIOD / len(PATHS) - time.monotonic())):
            connection = connections[choices.choice(self._ports)]
            connection.request("GET", PATHS[turn % len(PATHS)])
            answer = connection.getresponse()
            answer.read()
            kind = answer.headers["x-tapedeck-tier"] if answer.status == 200 else f"status {answer.status}"
            with self._lock:
                self.counts[kind] = self.counts.get(kind, 0) + 1
            turn += 1
        for connection in connections.values():
            connection.close()

    def end(self) -> None:
        """Lets all end."""
        self._ends.set()
        for thread in self._threads:
            thread.join()
