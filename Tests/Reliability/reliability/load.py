"""A steady load of several clients."""

import contextlib
import http.client
import json
import threading
import time
from collections.abc import Iterator

from harness import eventually
from harness.http import Response
from reliability.clients import Client, Question
from reliability.record import Record, Sample

#: Each client's pause between two questions.
_PAUSE_SECONDS = 0.04
#: A question that takes longer counts as hung. It is more than the worker's own limits leave a read.
_HUNG_SECONDS = 60
#: How many answers of each kind make the load steady.
_STEADY_ANSWERS = 3


class Load:
    """Asks the world's worker, whichever it is at the moment, until stopped."""

    def __init__(self, world, clients: list[Client], record: Record):
        self.world, self.clients, self.record = world, clients, record
        self.phase = "before"
        self._stop = threading.Event()
        self._turn = threading.Condition()
        self._is_paused = False
        self._asking = 0
        self._threads = [threading.Thread(target=self._run, args=(client,), daemon=True) for client in clients]

    def start(self) -> None:
        """Begins to ask, and returns when each client gets what it asks for."""
        for thread in self._threads:
            thread.start()
        self.until_clean(time.monotonic(), 60)

    def stop(self) -> None:
        """Lets each client finish its question."""
        self._stop.set()
        for thread in self._threads:
            thread.join(_HUNG_SECONDS + 10)

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Asks nothing meanwhile: for what is part of a row's setting, not of its fault."""
        with self._turn:
            self._is_paused = True
            if not self._turn.wait_for(lambda: self._asking == 0, _HUNG_SECONDS + 10):
                raise AssertionError("questions are still under way")
        try:
            yield
        finally:
            with self._turn:
                self._is_paused = False
                self._turn.notify_all()

    def until_clean(self, since: float, seconds: float) -> None:
        """Waits until questions of all kinds asked after a moment have clean answers."""
        kinds = {client.kind for client in self.clients}

        def is_clean() -> bool:
            counts = self.record.clean_kinds(since)
            return all(counts[kind] >= _STEADY_ANSWERS for kind in kinds)

        eventually("all questions have clean answers", is_clean, seconds)

    def _run(self, client: Client) -> None:
        try:
            while not self._stop.is_set():
                question = client.next()
                with self._my_turn():
                    sample = self.ask(question)
                self.record.add(sample)
                if sample.is_clean:
                    client.done(question)
                self._stop.wait(_PAUSE_SECONDS)
        except Exception as error:  # a client that ended must fail the row
            self.record.add_fault(f"a client ended: {type(error).__name__}: {error}")

    @contextlib.contextmanager
    def _my_turn(self) -> Iterator[None]:
        with self._turn:
            self._turn.wait_for(lambda: not self._is_paused)
            self._asking += 1
        try:
            yield
        finally:
            with self._turn:
                self._asking -= 1
                self._turn.notify_all()

    def ask(self, question: Question) -> Sample:
        """Asks one question, keeps the bars of its answer, and tells how it went."""
        phase, begun = self.phase, time.monotonic()

        def sample(outcome: str, **values) -> Sample:
            return Sample(phase, question.kind, begun, time.monotonic() - begun, outcome, **values)

        try:
            response = self.world.worker.get(question.path, seconds=_HUNG_SECONDS, **question.parameters)
        except ConnectionRefusedError:
            return sample("no connection")
        except TimeoutError:
            return sample("hung")
        except (OSError, http.client.HTTPException):
            return sample("cut")
        if response.status != 200:
            return sample(_problem(response))
        answer = response.json
        if "bars" in answer:
            series = question.parameters["symbol"], question.parameters["timeframe"]
            self.record.add_bars(series, question.span, answer, phase)
        return sample(
            "answered",
            tier=response.tier,
            is_stale=response.headers["x-tapedeck-stale"] == "true",
            is_complete=answer.get("complete", True),
            reasons=frozenset(part["reason"] for part in answer.get("missing", [])),
        )


def _problem(response: Response) -> str:
    try:
        kind = response.json["type"].rpartition(":")[2]
    except (json.JSONDecodeError, KeyError):
        kind = "without a problem"
    return f"{response.status} {kind}"
