"""Postgres is stopped, paused, restarted, cut off or slow."""

import contextlib
import signal
import threading

from reliability.row import Row

_AWAY = {
    # What the database may hold must not be bought again, so that it cannot be answered.
    "stored": frozenset({"503 database-unavailable"}),
}
_HELD = "What memory holds is answered; what the database cannot hold yet is bought, and written when it is back; "


@contextlib.contextmanager
def _stopped(world):
    world.cluster.stop()
    world.until_database_is("down")
    yield
    world.cluster.start()


@contextlib.contextmanager
def _paused(world):
    world.cluster.signal(signal.SIGSTOP)
    try:
        world.until_database_is("down")
        yield
    finally:
        world.cluster.signal(signal.SIGCONT)


@contextlib.contextmanager
def _restarted(world):
    world.cluster.control("restart", "-m", "fast")
    yield


@contextlib.contextmanager
def _repeatedly(seconds: float, action):
    """Does something again and again in the background."""
    stop = threading.Event()
    done = []

    def run() -> None:
        while not stop.wait(seconds):
            action()
            done.append(True)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    yield
    stop.set()
    thread.join()
    if not done:
        raise AssertionError("the connections were never cut")


def _terminated(world):
    query = (
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
        "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
    )
    return _repeatedly(1, lambda: world.database.query(query))


def _reset(world):
    return _repeatedly(1, lambda: world.database_proxy.reset())


def _slow(seconds: float):
    @contextlib.contextmanager
    def inject(world):
        world.database_proxy.delay_seconds = seconds
        yield
        world.database_proxy.delay_seconds = 0

    return inject


ROWS = [
    Row(
        "postgres-stopped", "Postgres is stopped as by a crash, and started again later",
        _HELD + "the rest is refused.",
        _stopped, "postgres", refusals=_AWAY, is_fast=True,
    ),
    Row(
        "postgres-paused", "Postgres is paused with SIGSTOP",
        _HELD + "the rest is refused.",
        _paused, "postgres", refusals=_AWAY,
    ),
    Row(
        "postgres-restarted", "Postgres is restarted",
        "Everything is answered.",
        _restarted, "postgres",
    ),
    Row(
        "postgres-terminated", "all connections are ended with `pg_terminate_backend` each second",
        "Everything is answered.",
        _terminated, "postgres",
    ),
    Row(
        "postgres-reset", "all connections to Postgres are reset each second",
        "Everything is answered.",
        _reset, "postgres", proxied=frozenset({"database"}),
    ),
    Row(
        "postgres-slow", "Postgres takes 250 ms for each answer",
        "Everything is answered.",
        _slow(0.25), "postgres", proxied=frozenset({"database"}),
    ),
    Row(
        "postgres-very-slow", "Postgres takes 7 s for each answer, more than `TAPEDECK_DATABASE_SLOW_AFTER`",
        _HELD + "the rest is refused.",
        _slow(7), "postgres", refusals=_AWAY, proxied=frozenset({"database"}), seconds=10,
    ),
]
