"""Running programs, ours and others'."""

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / ".build-bench"
#: Our in-process benchmarks, as scripts/bench has built them.
PROGRAM = Path(os.environ.get("TAPEDECK_BENCHMARK_PROGRAM", ROOT / ".build-release/release/Benchmarks"))


def ours(*arguments: object, seconds: float = 900) -> dict:
    """What a command of our in-process benchmarks prints."""
    return json.loads(output([str(PROGRAM), *map(str, arguments)], seconds))


def output(command: list[str], seconds: float = 900, **options) -> str:
    """What a program prints; raises with its errors when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command[:3])} … failed: {done.stderr.strip()[-2000:]}")
    return done.stdout


def timed(command: list[str], **options) -> float:
    """How many seconds a program takes."""
    start = time.perf_counter()
    subprocess.run(command, check=True, **options)
    return time.perf_counter() - start


def compiled(source: str, package: str | None) -> str:
    """The path of a C program of ours, compiled against a library that pkg-config knows, if it needs one."""
    BUILD.mkdir(exist_ok=True)
    target = BUILD / source.removesuffix(".c")
    flags = output(["pkg-config", "--cflags", "--libs", package]).split() if package else []
    output(["cc", "-O2", "-Wall", "-o", str(target), str(Path(__file__).parent / source), *flags])
    return str(target)


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port: int, seconds: float = 20) -> None:
    """Returns once somebody listens."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"nobody listens at port {port}")


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """A folder that is removed in the end; servers of other users may enter it."""
    path = Path(tempfile.mkdtemp(prefix="bench-", dir=BUILD if os.geteuid() else None))
    path.chmod(0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def running(command: list[str], log: Path, **options) -> Iterator[subprocess.Popen]:
    """A server, stopped in the end."""
    with open(log, "wb") as stream:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream, **options)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """A throwaway server with its usual durability; lends its address."""
    with folder() as path:
        url = output([str(ROOT / "scripts/postgres"), "start", str(path / "cluster")]).strip()
        try:
            yield url
        finally:
            output([str(ROOT / "scripts/postgres"), "stop", str(path / "cluster")])


def psql(url: str, *arguments: str, **options) -> str:
    """What psql prints."""
    return output(
        ["psql", "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--dbname", url, *arguments], **options
    )


@contextlib.contextmanager
def database(kind: str) -> Iterator[str]:
    """An empty database; lends its address as Tapedeck takes it."""
    if kind == "postgres":
        with postgres() as url:
            yield url
    else:
        with folder() as path:
            yield f"sqlite:{path / 'cache.db'}"


def first_number(pattern: str, text: str) -> float:
    """The number that a pattern's group finds."""
    found = re.search(pattern, text, re.MULTILINE)
    if not found:
        raise RuntimeError(f"no {pattern!r} in: {text[-2000:]}")
    return float(found[1])
