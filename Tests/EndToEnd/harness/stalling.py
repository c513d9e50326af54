"""A TCP proxy that swallows what passes, without closing anything."""

import contextlib
import socket
import threading


class StallingProxy:
    """Passes everything on to an address, or while it stalls nothing."""

    def __init__(self, host: str, port: int):
        self._target = (host, port)
        self._flows = threading.Event()
        self._flows.set()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def stall(self) -> None:
        """Holds back everything from now on."""
        self._flows.clear()

    def flow(self) -> None:
        """Lets everything pass again."""
        self._flows.set()

    def close(self) -> None:
        """Accepts no more connections."""
        self._flows.set()
        self._server.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._server.accept()
                try:
                    server = socket.create_connection(self._target)
                except OSError:
                    client.close()
                    continue
                for source, sink in ((client, server), (server, client)):
                    threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                self._flows.wait()
                sink.sendall(data)
        # The other direction notices by itself.
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
