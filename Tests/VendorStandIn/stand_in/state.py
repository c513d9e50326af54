"""What the stand-in remembers: its settings, the faults to play, and the log of requests."""

import datetime
import threading
import time
from dataclasses import asdict, dataclass, field, fields

from stand_in.records import Watermark
from stand_in.times import SECOND, format_time, parse_time

DEFAULT_NOW = "2026-01-14T15:30:30Z"
DEFAULT_KEY = "db-standin0000000000000000000000"
_LOG_ENTRIES_MAX = 100_000


@dataclass
class Settings:
    """What /control/settings reads and changes."""

    #: The server's clock: a time, or "wall" for the machine's clock.
    now: str = DEFAULT_NOW
    #: The end of what is sold now; None: `now` less `availability_lag_seconds`.
    available_end: str | None = None
    availability_lag_seconds: float = 0
    #: How far before the available end volumes are still too low.
    unsettled_seconds: float = 0
    key: str = DEFAULT_KEY
    dbn_version: int = 3
    #: Records in a zstd frame; with `frame_bytes` frames end anywhere instead.
    frame_records: int = 2_000
    frame_bytes: int | None = None
    #: The size of an HTTP chunk.
    chunk_bytes: int = 16_384
    rate_bytes_per_second: int | None = None

    def update(self, values: dict) -> None:
        """Takes over known settings; raises ValueError for an unknown name or an unreadable time."""
        names = {f.name for f in fields(self)}
        for name, value in values.items():
            if name not in names:
                raise ValueError(f"unknown setting {name!r}: use one of {sorted(names)}")
            if name in ("now", "available_end") and value not in (None, "wall"):
                parse_time(str(value))
                value = str(value)
            setattr(self, name, value)

    def now_ns(self) -> int:
        """The server's time."""
        return time.time_ns() if self.now == "wall" else parse_time(self.now)

    def watermark(self) -> Watermark:
        """Up to where data are sold and settled."""
        if self.available_end is not None:
            end = parse_time(self.available_end)
        else:
            end = self.now_ns() - int(self.availability_lag_seconds * SECOND)
        return Watermark(end, int(self.unsettled_seconds * SECOND))


@dataclass
class Fault:
    """What goes wrong with the next matching requests."""

    #: The method it applies to, such as `timeseries.get_range`; `*` for all.
    endpoint: str = "timeseries.get_range"
    #: How many matching requests are let through first, and how many are hit (-1: all).
    skip: int = 0
    count: int = 1
    #: Waits before answering.
    delay_ms: int = 0
    #: Answers with this status instead; `body` replaces the JSON error made of `case`, `message` and `payload`.
    status: int | None = None
    case: str | None = None
    message: str = "refused by the stand-in"
    payload: dict | None = None
    body: str | None = None
    content_type: str = "application/json"
    headers: dict = field(default_factory=dict)
    #: Ends the body after so many bytes of it, or after so many records (`mid_record`: and half of the next).
    after_bytes: int | None = None
    after_records: int | None = None
    mid_record: bool = False
    #: abort: connection closed without the chunked end; reset: the same with RST; clean: the proper end of the
    #: transfer; open_zstd: the proper end, inside a zstd frame; stall: nothing more until the client leaves.
    ending: str = "abort"
    #: chunked, length (Content-Length), or close (delimited by the end of the connection).
    framing: str = "chunked"
    rate_bytes_per_second: int | None = None
    #: wrong_instrument, out_of_order, before_range, after_range, undefined_price, off_grid: done to record `mutate_at`.
    #: not_dbn: a body that is no DBN. error_record: an error record in the stream.
    mutate: str | None = None
    mutate_at: int = 0
    #: Sent as X-Warning.
    warning: str | None = None

    ENDINGS = ("abort", "reset", "clean", "open_zstd", "stall")
    FRAMINGS = ("chunked", "length", "close")

    @classmethod
    def parse(cls, values: dict) -> "Fault":
        """Raises ValueError for an unknown name or value."""
        names = {f.name for f in fields(cls)}
        unknown = set(values) - names
        if unknown:
            raise ValueError(f"unknown fault fields {sorted(unknown)}: use {sorted(names)}")
        fault = cls(**values)
        if fault.ending not in cls.ENDINGS or fault.framing not in cls.FRAMINGS:
            raise ValueError(f"ending is one of {cls.ENDINGS}, framing one of {cls.FRAMINGS}")
        return fault


