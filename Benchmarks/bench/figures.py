"""What a benchmark found, how it is kept, and medians."""

import json
import statistics
from dataclasses import asdict, dataclass, field
from pathlib import Path

RESULTS = Path(__file__).resolve().parents[2] / ".build-bench" / "results"


@dataclass
class Figure:
    """One line of the page: ours, what stands beside it, and what was asked for."""

    what: str
    ours: str
    beside: str = ""
    #: How ours relates to the other, in the sense of the target.
    ratio: str = ""
    target: str = ""
    #: None where nothing was asked for.
    met: bool | None = None


@dataclass
class Result:
    """All lines of one benchmark."""

    name: str
    title: str
    #: How it was measured, in a sentence or two.
    method: str
    figures: list[Figure] = field(default_factory=list)
    #: What the figures do not say by themselves.
    notes: list[str] = field(default_factory=list)
    date: str = ""
    command: str = ""
    seconds: float = 0
    #: The machine's load average when the benchmark began.
    load: float = 0
    is_short: bool = False

    def add(self, what: str, ours: str, beside: str = "", ratio: str = "", target: str = "", met: bool | None = None):
        """Adds a line."""
        self.figures.append(Figure(what, ours, beside, ratio, target, met))

    def save(self) -> None:
        """Keeps the result for the page."""
        RESULTS.mkdir(parents=True, exist_ok=True)
        (RESULTS / f"{self.name}.json").write_text(json.dumps(asdict(self), indent=1))


def load(name: str) -> Result | None:
    """The kept result of a benchmark, or None."""
    path = RESULTS / f"{name}.json"
    if not path.exists():
        return None
    values = json.loads(path.read_text())
    values["figures"] = [Figure(**figure) for figure in values["figures"]]
    return Result(**values)


@dataclass
class Sample:
    """The same measurement, several times."""

    values: list[float] = field(default_factory=list)

    def add(self, value: float) -> None:
        """Adds a measurement."""
        self.values.append(value)

    @property
    def median(self) -> float:
        """The middle."""
        return statistics.median(self.values)

    def text(self, unit: str = "", digits: int = 3) -> str:
        """The median with the least and the greatest: `0.41 µs (0.39–0.46)`."""
        if len(self.values) == 1:
            return f"{number(self.median, digits)} {unit}".strip()
        low, high = number(min(self.values), digits), number(max(self.values), digits)
        return f"{number(self.median, digits)} {unit}".strip() + f" ({low}–{high})"


def number(value: float, digits: int = 3) -> str:
    """A number with so many significant digits, thousands separated: `12,300`, `0.0412`."""
    if value == 0:
        return "0"
    if abs(value) >= 10 ** (digits - 1):
        return f"{round(value):,}"
    text = f"{value:.{digits}g}"
    return f"{value:.{digits}f}".rstrip("0") if "e" in text else text
