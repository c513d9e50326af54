"""A stand-in for Databento's historical HTTP API, for tests.

Prints `listening on PORT` as its first line, then serves until it is stopped. It answers under /v0 as the vendor does
and under /control as README.md beside this file describes.
"""

import argparse
import os
import ssl
import sys
import threading
from http.server import ThreadingHTTPServer
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from stand_in.api import API  # noqa: E402
from stand_in.control import Control  # noqa: E402
from stand_in.handler import Handler  # noqa: E402
from stand_in.market import Market  # noqa: E402
from stand_in.source import FileSource, SyntheticSource  # noqa: E402
from stand_in.state import DEFAULT_KEY, DEFAULT_NOW, Settings, State  # noqa: E402


class Server(ThreadingHTTPServer):
    """One thread a connection; a client that leaves is no error."""

    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], (OSError, ssl.SSLError)):
            super().handle_error(request, client_address)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0 picks a free one (default)")
    parser.add_argument("--data", type=Path, help="folder of DBN files to replay instead of the synthetic market")
    parser.add_argument("--seed", type=int, default=1, help="seed of the synthetic market (default 1)")
    parser.add_argument("--key", default=DEFAULT_KEY, help=f"the API key to accept (default {DEFAULT_KEY})")
    parser.add_argument("--now", default=DEFAULT_NOW, help=f"the server's time, or 'wall' (default {DEFAULT_NOW})")
    parser.add_argument("--available-end", help="the end of what is sold (default: now)")
    parser.add_argument("--dbn-version", type=int, choices=(1, 2, 3), default=3, help="metadata version (default 3)")
    parser.add_argument("--tls", nargs=2, metavar=("CERT", "KEY"), help="serve HTTPS with this certificate and key")
    parser.add_argument(
        "--exit-with-stdin", action="store_true", help="stop when standard input ends, so that no server outlives a test"
    )
    return parser.parse_args()


def main() -> None:
    """Serves until stopped."""
    options = arguments()
    settings = Settings(key=options.key, dbn_version=options.dbn_version)
    settings.update({"now": options.now, "available_end": options.available_end})
    source = FileSource(options.data) if options.data else SyntheticSource(Market(options.seed))
    state = State(settings)
    api = API(source, state)
    handler = type("BoundHandler", (Handler,), {"api": api, "control": Control(api, state), "state": state})
    server = Server((options.host, options.port), handler)
    if options.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*options.tls)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    if options.exit_with_stdin:
        threading.Thread(target=_exit_with_stdin, daemon=True).start()
    print(f"listening on {server.server_address[1]}", flush=True)
    for text in getattr(source, "skipped", []):
        print(f"left out {text}", file=sys.stderr)
    server.serve_forever()


def _exit_with_stdin() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    main()
