"""Packed blocks: their bytes, and how fast bars become blocks and blocks become bars."""

from bench.figures import Result, Sample, number
from bench.tools import ours

TITLE = "Packed blocks"

#: What the store does.
_STORED = {"1s": "hour", "1m": "day", "1h": "8 weeks", "1d": "52 weeks"}
_LEVEL = 3
_SHORT_READS = {"1s": "five minutes", "1m": "five minutes", "1h": "a day", "1d": "30 days"}
_LONG_READS = {"1s": "a day", "1m": "a day", "1h": "30 days", "1d": "a year"}


def run(is_short: bool) -> Result:
    """Measures."""
    sets = ours("blocks", 1 if is_short else 9)["sets"]
    result = Result(
        "blocks",
        TITLE,
        "Bars of six futures of the simulated market, cut into blocks by each length and level of zstd, encoded and "
        "decoded one after another on one thread; all come back bit for bit. Beside the decoder stand zstd alone, which "
        "decompresses the same frames, and copying the same bars from one array to another. Rows, indexes and pages of a "
        "database are not counted here.",
    )
    for timeframe, stretch in _STORED.items():
        _add(result, _find(sets, timeframe, stretch, _LEVEL))
    result.notes.append("Every length and level (medians; reads decode every block of which they need a bar):\n\n" + _all(sets))
    return result


def _find(sets: list[dict], timeframe: str, stretch: str, level: int) -> dict:
    return next(s for s in sets if (s["timeframe"], s["stretch"], s["level"]) == (timeframe, stretch, level))


def _median(values: list[float]) -> float:
    return Sample(values).median


def _add(result: Result, blocks: dict) -> None:
    what = f"{blocks['timeframe']} by {blocks['stretch']}, {blocks['bars'] / blocks['blocks']:,.0f} bars a block"
    decode, zstd, copy = (
        Sample([1000 / value for value in blocks[f"{key}NanosecondsPerBar"]]) for key in ("decode", "decompress", "copy")
    )
    encode = Sample(blocks["encodeNanosecondsPerBar"])
    result.add(f"bytes a bar, {what}", number(blocks["bytes"] / blocks["bars"]), "56 bytes in an array")
    result.add(
        f"million bars decoded per second, {what}",
        decode.text(),
        f"{zstd.text()} zstd alone, {copy.text()} copied",
        f"{number(decode.median / zstd.median)} × zstd",
        "≥ 20",
        decode.median >= 20,
    )
    result.add(f"encoding a bar, {what}", encode.text("ns"), "", "", "≤ 200 ns", encode.median <= 200)


def _all(sets: list[dict]) -> str:
    lines = [
        "| bars | stretch | level | bars a block | bytes a bar | encode, ns a bar | decode, million a second | short read, µs "
        "| long read, µs |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for blocks in sets:
        timeframe = blocks["timeframe"]
        cells = (
            timeframe,
            blocks["stretch"],
            str(blocks["level"]),
            f"{blocks['bars'] / blocks['blocks']:,.0f}",
            f"{blocks['bytes'] / blocks['bars']:.2f}",
            number(_median(blocks["encodeNanosecondsPerBar"])),
            number(1000 / _median(blocks["decodeNanosecondsPerBar"])),
            f"{number(_median(blocks['shortReadMicroseconds']))} ({_SHORT_READS[timeframe]})",
            f"{number(_median(blocks['longReadMicroseconds']))} ({_LONG_READS[timeframe]})",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
