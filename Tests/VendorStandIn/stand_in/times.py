"""Times of the API: text and nanoseconds since the Unix epoch, UTC."""

import datetime
import re

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_EPOCH = datetime.date(1970, 1, 1)
_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d)(?::(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?(Z|[+-]\d\d:?\d\d)?)?"
)


def day_number(date: datetime.date) -> int:
    """Days since 1970-01-01."""
    return (date - _EPOCH).days


def date_of_day(number: int) -> datetime.date:
    """The date that is `number` days after 1970-01-01."""
    return _EPOCH + datetime.timedelta(days=number)


def parse_time(text: str) -> int:
    """Nanoseconds of a date, an ISO 8601 time of any precision (no zone: UTC) or integer nanoseconds."""
    text = text.strip()
    if re.fullmatch(r"\d+", text):
        return int(text)
    match = _TIME.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is not a time")
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    seconds = day_number(datetime.date(int(year), int(month), int(day))) * 86_400
    seconds += int(hour or 0) * 3600 + int(minute or 0) * 60 + int(second or 0)
    if zone and zone != "Z":
        offset = int(zone[1:3]) * 3600 + int(zone[-2:]) * 60
        seconds -= offset if zone[0] == "+" else -offset
    return seconds * SECOND + int((fraction or "").ljust(9, "0") or 0)


def implied_end(start_text: str, start: int) -> int:
    """The end of a request without one: a day after a date, else a minute after a time."""
    return start + (DAY if re.fullmatch(r"\d{4}-\d\d-\d\d", start_text.strip()) else MINUTE)


def format_time(nanoseconds: int) -> str:
    """`2026-01-05T14:30:00.000000000Z`."""
    seconds, fraction = divmod(nanoseconds, SECOND)
    moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=seconds)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{fraction:09d}Z"
