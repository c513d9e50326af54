"""How old the answers of a worker are that is cut off, and for how long after it is back: `scripts/cut-off`."""

import argparse
import contextlib
import http.client
import re
import signal
import sys
import threading
import time
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from harness.cluster import Cluster
from harness.polling import eventually
from harness.stalling import StallingProxy
from harness.stand_in import KEY, StandIn
from harness.times import MINUTE, ns, text
from harness.truth import bars_of
from harness.worker import ADMIN_TOKEN, Worker

_DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "fleet.md"
_BEGIN, _END = "<!-- scripts/cut-off writes from here -->\n", "<!-- to here -->\n"
_SPAN = {"start": "2026-01-12T15:00:00Z", "end": "2026-01-12T16:00:00Z"}
_CORRECTED = "2026-01-12T15:03:00Z"
_BASE_VOLUME = 100_000
#: Ranges that nobody has bought yet, one after the other.
_NEW_START, _NEW_MINUTES = ns("2025-11-03T00:00"), 10
_CORRECTION_SECONDS = 0.5
_POLL_SECONDS = 0.005
#: No correction may be hidden for longer once the cut is over.
_AFTER_SECONDS_MAX = 10
#: How long everything is as usual before the cut and behind it.
_SETTLE_SECONDS = 5


@dataclass
class Poll:
    """One answer; times are those of `time.monotonic`."""

    asked: float
    answered: float
    #: The number of the correction that it had, nil when it was refused or not answered.
    shown: int | None
    #: Whether the answer says that it may be old or lacks something.
    is_marked: bool


@dataclass
class Cut:
    """A worker, how it is cut off and how the cut ends, and what it answered."""

    name: str
    worker: Worker
    begin: Callable[[], None]
    end: Callable[[], None]
    began: float = 0
    ended: float = 0
    polls: list[Poll] = field(default_factory=list)


