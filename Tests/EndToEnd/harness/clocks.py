"""Wall clocks that are wrong, and a time of day for a whole test."""

import atexit
import functools
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from harness.times import SECOND

_SOURCE = Path(__file__).with_name("shifted_clock.c")


def shifted_clock(seconds: int) -> dict[str, str]:
    """The environment of a process whose wall clock is so many seconds ahead of the machine's, behind it when negative."""
    return {"LD_PRELOAD": str(_library()), "SHIFTED_CLOCK_SECONDS": str(seconds)}


class TimeOfDay:
    """A time that begins when it is made, and goes on from there as fast as any other."""

    def __init__(self, begin: int):
        #: How far it is ahead of the machine's clock.
        self.seconds = begin // SECOND - int(time.time())

    def environment(self, ahead_seconds: int = 0) -> dict[str, str]:
        """The environment of a process that lives at this time, or so far ahead of it."""
        return shifted_clock(self.seconds + ahead_seconds)

    @property
    def now(self) -> int:
        """Nanoseconds since the epoch."""
        return time.time_ns() + self.seconds * SECOND


@functools.cache
def _library() -> Path:
    """The preloaded library, compiled once; servers that run as another user read it, too."""
    folder = Path(tempfile.mkdtemp(prefix="tapedeck-e2e-clock-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    folder.chmod(0o755)
    library = folder / "shifted_clock.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-Wall", "-Werror", "-o", str(library), str(_SOURCE)], check=True)
    return library
