"""A first read of a month, beside the steps that a person would take one after the other."""

import csv
import time
import urllib.request
from pathlib import Path

import databento
from harness.stand_in import KEY, StandIn
from harness.worker import Worker

from bench.figures import Result, Sample, number
from bench.tools import output, postgres, psql, timed

TITLE = "A cold read of a month"
_START, _END = "2025-12-01", "2026-01-01"
_QUERY = f"symbol=ES.c.0&timeframe=1m&start={_START}&end={_END}"
_FORM = (
    f"dataset=GLBX.MDP3&symbols=ES.c.0&schema=ohlcv-1m&stype_in=continuous&stype_out=instrument_id&encoding=dbn"
    f"&compression=zstd&start={_START}&end={_END}"
)


def _curl(stand_in: StandIn, target: Path) -> float:
    return timed(
        ["curl", "--silent", "--fail", "--user", f"{KEY}:", "--data", _FORM, "--output", str(target),
         f"{stand_in.url}/v0/timeseries.get_range"]
    )  # fmt: skip


def _write_rows(source: Path, target: Path) -> int:
    """The rows as bars_cache has them; not part of the measurement."""
    rows = databento.DBNStore.from_file(source).to_ndarray("ohlcv-1m")
    with open(target, "w", newline="") as stream:
        writer = csv.writer(stream)
        for row in rows:
            prices = [int(row[name]) / 1e9 for name in ("open", "high", "low", "close")]
            writer.writerow(
                ["ES.c.0", "1m", int(row["ts_event"]), *prices, int(row["volume"]), "databento/GLBX.MDP3", 1, 0]
            )
    return len(rows)


def _copy(url: str, rows: Path) -> float:
    """The seconds of psql with one COPY into an empty table."""
    psql(url, "--command", "CREATE TABLE IF NOT EXISTS copied (LIKE bars_cache INCLUDING ALL); TRUNCATE copied")
    return timed(
        ["psql", "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--dbname", url, "--command",
         f"\\copy copied FROM '{rows}' WITH (FORMAT csv)"]
    )  # fmt: skip


def _read(url: str, stand_in: StandIn) -> tuple[float, int]:
    """The seconds until a fresh worker over an empty database has answered to the last byte, and the number of bars."""
    worker = Worker(url, DATABENTO_API_KEY=KEY, TAPEDECK_DATABENTO_URL=stand_in.url)
    try:
        start = time.perf_counter()
        with urllib.request.urlopen(f"http://127.0.0.1:{worker.port}/v1/bars?{_QUERY}", timeout=120) as answer:
            body = answer.read()
        return time.perf_counter() - start, body.count(b'{"t":')
    finally:
        worker.stop()
        worker.close()


def run(is_short: bool) -> Result:
    """Measures."""
    rounds = 1 if is_short else 7
    ours, curl, zstd, copy = (Sample() for _ in range(4))
    stand_in = StandIn()
    try:
        with postgres() as server:
            folder = Path(output(["mktemp", "-d"]).strip())
            downloaded, plain, rows = (folder / name for name in ("bars.dbn.zst", "bars.dbn", "bars.csv"))
            _curl(stand_in, downloaded)
            count = _write_rows(downloaded, rows)
            for turn in range(rounds):
                name = f"cold_{turn}"
                psql(server, "--command", f"CREATE DATABASE {name}")
                url = server.rsplit("/", 1)[0] + f"/{name}"
                seconds, found = _read(url, stand_in)
                if found != count:
                    raise RuntimeError(f"{found} bars were answered, {count} sold")
                ours.add(seconds)
                curl.add(_curl(stand_in, downloaded))
                zstd.add(timed(["zstd", "-d", "-q", "-f", "-o", str(plain), str(downloaded)]))
                copy.add(_copy(url, rows))
            output(["rm", "-rf", str(folder)])
    finally:
        stand_in.stop()
    parts = curl.median + zstd.median + copy.median
    result = Result(
        "cold-read",
        TITLE,
        f"`GET /v1/bars?{_QUERY}` ({count:,} bars) to a fresh worker over an empty Postgres that buys from the stand-in "
        "vendor, until the last byte of JSON has come; beside `curl` of the same purchase, `zstd -d` of the file, and psql's "
        "`COPY` of the same rows (made into CSV beforehand) into a table like bars_cache, one after the other.",
    )
    result.add(
        "first read",
        ours.text("s"),
        f"{number(parts)} s = {number(curl.median)} curl + {number(zstd.median)} zstd + {number(copy.median)} COPY",
        f"{number(ours.median / parts)} ×",
        "≤ 1.5 ×",
        ours.median <= 1.5 * parts,
    )
    return result
