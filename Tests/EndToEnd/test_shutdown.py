"""What was asked before a worker is told to stop is answered."""

import http.client
import json
import os
import signal
import threading
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

from harness import DatabentoCase, bars_of, eventually, ns
from harness.sockets import connected

_ROUNDS = 10
_CONNECTIONS = 12
_SECONDS = 60
#: More than the system holds of an answer that nobody reads.
_LONG = {"start": "2025-09-01", "end": "2025-12-27"}


class Shutdown(DatabentoCase, unittest.TestCase):
    """SIGTERM while requests come on connections of all kinds."""

    kind = "sqlite"

    def _connection(self, worker) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection("127.0.0.1", worker.port, timeout=_SECONDS)
        connection.connect()
        self.addCleanup(connection.close)
        return connection

    def _stopped_by(self, worker) -> None:
        """Sends SIGTERM."""
        os.kill(worker.process.pid, signal.SIGTERM)

    def test_what_waits_unread_when_the_signal_comes_is_answered(self):
        for _ in range(_ROUNDS):
            worker = self.start_worker()
            kept = [self._connection(worker) for _ in range(_CONNECTIONS)]
            for connection in kept:
                connection.request("GET", "/health")
                self.assertEqual(connection.getresponse().read()[:1], b"{")
            idle = self._connection(worker)
            # A process that stands still has read nothing of what is sent to it now, and accepted none of these.
            os.kill(worker.process.pid, signal.SIGSTOP)
            fresh = [self._connection(worker) for _ in range(_CONNECTIONS)]
            for connection in kept + fresh:
                connection.request("GET", "/health")
            self._stopped_by(worker)
            os.kill(worker.process.pid, signal.SIGCONT)

            for connection in kept + fresh:
                answer = connection.getresponse()
                self.assertEqual((answer.status, answer.read()[:1]), (200, b"{"))
            self.assertEqual(worker.process.wait(_SECONDS), 0)
            with self.assertRaises((http.client.HTTPException, ConnectionError)):
                idle.request("GET", "/health")
                idle.getresponse()

    def test_a_request_of_which_a_part_has_come_is_answered(self):
        worker = self.start_worker()
        with connected(worker.port) as connection:
            connection.sendall(b"GET /health HTTP/1.1\r\nHost: w")
            self.assertEqual(worker.get("/health").status, 200)
            self._stopped_by(worker)
            eventually("no connection is accepted", lambda: self._is_refused(worker))
            connection.sendall(b"orker\r\n\r\n")
            answer = http.client.HTTPResponse(connection)
            answer.begin()
            self.assertEqual((answer.status, answer.getheader("Connection")), (200, "close"))
        self.assertEqual(worker.process.wait(_SECONDS), 0)

    def test_a_large_answer_reaches_a_slow_reader_whole(self):
        worker = self.start_worker()
        worker.bars("ESH6", "1m", **_LONG)
        target = "/v1/bars?symbol=ESH6&timeframe=1m&start=2025-09-01&end=2025-12-27"
        truth = self.truth_bars("ESH6", "1m", ns(_LONG["start"]), ns(_LONG["end"]))
        with connected(worker.port, receive_buffer_bytes=4_096) as connection:
            connection.sendall(f"GET {target} HTTP/1.1\r\nHost: worker\r\n\r\n".encode())
            answer = http.client.HTTPResponse(connection)
            answer.begin()
            self._stopped_by(worker)
            eventually("no connection is accepted", lambda: self._is_refused(worker))
            body = answer.read()
        self.assertEqual(bars_of(json.loads(body)), truth)
        self.assertEqual(worker.process.wait(_SECONDS), 0)

    def _is_refused(self, worker) -> bool:
        try:
            with connected(worker.port):
                return False
        except ConnectionRefusedError:
            return True

    def test_what_was_sent_before_the_signal_is_answered_under_load(self):
        for _ in range(_ROUNDS):
            worker = self.start_worker()
            log = _Log()
            with ThreadPoolExecutor(8) as threads:
                readers = [threads.submit(self._ask, worker, log, is_kept=number % 2 == 0) for number in range(8)]
                log.wait(200)
                signalled = time.monotonic()
                self._stopped_by(worker)
                for reader in readers:
                    reader.result()
            self.assertEqual(worker.process.wait(_SECONDS), 0)
            self.assertEqual([cut for cut in log.cuts if cut[0] < signalled], [])

    @staticmethod
    def _ask(worker, log, is_kept: bool) -> None:
        """Asks until no connection is accepted any more; on one connection as long as it is kept, or on one each."""
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", worker.port, timeout=_SECONDS)
            try:
                connection.connect()
            except ConnectionError:
                return
            sent = None
            try:
                is_open = True
                while is_open:
                    sent = None
                    connection.request("GET", "/health")
                    sent = time.monotonic()
                    answer = connection.getresponse()
                    answer.read()
                    log.answered()
                    is_open = is_kept and answer.getheader("Connection") != "close"
            except (http.client.HTTPException, ConnectionError) as error:
                if sent is not None:
                    log.cut(sent, error)
            finally:
                connection.close()


class _Log:
    """What became of requests, told by several threads."""

    def __init__(self):
        self.cuts = []
        self._count = 0
        self._condition = threading.Condition()

    def answered(self) -> None:
        """Counts an answer."""
        with self._condition:
            self._count += 1
            self._condition.notify_all()

    def cut(self, sent: float, error: Exception) -> None:
        """Notes a request without an answer."""
        with self._condition:
            self.cuts.append((sent, repr(error)))

    def wait(self, count: int) -> None:
        """Returns when there were so many answers."""
        with self._condition:
            if not self._condition.wait_for(lambda: self._count >= count, _SECONDS):
                raise AssertionError(f"{self._count} answers, not {count}")


if __name__ == "__main__":
    unittest.main()
