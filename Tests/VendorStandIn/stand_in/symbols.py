"""The instruments of the synthetic market, and what a symbol stands for on which day."""

import datetime
import functools
import re
from dataclasses import dataclass

from stand_in.times import date_of_day, day_number

_MONTH_CODES = "FGHJKMNQUVXZ"
_FIRST_YEAR, _LAST_YEAR = 2010, 2045


@dataclass(frozen=True)
class Root:
    """What the contracts of one product have in common. Prices are in billionths."""

    name: str
    base: int
    tick: int
    #: Swing of the price path as a part of `base` (or, for a base of 0, in ticks).
    swing: float
    #: The share of minutes with a trade in the busy and in the quiet hours.
    busy: float
    calm: float
    months: str = "HMUZ"


@dataclass(frozen=True)
class Contract:
    """One instrument: a future with its expiry, or a stock or test instrument without one."""

    root: Root
    symbol: str
    instrument_id: int
    publisher_id: int
    dataset: str
    listed: datetime.date
    #: The day after the last day of trading.
    delisted: datetime.date
    sequence: int = 0


@dataclass(frozen=True)
class Interval:
    """The contract that a symbol stands for from `start` to before `end`; `instrument_id` may change by day."""

    start: datetime.date
    end: datetime.date
    contract: Contract
    instrument_id: int


BILLION = 1_000_000_000

FUTURES = [
    Root("ES", 5_000 * BILLION, BILLION // 4, 0.2, 0.99, 0.85),
    Root("NQ", 18_000 * BILLION, BILLION // 4, 0.25, 0.99, 0.80),
    Root("CL", 70 * BILLION, BILLION // 100, 0.3, 0.97, 0.6, months=_MONTH_CODES),
]
#: Instruments of GLBX.MDP3 without expiry: few trades, no trade ever, prices around and below zero.
SPECIALS = [
    Root("QUIET", 100 * BILLION, BILLION // 100, 0.1, 0.03, 0.01),
    Root("SILENT", 100 * BILLION, BILLION // 100, 0.1, 0.0, 0.0),
    Root("NEGATIVE", 0, BILLION // 100, 800.0, 0.9, 0.5),
]
#: Shares of XNAS.ITCH. The instrument id of MSFT changes every day.
SHARES = [
    Root("AAPL", 200 * BILLION, BILLION // 100, 0.3, 0.99, 0.4),
    Root("MSFT", 400 * BILLION, BILLION // 100, 0.3, 0.99, 0.4),
]
DATASETS = {"GLBX.MDP3": 1, "XNAS.ITCH": 2}


@functools.lru_cache(maxsize=None)
def contracts_of(root_name: str) -> tuple[Contract, ...]:
    """All contracts of a future, by expiry."""
    index, root = next((i, r) for i, r in enumerate(FUTURES) if r.name == root_name)
    contracts = []
    for year in range(_FIRST_YEAR, _LAST_YEAR):
        for code in root.months:
            first = datetime.date(year, _MONTH_CODES.index(code) + 1, 1)
            expiry = first + datetime.timedelta(days=(4 - first.weekday()) % 7 + 14)
            number = len(contracts)
            contracts.append(
                Contract(
                    root=root,
                    symbol=f"{root.name}{code}{year % 10}",
                    instrument_id=1_000 * (index + 1) + number,
                    publisher_id=1,
                    dataset="GLBX.MDP3",
                    listed=expiry - datetime.timedelta(days=600),
                    delisted=expiry + datetime.timedelta(days=1),
                    sequence=number,
                )
            )
    return tuple(contracts)


@functools.lru_cache(maxsize=None)
def _plain(dataset: str) -> dict[str, Contract]:
    roots = SPECIALS if dataset == "GLBX.MDP3" else SHARES
    first = 90_001 if dataset == "GLBX.MDP3" else 7_001
    return {
        root.name: Contract(
            root=root,
            symbol=root.name,
            instrument_id=first + index,
            publisher_id=DATASETS[dataset],
            dataset=dataset,
            listed=datetime.date(_FIRST_YEAR, 1, 1),
            delisted=datetime.date(_LAST_YEAR, 1, 1),
        )
        for index, root in enumerate(roots)
    }


def resolve(dataset: str, symbol: str, stype_in: str, start: datetime.date, end: datetime.date) -> list[Interval]:
    """What `symbol` stands for from `start` to before `end`; nothing when it is not known there."""
    if stype_in == "continuous":
        return _clip(_continuous(dataset, symbol), start, end)
    if stype_in == "raw_symbol":
        candidates = [c for c in _all(dataset) if c.symbol == symbol]
    elif stype_in == "parent":
        candidates = [c for c in _all(dataset) if f"{c.root.name}.FUT" == symbol]
    elif stype_in == "instrument_id":
        days = [
            day
            for contract in _all(dataset)
            for day in _days(contract, start, end)
            if str(day.instrument_id) == symbol
        ]
        return days
    else:
        return []
    return [interval for contract in candidates for interval in _days(contract, start, end)]


def _all(dataset: str) -> list[Contract]:
    futures = [c for root in FUTURES for c in contracts_of(root.name)] if dataset == "GLBX.MDP3" else []
    return futures + list(_plain(dataset).values())


def _days(contract: Contract, start: datetime.date, end: datetime.date) -> list[Interval]:
    first, last = max(start, contract.listed), min(end, contract.delisted)
    if first >= last:
        return []
    if contract.symbol != "MSFT":
        return [Interval(first, last, contract, contract.instrument_id)]
    days = range(day_number(first), day_number(last))
    return [
        Interval(date_of_day(day), date_of_day(day + 1), contract, 1_000_000 + day) for day in days
    ]


@functools.lru_cache(maxsize=None)
def _continuous(dataset: str, symbol: str) -> tuple[Interval, ...]:
    match = re.fullmatch(r"([A-Z0-9]+)\.([cnv])\.(\d+)", symbol)
    if not match or dataset != "GLBX.MDP3" or match[1] not in {root.name for root in FUTURES}:
        return ()
    rank = int(match[3])
    early = datetime.timedelta(days={"c": 0, "n": 7, "v": 8}[match[2]])
    contracts = contracts_of(match[1])
    result = []
    start = datetime.date(_FIRST_YEAR, 1, 1)
    for index in range(len(contracts) - rank):
        end = contracts[index].delisted - early
        contract = contracts[index + rank]
        result.append(Interval(start, end, contract, contract.instrument_id))
        start = end
    return tuple(result)


def _clip(intervals, start: datetime.date, end: datetime.date) -> list[Interval]:
    return [
        Interval(max(start, i.start), min(end, i.end), i.contract, i.instrument_id)
        for i in intervals
        if i.start < end and start < i.end
    ]
