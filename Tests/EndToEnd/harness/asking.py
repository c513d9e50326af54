"""Clients that ask for overlapping ranges at random, all the time."""

import contextlib
import http.client
import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

from harness.http import Response
from harness.times import MINUTE, text
from harness.truth import bars_of

#: Lengths of the ranges, in minutes.
_LENGTHS = (5, 30, 120)
_PAUSE_SECONDS = 0.01


@dataclass
class Question:
    """One question and what came of it; times are those of `time.monotonic`."""

    #: The `X-Request-Id`, by which the stand-in's log knows what was bought for it.
    id: str
    worker: int
    symbol: str
    start: int
    end: int
    asked: float
    answered: float
    #: None when there was no answer.
    response: Response | None

    @property
    def is_right(self) -> bool:
        """Whether it was answered with data; `wrong` says whether these are."""
        return self.response is not None and self.response.status == 200

    @property
    def is_complete(self) -> bool:
        """Whether the answer says that nothing is missing or stale."""
        return self.is_right and self.response.json["complete"] and not self.response.json["stale"]

    def wrong(self, truth: list) -> str | None:
        """What is wrong with the answer, beside the vendor's bars of the symbol."""
        if not self.is_right:
            return None
        expected = [bar for bar in truth if self.start <= bar[0] < self.end]
        bars, answer = bars_of(self.response.json), self.response.json
        if bars == expected:
            return None
        if not answer["complete"] and answer["missing"] and set(bars) <= set(expected):
            return None
        return f"worker {self.worker} answered {self.symbol} {text(self.start)}..{text(self.end)} wrongly"


class Asking:
    """Clients that ask these workers for bars of the symbols within a range, until `stop`."""

    def __init__(self, workers: list, symbols: tuple[str, ...], start: int, end: int, seed: int, clients: int = 8):
        self.questions: list[Question] = []
        self._workers = workers
        self._symbols = symbols
        self._span = start, (end - start) // MINUTE
        self._lock = threading.Lock()
        self._is_over = threading.Event()
        self._threads = [
            threading.Thread(target=self._ask_on, args=(number, random.Random(f"{seed} {number}")))
            for number in range(clients)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Lets everyone have their last answer."""
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def count(self, since: float = 0) -> int:
        """Questions asked since a time that were answered with data."""
        with self._lock:
            return sum(question.asked >= since and question.is_right for question in self.questions)

    def refused(self) -> int:
        """Questions that were answered with an error."""
        with self._lock:
            return sum(question.response is not None and not question.is_right for question in self.questions)

    def _ask_on(self, client: int, generator: random.Random) -> None:
        start, minutes = self._span
        turn = 0
        while not self._is_over.wait(_PAUSE_SECONDS):
            turn += 1
            first = generator.randrange(minutes)
            last = min(minutes, first + generator.choice(_LENGTHS))
            question = Question(
                f"client-{client}-{turn}", generator.randrange(len(self._workers)), generator.choice(self._symbols),
                start + first * MINUTE, start + last * MINUTE, time.monotonic(), 0, None,
            )
            with contextlib.suppress(OSError, http.client.HTTPException):
                question.response = self._workers[question.worker].request(
                    "GET", "/v1/bars", {"X-Request-Id": question.id}, symbol=question.symbol, timeframe="1m",
                    start=text(question.start), end=text(question.end),
                )
            question.answered = time.monotonic()
            with self._lock:
                self.questions.append(question)


def bought_twice(requests: list[dict]) -> Iterator[tuple[dict, dict]]:
    """Pairs of purchases, from the stand-in's log, of which the later has a part of the earlier."""
    sold: dict[str, list[tuple[int, int, dict]]] = {}
    for request in requests:
        if not request["records_sent"]:
            continue
        start, end = int(request["params"]["start"]), int(request["params"]["end"])
        before = sold.setdefault(request["params"]["symbols"], [])
        yield from ((earlier, request) for first, last, earlier in before if first < end and start < last)
        before.append((start, end, request))
