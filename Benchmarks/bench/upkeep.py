"""A quarter of 1-minute bars that grows by a day each day."""

import datetime
import tempfile
from pathlib import Path

from bench.figures import Result, number
from bench.tools import ours

TITLE = "Daily upkeep"


class _Answer:
    """What the vendor's client would answer: a bar for each minute of the weekdays' 23 hours."""

    def __init__(self, start: datetime.date, end: datetime.date):
        self.minutes = [
            datetime.datetime(day.year, day.month, day.day, hour, minute, tzinfo=datetime.UTC)
            for day in (start + datetime.timedelta(n) for n in range((end - start).days))
            if day.weekday() < 5
            for hour in range(23)
            for minute in range(60)
        ]

    def to_df(self):
        """A frame as the client makes it, the values alike."""
        import pandas

        return pandas.DataFrame({"close": 1.0}, index=pandas.DatetimeIndex(self.minutes, name="ts_event"))


class _Client:
    """Stands for dbn-cache's client of the vendor, and counts rows."""

    def __init__(self):
        self.requests = 0
        self.rows = 0
        self.days: set[datetime.date] = set()

    def fetch(self, symbol: str, schema: str, start, end, dataset: str = "", stype=None) -> _Answer:
        """What the vendor has from start to end (exclusive)."""
        answer = _Answer(start, end)
        self.requests += 1
        self.rows += len(answer.minutes)
        self.days |= {minute.date() for minute in answer.minutes}
        return answer

    def get_dataset_range(self, dataset: str) -> dict[str, str]:
        """Everything."""
        return {"start": "2010-06-06", "end": "2030-01-01"}


def _dbn_cache(days: int) -> tuple[int, float]:
    """Purchases, and rows bought for each row needed."""
    from dbn_cache import DataCache

    client = _Client()
    first = datetime.date(2026, 1, 14) - datetime.timedelta(90)
    with tempfile.TemporaryDirectory() as place:
        cache = DataCache(cache_dir=Path(place), client=client)
        for number_of_day in range(days):
            last = datetime.date(2026, 1, 13) + datetime.timedelta(number_of_day)
            cache.ensure("ES.c.0", "ohlcv-1m", first, last)
    return client.requests, client.rows / (len(client.days) * 23 * 60)


def run(is_short: bool) -> Result:
    """Measures."""
    days = 5 if is_short else 45
    mine = ours("upkeep", days)
    purchases, ratio = _dbn_cache(days)
    result = Result(
        "upkeep",
        TITLE,
        f"90 days of 1-minute bars of one symbol, asked for again on each of {days} days with one more day, beside PyPI's "
        "`dbn-cache` with the same calls (a stand-in for its client counts the rows).",
    )
    own = mine["rowsBought"] / mine["rowsNeeded"]
    result.add(
        "rows bought for each row needed", number(own, 4), f"{number(ratio)} dbn-cache", "", "1", own == 1
    )
    result.add("purchases", f"{mine['purchases']:,}", f"{purchases:,} dbn-cache")
    result.add("wrong bars", str(mine["wrongBars"]), "", "", "0", mine["wrongBars"] == 0)
    result.notes.append(
        "dbn-cache keeps 1-minute bars in one file a month and fetches a month anew, up to the day asked for, when a day is "
        "added to it. It asks for Python 3.13; the part used here runs on 3.11 too."
    )
    return result
