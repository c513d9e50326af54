"""A row of the table: a fault, and what is required while it lasts."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field


class Skipped(Exception):
    """The fault cannot be injected on this machine; the message says why."""


@dataclass(frozen=True)
class Row:
    """One fault. Whatever it is: nothing wrong, nothing lost, nothing final bought twice, no request that hangs."""

    name: str
    #: The fault, in the words of the table.
    fault: str
    #: What is required while it lasts, in the words of the document.
    promise: str
    #: Given the world, lasts as long as the fault; raises when it had no effect.
    inject: Callable[..., AbstractContextManager]
    #: `sqlite` or `postgres`.
    database: str = "sqlite"
    #: Outcomes other than an answer that each kind of question may meet while the fault lasts and until all is normal
    #: again. A kind that is not named must always be answered.
    refusals: Mapping[str, frozenset[str]] = field(default_factory=dict)
    #: How long the fault lasts under load.
    seconds: float = 8
    #: How often the worker is killed, in rows that do.
    kills: int = 6
    #: Whether the short run has it, too.
    is_fast: bool = False
    #: Workers' settings beside the usual ones.
    settings: Mapping[str, str] = field(default_factory=dict)
    #: Whether a client asks for weeks at once, so that purchases are stored in several pieces.
    has_bulk: bool = False
    #: What the worker reaches through a proxy: `database`, `vendor`.
    proxied: frozenset[str] = frozenset()
    #: Whether the ledger must account for every record that was sold.
    is_ledger_exact: bool = True
    #: What may be bought twice: `nothing`, `everything`, or `unstored` for what a killed worker had not stored.
    may_rebuy: str = "nothing"
    #: Whether what was bought while the fault lasted is not expected in the database.
    may_lose_during: bool = False
    #: Raises Skipped where the fault cannot be injected.
    requires: Callable[[], None] | None = None
    #: Whether the SQLite file lies on a small file system of its own.
    is_on_small_disk: bool = False
