"""What the clients saw."""

import threading
from collections import Counter
from dataclasses import dataclass, field

from harness import bars_of, ns

#: A series, as symbol and timeframe.
Series = tuple[str, str]
#: (open, high, low, close, volume)
Values = tuple[float, ...]


@dataclass(frozen=True)
class Sample:
    """One question and how it went."""

    phase: str
    kind: str
    #: On the monotonic clock.
    begun: float
    seconds: float
    #: `answered`, or the status and type of a problem, or `no connection`, `cut`, `hung`.
    outcome: str
    tier: str = ""
    is_stale: bool = False
    is_complete: bool = True
    reasons: frozenset[str] = frozenset()

    @property
    def is_clean(self) -> bool:
        """Answered with all that was asked for, and nothing expired."""
        return self.outcome == "answered" and self.is_complete and not self.is_stale


@dataclass
class Record:
    """Everything seen in one row. Clients add to it at the same time."""

    samples: list[Sample] = field(default_factory=list)
    #: Each bar that was ever given as final.
    finals: dict[Series, dict[int, Values]] = field(default_factory=dict)
    #: Those of them that were given before or after the fault.
    given_in_peace: dict[Series, set[int]] = field(default_factory=dict)
    #: Each answer about a range that said it was complete: (series, start, end) to the times of its bars.
    wholes: dict[tuple[Series, int, int], frozenset[int]] = field(default_factory=dict)
    #: What must not be: answers that contradict an earlier one, secrets in answers, clients that ended.
    faults: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, sample: Sample) -> None:
        """Adds a question."""
        with self.lock:
            self.samples.append(sample)

    def add_bars(self, series: Series, span: tuple[int, int] | None, answer: dict, phase: str) -> None:
        """Keeps what an answer acknowledged; `span` is the range that was asked for, if one was."""
        bars = bars_of(answer)
        with self.lock:
            finals = self.finals.setdefault(series, {})
            in_peace = self.given_in_peace.setdefault(series, set())
            for bar, (time, *values) in zip(answer["bars"], bars, strict=True):
                if not bar["final"]:
                    continue
                if phase != "during":
                    in_peace.add(time)
                if finals.setdefault(time, tuple(values)) != tuple(values):
                    self.faults.append(f"{series} {bar['t']}: final, and later given as {values}")
            if span and answer["complete"] and not answer["stale"] and ns(answer["end"]) == span[1]:
                times = frozenset(time for time, *_ in bars)
                if self.wholes.setdefault((series, *span), times) != times:
                    self.faults.append(f"{series} {span}: complete twice, with different bars")

    def add_fault(self, text: str) -> None:
        """Notes what must not be."""
        with self.lock:
            self.faults.append(text)

    def snapshot(self) -> list[Sample]:
        """The samples so far."""
        with self.lock:
            return list(self.samples)

    def clean_kinds(self, since: float) -> Counter:
        """How many clean answers to questions of each kind asked after a moment."""
        return Counter(s.kind for s in self.snapshot() if s.begun >= since and s.is_clean)
