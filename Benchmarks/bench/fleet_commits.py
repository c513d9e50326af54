"""Commits per second of eight writers that tell the others of each, beside the same writers that tell nobody."""

from bench.figures import Result, Sample, number
from bench.fleet import flush_microseconds, fresh_database, members
from bench.tools import postgres

TITLE = "Commits of eight writers with warming on and off"
_WRITERS = 8
_TARGET = 0.8


def _rate(url: str, symbol: str, processes: int, count: int, how: str, receivers: int) -> tuple[float, int]:
    """Commits per second of eight series at full speed in so many processes, and the messages that these sent."""
    series = _WRITERS // processes
    writers = [("fleet-write", url, f"{symbol}N{number}S", series, count, 0, how) for number in range(processes)]
    readers = [("fleet-read", url, symbol, 0)] * receivers
    with members([*readers, *writers]) as found:
        listening, writing = found[:receivers], found[receivers:]
        for member in writing:
            member.begin()
        figures = [member.figures() for member in writing]
        for member in listening:
            member.begin()
            if member.figures()["warmed"] == 0:
                raise RuntimeError("a worker that was to be warmed was not")
    begun, ended = min(f["begun"] for f in figures), max(f["ended"] for f in figures)
    return _WRITERS * count / (ended - begun) * 1e9, sum(f["messages"] for f in figures)


def run(is_short: bool) -> Result:
    """Measures."""
    rounds, count = (1, 100) if is_short else (7, 600)
    ways = {
        "one worker with eight writers, another one receives": (1, 1),
        "eight workers with a writer each, all receive": (_WRITERS, 0),
    }
    on, off, messages = ({what: Sample() for what in ways} for _ in range(3))
    with postgres() as server:
        url = fresh_database(server, "commits")
        for turn in range(rounds + 1):
            for what, (processes, receivers) in ways.items():
                told, sent = _rate(url, f"T{turn}P{processes}", processes, count, "told", receivers)
                alone, _ = _rate(url, f"A{turn}P{processes}", processes, count, "alone", 0)
                # The first brings the files to the size that the log keeps.
                if turn > 0:
                    on[what].add(told)
                    off[what].add(alone)
                    messages[what].add(sent / (_WRITERS * count))
    result = Result(
        "fleet_commits",
        TITLE,
        f"{_WRITERS} series, {count} commits of one bar each as fast as they go, every one a transaction of its own under its "
        "lease, in processes of ours without HTTP. On: they tell each commit, and the others read it into memory "
        "(`TAPEDECK_WARMING=all`). Off: nobody has a connection for notices. "
        f"Postgres over loopback, fsync on; a flush takes {flush_microseconds():,.0f} µs here (pg_test_fsync).",
    )
    for what in ways:
        ratio = on[what].median / off[what].median
        result.add(
            f"commits per second, {what}", on[what].text(), f"{off[what].text()} off", f"{number(ratio)} ×",
            f"≥ {_TARGET} ×", ratio >= _TARGET,
        )  # fmt: skip
        result.add("… notices sent for each commit", messages[what].text())
    return result
