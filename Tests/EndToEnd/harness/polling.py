"""Waiting for something observable, within a bound."""

import time
from collections.abc import Callable
from typing import TypeVar

_PAUSE_SECONDS = 0.02
_Value = TypeVar("_Value")


def eventually(what: str, look: Callable[[], _Value], seconds: float = 20) -> _Value:
    """What `look` returns as soon as it is true-like; raises AssertionError after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() >= deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(_PAUSE_SECONDS)
