"""The bots of the load: what each of them asks next."""

import random
from dataclasses import dataclass
from typing import Any

from harness import DAY, MINUTE, ns, text

#: What each kind of question is about, for the document.
KINDS = {
    "held": "a past range that is in the worker's memory",
    "stored": "past ranges that only the database holds",
    "newest": "the newest 24 hours' and 60 minutes' bars, the forming one included",
    "quote": "the newest quote",
    "fresh": "history that nobody has bought yet",
    "again": "history that an earlier answer of this run held",
    "bulk": "13 days of minutes at once that nobody has bought yet",
}
#: The kinds that always need a purchase.
NEW_KINDS = frozenset({"fresh", "bulk"})
STORED_SYMBOL = "NQH6"
STORED_SPAN = (ns("2025-12-29"), ns("2026-01-10"))
_HELD_SPAN = (ns("2026-01-13T14:00"), ns("2026-01-13T16:00"))


@dataclass(frozen=True)
class Question:
    """One request."""

    kind: str
    path: str
    parameters: dict[str, Any]
    #: The range that is asked for, if it is one.
    span: tuple[int, int] | None = None


def _range(kind: str, symbol: str, span: tuple[int, int]) -> Question:
    parameters = {"symbol": symbol, "timeframe": "1m", "start": text(span[0]), "end": text(span[1])}
    return Question(kind, "/v1/bars", parameters, span)


class Client:
    """A bot. It is asked for its next question, and told whether the last was answered completely."""

    #: The kind of question that it asks from the beginning.
    kind: str

    def next(self) -> Question:
        """What it asks now."""
        raise NotImplementedError

    def done(self, question: Question) -> None:
        """The question was answered with all that was asked for."""


class Poller(Client):
    """Asks the same questions in turn."""

    def __init__(self, *questions: Question):
        self.kind = questions[0].kind
        self.questions = questions
        self.count = 0

    def next(self) -> Question:
        self.count += 1
        return self.questions[self.count % len(self.questions)]


class Walker(Client):
    """Reads a stored symbol's past piece by piece, each piece once, and begins again at the end."""

    def __init__(self, kind: str, symbol: str, span: tuple[int, int], step: int):
        self.kind, self.symbol, self.span, self.step = kind, symbol, span, step
        self.at = span[0]

    def next(self) -> Question:
        start = self.at
        self.at = start + self.step if start + 2 * self.step <= self.span[1] else self.span[0]
        return _range(self.kind, self.symbol, (start, start + self.step))


class Historian(Client):
    """Goes back through a symbol's past that nobody has bought, and asks for earlier pieces again in between."""

    def __init__(self, kind: str, symbol: str, end: int, step: int, seed: int):
        self.kind, self.symbol, self.end, self.step = kind, symbol, end, step
        self.random = random.Random(seed)
        self.had: list[Question] = []
        self.is_turn_of_old = False

    def next(self) -> Question:
        self.is_turn_of_old = not self.is_turn_of_old
        if self.is_turn_of_old and self.had:
            return _range("again", self.symbol, self.random.choice(self.had).span)
        return _range(self.kind, self.symbol, (self.end - self.step, self.end))

    def done(self, question: Question) -> None:
        if question.kind == self.kind:
            self.had.append(question)
            self.end -= self.step


def usual_clients(has_bulk: bool) -> list[Client]:
    """The load of every row."""
    newest = [
        Question("newest", "/v1/bars", {"symbol": symbol, "timeframe": timeframe, "last": last})
        for symbol in ("ESH6", "ES.c.0")
        for timeframe, last in (("1h", 24), ("1m", 60))
    ]
    clients = [
        Poller(_range("held", "ESH6", _HELD_SPAN)),
        Poller(*newest),
        Poller(Question("quote", "/v1/quote", {"symbol": "ESH6"})),
        Walker("stored", STORED_SYMBOL, STORED_SPAN, 30 * MINUTE),
        Historian("fresh", "CLH6", ns("2026-01-13T20:00"), 30 * MINUTE, seed=1),
        Historian("fresh", "ESM6", ns("2026-01-13T20:00"), 30 * MINUTE, seed=2),
    ]
    return clients + [Historian("bulk", "NQM6", ns("2026-01-13"), 13 * DAY, seed=3)] if has_bulk else clients
