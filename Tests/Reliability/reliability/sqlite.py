"""The SQLite file takes no writes: locked, on a full disk, read-only."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from reliability.row import Row, Skipped

_ALL = "Everything is answered; what is bought waits in memory until it can be written."
_LOCK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], timeout=60, isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.read()
connection.execute("ROLLBACK")
"""


@contextlib.contextmanager
def _locked(world):
    command = [sys.executable, "-c", _LOCK, str(world.database.path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        if process.stdout.readline().strip() != "locked":
            raise AssertionError("the file could not be locked")
        world.until_database_is("readOnly")
        yield
        process.stdin.close()
        process.wait()


@contextlib.contextmanager
def _full(world):
    folder = world.database.path.parent
    ballast = folder / "ballast"
    with open(ballast, "wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(os.statvfs(folder).f_bavail * 4_096 or 4_096))
    world.until_database_is("readOnly")
    yield
    ballast.unlink()


@contextlib.contextmanager
def _immutable(world):
    files = [str(path) for path in world.database.path.parent.iterdir()]
    subprocess.run(["chattr", "+i", *files], check=True)
    try:
        world.until_database_is("readOnly")
        yield
    finally:
        subprocess.run(["chattr", "-i", *files], check=True)


def small_disk() -> Path:
    """A folder on a file system of 64 MB of its own."""
    folder = Path(tempfile.mkdtemp(prefix="tapedeck-reliability-"))
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        folder.rmdir()
        raise Skipped(f"a small file system cannot be mounted here, that needs root: {done.stderr.strip()}")
    return folder


def remove_small_disk(folder: Path) -> None:
    """Takes it away again."""
    subprocess.run(["umount", "--lazy", str(folder)], check=True)
    folder.rmdir()


def needs_immutable_files() -> None:
    """Raises Skipped where files cannot be made immutable; a mode would not stop root."""
    with tempfile.NamedTemporaryFile(prefix="tapedeck-reliability-") as file:
        for change in ("+i", "-i"):
            if not shutil.which("chattr"):
                raise Skipped("there is no chattr")
            done = subprocess.run(["chattr", change, file.name], capture_output=True, text=True, check=False)
            if done.returncode:
                raise Skipped(f"files cannot be made read-only for root here: {done.stderr.strip()}")


ROWS = [
    Row("sqlite-locked", "another process holds the write lock of the SQLite file", _ALL, _locked, is_fast=True),
    Row("sqlite-full", "the disk with the SQLite file (a tmpfs of 64 MB) is full", _ALL, _full, is_on_small_disk=True),
    Row(
        "sqlite-read-only", "the SQLite file and its log are made read-only (`chattr +i`)", _ALL, _immutable,
        requires=needs_immutable_files,
    ),
]
