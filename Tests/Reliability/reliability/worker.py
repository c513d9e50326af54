"""The worker is stopped, killed, or started in another mode."""

import contextlib

from harness import eventually
from reliability.clients import KINDS
from reliability.row import Row

_AWAY = frozenset({"no connection"})
_KINDS = tuple(KINDS)
#: The vendor sends slowly, so that purchases are under way when the worker ends.
_BYTES_PER_SECOND = 200_000
#: After so long a question that a client has begun is on its way.
_UNDER_WAY_SECONDS = 0.3


def _purchases(world) -> int:
    return len(world.requests(endpoint="timeseries.get_range"))


@contextlib.contextmanager
def _slow_vendor(world):
    world.stand_in.settings(rate_bytes_per_second=_BYTES_PER_SECOND, chunk_bytes=2_000)
    yield
    world.stand_in.settings(rate_bytes_per_second=None, chunk_bytes=16_384)


def _until_buying(world) -> None:
    """Waits until purchases go on, a long one among them."""
    before = _purchases(world)
    eventually("the worker buys", lambda: _purchases(world) >= before + 5, 60)


@contextlib.contextmanager
def _terminated(world):
    with _slow_vendor(world):
        # What is asked by now must be answered.
        world.load.phase = "before"
        _until_buying(world)
        world.load.phase = "during"
        world.hold(_UNDER_WAY_SECONDS)
        world.stop_worker()
        world.start_worker()
        yield


@contextlib.contextmanager
def _killed(world):
    with _slow_vendor(world):
        for _ in range(world.row.kills):
            _until_buying(world)
            world.hold(world.random.uniform(0, 1.5))
            world.worker.kill()
            world.start_worker()
        yield


@contextlib.contextmanager
def _killed_without_database(world):
    world.cluster.stop()
    world.until_database_is("down")
    world.hold(3)
    world.worker.kill()
    world.cluster.start()
    world.start_worker()
    yield


@contextlib.contextmanager
def _bypass(world):
    with world.load.paused():
        world.stop_worker()
        world.cluster.stop()
        world.start_worker(TAPEDECK_MODE="bypass")
    yield
    world.cluster.start()
    world.restart_worker()


@contextlib.contextmanager
def _offline(world):
    world.restart_worker(TAPEDECK_MODE="offline")
    before = len(world.requests())
    yield
    if len(world.requests()) != before:
        raise AssertionError("the vendor was asked in offline mode")
    world.restart_worker()


ROWS = [
    Row(
        "worker-sigterm", "the worker gets SIGTERM under load and is started anew",
        "What was sent before is answered, purchases under way are finished and stored. Then connections are refused "
        "until the new worker listens; what is sent in the same instant may be reset before it is read.",
        _terminated, refusals={kind: _AWAY | {"cut", "503 shutting-down"} for kind in _KINDS}, has_bulk=True, seconds=4,
    ),
    Row(
        "worker-sigkill", "the worker is killed with SIGKILL at random moments, six times, while it buys and writes",
        "Requests under way are cut; what was answered as final is in the database. Only what was not stored yet is "
        "bought again.",
        _killed, refusals={kind: _AWAY | {"cut"} for kind in _KINDS}, has_bulk=True, seconds=4, is_fast=True,
        is_ledger_exact=False, may_rebuy="unstored",
    ),
    Row(
        "worker-sigkill-without-database",
        "Postgres is stopped, and the worker is killed before it is back: two faults at once",
        "What was bought since Postgres went, and waited in memory to be written, is lost and bought again. "
        "Nothing else is.",
        _killed_without_database, "postgres",
        refusals={
            **{kind: _AWAY | {"cut"} for kind in _KINDS},
            "stored": _AWAY | {"cut", "503 database-unavailable"},
        },
        seconds=4, is_ledger_exact=False, may_rebuy="everything", may_lose_during=True,
    ),
    Row(
        "mode-bypass", "mode `bypass` while Postgres is stopped",
        "Everything is answered by the vendor, bought for each question and not stored: that is what this mode is for.",
        _bypass, "postgres", seconds=6, is_ledger_exact=False, may_rebuy="everything", may_lose_during=True,
    ),
    Row(
        "mode-offline", "mode `offline`",
        "Everything stored is answered, what has expired is marked stale; the vendor is asked nothing.",
        _offline, seconds=6, refusals={"fresh": frozenset({"503 offline"})},
    ),
]
