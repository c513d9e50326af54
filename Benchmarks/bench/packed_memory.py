"""Whether memory should hold blocks in place of bars: what they would cost a read, and how many more reads would hit."""

from bench.figures import Result, Sample, number
from bench.hit_rate import accesses_of
from bench.tools import database, folder, ours

TITLE = "Blocks in memory"
_BUDGET = 10_000
#: What a held bar takes in memory, and about what it takes in a block with what surrounds it.
_BAR_BYTES, _PACKED_BAR_BYTES = 64, 6


def _hits(trace, budget: int) -> str:
    played = ours("policy", trace, budget)
    return f"{played['botHits'] / played['botAccesses']:.2%}, {played['hits'] / played['accesses']:.2%}"


def run(is_short: bool) -> Result:
    """Measures."""
    result = Result(
        "packed-memory",
        TITLE,
        "An hour and a day of 1-minute bars, read again and again: from memory as it is, out of a block of that day as "
        "memory could hold it (decoded, then searched), and from the database's block of the same day, without any memory. "
        "Then the accesses of a bots' hour (see 'What stays in memory') with the budget as it is, and with half of the "
        "budget's bytes given to blocks, which is counted here as if every bar could be in one: more than the real gain.",
    )
    for kind in ("postgres", "sqlite"):
        with database(kind) as url:
            figures = ours("packed-memory", url, 2 if is_short else 15)
        for span in ("hour", "day"):
            memory, block, stored = (
                Sample([r[span][key] for r in figures["rounds"]]) for key in ("memory", "block", "database")
            )
            result.add(
                f"{kind}, {span} from a block in memory",
                block.text("µs"),
                f"{memory.text('µs')} from bars in memory; {stored.text('µs')} from the database",
                f"{number(block.median / memory.median)} × memory; {number(block.median / stored.median)} × database",
            )
    blocks = _BUDGET // 2 + _BUDGET // 2 * _BAR_BYTES // _PACKED_BAR_BYTES
    for crowd, label in (("alone", "bots alone"), ("crowded", "with backfill and backtest")):
        with folder() as place:
            trace = accesses_of(crowd, place)
            result.add(
                f"hits with half of the budget in blocks, {label} (bots, all)",
                _hits(trace, blocks),
                f"{_hits(trace, _BUDGET)} with bars alone",
            )
    return result
