"""The bots' requests made through PyPI's requests-cache, straight to the vendor's URLs.

The best that a careful bot can do with it: start and end are rounded to the period, so that all bots use the same URL
within one, and each URL has the lifetime of the freshness rules. An answer is kept whole or not at all: it cannot be
extended, so a new period or an expired forming bar buys all rows again.
"""

import bisect
import datetime
import io
import warnings
from collections import defaultdict

import requests
import requests_cache
import time_machine
import urllib3

from bench.fewest_purchases import COUNTS, LONGEST, PERIODS, QUOTE_LIFETIME, SECOND, SHORTEST


class _Vendor(requests.adapters.HTTPAdapter):
    """Answers with as many rows as the market had, and counts them."""

    def __init__(self, history: dict[tuple[str, str], list[int]]):
        super().__init__()
        self.history = history
        self.now = 0
        self.purchases: dict[str, int] = defaultdict(int)
        self.rows: dict[str, int] = defaultdict(int)

    def send(self, request, **_) -> requests.Response:
        kind, symbol, *span = request.path_url.strip("/").split("/")
        rows = 1
        if span:
            bars, (start, end) = self.history[kind, symbol], map(int, span)
            rows = bisect.bisect_left(bars, min(end, self.now)) - bisect.bisect_left(bars, start)
        self.purchases[kind] += 1
        self.rows[kind] += rows
        # The number stands for the rows.
        raw = urllib3.HTTPResponse(
            io.BytesIO(str(rows).encode()), status=200, preload_content=False, request_url=request.url
        )
        return self.build_response(request, raw)


def play(asked: list[tuple[int, str, str]], history: dict[tuple[str, str], list[int]]) -> dict:
    """Purchases and rows by kind, and how many answers had fewer bars than were asked for."""
    vendor = _Vendor(history)
    session = requests_cache.CachedSession(backend="memory")
    session.mount("http://vendor/", vendor)
    short = 0
    with time_machine.travel(0, tick=False) as clock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for time, kind, symbol in asked:
            clock.move_to(datetime.datetime.fromtimestamp(time / SECOND, datetime.UTC))
            vendor.now = time
            if kind == "quote":
                session.get(f"http://vendor/quote/{symbol}", expire_after=QUOTE_LIFETIME / SECOND)
                continue
            period, count = PERIODS[kind], COUNTS[kind]
            end = -(-time // period) * period
            lifetime = min(max(period // 12, SHORTEST), LONGEST)
            url = f"http://vendor/{kind}/{symbol}/{end - count * period}/{end}"
            short += int(session.get(url, expire_after=lifetime / SECOND).text) < count
    return {"purchases": dict(vendor.purchases), "rows": dict(vendor.rows), "short": short}
