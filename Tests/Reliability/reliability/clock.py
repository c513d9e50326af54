"""The vendor's clock, which runs faster than ours."""

import contextlib
import threading
from collections.abc import Iterator

from harness import SECOND, StandIn, ns, text

_BEGIN = ns("2026-01-14T15:30:30")
#: A minute each second.
_TICK_SECONDS = 0.25
_TICK = 15 * SECOND


@contextlib.contextmanager
def moving_clock(stand_in: StandIn) -> Iterator[None]:
    """Moves the clock as long as it lasts."""
    stop = threading.Event()

    def tick() -> None:
        now = _BEGIN
        while not stop.wait(_TICK_SECONDS):
            now += _TICK
            stand_in.settings(now=text(now))

    thread = threading.Thread(target=tick, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
