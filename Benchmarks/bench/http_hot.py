"""Hot answers over HTTP, beside nginx and Redis serving the same bytes."""

import re
from pathlib import Path

from harness.worker import Worker

from bench.figures import Result, Sample, number
from bench.tools import database, folder, free_port, output, running, wait_for_port

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


def run(is_short: bool) -> Result:
    """Measures."""
    rounds, seconds, requests = (1, 1, 20_000) if is_short else (5, 4, 200_000)
    tapedeck, nginx, redis, tapedeck_p99, nginx_p99 = (Sample() for _ in range(5))
    with database("sqlite") as url, folder() as place:
        # A limit that nobody reaches is looked at all the same.
        worker = Worker(url, TAPEDECK_CLIENT_RATE_MAX="1000000", TAPEDECK_CLIENT_BURST_MAX="1000000")
        try:
            body = worker.get("/v1/bars", symbol="ES.c.0", timeframe="1h", last=24).body
            port, redis_port = free_port(), free_port()
            with (
                running(_nginx(place, body, port), place / "nginx.log"),
                running(
                    ["redis-server", "--port", str(redis_port), "--bind", "127.0.0.1", "--save", ""], place / "redis.log"
                ),
            ):
                wait_for_port(port)
                wait_for_port(redis_port)
                output(["redis-cli", "-p", str(redis_port), "SET", "bars", body.decode()])
                for address in (f"{worker.port}{_PATH}", f"{port}/bars"):
                    _wrk(f"http://127.0.0.1:{address}", 1)
                for _ in range(rounds):
                    # Bought anew between the rounds, so that no forming bar expires within one.
                    worker.get("/v1/bars", symbol="ES.c.0", timeframe="1h", last=24, refresh="true")
                    rate, p99 = _wrk(f"http://127.0.0.1:{worker.port}{_PATH}", seconds)
                    tapedeck.add(rate)
                    tapedeck_p99.add(p99)
                    rate, p99 = _wrk(f"http://127.0.0.1:{port}/bars", seconds)
                    nginx.add(rate)
                    nginx_p99.add(p99)
                    redis.add(_redis(redis_port, requests))
        finally:
            worker.stop()
            worker.close()
    result = Result(
        "http",
        TITLE,
        f"`GET {_PATH}` ({len(body):,} bytes of JSON) with wrk, 2 threads and {_CONNECTIONS} connections, beside nginx "
        "with the same bytes as a static file, its file cache on and its log off, and redis-benchmark with GET of them, "
        "without pipelining. Load generator and server share the machine's cores.",
    )
    result.add(
        "requests per second",
        tapedeck.text(),
        f"{nginx.text()} nginx",
        f"{number(tapedeck.median / nginx.median)} ×",
        "≥ 0.8 ×",
        tapedeck.median >= 0.8 * nginx.median,
    )
    result.add(
        "99th percentile",
        tapedeck_p99.text("ms"),
        f"{nginx_p99.text('ms')} nginx",
        f"{number(tapedeck_p99.median / nginx_p99.median)} ×",
        "≤ 2 ×",
        tapedeck_p99.median <= 2 * nginx_p99.median,
    )
    result.add(
        "requests per second beside Redis",
        tapedeck.text(),
        f"{redis.text()} Redis",
        f"{number(tapedeck.median / redis.median)} ×",
    )
    return result
