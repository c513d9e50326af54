"""What clients ask a fleet while everything happens to it."""

import contextlib
import http.client
import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from harness.chaos_settings import LIVE_SYMBOL, SETTLING_NANOSECONDS, SYMBOLS
from harness.http import Response
from harness.times import HOUR, MINUTE, ns, text
from harness.truth import bars_of

_CLIENTS = 12
#: Bars of a day are asked for in so many pieces that a purchase is under way nearly always.
_PIECE_MINUTES = (5, 30, 120)
#: How far back from what is newly asked for it is asked for.
_WINDOW_MINUTES = 1_440
_RECENT_SHARE = 0.25
#: How long before now a range without an end begins.
_RECENT_NANOSECONDS = HOUR


class Clients:
    """Those who ask, and what they were answered wrongly."""

    def __init__(self, chaos):
        self._chaos = chaos
        self._lock = threading.Lock()
        self._minutes = (chaos.end - chaos.start) // MINUTE
        self.truth = {
            symbol: bars_of(chaos.stand_in.truth(symbol, "ohlcv-1m", chaos.start, chaos.end)) for symbol in SYMBOLS
        }
        self.wrong: list[str] = []
        self.answers = 0
        self.recent_answers = 0
        #: Bars of LIVE_SYMBOL that were answered as final.
        self.finals: set[tuple] = set()

    @contextlib.contextmanager
    def asking(self, generator: random.Random) -> Iterator[None]:
        """Clients ask until the run is over."""
        with ThreadPoolExecutor(_CLIENTS) as threads:
            asking = [threads.submit(self._ask_on, generator.randrange(2**32)) for _ in range(_CLIENTS)]
            try:
                yield
            finally:
                self._chaos.is_over.set()
            for client in asking:
                client.result()

    def ask(self, number: int, symbol: str, seconds: float = 10, **parameters) -> Response | None:
        """A worker's answer, None where there was none."""
        life = f"{number}.{self._chaos.lives[number]}"
        try:
            answer = self._chaos.workers[number].request(
                "GET", "/v1/bars", headers={"X-Request-Id": life}, seconds=seconds,
                symbol=symbol, timeframe="1m", **parameters,
            )
            return answer if answer.status == 200 else None
        except (OSError, http.client.HTTPException, ValueError):
            return None

    def ask_recent(self, number: int, seconds: float = 10) -> dict | None:
        """The last hour's bars from a worker, checked; None where there was no answer."""
        begun = self._chaos.time.now
        answer = self.ask(number, LIVE_SYMBOL, seconds, start=text((begun - _RECENT_NANOSECONDS) // MINUTE * MINUTE))
        return None if answer is None else self._checked_recent(number, answer.json, begun)

    def ask_newest(self, number: int) -> dict | None:
        """The newest bars from a worker, checked; None where there was no answer."""
        answer = self.ask(number, LIVE_SYMBOL, last=30)
        return None if answer is None else self._checked_recent(number, answer.json)

    # MARK: Asking

    def _ask_on(self, seed: int) -> None:
        generator = random.Random(seed)
        while not self._chaos.is_over.is_set():
            number = generator.randrange(len(self._chaos.workers))
            if generator.random() >= _RECENT_SHARE:
                self._ask_past(number, generator)
            elif generator.random() < 0.5:
                self.ask_recent(number)
            else:
                self.ask_newest(number)

    def _ask_past(self, number: int, generator: random.Random) -> None:
        # There is something new to be bought until the end.
        newest = int(self._chaos.progress * self._minutes)
        first = max(0, min(newest, self._minutes - 1) - generator.randrange(_WINDOW_MINUTES))
        last = min(self._minutes, first + generator.choice(_PIECE_MINUTES))
        start, end = self._chaos.start + first * MINUTE, self._chaos.start + last * MINUTE
        symbol = generator.choice(SYMBOLS)
        answer = self.ask(number, symbol, start=text(start), end=text(end))
        if answer is None or not answer.json["complete"]:
            return
        expected = [bar for bar in self.truth[symbol] if start <= bar[0] < end]
        with self._lock:
            self.answers += 1
            if bars_of(answer.json) != expected:
                self.wrong.append(f"worker {number} answered {symbol} {text(start)}..{text(end)} wrongly")

    # MARK: Checking

    def _checked_recent(self, number: int, answer: dict, begun: int | None = None) -> dict:
        """Notes what is wrong; a range without an end was asked for at `begun`."""
        settled = self._chaos.time.now - SETTLING_NANOSECONDS
        bars = bars_of(answer)
        finals = [bar for bar, given in zip(bars, answer["bars"]) if given["final"]]
        wrong = []
        if finals and finals[-1][0] + MINUTE > settled:
            wrong.append(f"worker {number} calls the bar of {text(finals[-1][0])} final at {text(settled)}")
        if begun is not None and ns(answer["end"]) < begun:
            wrong.append(f"worker {number} takes {answer['end']} for now at {text(begun)}")
        if [bar[0] for bar in bars] != list(range(bars[0][0], bars[0][0] + len(bars) * MINUTE, MINUTE) if bars else []):
            wrong.append(f"worker {number} left out bars between {text(bars[0][0])} and {text(bars[-1][0])}")
        with self._lock:
            self.recent_answers += 1
            self.finals.update(finals)
            self.wrong += wrong
        return answer
