"""A day of bots, replayed in simulated time."""

from collections import Counter
from pathlib import Path

from bench.bots_with_requests_cache import play
from bench.fewest_purchases import SECOND, fewest, read
from bench.figures import Result, number
from bench.tools import folder, ours

TITLE = "A bots' day"


def _purchases(place: Path, hours: float | None = None) -> tuple[Counter, Counter]:
    """Our purchases and rows by kind."""
    purchases, rows = Counter(), Counter()
    lines = (place / "purchases.csv").read_text().split()
    end = int(lines[0].split(",")[0]) // (3_600 * SECOND) * 3_600 * SECOND
    end += int((hours or 10_000) * 3_600 * SECOND)
    for line in lines:
        time, kind, _, count = line.split(",")
        if int(time) < end:
            purchases[kind] += 1
            rows[kind] += int(count)
    return purchases, rows


def run(is_short: bool) -> Result:
    """Measures."""
    hours, compared_hours = (1, 0.2) if is_short else (24, 1)
    with folder() as place:
        day = ours("bots-day", place, hours, "alone")
        asked, history = read(place)
        least = fewest(asked, history)
        purchases, rows = _purchases(place)
        asked_part = read(place, compared_hours)[0]
        their = play(asked_part, history)
        our_part = _purchases(place, compared_hours)
    result = Result(
        "bots-day",
        TITLE,
        f"{hours} h from 2026-01-14T00:00Z against the simulated provider, in process, with one clock for all: 10 symbols, "
        "5 bots, each at its own second asking every minute for 24×1h and 60×1m of each symbol and every 10 s for each "
        f"quote: {day['requests']:,} requests in {number(day['seconds'])} s. The fewest purchases come from "
        "`Benchmarks/bench/fewest_purchases.py`, which sees the request times and the freshness rules and nothing of ours.",
    )
    total, fewest_total = sum(purchases.values()), sum(kind["purchases"] for kind in least.values())
    result.add(
        "purchases",
        f"{total:,}",
        f"{fewest_total:,} the fewest",
        f"{number(total / fewest_total, 4)} ×",
        "≤ 1.05 ×",
        total <= 1.05 * fewest_total,
    )
    for kind in ("hourly", "minutely", "quote"):
        few = least[kind]["purchases"]
        result.add(f"… {kind}", f"{purchases[kind]:,}", f"{few:,}", f"{number(purchases[kind] / few, 4)} ×")
    share = day["hourlyWithoutPurchase"] / day["hourlyRequests"]
    best = 1 - least["hourly"]["purchases"] / day["hourlyRequests"]
    result.add(
        "hourly requests answered without a purchase", f"{share:.1%}", f"{best:.1%} at best with nothing stale", "", "≥ 95 %", share >= 0.95
    )
    share = day["withoutPurchase"] / day["requests"]
    best = 1 - fewest_total / day["requests"]
    result.add(
        "all requests answered without a purchase", f"{share:.1%}", f"{best:.1%} at best with nothing stale", "", "≥ 80 %", share >= 0.8
    )
    bars = [least[kind] for kind in ("hourly", "minutely")]
    needed, forming = sum(kind["needed"] for kind in bars), sum(kind["forming"] for kind in bars)
    bought = rows["hourly"] + rows["minutely"]
    limit = 1.02 * needed + forming
    result.add(
        "rows of bars bought",
        f"{bought:,}",
        f"{needed:,} needed + {forming:,} forming",
        f"{number((bought - forming) / needed, 4)} × beyond the forming",
        "≤ 1.02 ×",
        bought <= limit,
    )
    result.add(
        f"wrong bars among {day['barsCompared']:,} final ones answered", f"{day['wrongBars']}", "", "", "0",
        day["wrongBars"] == 0 and day["incompleteAnswers"] == 0,
    )  # fmt: skip
    stale = day["staleAnswers"] / day["requests"]
    result.add("answers of what had just expired, given while it was bought again", f"{stale:.1%}")
    _compare(result, compared_hours, asked_part, our_part, their)
    return result


def _compare(result: Result, hours: float, asked: list, our_part: tuple[Counter, Counter], their: dict) -> None:
    purchases, rows = our_part
    mine, other = sum(purchases.values()), sum(their["purchases"].values())
    result.add(
        f"purchases in the first {number(hours)} h, beside requests-cache",
        f"{mine:,}",
        f"{other:,}",
        f"{number(mine / other)} ×",
    )
    mine, other = (sum(of[kind] for kind in ("hourly", "minutely")) for of in (rows, their["rows"]))
    result.add(
        f"rows of bars bought in the first {number(hours)} h, beside requests-cache",
        f"{mine:,}",
        f"{other:,}",
        f"{number(mine / other)} ×",
    )
    result.notes.append(
        f"requests-cache plays the first {number(hours)} h ({len(asked):,} requests) with the URLs and lifetimes that a "
        "careful bot would choose. It keeps an answer whole or not at all, so that each new period buys all its rows again; "
        f"it does not know closed hours, so {their['short']:,} of its answers had fewer bars than were asked for."
    )
