"""The vendor is slow, cuts, refuses, cannot be trusted or reached."""

import contextlib
import json
import ssl
import tempfile
import urllib.request
from pathlib import Path

from harness import KEY, StandIn
from harness.certificates import make_certificate
from reliability.row import Row

#: What history that is not stored may meet while the vendor fails.
_FAILING = {"fresh": frozenset({"502 provider-unavailable"})}
_REFUSED = {"fresh": frozenset({"502 provider-refused"})}
_LIMITED = {"fresh": frozenset({"503 rate-limited"})}
_STORED = "Everything stored is answered, what has expired is marked stale; "


@contextlib.contextmanager
def _faults(world, *faults: dict, status: int | None = None, outcome: str | None = None):
    """Faults of the stand-in that must have hit requests with this status or outcome."""
    world.stand_in.control("POST", "faults", list(faults))
    yield
    world.stand_in.control("DELETE", "faults")
    if not (world.requests(status=status) if status else world.stand_in.wait(outcome=outcome)):
        raise AssertionError(f"the fault hit nothing: {faults[0]}")


def _every_second(count: int = 400, **fault) -> list[dict]:
    """Faults that hit every second purchase."""
    return [{**fault, "skip": number} for number in range(1, count + 1)]


@contextlib.contextmanager
def _slow(world):
    world.stand_in.fault(delay_ms=2_000, count=-1, ending="clean")
    yield
    world.stand_in.control("DELETE", "faults")
    if not world.stats()["degrading"]["stale_answers"]:
        raise AssertionError("no stale answer was given: the vendor was not slow")


@contextlib.contextmanager
def _wrong_key(world):
    world.stand_in.settings(key="db-another000000000000000000000")
    world.until_breaker_opens()
    yield
    world.stand_in.settings(key=KEY)


@contextlib.contextmanager
def _untrusted(world):
    """The worker is started anew with the address of a vendor whose certificate nobody trusts."""
    with tempfile.TemporaryDirectory(prefix="tapedeck-reliability-") as folder:
        certificate, key = make_certificate(Path(folder), "vendor")
        impostor = StandIn("--tls", str(certificate), str(key))
        try:
            world.restart_worker(TAPEDECK_DATABENTO_URL=f"https://127.0.0.1:{impostor.port}")
            world.until_breaker_opens()
            yield
            context = ssl.create_default_context(cafile=certificate)
            log = f"https://127.0.0.1:{impostor.port}/control/log"
            with urllib.request.urlopen(log, context=context, timeout=30) as answer:
                if json.load(answer)["requests"]:
                    raise AssertionError("the worker spoke to a vendor that it must not trust")
            world.restart_worker()
        finally:
            impostor.stop()


@contextlib.contextmanager
def _down(world):
    world.vendor_proxy.refuse()
    world.until_breaker_opens()
    yield
    world.vendor_proxy.listen()


ROWS = [
    Row(
        "vendor-slow", "the vendor takes 2 s for each answer",
        _STORED + "new history waits for the vendor.",
        _slow,
    ),
    Row(
        "vendor-cut-record", "every second answer of the vendor is cut in the middle of a record",
        "Everything is answered: what came is kept, the rest is fetched.",
        lambda world: _faults(world, *_every_second(after_records=20, mid_record=True), outcome="cut"),
        is_fast=True,
    ),
    Row(
        "vendor-cut-boundary", "every second answer is cut between two records, without a word",
        "Everything is answered: what came is kept, the rest is fetched.",
        lambda world: _faults(world, *_every_second(after_records=20, ending="open_zstd"), outcome="cut"),
    ),
    Row(
        "vendor-reset", "every second answer ends with a reset connection",
        "Everything is answered: what came is kept, the rest is fetched.",
        lambda world: _faults(world, *_every_second(after_records=20, ending="reset"), outcome="cut"),
    ),
    Row(
        "vendor-silent", "the vendor stops in the middle of each answer and says nothing more",
        _STORED + "new history fails or waits.",
        lambda world: _faults(world, {"after_records": 5, "ending": "stall", "count": -1}, outcome="aborted_by_client"),
        settings={"TAPEDECK_HARD_TIMEOUT": "2s"},
        refusals=_FAILING,
    ),
    Row(
        "vendor-429", "the vendor answers 429 with `Retry-After: 5`",
        _STORED + "new history waits or is refused with `Retry-After`; the vendor is left alone.",
        lambda world: _faults(world, {"status": 429, "headers": {"Retry-After": "5"}, "count": -1}, status=429),
        refusals=_LIMITED,
    ),
    Row(
        "vendor-500", "the vendor answers 500 to everything",
        _STORED + "new history is refused; the breaker opens.",
        lambda world: _faults(world, {"endpoint": "*", "status": 500, "count": -1}, status=500),
        refusals=_FAILING,
    ),
    Row(
        "vendor-401", "the vendor refuses the key (401)",
        _STORED + "new history is refused; the breaker opens for 30 s.",
        _wrong_key,
        refusals=_REFUSED,
    ),
    Row(
        "vendor-tls", "the worker is started anew with a vendor whose certificate nobody trusts",
        _STORED + "new history is refused, and nothing is sent to that vendor.",
        _untrusted,
        refusals=_FAILING,
    ),
    Row(
        "vendor-down", "the vendor refuses connections",
        _STORED + "new history is refused; the breaker opens.",
        _down,
        refusals=_FAILING,
        proxied=frozenset({"vendor"}),
    ),
]
