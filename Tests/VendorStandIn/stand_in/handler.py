"""HTTP: reads requests, plays faults, streams bodies."""

import base64
import json
import select
import socket
import ssl
import struct
import time
import urllib.parse
import uuid
from http.server import BaseHTTPRequestHandler

from stand_in import body as body_module
from stand_in.api import API, RECORD_BYTES
from stand_in.control import Control
from stand_in.query import Query, Refusal
from stand_in.state import Entry, Fault, State

_REQUEST_BODY_BYTES_MAX = 4 * 1024 * 1024


class ClientGone(Exception):
    """The client closed the connection."""


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server_version = "VendorStandIn"
    #: What the log has as sent is on its way, so that a reset connection does not take it back.
    disable_nagle_algorithm = True
    api: API
    control: Control
    state: State

    def log_message(self, format, *args):  # noqa: A002 - the base class names it so
        """Nothing on the terminal; /control/log has it."""

    def do_GET(self):
        self._dispatch("GET")

    def do_POST(self):
        self._dispatch("POST")

    def do_DELETE(self):
        self._dispatch("DELETE")

    def _dispatch(self, verb: str) -> None:
        url = urllib.parse.urlsplit(self.path)
        params = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
        length = int(self.headers.get("Content-Length") or 0)
        if length > _REQUEST_BODY_BYTES_MAX:
            self._send_json(413, {"detail": "request body too large"})
            return
        raw = self.rfile.read(length)
        path = url.path.lstrip("/")
        if path.startswith("control/"):
            self._control(verb, path.removeprefix("control/"), params, raw)
        elif path.startswith("v0/"):
            form = urllib.parse.parse_qsl(raw.decode(), keep_blank_values=True)
            self._vendor(path.removeprefix("v0/"), {**params, **dict(form)})
        else:
            self._send_json(404, {"detail": "Not Found"})

    def _control(self, verb: str, name: str, params: dict, raw: bytes) -> None:
        try:
            self._send_json(200, self.control.call(verb, name, params, json.loads(raw) if raw else {}))
        except Refusal as refusal:
            self._send_json(refusal.status, {"detail": refusal.message})

    def _vendor(self, method: str, params: dict) -> None:
        entry, fault = self.state.begin(
            method, dict(params), self.client_address[1], self.headers.get("X-Request-Id")
        )
        try:
            if fault and fault.delay_ms:
                self._sleep(fault.delay_ms / 1_000)
            self._answer(method, params, entry, fault)
        except Refusal as refusal:
            headers = {"WWW-Authenticate": "Basic"} if refusal.status == 401 else {}
            self._finish_json(entry, refusal.status, {"detail": refusal.detail()}, headers, "refused")
        except (ClientGone, OSError):
            self.state.finish(entry, "aborted_by_client")
            self.close_connection = True

    def _answer(self, method: str, params: dict, entry: Entry, fault: Fault | None) -> None:
        if fault and fault.status is not None:
            self._refuse(entry, fault)
            return
        self._authenticate()
        if method != "timeseries.get_range":
            self._finish_json(entry, 200, self.api.call(method, params), {}, "complete")
            return
        query = self.api.query(params)
        entry.params.update(start_ns=query.start, end_ns=query.end)
        if query.encoding != "dbn":
            raise Refusal(422, "The stand-in speaks DBN only")
        self._stream(query, entry, fault or Fault(ending="clean"))

    def _authenticate(self) -> None:
        expected = base64.b64encode(f"{self.state.settings.key}:".encode()).decode()
        if self.headers.get("Authorization") != f"Basic {expected}":
            raise Refusal(401, "Authentication failed.", "auth_authentication_failed")

    def _refuse(self, entry: Entry, fault: Fault) -> None:
        refusal = Refusal(fault.status, fault.message, fault.case, fault.payload)
        text = fault.body if fault.body is not None else json.dumps({"detail": refusal.detail()})
        entry.status = fault.status
        self._send(fault.status, text.encode(), {"Content-Type": fault.content_type, **fault.headers})
        self.state.finish(entry, "refused")

    def _stream(self, query: Query, entry: Entry, fault: Fault) -> None:
        mappings, partial, not_found = self.api.resolve(query)
        settings = self.state.settings
        version = getattr(self.api.source, "version", lambda *_: None)(query.dataset, query.schema)
        metadata = body_module.encode_metadata(query, mappings, partial, not_found, version or settings.dbn_version)
        records = body_module.mutated(self.api.records(query), fault, query.start, query.end)
        is_zstd = query.compression == "zstd"
        frames = body_module.frames(metadata, records, settings, fault, is_zstd)
        status = 206 if partial or not_found else 200
        entry.status = status
        sender = BodySender(self, entry, fault, RECORD_BYTES.get(query.schema, 56), is_zstd)
        length = 0
        if fault.framing == "length":
            # The length of the whole answer, also when only a part of it is sent.
            whole = body_module.frames(metadata, self.api.records(query), settings, None, is_zstd)
            length = sum(len(data) for data, _ in whole)
        self.send_response(status)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("request-id", str(uuid.uuid4()))
        if fault.warning:
            self.send_header("X-Warning", json.dumps([fault.warning]))
        if fault.framing == "length":
            self.send_header("Content-Length", str(length))
        elif fault.framing == "chunked":
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        sender.send(frames)

    def _finish_json(self, entry: Entry, status: int, value, headers: dict, outcome: str) -> None:
        entry.status = status
        self._send(status, json.dumps(value).encode(), {"Content-Type": "application/json", **headers})
        self.state.finish(entry, outcome)

    def _send_json(self, status: int, value) -> None:
        self._send(status, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def _send(self, status: int, data: bytes, headers: dict) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("request-id", str(uuid.uuid4()))
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _sleep(self, seconds: float) -> None:
        """Waits, or raises ClientGone as soon as the client closes the connection."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            readable, _, _ = select.select([self.connection], [], [], min(left, 0.5))
            if not readable:
                continue
            if isinstance(self.connection, ssl.SSLSocket):
                time.sleep(min(left, 0.05))
            elif self.connection.recv(1, socket.MSG_PEEK) == b"":
                raise ClientGone
            else:
                time.sleep(min(left, 0.05))

    def reset_connection(self) -> None:
        """Closes with RST."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()


class BodySender:
    """Sends the frames of one body within the fault's limits and counts what the client can decode of it."""

    def __init__(self, handler: Handler, entry: Entry, fault: Fault, record_bytes: int, is_zstd: bool):
        self.handler, self.entry, self.fault = handler, entry, fault
        self.record_bytes, self.is_zstd = record_bytes, is_zstd
        self.sent = 0
        self.record_bytes_sent = 0

    def send(self, frames) -> None:
        """Sends, and ends as the fault says."""
        settings = self.handler.state.settings
        rate = self.fault.rate_bytes_per_second or settings.rate_bytes_per_second
        limit = self.fault.after_bytes
        # Settings may change while this is sent.
        chunk_bytes = settings.chunk_bytes
        for data, record_bytes in frames:
            allowed = len(data) if limit is None else min(len(data), limit - self.sent)
            for offset in range(0, allowed, chunk_bytes):
                part = data[offset : min(offset + chunk_bytes, allowed)]
                self._write(part)
                self.sent += len(part)
                self.handler.state.progress(self.entry, self.sent)
                if rate:
                    self.handler._sleep(len(part) / rate)
            whole = allowed == len(data)
            self.record_bytes_sent += record_bytes if whole else self._decodable(data[:allowed], record_bytes)
            count = self.record_bytes_sent // self.record_bytes
            self.handler.state.progress(self.entry, self.sent, count)
            if not whole:
                break
        self._end()

    def _decodable(self, part: bytes, record_bytes: int) -> int:
        return min(record_bytes, body_module.decodable(part, self.is_zstd))

    def _write(self, part: bytes) -> None:
        if self.fault.framing == "chunked":
            part = f"{len(part):x}\r\n".encode() + part + b"\r\n"
        self.handler.wfile.write(part)

    def _end(self) -> None:
        state, handler = self.handler.state, self.handler
        is_short = self.fault.after_bytes is not None or self.fault.after_records is not None
        if self.fault.ending == "stall":
            while True:
                handler._sleep(3_600)
        elif self.fault.ending in ("abort", "reset"):
            state.finish(self.entry, "cut")
            handler.close_connection = True
            if self.fault.ending == "reset":
                handler.reset_connection()
        else:
            if self.fault.framing == "chunked":
                handler.wfile.write(b"0\r\n\r\n")
            is_short = is_short or self.fault.ending == "open_zstd"
            state.finish(self.entry, "cut" if is_short else "complete")
