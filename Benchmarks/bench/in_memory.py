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
        "dictionary under a lock that returns the same array (which it does not copy). Tasks run on one thread each.",
    )
    cache, plain, cache_scaling, plain_scaling = Sample(), Sample(), Sample(), Sample()
    for reading in ours("memory-read", 2 if is_short else 15)["rounds"]:
        cache.add(reading["cacheNanoseconds"] / 1000)
        plain.add(reading["dictionaryNanoseconds"] / 1000)
        cache_scaling.add(reading["cacheScaling"])
        plain_scaling.add(reading["dictionaryScaling"])
    result.add(
        "24 recent bars, one thread",
        cache.text("µs"),
        f"{plain.text('µs')} dictionary",
        f"{number(cache.median / plain.median)} ×",
        "≤ 1 µs",
        cache.median <= 1,
    )
    result.add(
        "reads per second of two threads to those of one",
        cache_scaling.text("×"),
        f"{plain_scaling.text('×')} dictionary",
        "",
        "≥ 1.7 ×",
        cache_scaling.median >= 1.7,
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
