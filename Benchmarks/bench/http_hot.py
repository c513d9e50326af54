"""Hot answers over HTTP, beside nginx and Redis serving the same bytes."""

import contextlib
import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from harness.http import Response
from harness.worker import Worker

from bench.figures import Result, Sample, number
from bench.tools import PROGRAM, database, folder, free_port, output, running, wait_for_port

TITLE = "Hot answers over HTTP"
_PATH = "/v1/bars?symbol=ES.c.0&timeframe=1h&last=24"
_CONNECTIONS = 32

_NGINX = """
daemon off; pid {place}/nginx.pid; error_log {place}/error.log; worker_processes auto; {user}
events {{ worker_connections 1024; multi_accept on; }}
http {{
    access_log off; sendfile on; tcp_nopush on; tcp_nodelay on; keepalive_requests 1000000000;
    default_type application/json;
    open_file_cache max=16 inactive=1h; open_file_cache_valid 1h;
    client_body_temp_path {place}/b; proxy_temp_path {place}/p; fastcgi_temp_path {place}/f;
    uwsgi_temp_path {place}/u; scgi_temp_path {place}/s;
    server {{ listen 127.0.0.1:{port} reuseport; root {place}/www; }}
}}
"""


def _wrk(url: str, seconds: int) -> tuple[float, float]:
    """Requests per second and the 99th percentile in milliseconds."""
    text = output(["wrk", "-t2", f"-c{_CONNECTIONS}", f"-d{seconds}s", "--latency", url])
    if "Non-2xx" in text or "Socket errors" in text:
        raise RuntimeError(text)
    latency, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", text).groups()
    rate = re.search(r"Requests/sec:\s+([\d.]+)", text)[1]
    return float(rate), float(latency) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def _redis(port: int, requests: int) -> float:
    """Requests per second."""
    line = output(
        ["redis-benchmark", "-p", str(port), "-c", str(_CONNECTIONS), "-n", str(requests), "--csv", "GET", "bars"]
    ).splitlines()[-1]
    return float(line.split(",")[1].strip('"'))


def _nginx(place: Path, body: bytes, port: int) -> list[str]:
    (place / "www").mkdir()
    (place / "www" / "bars").write_bytes(body)
    configuration = place / "nginx.conf"
    configuration.write_text(_NGINX.format(place=place, port=port, user=""))
    return ["/usr/sbin/nginx", "-c", str(configuration), "-p", str(place)]


def _constant(kind: str, place: Path, answer: Response, port: int) -> list[str]:
    """A server of ours that does nothing but send the answer, with the headers that the worker sends."""
    own = {name: value for name, value in answer.headers.items() if name not in ("content-length", "date")}
    file = place / f"{kind}.json"
    file.write_text(json.dumps({"headers": own, "body": answer.body.decode()}))
    return [str(PROGRAM), "constant-server", kind, str(port), str(file)]


@dataclass
class _Load:
    """What wrk found at one server, round by round."""

    url: str
    rates: Sample = field(default_factory=Sample)
    p99: Sample = field(default_factory=Sample)

    def measure(self, seconds: int) -> None:
        rate, p99 = _wrk(self.url, seconds)
        self.rates.add(rate)
        self.p99.add(p99)


def _measure(
    worker: Worker, answer: Response, rounds: int, seconds: int, requests: int
) -> tuple[dict[str, _Load], Sample]:
    """The loads by server, and Redis' requests per second."""
    ports = {name: free_port() for name in ("nginx", "hummingbird", "nio", "redis")}
    redis = Sample()
    with folder() as place, contextlib.ExitStack() as stack:
        commands = {
            "nginx": _nginx(place, answer.body, ports["nginx"]),
            **{kind: _constant(kind, place, answer, ports[kind]) for kind in ("hummingbird", "nio")},
            "redis": ["redis-server", "--port", str(ports["redis"]), "--bind", "127.0.0.1", "--save", ""],
        }
        for name, command in commands.items():
            stack.enter_context(running(command, place / f"{name}.log"))
            wait_for_port(ports[name])
        output(["redis-cli", "-p", str(ports["redis"]), "SET", "bars", answer.body.decode()])
        loads = {"tapedeck": _Load(f"http://127.0.0.1:{worker.port}{_PATH}")}
        loads |= {name: _Load(f"http://127.0.0.1:{ports[name]}/bars") for name in ("nginx", "hummingbird", "nio")}
        for load in loads.values():
            _wrk(load.url, 1)
        for _ in range(rounds):
            # Bought anew between the rounds, so that no forming bar expires within one.
            worker.get("/v1/bars", symbol="ES.c.0", timeframe="1h", last=24, refresh="true")
            for load in loads.values():
                load.measure(seconds)
            redis.add(_redis(ports["redis"], requests))
    return loads, redis


def run(is_short: bool) -> Result:
    """Measures."""
    rounds, seconds, requests = (1, 1, 20_000) if is_short else (5, 4, 200_000)
    with database("sqlite") as url:
        # A limit that nobody reaches is looked at all the same.
        worker = Worker(url, TAPEDECK_CLIENT_RATE_MAX="1000000", TAPEDECK_CLIENT_BURST_MAX="1000000")
        try:
            worker.get("/v1/bars", symbol="ES.c.0", timeframe="1h", last=24)
            answer = worker.get("/v1/bars", symbol="ES.c.0", timeframe="1h", last=24)
            loads, redis = _measure(worker, answer, rounds, seconds, requests)
        finally:
            worker.stop()
            worker.close()
    result = Result(
        "http",
        TITLE,
        f"`GET {_PATH}` ({len(answer.body):,} bytes of JSON) with wrk, 2 threads and {_CONNECTIONS} connections, "
        "beside nginx with the same bytes as a static file, its file cache on and its log off, and redis-benchmark "
        "with GET of them, without pipelining. Two servers of ours show what the libraries leave: both send the same "
        "bytes and headers for every request and do nothing else, one as the only route of a Hummingbird application, "
        "one in a SwiftNIO channel handler. Load generator and server share the machine's cores.",
    )
    _report(result, loads, redis)
    return result


def _report(result: Result, loads: dict[str, _Load], redis: Sample) -> None:
    own, nginx = loads["tapedeck"], loads["nginx"]

    def add(what: str, ours: Sample, beside: Sample, name: str, **target) -> None:
        result.add(what, ours.text(), f"{beside.text()} {name}", f"{number(ours.median / beside.median)} ×", **target)

    is_met = own.rates.median >= 0.8 * nginx.rates.median
    add("requests per second", own.rates, nginx.rates, "nginx", target="≥ 0.8 ×", met=is_met)
    result.add(
        "99th percentile",
        own.p99.text("ms"),
        f"{nginx.p99.text('ms')} nginx",
        f"{number(own.p99.median / nginx.p99.median)} ×",
        "≤ 2 ×",
        own.p99.median <= 2 * nginx.p99.median,
    )
    for kind, library, name in (
        ("hummingbird", "Hummingbird", "Hummingbird, one route, constant bytes"),
        ("nio", "SwiftNIO", "SwiftNIO, constant bytes"),
    ):
        rates = loads[kind].rates
        of_nginx = number(rates.median / nginx.rates.median)
        add(f"requests per second beside {library}", own.rates, rates, f"{name} ({of_nginx} × nginx)")
    add("requests per second beside Redis", own.rates, redis, "Redis")
