"""Eight workers and eight hundred clients that ask for the same cold range at once, beside nginx with its cache's lock."""

import base64
import contextlib
import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from harness.stand_in import KEY, StandIn
from harness.worker import Worker

from bench.database_load import Load, counting_cluster, load
from bench.figures import Result, Sample, number
from bench.fleet import UNLIMITED, fresh_database
from bench.tools import compiled, folder, free_port, output, psql, running, wait_for_port

TITLE = "A herd on one cold key"
_WORKERS, _CLIENTS = 8, 100
_VENDOR_MILLISECONDS = 300
_ALLOWANCE = 50
_START, _END = "2026-01-12T15:00:00Z", "2026-01-12T16:00:00Z"

#: One a round for Tapedeck; for nginx each hour is a key of its own.
_SYMBOLS = [f"{root}{month}6" for root in ("ES", "NQ") for month in "HMUZ"] + [f"CL{month}6" for month in "GHJK"]
#: One that each worker buys alone beforehand, and one that takes long.
_WARM_UPS = ["ES.c.0", "ES.c.1", "ES.v.0", "NQ.c.0", "NQ.c.1", "NQ.v.0", "CL.c.0", "CL.c.1"]
_WAITED_FOR = "CLM6"

_NGINX = """
daemon off; pid {place}/nginx.pid; error_log {place}/error.log; worker_processes auto;
events {{ worker_connections 4096; }}
http {{
    access_log off; tcp_nodelay on;
    client_body_temp_path {place}/b; proxy_temp_path {place}/p; fastcgi_temp_path {place}/f;
    uwsgi_temp_path {place}/u; scgi_temp_path {place}/s;
    proxy_cache_path {place}/cache keys_zone=bars:1m;
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass {vendor}; proxy_http_version 1.1; proxy_set_header Authorization "Basic {key}";
            proxy_cache bars; proxy_cache_valid 200 1h; proxy_cache_lock on; proxy_cache_lock_timeout 60s;
            proxy_cache_lock_age 60s;
        }}
    }}
}}
"""


class _Herd:
    """The clients, and how they found each server."""

    def __init__(self):
        self._program = compiled("herd.c", None)
        self._authorization = "Authorization: Basic " + base64.b64encode(f"{KEY}:".encode()).decode()

    def ask(self, ports: list[int], clients: int, path: str, authorized: bool = False) -> dict:
        """All clients' answers, in milliseconds."""
        header = self._authorization if authorized else ""
        found = json.loads(output([self._program, path, header, *(f"{port}:{clients}" for port in ports)]))
        return {name: value / 1_000 for name, value in found.items()}


def _path(symbol: str) -> str:
    return f"/v1/bars?symbol={symbol}&timeframe=1m&start={_START}&end={_END}"


def _vendor_path(key: int) -> str:
    """A purchase of an hour as Tapedeck makes it, another one for each number."""
    day, hour = 5 + key // 6 % 5, 15 + key % 6
    return (
        "/v0/timeseries.get_range?dataset=GLBX.MDP3&symbols=ESH6&schema=ohlcv-1m&stype_in=raw_symbol"
        "&stype_out=instrument_id&encoding=dbn&compression=zstd"
        f"&start=2026-01-{day:02}T{hour}:00:00Z&end=2026-01-{day:02}T{hour + 1}:00:00Z"
    )


def _nginx(place: Path, vendor: str, port: int) -> list[str]:
    place.mkdir()
    place.chmod(0o777)
    key = base64.b64encode(f"{KEY}:".encode()).decode()
    (place / "nginx.conf").write_text(_NGINX.format(place=place, port=port, vendor=vendor, key=key))
    return ["/usr/sbin/nginx", "-c", str(place / "nginx.conf"), "-p", str(place)]


class _Found:
    """Milliseconds and purchases of one kind of server, round by round."""

    def __init__(self):
        self.p50, self.p99, self.max, self.purchases = Sample(), Sample(), Sample(), []

    def add(self, times: dict, purchases: int) -> None:
        for name in ("p50", "p99", "max"):
            getattr(self, name).add(times[name])
        self.purchases.append(purchases)


