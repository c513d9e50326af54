"""Reads of recent bars from memory, and what a held bar takes."""

from bench.figures import Result, Sample, number
from bench.tools import ours

TITLE = "Reads from memory, in process"


def run(is_short: bool) -> Result:
    """Measures."""
    result = Result(
        "memory",
        TITLE,
        "`MarketDataCache.bars` for the newest 24 hourly bars of ten series in turn, 200,000 reads a task, beside a "
        "dictionary under a lock that returns the same array (which it does not copy). Tasks run on one thread each. Two "
        "threads read either five of the ten series each, or both all ten, or both one and the same.",
    )
    rounds = ours("memory-read", 2 if is_short else 15)["rounds"]

    def sample(key: str, part: str | None = None) -> Sample:
        sample = Sample()
        for reading in rounds:
            sample.add(reading[key][part] if part else reading[key] / 1000)
        return sample

    cache, plain = sample("cacheNanoseconds"), sample("dictionaryNanoseconds")
    result.add(
        "24 recent bars, one thread",
        cache.text("µs"),
        f"{plain.text('µs')} dictionary",
        f"{number(cache.median / plain.median)} ×",
        "≤ 1 µs",
        cache.median <= 1,
    )
    for part, what in (("apart", "series of their own"), ("together", "the same ten series"), ("one", "one series")):
        scaling = sample("cacheScaling", part)
        # Readers of one series share its lock by design.
        goal = () if part == "one" else ("≥ 1.7 ×", scaling.median >= 1.7)
        result.add(
            f"reads per second of two threads to those of one, {what}",
            scaling.text("×"),
            f"{sample('dictionaryScaling', part).text('×')} dictionary",
            "",
            *goal,
        )
    size = ours("memory-size")
    result.add(
        f"memory per held bar, {size['loadedBars']:,} bars read from the database",
        f"{number(size['loadedBytesPerBar'])} bytes",
        "56 bytes in an array",
        f"{number(size['loadedBytesPerBar'] / 56)} ×",
        "≤ 80 bytes",
        size["loadedBytesPerBar"] <= 80,
    )
    result.add(
        f"memory per held bar, {size['grownBars']:,} bars that came minute by minute",
        f"{number(size['grownBytesPerBar'])} bytes",
        "56 bytes in an array",
        f"{number(size['grownBytesPerBar'] / 56)} ×",
        "≤ 80 bytes",
        size["grownBytesPerBar"] <= 80,
    )
    return result
