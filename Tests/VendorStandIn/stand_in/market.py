"""A deterministic market: every minute of every instrument follows from the seed alone.

Seconds add up to minutes, minutes to hours and days, so that each timeframe can be checked against a finer one.
"""

import functools
from dataclasses import dataclass

import numpy

from stand_in.symbols import Contract
from stand_in.times import DAY, MINUTE, SECOND, date_of_day

HOLIDAYS = {(1, 1), (7, 4), (12, 25)}
_FUTURES_BREAK_HOUR = 22


@dataclass(frozen=True)
class Values:
    """One bar's prices in billionths and its volume."""

    open: int
    high: int
    low: int
    close: int
    volume: int


def _mix(values: numpy.ndarray) -> numpy.ndarray:
    """splitmix64's finaliser."""
    with numpy.errstate(over="ignore"):
        values = values + numpy.uint64(0x9E3779B97F4A7C15)
        values = (values ^ (values >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
        values = (values ^ (values >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
        return values ^ (values >> numpy.uint64(31))


def _key(seed: int, text: str, purpose: int) -> numpy.uint64:
    state = numpy.array([seed & 0xFFFF_FFFF_FFFF_FFFF], dtype=numpy.uint64)
    for byte in text.encode() + bytes([purpose]):
        state = _mix(state ^ numpy.uint64(byte))
    return state[0]


def _uniform(key: numpy.uint64, indices: numpy.ndarray) -> numpy.ndarray:
    """Numbers in [0, 1) that depend on key and index only."""
    mixed = _mix(indices.astype(numpy.int64).view(numpy.uint64) ^ key)
    return (mixed >> numpy.uint64(11)).astype(numpy.float64) / float(1 << 53)


class Market:
    """The synthetic market of one seed, with revisions of single minutes laid over it."""

    def __init__(self, seed: int):
        self.seed = seed
        #: (instrument symbol, minute start ns) -> values
        self.revisions: dict[tuple[str, int], Values] = {}
        self._day = functools.lru_cache(maxsize=2_000)(self._make_day)
        self._open = functools.lru_cache(maxsize=4_000)(self._make_open_minutes)

    def is_open(self, contract: Contract, minute: int) -> bool:
        """Whether the venue trades in the minute that starts at `minute` ns."""
        day, offset = divmod(minute, DAY)
        return bool(self._open(contract.dataset, day)[offset // MINUTE])

    def minutes(self, contract: Contract, start: int, end: int):
        """(start of the minute, values) of each minute with a trade that starts in [start, end)."""
        for day in range(start // DAY, (end - 1) // DAY + 1):
            day_start = day * DAY
            for index, values in self._day(contract, day):
                minute = day_start + index * MINUTE
                if start <= minute < end:
                    yield minute, self.revisions.get((contract.symbol, minute), values)

    def seconds(self, contract: Contract, minute: int, values: Values) -> list[tuple[int, Values]]:
        """The seconds that make up a minute: (start, values), at least 4 traded in each."""
        count = max(1, min(12, values.volume // 4))
        key = _key(self.seed, contract.symbol, 7)
        draws = _uniform(key, numpy.arange(64) + minute // MINUTE * 64)
        offsets = sorted(int(i) for i in numpy.argsort(draws[:60])[:count])
        tick = contract.root.tick
        steps = (values.high - values.low) // tick
        high_at, low_at = int(draws[60] * count), int(draws[61] * count)
        result = []
        last = values.open
        volume_left = values.volume
        for i, offset in enumerate(offsets):
            close = values.close if i == count - 1 else values.low + int(draws[i] * (steps + 1)) * tick
            high = values.high if i == high_at else max(last, close)
            low = values.low if i == low_at else min(last, close)
            share = volume_left if i == count - 1 else max(4, values.volume // count)
            volume_left -= share
            result.append((minute + offset * SECOND, Values(last, high, low, close, share)))
            last = close
        return result

    def price_path(self, contract: Contract, minutes: numpy.ndarray) -> numpy.ndarray:
        """The price in ticks at the starts of `minutes` (counted since the epoch): noise of several wave lengths."""
        root = contract.root
        total = numpy.zeros(len(minutes), dtype=numpy.float64)
        for octave, (length, part) in enumerate([(400_000, 0.6), (30_000, 0.25), (1_500, 0.1), (90, 0.04), (7, 0.01)]):
            key = _key(self.seed, root.name, 10 + octave)
            cell, within = numpy.divmod(minutes, length)
            weight = within / length
            weight = weight * weight * (3 - 2 * weight)
            left, right = _uniform(key, cell), _uniform(key, cell + 1)
            total += part * (left + (right - left) * weight - 0.5)
        if root.base == 0:
            return numpy.round(total * root.swing).astype(numpy.int64)
        base = root.base / root.tick * (1 + 0.002 * (contract.sequence % 8))
        return numpy.round(base * (1 + root.swing * total)).astype(numpy.int64)

    def _make_open_minutes(self, dataset: str, day: int) -> numpy.ndarray:
        date = date_of_day(day)
        result = numpy.zeros(1440, dtype=bool)
        weekday = date.weekday()
        if (date.month, date.day) in HOLIDAYS:
            return result
        if dataset != "GLBX.MDP3":
            if weekday < 5:
                result[8 * 60 :] = True
            return result
        if weekday <= 4:
            result[:] = True
            result[_FUTURES_BREAK_HOUR * 60 : 24 * 60 if weekday == 4 else 23 * 60] = False
        elif weekday == 6:
            result[23 * 60 :] = True
        return result

    def _make_day(self, contract: Contract, day: int) -> list[tuple[int, Values]]:
        root = contract.root
        indices = numpy.arange(1440)
        minutes = day * 1440 + indices
        hours = indices // 60
        is_busy = (hours >= 14) & (hours < 21)
        threshold = numpy.where(is_busy, root.busy, root.calm)
        key = _key(self.seed, contract.symbol, 1)
        is_traded = self._open(contract.dataset, day) & (_uniform(key, minutes) < threshold)
        if not is_traded.any():
            return []
        path = self.price_path(contract, numpy.arange(day * 1440, day * 1440 + 1441))
        opens, closes = path[:-1], path[1:]
        up = (_uniform(_key(self.seed, contract.symbol, 2), minutes) * 6).astype(numpy.int64)
        down = (_uniform(_key(self.seed, contract.symbol, 3), minutes) * 6).astype(numpy.int64)
        highs, lows = numpy.maximum(opens, closes) + up, numpy.minimum(opens, closes) - down
        spread = _uniform(_key(self.seed, contract.symbol, 4), minutes)
        volumes = (4 + spread * spread * numpy.where(is_busy, 3000, 300)).astype(numpy.int64)
        tick = root.tick
        return [
            (
                int(i),
                Values(
                    int(opens[i]) * tick, int(highs[i]) * tick, int(lows[i]) * tick, int(closes[i]) * tick, int(volumes[i])
                ),
            )
            for i in numpy.flatnonzero(is_traded)
        ]
