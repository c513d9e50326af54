"""The vendor's records in the form in which a worker answers, to be compared as they are."""

from harness.times import DAY, HOUR, MINUTE, SECOND, ns

PERIODS = {
    "1s": SECOND, "1m": MINUTE, "5m": 5 * MINUTE, "10m": 10 * MINUTE, "15m": 15 * MINUTE, "30m": 30 * MINUTE,
    "1h": HOUR, "2h": 2 * HOUR, "4h": 4 * HOUR, "1d": DAY,
}

#: (time, open, high, low, close, volume)
BarTuple = tuple[int, float, float, float, float, float]


def _price(billionths: int | None) -> float | None:
    return None if billionths is None else billionths / 1_000_000_000


def bars_of(source) -> list[BarTuple]:
    """The bars of a worker's JSON answer, or of the vendor's truth."""
    if isinstance(source, dict):
        return [(ns(b["t"]), b["o"], b["h"], b["l"], b["c"], b["v"]) for b in source["bars"]]
    return [
        (r["ts_event"], *(_price(r[name]) for name in ("open", "high", "low", "close")), r["volume"]) for r in source
    ]


def quotes_of(source) -> list[tuple]:
    """(time, bid, ask, bid size, ask size) of a worker's JSON answer, or of the vendor's truth.

    A side without a price has no size either.
    """
    if isinstance(source, dict):
        return [(ns(q["t"]), q["bid"], q["ask"], q["bid_size"], q["ask_size"]) for q in source["quotes"]]
    return [
        (
            r["ts_recv"], _price(r["bid_px"]), _price(r["ask_px"]),
            None if r["bid_px"] is None else r["bid_sz"], None if r["ask_px"] is None else r["ask_sz"],
        )
        for r in source
    ]


def aggregated(bars: list[BarTuple], timeframe: str) -> list[BarTuple]:
    """Coarser bars on the UTC grid."""
    groups: dict[int, list[BarTuple]] = {}
    for bar in bars:
        groups.setdefault(bar[0] // PERIODS[timeframe] * PERIODS[timeframe], []).append(bar)
    return [
        (
            start, parts[0][1], max(p[2] for p in parts), min(p[3] for p in parts), parts[-1][4],
            sum(p[5] for p in parts),
        )
        for start, parts in groups.items()
    ]
