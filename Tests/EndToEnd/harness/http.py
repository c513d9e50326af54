"""HTTP requests to a worker."""

import http.client
import json
import urllib.parse
from dataclasses import dataclass
from typing import Any


@dataclass
class Response:
    """An answer, read whole."""

    status: int
    #: By lower-case name.
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def tier(self) -> str:
        """Where the answer came from."""
        return self.headers["x-tapedeck-tier"]

    def __str__(self) -> str:
        return f"{self.status} {self.headers} {self.body[:2_000].decode(errors='replace')}"


def target(path: str, parameters: dict[str, Any]) -> str:
    """Path and query; parameters that are None are left out."""
    given = {name: value for name, value in parameters.items() if value is not None}
    return path + ("?" + urllib.parse.urlencode(given) if given else "")


def request(port: int, method: str, target: str, headers: dict[str, str], seconds: float) -> Response:
    """Makes a request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
    try:
        connection.request(method, target, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        return Response(answer.status, {k.lower(): v for k, v in answer.getheaders()}, body)
    finally:
        connection.close()
