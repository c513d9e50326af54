"""From one worker's commit to a memory hit in another, beside bare notices between two programs."""

import contextlib
import json
import subprocess
from dataclasses import dataclass, field

from bench.figures import Result, Sample, number
from bench.fleet import Member, flush_microseconds, fresh_database, members, percentile
from bench.tools import compiled, output, postgres

TITLE = "From a commit to another worker's memory"
#: Series that the writer commits to at once, and commits to each a second: 50 on a quiet fleet, 1,000 on a busy one.
_QUIET, _BUSY = (1, 50), (8, 125)
_TRACES = {"quiet": _QUIET, "busy": _BUSY}


@dataclass
class _Times:
    """50th and 99th percentiles in microseconds, round by round."""

    p50: Sample = field(default_factory=Sample)
    p99: Sample = field(default_factory=Sample)

    def add(self, p50: float, p99: float) -> None:
        self.p50.add(p50)
        self.p99.add(p99)


def _writer(url: str, series: int, per_second: int, seconds: float) -> tuple:
    return ("fleet-write", url, "W", series, int(per_second * seconds), per_second, "told")


def _warm(url: str, series: int, per_second: int, seconds: float) -> tuple[list[float], float]:
    """Microseconds from each commit of the first series to the hit, and commits per second of all."""
    reader = ("fleet-read", url, "W0", int(per_second * seconds))
    with members([reader, _writer(url, series, per_second, seconds)]) as (read, write):
        read.begin()
        write.begin()
        written, found = write.figures(), read.figures()
    times = [(hit - commit) / 1_000 for commit, hit in zip(written["commits"], found["hits"], strict=True)]
    rate = series * len(times) / (written["ended"] - written["begun"]) * 1e9
    # What comes first finds neither connections nor names warm.
    return times[int(len(times) / 10):], rate


def _bare(program: str, url: str, per_second: int, seconds: float, closed: bool = False) -> dict:
    """Both ways of bare notices, as often as the reader was looked at; `closed` sends one right after the other."""
    interval = 0 if closed else 1_000_000 // per_second
    return json.loads(output([program, url, str(int(per_second * seconds)), str(interval)]))


def run(is_short: bool) -> Result:
    """Measures."""
    rounds, seconds = (1, 2) if is_short else (5, 8)
    program = compiled("bare_notify.c", "libpq")
    ours, bare, there = ({name: _Times() for name in _TRACES} for _ in range(3))
    rates = Sample()
    with postgres() as server:
        for turn in range(rounds):
            for name, (series, per_second) in _TRACES.items():
                url = fresh_database(server, f"warming_{name}_{turn}")
                times, rate = _warm(url, series, per_second, seconds)
                ours[name].add(percentile(times, 0.5), percentile(times, 0.99))
                if name == "busy":
                    rates.add(rate)
                found = _beside(program, fresh_database(server, f"bare_{name}_{turn}"), name, seconds)
                bare[name].add(found["bothP50"], found["bothP99"])
                there[name].add(found["thereP50"], found["thereP99"])
    return _result(ours, bare, there, rates)


def _beside(program: str, url: str, name: str, seconds: float) -> dict:
    """Bare notices on a quiet server, or while our writer commits without anybody who is warmed."""
    series, per_second = _TRACES[name]
    if name == "quiet":
        return _bare(program, url, per_second, seconds)
    with members([_writer(url, series, per_second, seconds + 2)]) as (writer,):
        writer.begin()
        found = _bare(program, url, per_second, seconds)
        writer.figures()
    return found


def _result(ours: dict, bare: dict, there: dict, rates: Sample) -> Result:
    result = Result(
        "warming",
        TITLE,
        "Two workers of ours as processes of their own, without HTTP: one commits bars, one bar a commit, the other is "
        "looked at every 20 µs by a thread of its own until `heldBars` has the bar. The time runs from the moment the "
        "writing worker knows of its commit to the hit, by the clock that both share. A quiet fleet: "
        f"{_QUIET[1]} commits a second to one series. A busy one: {_BUSY[0] * _BUSY[1]:,} to {_BUSY[0]} series, of which one is "
        "looked at. Beside it two C programs that answer each other's notices, as often as we are looked at, without a "
        "flush: there and back, on the quiet server, and while the same writer commits and tells. "
        f"Postgres over loopback, fsync on; a flush takes {flush_microseconds():,.0f} µs here (pg_test_fsync).",
    )
    for name, share, limit in (("quiet", "p50", 8), ("busy", "p99", 10)):
        mine, theirs = getattr(ours[name], share), getattr(bare[name], share)
        ratio = mine.median / theirs.median
        what = "a quiet fleet, 50th percentile" if name == "quiet" else "1,000 commits a second, 99th percentile"
        result.add(
            what, mine.text("µs"), f"{theirs.text('µs')} bare, there and back", f"{number(ratio)} ×", f"≤ {limit} ×",
            ratio <= limit,
        )  # fmt: skip
    for name, share, what in (
        ("quiet", "p99", "a quiet fleet, 99th percentile"),
        ("busy", "p50", "1,000 commits a second, 50th percentile"),
    ):
        mine, theirs = getattr(ours[name], share), getattr(bare[name], share)
        result.add(
            what, mine.text("µs"), f"{theirs.text('µs')} bare, there and back", f"{number(mine.median / theirs.median)} ×"
        )
    result.add("the way there alone, quiet, 50th percentile", "", there["quiet"].p50.text("µs") + " bare")
    result.add("commits a second that were made", rates.text())
    return result
