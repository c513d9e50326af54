"""Purchases and the load of the database while one bots' load is spread over 1, 2, 4 and 8 workers."""

import contextlib
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields

from harness.stand_in import KEY, StandIn
from harness.worker import Worker

from bench.database_load import Load, counting_cluster, load
from bench.figures import Result, Sample, number
from bench.fleet import UNLIMITED, fresh_database, log
from bench.fleet_bots import BOTS, PATHS, PERIOD, SYMBOLS, Bots
from bench.tools import psql

TITLE = "The database's load while a fleet grows"
_SIZES = (1, 2, 4, 8)
_NAMES = {
    "transactions": "transactions",
    "statements": "statements",
    "notices": "notices, heartbeats included",
    "rows": "rows",
    "milliseconds": "ms of statements",
    "processor": "ms of processor time",
    "log_bytes": "bytes of the log",
}


def _bought(url: str) -> int:
    return int(psql(url, "--tuples-only", "--no-align", "--command", "SELECT count(*) FROM purchases"))


class _Found:
    """What was measured for one size, round by round."""

    def __init__(self):
        self.purchases, self.memory = Sample(), Sample()
        self.idle = {field.name: Sample() for field in fields(Load)}
        self.busy = {field.name: Sample() for field in fields(Load)}


def _measure(cluster, vendor: str, name: str, size: int, found: _Found, warm_up: float, seconds: float) -> None:
    url = fresh_database(cluster.url, name)
    psql(url, "--command", "CREATE EXTENSION pg_stat_statements")
    settings = {"DATABENTO_API_KEY": KEY, "TAPEDECK_DATABENTO_URL": vendor, **UNLIMITED}
    with contextlib.ExitStack() as stack:
        with ThreadPoolExecutor(size) as threads:
            workers = list(threads.map(lambda _: Worker(url, **settings), range(size)))
        for worker in workers:
            stack.callback(worker.close)
            stack.callback(worker.stop)
        bots = Bots(workers)
        try:
            time.sleep(warm_up)
            busy = _over(cluster, url, seconds, lambda: (_bought(url), dict(bots.counts)))
        finally:
            bots.end()
        # What was bought or told last is behind.
        time.sleep(2)
        idle = _over(cluster, url, seconds / 2, lambda: (0, {}))
    (bought, counts), (bought_before, counts_before) = busy[2], busy[1]
    asked = {kind: counts[kind] - counts_before.get(kind, 0) for kind in counts}
    refused = [kind for kind in asked if kind.startswith("status")]
    if refused:
        raise RuntimeError(f"requests were refused: {asked}")
    found.purchases.add((bought - bought_before) / seconds)
    found.memory.add(asked.get("memory", 0) / sum(asked.values()))
    for target, measured in ((found.busy, busy[0]), (found.idle, idle[0])):
        for field in fields(Load):
            target[field.name].add(getattr(measured, field.name))


def _over(cluster, url: str, seconds: float, count) -> tuple[Load, object, object]:
    """The load over a time, and what `count` says before and after it."""
    before, counted, start = load(cluster, url), count(), time.monotonic()
    time.sleep(seconds)
    elapsed, after, counted_after = time.monotonic() - start, load(cluster, url), count()
    return after.since(before, elapsed), counted, counted_after


def run(is_short: bool) -> Result:
    """Measures."""
    rounds, warm_up, seconds = (1, 3, 5) if is_short else (1, 8, 24)
    found = {size: _Found() for size in _SIZES}
    cluster, stand_in = counting_cluster(), StandIn()
    try:
        for turn in range(rounds):
            for size in _SIZES:
                log(f"round {turn + 1}, {size} workers")
                _measure(cluster, stand_in.url, f"growth_{turn}_{size}", size, found[size], warm_up, seconds)
    finally:
        stand_in.stop()
        cluster.remove()
    return _result(found)


def _line(found: dict[int, _Found], kind: str, name: str, sizes: tuple[int, ...]) -> tuple[float, float]:
    """The line a + b × workers through the medians, by least squares."""
    points = [(size, getattr(found[size], kind)[name].median) for size in sizes]
    x, y = (sum(values) / len(points) for values in zip(*points))
    slope = sum((a - x) * (b - y) for a, b in points) / sum((a - x) ** 2 for a, _ in points)
    return y - slope * x, slope


def _result(found: dict[int, _Found]) -> Result:
    per_second = BOTS * len(PATHS) / PERIOD
    result = Result(
        "fleet_growth",
        TITLE,
        f"{BOTS} bots that ask for 24×1h, 60×1m and the quote of {len(SYMBOLS)} symbols every {PERIOD:.0f} s, "
        f"{per_second:.0f} requests a second in all, each to a worker at random, from the stand-in vendor, whose time stands still in trading hours. Everything is "
        "counted by the server (pg_stat_statements) over 24 s behind the first 8 s, then over 12 s in which nobody asks. "
        "Figures are those of a second.",
    )
    first, last = found[_SIZES[0]], found[_SIZES[-1]]
    columns = [("purchases", lambda f: f.purchases), ("share answered from memory", lambda f: f.memory)]
    columns += [(text, lambda f, name=name: f.busy[name]) for name, text in _NAMES.items()]
    columns += [(f"idle: {text}", lambda f, name=name: f.idle[name]) for name, text in _NAMES.items() if name != "rows"]
    columns.append(("connections to the database", lambda f: f.busy["connections"]))
    for text, of in columns:
        ratio = of(last).median / of(first).median if of(first).median else 0
        spread = ", ".join(f"{number(of(found[size]).median)} by {size}" for size in _SIZES[1:])
        is_purchases = text == "purchases"
        result.add(
            text, spread, f"{number(of(first).median)} by 1", f"{number(ratio)} ×" if ratio else "",
            "≤ 1.1 ×" if is_purchases else "", ratio <= 1.1 if is_purchases else None,
        )  # fmt: skip
    result.notes.append(_calculation(found))
    return result


def _calculation(found: dict[int, _Found]) -> str:
    """The lines through what was measured, and what they say of 100 workers."""
    lines = [
        "For 100 workers with the same load, `a + b × workers` by least squares through the medians of 1, 2, 4 and 8; "
        "beside it what the line through 1, 2 and 4 alone says of 8, against what was measured there:",
        "",
        "| a second | a | b, for each worker | of this idle | 100 workers | 8, foretold | 8, measured |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, text in _NAMES.items():
        start, slope = _line(found, "busy", name, _SIZES)
        _, idle = _line(found, "idle", name, _SIZES)
        small_start, small_slope = _line(found, "busy", name, _SIZES[:-1])
        values = (start, slope, idle, start + 100 * slope, small_start + 8 * small_slope)
        measured = found[_SIZES[-1]].busy[name].median
        lines.append(f"| {text} | " + " | ".join(number(value) for value in (*values, measured)) + " |")
    notices, beats = _line(found, "busy", "notices", _SIZES)
    told = notices + 100 * beats
    lines += [
        "",
        f"Each notice wakes the listening connection of every worker: {number(told)} notices × 100 workers = "
        f"{number(told * 100)} wake-ups a second, the one part that grows with the square of the fleet: half a heartbeat a "
        "second from each worker, heard by each.",
    ]
    return "\n".join(lines)