@dataclass
class Entry:
    """One request in the log."""

    number: int
    endpoint: str
    params: dict
    connection: int
    #: The caller's X-Request-Id, None without one.
    request_id: str | None
    #: The end of what was sold when the request came.
    available_end: int
    status: int = 0
    #: in_progress, complete, cut (by a fault), refused, or aborted_by_client.
    outcome: str = "in_progress"
    #: Body bytes handed to the socket.
    bytes_sent: int = 0
    #: get_range only: whole records that the client can decode from what was sent.
    records_sent: int = 0


class State:
    """Everything that changes, behind one lock."""

    def __init__(self, settings: Settings):
        self.lock = threading.Condition()
        self._initial = asdict(settings)
        self.settings = settings
        self.faults: list[Fault] = []
        self.log: list[Entry] = []
        self.modified: dict[tuple[str, str], str] = {}
        self._next_number = 1

    def reset(self) -> None:
        """Back to the start: settings, faults, log and modification days."""
        with self.lock:
            self.settings.update(self._initial)
            self.faults.clear()
            self.log.clear()
            self.modified.clear()
            self.lock.notify_all()

    def begin(
        self, endpoint: str, params: dict, connection: int, request_id: str | None
    ) -> tuple[Entry, Fault | None]:
        """Logs a request and takes the fault that hits it."""
        with self.lock:
            available_end = self.settings.watermark().available_end
            entry = Entry(self._next_number, endpoint, params, connection, request_id, available_end)
            self._next_number += 1
            self.log.append(entry)
            del self.log[:-_LOG_ENTRIES_MAX]
            self.lock.notify_all()
            for fault in self.faults:
                if fault.endpoint not in ("*", endpoint) or fault.count == 0:
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                fault.count -= 1 if fault.count > 0 else 0
                return entry, fault
            return entry, None

    def finish(self, entry: Entry, outcome: str) -> None:
        """Sets the outcome, once."""
        with self.lock:
            if entry.outcome == "in_progress":
                entry.outcome = outcome
            self.lock.notify_all()

    def progress(self, entry: Entry, bytes_sent: int, records_sent: int | None = None) -> None:
        """Notes what was sent."""
        with self.lock:
            entry.bytes_sent = bytes_sent
            if records_sent is not None:
                entry.records_sent = records_sent
            self.lock.notify_all()

    def wait_for(self, endpoint: str | None, outcome: str | None, count: int, bytes_sent: int, timeout: float) -> bool:
        """Waits until `count` log entries match; False after `timeout` seconds."""

        def matches() -> bool:
            found = [
                e
                for e in self.log
                if endpoint in (None, e.endpoint) and outcome in (None, e.outcome) and e.bytes_sent >= bytes_sent
            ]
            return len(found) >= count

        with self.lock:
            return self.lock.wait_for(matches, timeout)

    def entries(self) -> list[dict]:
        """The log."""
        with self.lock:
            return [asdict(e) for e in self.log]

    def purchases(self) -> list[dict]:
        """The get_range requests that were answered with data."""
        with self.lock:
            found = [e for e in self.log if e.endpoint == "timeseries.get_range" and e.status in (200, 206)]
            return [
                {
                    "symbol": e.params["symbols"],
                    "schema": e.params["schema"],
                    "dataset": e.params["dataset"],
                    "start": e.params["start_ns"],
                    "end": e.params["end_ns"],
                    "start_text": format_time(e.params["start_ns"]),
                    "end_text": format_time(e.params["end_ns"]),
                    "records_sent": e.records_sent,
                    "bytes_sent": e.bytes_sent,
                    "outcome": e.outcome,
                }
                for e in found
            ]

    def last_modified(self, dataset: str, date: datetime.date) -> str:
        """The day on which a day's data were published last."""
        with self.lock:
            day = date.isoformat()
            return self.modified.get((dataset, day), (date + datetime.timedelta(days=1)).isoformat())
