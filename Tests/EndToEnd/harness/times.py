"""Times as text and as nanoseconds since the epoch, UTC."""

import datetime

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def ns(time: str) -> int:
    """The nanoseconds of `2026-01-14`, `2026-01-14T15:30` or `2026-01-14T15:30:00.5Z`."""
    whole, _, fraction = time.removesuffix("Z").partition(".")
    moment = datetime.datetime.fromisoformat(whole).replace(tzinfo=datetime.UTC)
    return int(moment.timestamp()) * SECOND + int(fraction.ljust(9, "0") or 0)


def text(nanoseconds: int) -> str:
    """`2026-01-14T15:30:00Z`, with nine digits of a fraction where there is one."""
    seconds, fraction = divmod(nanoseconds, SECOND)
    moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC).replace(tzinfo=None)
    return moment.isoformat() + (f".{fraction:09d}" if fraction else "") + "Z"