def run(is_short: bool) -> Result:
    """Measures."""
    rounds = 2 if is_short else 12
    herd, stand_in = _Herd(), StandIn()
    vendor, tapedeck, one, eight = Sample(), _Found(), _Found(), _Found()
    over = Sample()
    with contextlib.ExitStack() as stack:
        stack.callback(stand_in.stop)
        place, cluster = stack.enter_context(folder()), counting_cluster()
        stack.callback(cluster.remove)
        url = fresh_database(cluster.url, "herd")
        psql(url, "--command", "CREATE EXTENSION pg_stat_statements")
        workers = _workers(url, stand_in, stack)
        ports = [free_port() for _ in range(_WORKERS)]
        for index, port in enumerate(ports):
            command = _nginx(place / f"nginx{index}", stand_in.url, port)
            stack.enter_context(running(command, place / f"nginx{index}.log"))
            wait_for_port(port)
        # Once, so that connections are open, and each worker knows the vendor's prices and the end of its data.
        for worker, symbol in zip(workers, _WARM_UPS, strict=True):
            worker.bars(symbol, "1m", _START, _END)
        herd.ask([worker.port for worker in workers], _CLIENTS, _path("ES.c.0"))
        stand_in.fault(count=-1, delay_ms=_VENDOR_MILLISECONDS, ending="clean")
        for turn, symbol in enumerate(_SYMBOLS[:rounds]):
            alone = herd.ask([stand_in.port], 1, _vendor_path(2 * rounds), authorized=True)["max"]
            vendor.add(alone)
            for found, targets, clients, asked in (
                (tapedeck, [worker.port for worker in workers], _CLIENTS, _path(symbol)),
                (one, ports[:1], _WORKERS * _CLIENTS, _vendor_path(2 * turn)),
                (eight, ports, _CLIENTS, _vendor_path(2 * turn + 1)),
            ):
                before = len(stand_in.purchases())
                found.add(herd.ask(targets, clients, asked), len(stand_in.purchases()) - before)
            over.add(tapedeck.p99.values[-1] - alone)
        waiting = _waiting(cluster, url, herd, workers, stand_in)
    return _result(vendor, tapedeck, one, eight, over, waiting)


def _waiting(cluster, url: str, herd: _Herd, workers: list[Worker], stand_in: StandIn) -> Load:
    """What seven workers that wait for the eighth's purchase cost the database in a second."""
    stand_in.control("DELETE", "faults")
    stand_in.fault(count=-1, delay_ms=6_000, ending="clean")
    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(herd.ask, [worker.port for worker in workers], _CLIENTS, _path(_WAITED_FOR))
        time.sleep(2)
        before, start = load(cluster, url), time.monotonic()
        time.sleep(3)
        waiting = load(cluster, url).since(before, time.monotonic() - start)
        asked.result()
    return waiting


def _workers(url: str, stand_in: StandIn, stack: contextlib.ExitStack) -> list[Worker]:
    settings = {"DATABENTO_API_KEY": KEY, "TAPEDECK_DATABENTO_URL": stand_in.url, **UNLIMITED}
    with ThreadPoolExecutor(_WORKERS) as threads:
        workers = list(threads.map(lambda _: Worker(url, **settings), range(_WORKERS)))
    for worker in workers:
        stack.callback(worker.close)
        stack.callback(worker.stop)
    return workers


def _counts(found: _Found) -> str:
    least, most = min(found.purchases), max(found.purchases)
    return str(least) if least == most else f"{least}–{most}"


def _result(vendor: Sample, tapedeck: _Found, one: _Found, eight: _Found, over: Sample, waiting: Load) -> Result:
    result = Result(
        "herd",
        TITLE,
        f"{_WORKERS} workers on one Postgres, {_CLIENTS} clients of each that ask at the same instant for an hour of 1-minute "
        f"bars that nobody has, over connections that are open (a C program with one thread); the stand-in vendor takes "
        f"{_VENDOR_MILLISECONDS} ms for a purchase. Each of {len(vendor.values)} rounds takes a new symbol. Beside it nginx with "
        "`proxy_cache_lock` before the same vendor and the same clients: one nginx for all, and eight with a cache each, "
        "because nginx does not share its cache between machines. The vendor's own time is that of one lone purchase from "
        "the same program.",
    )
    result.add(
        "purchases of a herd", _counts(tapedeck), f"{_counts(one)} one nginx, {_counts(eight)} eight nginx", "", "1",
        set(tapedeck.purchases) == {1},
    )  # fmt: skip
    limit = vendor.median + _ALLOWANCE
    result.add(
        "99th percentile of the answers",
        tapedeck.p99.text("ms"),
        f"{vendor.text('ms')} the vendor alone",
        f"{number(tapedeck.p99.median / vendor.median)} ×",
        f"≤ the vendor + {_ALLOWANCE} ms",
        tapedeck.p99.median <= limit,
    )
    result.add("… beyond the vendor's own time of the same round", over.text("ms"))
    result.add(
        "while the vendor takes 6 s: transactions a second by the seven that wait", number(waiting.transactions),
        f"{number(waiting.milliseconds)} ms of statements, {number(waiting.processor)} ms of the server's processor",
    )  # fmt: skip
    for what, name in (("50th percentile", "p50"), ("99th percentile", "p99"), ("slowest", "max")):
        mine, single, several = (getattr(found, name) for found in (tapedeck, one, eight))
        result.add(
            f"{what} beside nginx", mine.text("ms"), f"{single.text('ms')} one nginx; {several.text('ms')} eight nginx",
            f"{number(mine.median / single.median)} ×; {number(mine.median / several.median)} ×",
        )  # fmt: skip
    return result
