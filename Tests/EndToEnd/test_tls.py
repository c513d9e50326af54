"""HTTPS."""

import http.client
import signal
import socket
import ssl
import tempfile
import unittest
from pathlib import Path

from harness import WorkerCase, each_database, eventually
from harness.certificates import make_certificate
from harness.sockets import connected, rest


@each_database
class Encrypted(WorkerCase):
    """A worker with a certificate of its own."""

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory(prefix="tapedeck-e2e-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.certificate, self.key = make_certificate(self.folder, "first")
        self.environment = {
            "TAPEDECK_PROVIDER": "simulated",
            "TAPEDECK_TLS_CERTIFICATE_FILE": str(self.certificate),
            "TAPEDECK_TLS_KEY_FILE": str(self.key),
        }

    def _trusting(self, certificate: Path) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=certificate)

    def _get(self, worker, context: ssl.SSLContext, path: str) -> tuple[int, bytes]:
        connection = http.client.HTTPSConnection("127.0.0.1", worker.port, timeout=30, context=context)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def test_requests_are_answered_over_a_verified_connection(self):
        worker = self.start_worker()
        self.assertIn(f"Listening on https://127.0.0.1:{worker.port}", worker.output)
        context = self._trusting(self.certificate)
        self.assertEqual(self._get(worker, context, "/health")[0], 200)
        span = "symbol=ES.c.0&timeframe=1m&start=2025-12-01&end=2026-01-01"
        status, body = self._get(worker, context, f"/v1/bars?{span}")
        self.assertEqual((status, body[:1], body[-2:]), (200, b"{", b"]}"))

    def test_only_tls_1_2_and_later_is_spoken(self):
        worker = self.start_worker()
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = self._trusting(self.certificate)
            context.minimum_version = context.maximum_version = version
            self.assertEqual(self._get(worker, context, "/health")[0], 200)
        old = self._trusting(self.certificate)
        old.minimum_version = ssl.TLSVersion.TLSv1
        old.maximum_version = ssl.TLSVersion.TLSv1_1
        old.set_ciphers("DEFAULT@SECLEVEL=0")
        with self.assertRaises(OSError):
            self._get(worker, old, "/health")

    def test_plain_http_ends_the_connection_and_nothing_else(self):
        worker = self.start_worker()
        with connected(worker.port) as connection:
            connection.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
            self.assertNotIn(b"HTTP", rest(connection))
        self.assertEqual(self._get(worker, self._trusting(self.certificate), "/health")[0], 200)

    def test_a_handshake_that_does_not_come_to_its_end_is_cut(self):
        worker = self.start_worker(TAPEDECK_RECEIVE_TIMEOUT="200ms")
        with connected(worker.port) as connection:
            connection.sendall(b"\x16\x03\x01")
            self.assertEqual(rest(connection), b"")

    def test_a_connection_may_wait_for_its_first_request(self):
        worker = self.start_worker(TAPEDECK_RECEIVE_TIMEOUT="100ms")
        context = self._trusting(self.certificate)
        with socket.create_connection(("127.0.0.1", worker.port), timeout=30) as plain:
            with context.wrap_socket(plain, server_hostname="127.0.0.1") as connection:
                # Another connection's whole life is longer than what a request may take to arrive.
                with connected(worker.port) as other:
                    other.sendall(b"\x16")
                    rest(other)
                connection.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                self.assertTrue(connection.recv(100).startswith(b"HTTP/1.1 200"))

    def test_a_renewed_certificate_is_taken_on_a_signal(self):
        worker = self.start_worker()
        old, new = self.certificate.read_text(), make_certificate(self.folder, "second")
        renewed = self._trusting(new[0])
        with self.assertRaises(ssl.SSLCertVerificationError):
            self._get(worker, renewed, "/health")

        self.certificate.write_text("no certificate")
        worker.process.send_signal(signal.SIGHUP)
        eventually("the refusal is logged", lambda: "the one from before stays" in worker.output)
        (self.folder / "old.pem").write_text(old)
        self.assertEqual(self._get(worker, self._trusting(self.folder / "old.pem"), "/health")[0], 200)

        self.certificate.write_text(new[0].read_text())
        self.key.write_text(new[1].read_text())
        worker.process.send_signal(signal.SIGHUP)
        eventually("the certificate is read", lambda: "certificate read anew" in worker.output)
        self.assertEqual(self._get(worker, renewed, "/health")[0], 200)
        self.assertEqual(worker.stop(), 0)

    def test_files_that_cannot_be_used_are_named(self):
        text = self.folder / "text.pem"
        text.write_text("no certificate and no key")
        locked = self.folder / "locked.pem"
        locked.write_text("-----BEGIN ENCRYPTED PRIVATE KEY-----\n")
        _, other_key = make_certificate(self.folder, "other")
        for certificate, key, words in [
            (self.folder / "missing.pem", self.key, ("missing.pem", "cannot be read")),
            (text, self.key, (str(text), "no certificate")),
            (self.certificate, text, (str(text), "no private key")),
            (self.certificate, locked, (str(locked), "passphrase")),
            (self.certificate, other_key, (str(other_key), "not the key")),
        ]:
            with self.subTest(words=words):
                done = self.program(
                    **{
                        **self.base_environment(),
                        "TAPEDECK_TLS_CERTIFICATE_FILE": str(certificate), "TAPEDECK_TLS_KEY_FILE": str(key),
                    }
                ).run("serve", "--port", "0")
                self.assertNotEqual(done.returncode, 0)
                for word in words:
                    self.assertIn(word, done.stderr)


if __name__ == "__main__":
    unittest.main()
