"""Connections that behave badly, on the bare socket."""

import contextlib
import socket
from collections.abc import Iterator

_SECONDS = 60


@contextlib.contextmanager
def connected(port: int, receive_buffer_bytes: int | None = None) -> Iterator[socket.socket]:
    """A connection to a worker, with a small receive buffer where one is asked for."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as connection:
        connection.settimeout(_SECONDS)
        if receive_buffer_bytes:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer_bytes)
        connection.connect(("127.0.0.1", port))
        yield connection


def rest(connection: socket.socket) -> bytes:
    """All that comes until the other end closes, politely or not."""
    received = b""
    try:
        while part := connection.recv(65_536):
            received += part
    except ConnectionError:
        pass
    return received
