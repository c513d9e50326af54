"""A TCP proxy that swallows what passes without closing anything, or closes everything."""

import contextlib
import socket
import threading


class StallingProxy:
    """Passes everything on to an address, or while it stalls nothing."""

    def __init__(self, host: str, port: int):
        self._target = (host, port)
        self._flows = threading.Event()
        self._flows.set()
        #: How often something was held back that was to pass.
        self.stalls = 0
        self._ends: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def stall(self) -> None:
        """Holds back everything from now on."""
        self._flows.clear()

    def flow(self) -> None:
        """Lets everything pass again."""
        self._flows.set()

    def cut(self) -> int:
        """Closes what it carries, both ways, and tells how many ends that were; it goes on to accept."""
        with self._lock:
            ends, self._ends = self._ends, set()
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        return len(ends)

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
                with self._lock:
                    self._ends |= {client, server}
                for source, sink in ((client, server), (server, client)):
                    threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                if not self._flows.is_set():
                    with self._lock:
                        self.stalls += 1
                    self._flows.wait()
                sink.sendall(data)
        # The other direction notices by itself.
        with self._lock:
            self._ends -= {source, sink}
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
