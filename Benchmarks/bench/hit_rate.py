"""What stays in memory: our policy beside libcachesim's on the same accesses."""

from pathlib import Path

import libcachesim

from bench.figures import Result
from bench.tools import folder, ours

TITLE = "What stays in memory"
#: What ours must match; the others are shown.
_RIVALS = {"LRU": "LRU", "SIEVE": "Sieve", "S3-FIFO": "S3FIFO"}
_OTHERS = {"ARC": "ARC", "W-TinyLFU": "WTinyLFU", "2Q": "TwoQ", "LHD": "LHD", "Cacheus": "Cacheus", "LIRS": "LIRS"}
_BUDGETS = (10_000, 5_000, 2_500)


def accesses_of(crowd: str, place: Path) -> Path:
    """The trace of a bots' hour, written to the folder."""
    ours("bots-day", place, 1, crowd)
    return place / "trace.txt"


def _play(policy: str, budget: int, accesses: list[tuple[int, int, bool]]) -> tuple[float, float]:
    """The share of hits of the bots, and of everybody."""
    cache = getattr(libcachesim, policy)(cache_size=budget)
    request = libcachesim.Request()
    hits, bot_hits, bots = 0, 0, 0
    for page, size, is_bot in accesses:
        request.obj_id, request.obj_size = page, size
        is_hit = cache.get(request)
        hits += is_hit
        bots += is_bot
        bot_hits += is_bot and is_hit
    return bot_hits / bots, hits / len(accesses)


def _read(path: Path) -> list[tuple[int, int, bool]]:
    fields = (line.split(" ") for line in path.read_text().splitlines())
    return [(int(page), int(size), kind == "bot") for page, size, kind, _ in fields]


def run(is_short: bool) -> Result:
    """Measures."""
    result = Result(
        "hit-rate",
        TITLE,
        "Pages of 64 bars that the answers of a bots' hour were made of, alone and with a backfill of a quarter of "
        "three symbols and a backtest that runs five times through a month of them, which both take some four minutes of "
        "the hour; then the same accesses played through Tapedeck's policy and libcachesim's, with the same budget in "
        "bars. First the share of the bots' accesses that hit, which is what the target is about, then that of all.",
    )
    for crowd, label in (("alone", "bots alone"), ("crowded", "with backfill and backtest")):
        with folder() as place:
            trace = accesses_of(crowd, place)
            accesses = _read(trace)
            for budget in _BUDGETS[:1] if is_short else _BUDGETS:
                mine = ours("policy", trace, budget)
                own = mine["botHits"] / mine["botAccesses"], mine["hits"] / mine["accesses"]
                rivals = {name: _play(policy, budget, accesses) for name, policy in _RIVALS.items()}
                others = {name: _play(policy, budget, accesses) for name, policy in _OTHERS.items()}
                _report(result, f"{label}, {budget:,} bars", own, rivals, others)
    return result


def _report(result: Result, what: str, own: tuple[float, float], rivals: dict, others: dict) -> None:
    def text(rates: tuple[float, float]) -> str:
        return f"{rates[0]:.2%}, {rates[1]:.2%}"

    best = max(rates[0] for rates in rivals.values())
    name, other = max(others.items(), key=lambda item: item[1])
    result.add(
        what,
        text(own),
        "; ".join(f"{policy} {text(rates)}" for policy, rates in rivals.items()) + f"; {name} {text(other)}",
        "",
        "≥ the best of " + ", ".join(_RIVALS),
        round(own[0], 4) >= round(best, 4),
    )
