"""Records of the synthetic market, encoded with the official package."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

import databento_dbn as dbn

from stand_in.market import Market, Values
from stand_in.symbols import Contract, Interval
from stand_in.times import DAY, HOUR, MINUTE, SECOND, day_number

BAR_SCHEMAS = {"ohlcv-1s": (SECOND, 32), "ohlcv-1m": (MINUTE, 33), "ohlcv-1h": (HOUR, 34), "ohlcv-1d": (DAY, 35)}
QUOTE_SCHEMAS = {"bbo-1s": (SECOND, 195), "bbo-1m": (MINUTE, 196)}
TICK_SCHEMAS = {"trades", "mbp-1", "tbbo"}
SCHEMAS = [*BAR_SCHEMAS, *QUOTE_SCHEMAS, *sorted(TICK_SCHEMAS)]

#: How far back the last trade before a quote is looked for.
_LAST_TRADE_LOOKBACK = 4 * DAY
_TRADE_OFFSETS = (100_000_000, 300_000_000, 600_000_000, 900_000_000)
_RECEIVE_DELAY = 150_000


@dataclass(frozen=True)
class Record:
    """One encoded record with what it is sorted and looked up by."""

    index_time: int
    instrument_id: int
    data: bytes


@dataclass(frozen=True)
class Watermark:
    """Up to where the vendor's data go, and from where on they may still change."""

    available_end: int
    unsettled: int

    @property
    def settled_end(self) -> int:
        """The end of what no longer changes by itself."""
        return self.available_end - self.unsettled


def records(
    market: Market, schema: str, intervals: list[Interval], start: int, end: int, mark: Watermark
) -> Iterator[Record]:
    """The records of `schema` whose index time lies in [start, end), oldest first within each interval."""
    for interval in intervals:
        first = max(start, day_number(interval.start) * DAY)
        last = min(end, day_number(interval.end) * DAY)
        if first >= last:
            continue
        if schema in BAR_SCHEMAS:
            yield from _bars(market, schema, interval, first, last, mark)
        elif schema in QUOTE_SCHEMAS:
            yield from _quotes(market, schema, interval, first, last, mark)
        else:
            yield from _ticks(market, schema, interval, first, last, mark)


