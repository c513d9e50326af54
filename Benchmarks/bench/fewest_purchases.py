"""The fewest purchases and rows that the freshness rules allow for a list of requests.

It knows the request times, the rules and which bars the market had in the end, and nothing of Tapedeck. The rules, for a
provider whose data reach up to the present and settle ten seconds later:

- a bar is final when its period ended before what had settled at the moment it was fetched; it is never bought again;
- every other bar may be answered for a twelfth of its timeframe, 10 s at least and 300 s at most, after its fetch;
- the end of what the provider has is taken to stand still for as long, but no longer than until a new period begins, or
  10 s if that is later;
- while a market is closed and has been silent for 15 minutes it is left alone for 15 minutes, or until it opens;
- a quote may be answered for 300 s after its fetch.

A purchase is best made when it can be put off no longer, at the first request that the one before cannot answer: a later
purchase never expires earlier. So walking through the requests of a series counts the fewest.

usage: fewest_purchases.py FOLDER [HOURS], with the files that `Benchmarks bots-day` writes
"""

import bisect
import json
import sys
from collections import defaultdict
from pathlib import Path

SECOND = 1_000_000_000
PERIODS = {"hourly": 3_600 * SECOND, "minutely": 60 * SECOND}
COUNTS = {"hourly": 24, "minutely": 60}
TIMEFRAMES = {"1h": "hourly", "1m": "minutely"}
QUOTE_LIFETIME = 300 * SECOND
SETTLING = 10 * SECOND
SHORTEST, LONGEST = 10 * SECOND, 300 * SECOND
#: The hours of the day, in UTC, in which the market is closed on working days in winter.
CLOSES, OPENS = 22 * 3_600 * SECOND, 23 * 3_600 * SECOND
DAY = 86_400 * SECOND
REST = 900 * SECOND


def fewest(requests: list[tuple[int, str, str]], history: dict[tuple[str, str], list[int]]) -> dict:
    """Purchases and rows by kind, from requests (time, kind, symbol) and the times of all bars by (kind, symbol)."""
    times: dict[tuple[str, str], list[int]] = defaultdict(list)
    for time, kind, symbol in requests:
        times[kind, symbol].append(time)
    found: dict[str, dict[str, int]] = defaultdict(lambda: {"purchases": 0, "needed": 0, "forming": 0})
    for (kind, symbol), asked in times.items():
        total = found[kind]
        if kind == "quote":
            total["purchases"] += _quotes(asked)
            continue
        purchases, needed, forming = _bars(kind, asked, history[kind, symbol])
        total["purchases"] += purchases
        total["needed"] += needed
        total["forming"] += forming
    return dict(found)


def _quotes(asked: list[int]) -> int:
    count, expires = 0, 0
    for time in asked:
        if time >= expires:
            count, expires = count + 1, time + QUOTE_LIFETIME
    return count


def _bars(kind: str, asked: list[int], bars: list[int]) -> tuple[int, int, int]:
    """Purchases, distinct rows answered, and rows that came while they were not final."""
    period, count = PERIODS[kind], COUNTS[kind]
    lifetime = min(max(period // 12, SHORTEST), LONGEST)
    purchases, expires, forming = 0, 0, 0
    needed: set[int] = set()
    for time in asked:
        end = bisect.bisect_left(bars, time)
        needed.update(bars[max(0, end - count) : end])
        if time < expires:
            continue
        purchases += 1
        next_period = (time // period + 1) * period
        expires = time + max(min(lifetime, max(next_period - time, SHORTEST)), _rest(time, bars[end - 1] + period))
        unsettled = (time - SETTLING) // period * period
        forming += end - bisect.bisect_left(bars, unsettled, 0, end)
    return purchases, len(needed), forming


def _rest(time: int, silent_since: int) -> int:
    """How long a market is left alone that is closed at a time and has been silent since another."""
    hour = time % DAY
    if not CLOSES <= hour < OPENS or time - silent_since < REST:
        return 0
    return min(REST, OPENS - hour)


def read(folder: Path, hours: float | None = None) -> tuple[list[tuple[int, str, str]], dict[tuple[str, str], list[int]]]:
    """The requests, of the first hours if so many are given, and the history."""
    requests = []
    for line in (folder / "requests.csv").read_text().split():
        time, _, kind, symbol = line.split(",")
        requests.append((int(time), kind, symbol))
    if hours is not None:
        end = requests[0][0] + hours * 3_600 * SECOND
        requests = [request for request in requests if request[0] < end]
    history: dict[tuple[str, str], list[int]] = defaultdict(list)
    for line in (folder / "history.csv").read_text().split():
        timeframe, symbol, time = line.split(",")
        history[TIMEFRAMES[timeframe], symbol].append(int(time))
    return requests, history


if __name__ == "__main__":
    hours = float(sys.argv[2]) if len(sys.argv) > 2 else None
    print(json.dumps(fewest(*read(Path(sys.argv[1]), hours)), indent=1))
