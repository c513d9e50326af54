"""The stand-in for the vendor, as a process."""

import atexit
import functools
import json
import os
import subprocess
import sys
import urllib.parse
import urllib.request
from pathlib import Path

KEY = "db-standin0000000000000000000000"
_SCRIPT = Path(__file__).resolve().parents[2] / "VendorStandIn" / "vendor_stand_in.py"


class StandIn:
    """A running stand-in; see Tests/VendorStandIn/README.md for what can be set and looked at."""

    def __init__(self, *arguments: str, **environment: str):
        self.process = subprocess.Popen(
            [sys.executable, str(_SCRIPT), "--exit-with-stdin", *arguments],
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.port = int(self.process.stdout.readline().split()[-1])
        self.url = f"http://127.0.0.1:{self.port}"

    @classmethod
    @functools.cache
    def shared(cls) -> "StandIn":
        """The stand-in that all tests use one after the other; it takes a second to start."""
        stand_in = cls()
        atexit.register(stand_in.stop)
        return stand_in

    def stop(self) -> None:
        """Stops the process."""
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()

    def control(self, verb: str, name: str, body=None, **parameters):
        """Makes a control request and returns its JSON."""
        query = "?" + urllib.parse.urlencode(parameters) if parameters else ""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/control/{name}{query}", data=data, method=verb)
        with urllib.request.urlopen(request, timeout=90) as answer:
            return json.load(answer)

    def settings(self, **values) -> None:
        """Changes settings."""
        self.control("POST", "settings", values)

    def fault(self, **values) -> None:
        """Makes the next matching requests go wrong."""
        self.control("POST", "faults", values)

    def truth(self, symbol: str, schema: str, start: int, end: int, dataset: str = "GLBX.MDP3") -> list[dict]:
        """The records that a purchase of the range would bring."""
        parts = symbol.split(".")
        stype = "continuous" if len(parts) == 3 else "raw_symbol"
        return self.control(
            "GET", "truth", dataset=dataset, symbols=symbol, schema=schema, start=start, end=end, stype_in=stype
        )["records"]

    def purchases(self, schema: str | None = None) -> list[dict]:
        """What was sold so far, oldest first."""
        found = self.control("GET", "purchases")["purchases"]
        return [p for p in found if schema in (None, p["schema"])]

    def requests(self, endpoint: str) -> list[dict]:
        """The logged requests to one method, refused ones too."""
        return [r for r in self.control("GET", "log")["requests"] if r["endpoint"] == endpoint]

    def wait(self, **conditions) -> bool:
        """Waits until a logged request matches; see the README's `wait`."""
        return self.control("GET", "wait", **conditions)["found"]
