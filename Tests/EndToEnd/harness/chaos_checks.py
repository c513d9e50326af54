"""What must hold when a fleet to which everything has happened is at rest."""

import contextlib
import os
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from harness.chaos_settings import CONNECTIONS_MAX, LEASE_SECONDS, LISTENS, LIVE_SYMBOL, SETTLING_NANOSECONDS, SYMBOLS
from harness.polling import eventually
from harness.times import DAY, MINUTE, SECOND, ns, text
from harness.truth import bars_of
from harness.worker import Program

#: For so long a worker remembers where the vendor's data end.
_REMEMBERED = 30 * SECOND
#: How long a worker may answer the newest bars as they were.
_NEWEST_SECONDS = 60
#: A worker keeps some connections to the vendor for the next purchase.
_VENDOR_CONNECTIONS_MAX = 8
#: How the check for changed days names itself to the vendor.
_CHANGED_DAYS = "changed-days"
#: Bars of a series are looked through piece by piece.
_PIECE = 10 * DAY


class Checks:
    """Looks at a fleet whose clients have stopped; each check tells what it found."""

    def __init__(self, chaos):
        self._chaos = chaos
        self._purchases = 0
        self._bought_again = Counter()

    def findings(self) -> list[str]:
        """All that does not hold."""
        numbers = range(len(self._chaos.workers))
        with ThreadPoolExecutor(2) as threads:
            found = sum(threads.map(self._wrong_answers, numbers), [])
            # What was still to be bought is told to the others; from here on nothing changes any more.
            found += sum(threads.map(self._wrong_memory, numbers), [])
        found += self._wrong_newest() + self._wrong_finals() + self._wrong_stored()
        found += self._leases() + self._connections() + self._descriptors()
        return found + self._double_purchases()

    def summary(self) -> str:
        """What was bought, and why some of it twice."""
        again = ", ".join(f"{count} because their buyer was {why}" for why, count in sorted(self._bought_again.items()))
        return f"{self._purchases} purchases, in part bought again: {again or 'none'}"

    # MARK: Data

    def _wrong_answers(self, number: int) -> list[str]:
        """What a worker does not answer as the vendor would."""
        found = []
        for symbol in SYMBOLS:
            for start in range(self._chaos.start, self._chaos.end, _PIECE):
                found += self._wrong_answer(number, symbol, start)[1]
        return found

    def _wrong_memory(self, number: int) -> list[str]:
        """What a worker does not come to answer from its memory as the vendor would."""
        found = []
        for symbol in SYMBOLS:
            for start in range(self._chaos.start, self._chaos.end, _PIECE):
                for _ in range(2):
                    tier, wrong = self._wrong_answer(number, symbol, start)
                    found += wrong
                if tier != "memory":
                    found.append(f"worker {number} has {symbol} from {text(start)} on not in memory but in {tier}")
        return found

    def _wrong_answer(self, number: int, symbol: str, start: int) -> tuple[str | None, list[str]]:
        end = min(start + _PIECE, self._chaos.end)
        answer = self._chaos.clients.ask(number, symbol, seconds=60, start=text(start), end=text(end))
        truth = [bar for bar in self._chaos.clients.truth[symbol] if start <= bar[0] < end]
        if answer is not None and answer.json["complete"] and bars_of(answer.json) == truth:
            return answer.tier, []
        return None, [f"worker {number} has not all of {symbol} {text(start)}..{text(end)}"]

    def _wrong_newest(self) -> list[str]:
        """Workers that do not come to answer what the vendor has newest."""
        found = []
        # A range without an end brings news to all workers, so it is asked for last.
        for ask in (self._chaos.clients.ask_newest, self._chaos.clients.ask_recent):
            minute = self._chaos.time.now // MINUTE * MINUTE
            for number in range(len(self._chaos.workers)):
                try:
                    eventually("the newest bar", lambda: self._has(minute, ask(number)), _NEWEST_SECONDS)
                except AssertionError:
                    found.append(f"worker {number} has not the newest bars of {LIVE_SYMBOL}: {ask.__name__}")
        return found

    @staticmethod
    def _has(minute: int, answer: dict | None) -> bool:
        return answer is not None and bars_of(answer)[-1][0] >= minute

    def _wrong_finals(self) -> list[str]:
        """Bars that were answered as final and are other than the vendor's."""
        finals = sorted(self._chaos.clients.finals)
        if not finals:
            return ["no final bar was answered"]
        truth = self._truth(LIVE_SYMBOL, finals[0][0], finals[-1][0] + MINUTE)
        return [f"{LIVE_SYMBOL} {text(bar[0])} was answered as final with {bar[1:]}" for bar in finals if bar not in truth]

    def _wrong_stored(self) -> list[str]:
        """Bars in the database that are other than the vendor's, too many or too few."""
        found = []
        live_end = self._chaos.time.now - 3 * SETTLING_NANOSECONDS
        ranges = {symbol: (self._chaos.start, self._chaos.end) for symbol in SYMBOLS}
        ranges[LIVE_SYMBOL] = (self._first_stored(LIVE_SYMBOL), live_end // MINUTE * MINUTE)
        for symbol, (start, end) in ranges.items():
            wrong = self._stored(symbol, start, end) ^ set(self._truth(symbol, start, end))
            if wrong:
                found.append(f"{len(wrong)} stored bars of {symbol} are wrong or missing, such as {min(wrong)}")
        packed = int(self._chaos.query("SELECT count(*) FROM bars_packed")[0][0])
        return found if packed > 0 else [*found, "no day was packed"]

    def _stored(self, symbol: str, start: int, end: int) -> set[tuple]:
        """What a process that buys nothing reads from rows and blocks."""
        program = Program(self._chaos.cluster.url, **self._chaos.settings(), TAPEDECK_MODE="offline")
        stored = set()
        try:
            for piece in range(start, end, _PIECE):
                done = program.run(
                    "bars", symbol, "1m", "--start", text(piece), "--end", text(min(piece + _PIECE, end)), "--csv"
                )
                lines = (line.split(",") for line in done.stdout.splitlines()[1:])
                bars = [(ns(line[0]), *map(float, line[1:6])) for line in lines]
                if len(set(bars)) < len(bars):
                    raise AssertionError(f"{symbol} is answered with bars twice: {done.stdout}")
                stored |= set(bars)
        finally:
            program.close()
        return stored

    def _first_stored(self, symbol: str) -> int:
        return int(
            self._chaos.query(
                "SELECT min(first) FROM ("
                f"SELECT min(timestamp) AS first FROM bars_cache WHERE symbol = '{symbol}' UNION ALL "
                f"SELECT min(first_at) FROM bars_packed JOIN series ON id = series_id WHERE symbol = '{symbol}'"
                ") AS stored"
            )[0][0]
        )

    def _truth(self, symbol: str, start: int, end: int) -> list[tuple]:
        return bars_of(self._chaos.stand_in.truth(symbol, "ohlcv-1m", start, end))

    # MARK: What is left over

    def _leases(self) -> list[str]:
        live = "SELECT * FROM fetch_leases WHERE error_code IS NULL"
        with contextlib.suppress(AssertionError):
            eventually("no lease", lambda: self._chaos.query(live) == [], 4 * LEASE_SECONDS)
        left = self._chaos.query(live)
        return [f"{len(left)} leases are left: {left}"] if left else []

    def _connections(self) -> list[str]:
        """Workers with more of the server's connections than they may have, and connections of workers that are dead."""
        with contextlib.suppress(AssertionError):
            eventually("all connections are as they should be", lambda: not self._wrong_connections())
        return self._wrong_connections()

    def _wrong_connections(self) -> list[str]:
        rows = self._chaos.query(
            f"SELECT application_name, count(*) FILTER (WHERE {LISTENS}), count(*) FILTER (WHERE NOT ({LISTENS})) "
            "FROM pg_stat_activity WHERE application_name LIKE 'chaos-%' GROUP BY 1"
        )
        figures = {name: (int(listening), int(others)) for name, listening, others in rows}
        found = []
        for number, life in enumerate(self._chaos.lives):
            listening, others = figures.pop(f"chaos-{number}.{life}", (0, 0))
            if listening != 1 or others > CONNECTIONS_MAX:
                found.append(f"worker {number} has {listening} connections that listen, and {others} others")
        return found + [f"{name} is dead and has {sum(counts)} connections" for name, counts in figures.items()]

    def _descriptors(self) -> list[str]:
        """Workers with more open files than a new one that has answered the same, connections aside."""
        numbers = range(len(self._chaos.workers))
        self._chaos.lives.append(0)
        self._chaos.skews.append(0)
        self._chaos.workers.append(self._chaos.start_worker(len(numbers)))
        found = self._wrong_memory(len(numbers))
        *files, new = [self._open_files(worker.process.pid) for worker in self._chaos.workers]
        for number, here in enumerate(files):
            # Each connection to the database has two pipes' ends beside it.
            allowed = new | Counter(
                vendor=_VENDOR_CONNECTIONS_MAX, database=CONNECTIONS_MAX + 1, pipe=2 * (CONNECTIONS_MAX + 1)
            )
            if not here <= allowed:
                found.append(f"worker {number} has open {dict(here - allowed)} more than {dict(allowed)}")
        return found

    def _open_files(self, pid: int) -> Counter:
        """How many files a process has open, by kind; connections by whom they are to."""
        ports = {self._chaos.stand_in.port: "vendor", self._chaos.database_port: "database", self._chaos.proxy.port: "database"}
        names = {}
        for line in (Path("/proc") / str(pid) / "net/tcp").read_text().splitlines()[1:]:
            fields = line.split()
            names[f"socket:[{fields[9]}]"] = ports.get(int(fields[2].split(":")[1], 16), "other socket")
        kinds = Counter()
        for file in (Path("/proc") / str(pid) / "fd").iterdir():
            target = os.readlink(file)
            kinds["file" if target.startswith("/") else names.get(target, target.split(":[")[0])] += 1
        return kinds

    # MARK: Purchases

    def _double_purchases(self) -> list[str]:
        """Purchases of something that was bought before, except where the first buyer did not come to store it.

        What had not settled when it was bought has to be bought again.
        """
        found = []
        sold: dict[str, list[tuple[int, int, dict]]] = {}
        ledger = self._ledger()
        for request in self._chaos.stand_in.requests("timeseries.get_range"):
            if not request["records_sent"]:
                continue
            self._purchases += 1
            symbol = request["params"]["symbols"]
            start, end = (_nanoseconds(request["params"][name]) for name in ("start", "end"))
            before = sold.setdefault(symbol, [])
            for first, last, one in before:
                # Once a day what was changed since is bought anew, and a day that is not over counts as changed.
                if request["request_id"] == _CHANGED_DAYS != one["request_id"]:
                    continue
                if first >= end or last <= start:
                    continue
                if (why := self._excuse(one, ledger)) is not None:
                    self._bought_again[why] += 1
                else:
                    found.append(
                        f"{symbol} {text(start)}..{text(end)} was bought by {request['request_id']} "
                        f"although {one['request_id']} had bought {text(first)}..{text(last)}"
                    )
            settled = (request["available_end"] - _REMEMBERED - SETTLING_NANOSECONDS) // MINUTE * MINUTE
            if start < min(end, settled):
                before.append((start, min(end, settled), request))
        return found

    def _excuse(self, purchase: dict, ledger: list[dict]) -> str | None:
        """Why what was sold may have had to be sold again; None where nothing speaks for it."""
        # A frozen worker asks for nothing, but what it asked for just before may reach the vendor meanwhile.
        is_disturbed = self._chaos.disturbed_until.get(purchase["request_id"], 0) >= purchase["available_end"]
        start, end = (_nanoseconds(purchase["params"][name]) for name in ("start", "end"))
        states = {
            row["state"] for row in ledger
            if row["symbol"] == purchase["params"]["symbols"] and row["request_id"] == purchase["request_id"]
            and row["start"] <= start and end <= row["end"]
        }
        if not is_disturbed or states == {"done"}:
            return None
        return "killed" if "failed" not in states else "frozen"

    def _ledger(self) -> list[dict]:
        rows = self._chaos.query("SELECT symbol, request_id, range_start, range_end, state FROM purchases WHERE kind = 'bars'")
        return [
            {"symbol": row[0], "request_id": row[1], "start": int(row[2]), "end": int(row[3]), "state": row[4]} for row in rows
        ]


def _nanoseconds(value: str) -> int:
    return int(value) if re.fullmatch(r"\d+", value) else ns(value)

