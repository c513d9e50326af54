"""The worker is stopped, killed, or started in another mode."""

import contextlib

from harness import eventually
from reliability.row import Row

_AWAY = frozenset({"no connection"})
_KINDS = ("held", "stored", "newest", "quote", "fresh", "again", "bulk")
#: The vendor sends slowly, so that purchases are under way when the worker ends.
_BYTES_PER_SECOND = 200_000
_KILLS = 6


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
        _until_buying(world)
        world.stop_worker()
        world.start_worker()
        yield


@contextlib.contextmanager
def _killed(world):
    with _slow_vendor(world):
        for _ in range(_KILLS):
            _until_buying(world)
            world.hold(world.random.uniform(0, 1.5))
            world.worker.kill()
            world.start_worker()
        yield


ROWS = [
    Row(
        "worker-sigterm", "the worker gets SIGTERM under load and is started anew",
        "What was asked before is answered; then connections are refused until the new worker listens.",
        _terminated, refusals={kind: _AWAY | {"503 shutting-down"} for kind in _KINDS}, has_bulk=True, seconds=4,
    ),
    Row(
        "worker-sigkill", f"the worker is killed with SIGKILL at {_KILLS} random moments while it buys and writes",
        "Requests under way are cut; what was answered as final is in the database. Only what was not stored yet is "
        "bought again.",
        _killed, refusals={kind: _AWAY | {"cut"} for kind in _KINDS}, has_bulk=True, seconds=4, is_fast=True,
        is_ledger_exact=False, may_rebuy_unstored=True,
    ),
]