def known_minutes(market: Market, contract: Contract, start: int, end: int, mark: Watermark):
    """(minute, values) as the vendor knows them now: the newest minute partly, unsettled volumes too low."""
    for minute, values in market.minutes(contract, start, min(end, mark.available_end)):
        if minute + MINUTE > mark.available_end:
            seconds = [v for at, v in market.seconds(contract, minute, values) if at + SECOND <= mark.available_end]
            if not seconds:
                continue
            values = join(seconds)
        elif minute + MINUTE > mark.settled_end:
            values = Values(values.open, values.high, values.low, values.close, max(4, values.volume // 2))
        yield minute, values


def join(parts: list[Values]) -> Values:
    """One bar of several consecutive ones."""
    return Values(
        parts[0].open,
        max(p.high for p in parts),
        min(p.low for p in parts),
        parts[-1].close,
        sum(p.volume for p in parts),
    )


def bars(market: Market, schema: str, contract: Contract, start: int, end: int, mark: Watermark):
    """(start of the period, values) of each period with a trade that starts in [start, end)."""
    length, _ = BAR_SCHEMAS[schema]
    if schema == "ohlcv-1s":
        for second, values in known_seconds(market, contract, start, end, mark):
            yield second, values
        return
    first = -(-start // length) * length
    period, parts = None, []
    for minute, values in known_minutes(market, contract, first, -(-end // length) * length, mark):
        this = minute // length * length
        if this != period:
            if parts:
                yield period, join(parts)
            period, parts = this, []
        parts.append(values)
    if parts:
        yield period, join(parts)


def known_seconds(market: Market, contract: Contract, start: int, end: int, mark: Watermark):
    """(second, values) of each second with a trade that starts in [start, end) and was over at the available end."""
    for minute, values in market.minutes(contract, start // MINUTE * MINUTE, min(end, mark.available_end)):
        if minute + MINUTE <= mark.available_end and minute + MINUTE > mark.settled_end:
            values = Values(values.open, values.high, values.low, values.close, max(4, values.volume // 2))
        for second, part in market.seconds(contract, minute, values):
            if start <= second < end and second + SECOND <= mark.available_end:
                yield second, part


def _bars(market, schema, interval: Interval, start, end, mark) -> Iterator[Record]:
    _, rtype = BAR_SCHEMAS[schema]
    contract, number = interval.contract, interval.instrument_id
    for at, v in bars(market, schema, contract, start, end, mark):
        message = dbn.OHLCVMsg(rtype, contract.publisher_id, number, at, v.open, v.high, v.low, v.close, v.volume)
        yield Record(at, number, bytes(message))


def _quotes(market, schema, interval: Interval, start, end, mark) -> Iterator[Record]:
    """One record a period with a trade or a change; its index time is the period's end."""
    length, rtype = QUOTE_SCHEMAS[schema]
    contract = interval.contract
    first = -(-start // length) * length - length
    last_trade = _last_trade(market, contract, first, mark)
    if schema == "bbo-1s":
        periods = ((s, [(s, v)]) for s, v in known_seconds(market, contract, first, end - length, mark))
    else:
        traded = dict(known_minutes(market, contract, first, end - length, mark))
        periods = (
            (m, market.seconds(contract, m, traded[m]) if m in traded else [])
            for m in range(first, end - length, length)
            if m in traded or (contract.root.busy > 0 and market.is_open(contract, m) and (m // MINUTE) % 3 == 0)
        )
    for period, seconds in periods:
        stamp = period + length
        if not start <= stamp < end or stamp > mark.available_end:
            continue
        if seconds:
            last_trade = (seconds[-1][0] + _TRADE_OFFSETS[3], seconds[-1][1])
        yield _quote(interval, rtype, stamp, last_trade, sequence=stamp // length % 1_000_000)


def _quote(interval: Interval, rtype: int, stamp: int, last_trade, sequence: int) -> Record:
    contract = interval.contract
    tick = contract.root.tick
    middle = last_trade[1].close if last_trade else contract.root.base
    size = 1 + stamp // SECOND % 37
    is_one_sided = stamp // MINUTE % 97 == 13
    level = dbn.BidAskPair(
        bid_px=dbn.UNDEF_PRICE if is_one_sided else middle - tick,
        ask_px=middle + tick,
        bid_sz=0 if is_one_sided else size,
        ask_sz=size + 3,
        bid_ct=0 if is_one_sided else 2,
        ask_ct=3,
    )
    message = dbn.BBOMsg(
        rtype,
        contract.publisher_id,
        interval.instrument_id,
        last_trade[0] if last_trade else dbn.UNDEF_TIMESTAMP,
        last_trade[1].close if last_trade else dbn.UNDEF_PRICE,
        min(last_trade[1].volume, 4_000_000_000) if last_trade else 0,
        dbn.Side.BID if last_trade and sequence % 2 else dbn.Side.ASK if last_trade else dbn.Side.NONE,
        stamp,
        128,
        sequence,
        level,
    )
    return Record(stamp, interval.instrument_id, bytes(message))


def _last_trade(market, contract, before: int, mark):
    """(time, values) of the newest trade before `before`, or None."""
    until = before
    while until > before - _LAST_TRADE_LOOKBACK:
        day = (until - 1) // DAY * DAY
        minutes = list(known_minutes(market, contract, day, until, mark))
        if minutes:
            second, values = market.seconds(contract, *minutes[-1])[-1]
            return second + _TRADE_OFFSETS[3], values
        until = day
    return None


def _ticks(market, schema, interval: Interval, start, end, mark) -> Iterator[Record]:
    """Trades that make up the second bars: open, high, low and close of each, with its volume."""
    contract, number, tick = interval.contract, interval.instrument_id, interval.contract.root.tick
    sequence = 0
    for second, v in known_seconds(market, contract, start - SECOND, end, mark):
        prices = [v.open, v.high, v.low, v.close]
        sizes = [v.volume - 3 * (v.volume // 4)] + [v.volume // 4] * 3
        for offset, price, size in zip(_TRADE_OFFSETS, prices, sizes):
            sequence += 1
            received = second + offset + _RECEIVE_DELAY
            if not start <= received < end:
                continue
            is_buy = (second // SECOND + sequence) % 2 == 0
            common = (contract.publisher_id, number, second + offset, price, size, dbn.Action.TRADE)
            side = dbn.Side.BID if is_buy else dbn.Side.ASK
            if schema == "trades":
                message = dbn.TradeMsg(*common, side, 0, received, 130, 14_000, sequence)
            else:
                bid = price - tick if is_buy else price
                level = dbn.BidAskPair(bid, bid + tick, 5, 7, 2, 3)
                message = dbn.MBP1Msg(*common, side, 0, received, 130, 14_000, sequence, level)
            yield Record(received, number, bytes(message))


def utc_date(nanoseconds: int) -> datetime.date:
    """The UTC day of a time."""
    return datetime.date(1970, 1, 1) + datetime.timedelta(days=nanoseconds // DAY)