class CutOff:
    """One run: three workers are cut off at once, each in its own way, while a fourth stores corrections and new bars."""

    def __init__(self):
        self.cluster = Cluster()
        self.stand_in = StandIn()
        self.closing = contextlib.ExitStack()
        self.closing.callback(self.cluster.remove)
        self.closing.callback(self.stand_in.stop)
        #: When each correction was acknowledged as stored.
        self.stored: list[float] = []
        self.bought: list[tuple[int, int]] = []
        self._is_over = threading.Event()
        self.writer = self._start()
        self.cuts = [self._without_notices(), self._without_database(), self._frozen()]

    def close(self) -> None:
        """Ends all processes."""
        self.closing.close()

    def run(self, seconds: float) -> None:
        """Cuts the workers off for a while, and lets everything come to rest."""
        self._correct()
        for cut in self.cuts:
            cut.worker.bars("ESH6", "1m", **_SPAN)
            eventually("it listens", lambda: self._is_well(cut.worker))
        threads = [threading.Thread(target=self._write_on)]
        threads += [threading.Thread(target=self._poll_on, args=(cut,)) for cut in self.cuts]
        for thread in threads:
            thread.start()
        try:
            self._is_over.wait(_SETTLE_SECONDS)
            for cut in self.cuts:
                cut.began = time.monotonic()
                cut.begin()
            self._is_over.wait(seconds)
            for cut in self.cuts:
                cut.end()
                cut.ended = time.monotonic()
            for cut in self.cuts:
                eventually("it is as before", lambda: self._is_well(cut.worker), 60)
            self._is_over.wait(_SETTLE_SECONDS)
        finally:
            self._is_over.set()
            for thread in threads:
                thread.join()

    def findings(self) -> list[str]:
        """What does not hold."""
        found = []
        for cut in self.cuts:
            if (after := self._last_old_after(cut)) > _AFTER_SECONDS_MAX:
                found.append(f"{cut.name}: {after:.1f} s after the cut an answer was still old")
            for first, last in [(ns(_SPAN["start"]), ns(_SPAN["end"])), *self.bought]:
                answer = cut.worker.bars("ESH6", "1m", text(first), text(last)).json
                if bars_of(answer) != bars_of(self.stand_in.truth("ESH6", "ohlcv-1m", first, last)):
                    found.append(f"{cut.name}: {text(first)} is wrong")
        expected = len(self.bought) + len(self.stored) + len({"the first"})
        if (purchases := len(self.stand_in.purchases())) > expected:
            found.append(f"{purchases} purchases, {expected} are enough")
        return found

    def table(self, seconds: float) -> str:
        """The figures, in Markdown."""
        lines = [
            f"| cut off for {seconds:g} s from | answers meanwhile | oldest of them | marked or refused "
            "| the last answer that lacked something of the cut | oldest of the later ones |",
            "| --- | --- | --- | --- | --- | --- |",
        ]
        for cut in self.cuts:
            during = [poll for poll in cut.polls if cut.began < poll.answered < cut.ended]
            shown = [poll for poll in during if poll.shown is not None]
            oldest = f"{max(map(self._age, shown)):.1f} s" if shown else "-"
            last = self._last_old_after(cut)
            after = f"{last * 1_000:.0f} ms after it" if last else "none after it"
            later = max(self._age(poll) for poll in cut.polls if poll.asked > cut.ended + last and poll.shown is not None)
            lines.append(
                f"| {cut.name} | {len(shown)} | {oldest} | {sum(poll.is_marked for poll in during)} "
                f"| {after} | {later * 1_000:.0f} ms |"
            )
        lines.append("")
        lines.append(f"{len(self.stored)} corrections and {len(self.bought)} new ranges were stored in this run.")
        return "\n".join(lines) + "\n"

    # MARK: Cuts

    def _without_notices(self) -> Cut:
        proxy = self._proxy()
        worker = self._start(TAPEDECK_LISTEN_DATABASE_URL=self._through(proxy))
        return Cut("notices", worker, proxy.stall, proxy.flow)

    def _without_database(self) -> Cut:
        proxy = self._proxy()
        worker = self._start(DATABASE_URL=self._through(proxy))
        return Cut("the database", worker, proxy.stall, proxy.flow)

    def _frozen(self) -> Cut:
        worker = self._start()
        process = worker.process
        return Cut(
            "its processor (SIGSTOP)", worker,
            lambda: process.send_signal(signal.SIGSTOP), lambda: process.send_signal(signal.SIGCONT),
        )

    def _proxy(self) -> StallingProxy:
        address = urllib.parse.urlsplit(self.cluster.url)
        proxy = StallingProxy(address.hostname, address.port)
        self.closing.callback(proxy.close)
        return proxy

    def _through(self, proxy: StallingProxy) -> str:
        address = urllib.parse.urlsplit(self.cluster.url)
        return address._replace(netloc=f"{address.username}@127.0.0.1:{proxy.port}").geturl()

    def _start(self, **environment: str) -> Worker:
        settings = {
            "TAPEDECK_ADMIN_TOKEN": ADMIN_TOKEN,
            "DATABENTO_API_KEY": KEY,
            "TAPEDECK_DATABENTO_URL": self.stand_in.url,
            "TAPEDECK_CLIENT_RATE_MAX": "1000000",
            "TAPEDECK_CLIENT_BURST_MAX": "1000000",
            **environment,
        }
        worker = Worker(settings.pop("DATABASE_URL", self.cluster.url), **settings)
        self.closing.callback(worker.close)
        self.closing.callback(worker.kill)
        return worker

    @staticmethod
    def _is_well(worker: Worker) -> bool:
        stats = worker.request(
            "GET", "/admin/cache/stats", {"Authorization": f"Bearer {ADMIN_TOKEN}"}, seconds=5
        ).json
        return stats["database"]["state"] == "up" and stats["fleet"]["listening"] == 1

    # MARK: What goes on meanwhile

    def _write_on(self) -> None:
        while not self._is_over.wait(_CORRECTION_SECONDS):
            self._correct()
            first = _NEW_START + len(self.bought) * _NEW_MINUTES * MINUTE
            last = first + _NEW_MINUTES * MINUTE
            self.writer.bars("ESH6", "1m", text(first), text(last))
            self.bought.append((first, last))

    def _correct(self) -> None:
        self.stand_in.control(
            "POST", "revise",
            {"dataset": "GLBX.MDP3", "symbol": "ESH6", "timestamp": _CORRECTED, "volume": _BASE_VOLUME + len(self.stored)},
        )
        self.writer.bars("ESH6", "1m", **_SPAN, refresh="true")
        self.stored.append(time.monotonic())

    def _poll_on(self, cut: Cut) -> None:
        while not self._is_over.wait(_POLL_SECONDS):
            asked = time.monotonic()
            shown, is_marked = None, True
            with contextlib.suppress(OSError, http.client.HTTPException):
                response = cut.worker.request(
                    "GET", "/v1/bars", symbol="ESH6", timeframe="1m", seconds=2, **_SPAN
                )
                if response.status == 200:
                    answer = response.json
                    shown = int(next(bar["v"] for bar in answer["bars"] if bar["t"] == _CORRECTED)) - _BASE_VOLUME
                    is_marked = answer["stale"] or not answer["complete"]
            cut.polls.append(Poll(asked, time.monotonic(), shown, is_marked))

    # MARK: Figures

    def _age(self, poll: Poll) -> float:
        """For how long the answer had been replaced when it was asked for, in seconds; 0 for the newest."""
        replaced = self.stored[poll.shown + 1] if poll.shown + 1 < len(self.stored) else None
        return max(0.0, poll.asked - replaced) if replaced else 0.0

    def _last_old_after(self, cut: Cut) -> float:
        """How long after the cut the last answer was given that lacked a correction stored before its end; 0 for none."""
        newest = max(number for number, stored in enumerate(self.stored) if stored < cut.ended)
        old = (p for p in cut.polls if p.answered > cut.ended and p.shown is not None and p.shown < newest and not p.is_marked)
        return max((poll.answered - cut.ended for poll in old), default=0.0)


def main() -> int:
    """`scripts/cut-off`."""
    parser = argparse.ArgumentParser(prog="scripts/cut-off")
    parser.add_argument("--seconds", type=float, default=60, help="how long the cuts last")
    parser.add_argument("--write", action="store_true", help="writes the table into docs/fleet.md")
    arguments = parser.parse_args()
    run = CutOff()
    try:
        run.run(arguments.seconds)
        table = run.table(arguments.seconds)
        findings = run.findings()
    finally:
        run.close()
    print(table)
    print("\n".join(findings) or "everything holds")
    if arguments.write and not findings:
        document = _DOCUMENT.read_text()
        pattern = re.escape(_BEGIN) + ".*?" + re.escape(_END)
        _DOCUMENT.write_text(re.sub(pattern, lambda _: _BEGIN + table + _END, document, flags=re.DOTALL))
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
