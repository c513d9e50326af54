"""Bad requests and bad settings get a clear error that names what is wrong, and change nothing."""

import socket
import unittest

from harness import ADMIN_TOKEN, DatabentoCase, WorkerCase, each_database

_BARS = {"symbol": "ESH6", "timeframe": "1h", "start": "2026-01-12", "end": "2026-01-13"}


@each_database
class RefusedRequests(DatabentoCase):
    """HTTP requests that are wrong."""

    #: (path, parameters, the one that is wrong)
    WRONG = [
        ("/v1/bars", {**_BARS, "symbol": None}, "symbol"),
        ("/v1/bars", {**_BARS, "symbol": " ESH6"}, "symbol"),
        ("/v1/bars", {**_BARS, "symbol": "ES\nH6"}, "symbol"),
        ("/v1/bars", {**_BARS, "symbol": "x" * 100}, "symbol"),
        ("/v1/bars", {**_BARS, "timeframe": None}, "timeframe"),
        ("/v1/bars", {**_BARS, "timeframe": "7m"}, "timeframe"),
        ("/v1/bars", {**_BARS, "start": "yesterday"}, "start"),
        ("/v1/bars", {**_BARS, "start": "1066-10-14"}, "start"),
        ("/v1/bars", {**_BARS, "end": "2026-13-01"}, "end"),
        ("/v1/bars", {**_BARS, "end": "2026-01-12"}, "end"),
        ("/v1/bars", {**_BARS, "start": None}, "start"),
        ("/v1/bars", {**_BARS, "last": "5"}, "last"),
        ("/v1/bars", {"symbol": "ESH6", "timeframe": "1h"}, "last"),
        ("/v1/bars", {"symbol": "ESH6", "timeframe": "1h", "last": "0"}, "last"),
        ("/v1/bars", {"symbol": "ESH6", "timeframe": "1h", "last": "many"}, "last"),
        ("/v1/bars", {**_BARS, "provider": "databento/"}, "provider"),
        ("/v1/bars", {**_BARS, "provider": "nobody"}, "provider"),
        ("/v1/bars", {**_BARS, "stype_in": "cusip"}, "stype_in"),
        ("/v1/bars", {**_BARS, "format": "xml"}, "format"),
        ("/v1/bars", {**_BARS, "refresh": "perhaps"}, "refresh"),
        ("/v1/bars", {**_BARS, "explain": "yes"}, "explain"),
        ("/v1/bars", {**_BARS, "colour": "red"}, "colour"),
        ("/v1/quote", {}, "symbol"),
        ("/v1/quote", {"symbol": "ESH6", "max_age": "5"}, "max_age"),
        ("/v1/price", {"symbol": "ESH6", "max_age": "-5"}, "max_age"),
        ("/v1/spread", {"symbol": ""}, "symbol"),
        ("/v1/quotes", {"symbol": "ESH6"}, "start"),
        ("/v1/quotes", {"symbol": "ESH6", "timeframe": "1h", "start": "2026-01-12", "end": "2026-01-13"}, "timeframe"),
        ("/v1/coverage", {"symbol": "ESH6"}, "timeframe"),
        ("/v1/symbols", {"symbol": "ESH6"}, "symbol"),
    ]

    def test_wrong_parameters_are_named(self):
        worker = self.start_worker()
        for path, parameters, wrong in self.WRONG:
            with self.subTest(path=path, parameters=parameters):
                response = worker.get(path, **parameters)
                self._check_problem(response, 400)
                self.assertEqual(response.json["parameter"], wrong)
        self.assertEqual(self.stand_in.requests("timeseries.get_range"), [])
        self.assertEqual(worker.get("/v1/symbols").json, {"symbols": []})

    def _check_problem(self, response, status):
        self.assertEqual(response.status, status, response)
        self.assertEqual(response.headers["content-type"], "application/problem+json")
        problem = response.json
        self.assertEqual(problem["status"], status)
        self.assertTrue(problem["type"].startswith("urn:tapedeck:problem:"), problem)
        self.assertTrue(problem["title"] and problem["detail"])
        self.assertEqual(problem["request_id"], response.headers["x-request-id"])

    def test_what_would_be_many_symbols_to_the_vendor_is_never_bought(self):
        worker = self.start_worker()
        for symbol in ("ESH6,NQH6", "ALL_SYMBOLS", "raw_symbol:ALL_SYMBOLS", "instrument_id:x"):
            with self.subTest(symbol=symbol):
                response = worker.get("/v1/bars", **{**_BARS, "symbol": symbol})
                self._check_problem(response, 404)
                self.assertEqual(response.json["parameter"], "symbol")
        self.assertEqual(self.stand_in.requests("timeseries.get_range"), [])

    def test_a_parameter_given_twice_is_named(self):
        response = self.start_worker().get("/v1/quote?symbol=ESH6&symbol=ESZ6")
        self._check_problem(response, 400)
        self.assertEqual(response.json["parameter"], "symbol")

    def test_unknown_paths_and_methods(self):
        worker = self.start_worker()
        self._check_problem(worker.get("/v2/bars"), 404)
        self._check_problem(worker.get("/"), 404)
        response = worker.request("POST", "/v1/bars")
        self._check_problem(response, 405)
        self.assertIn("GET", response.headers["allow"])
        self._check_problem(worker.request("GET", "/admin/cache/clear"), 405)

    def test_what_is_too_big_is_refused(self):
        worker = self.start_worker()
        self._check_problem(worker.get("/v1/quote", symbol="x" * 20_000), 414)

    def test_what_is_no_http_ends_the_connection_and_nothing_else(self):
        worker = self.start_worker()
        with socket.create_connection(("127.0.0.1", worker.port), timeout=20) as connection:
            connection.sendall(b"\x16\x03\x01 this is not HTTP\r\n\r\n")
            answer = connection.recv(4_096)
            self.assertTrue(answer == b"" or answer.startswith(b"HTTP/1.1 400"), answer)
        self.assertEqual(worker.get("/health").status, 200)

    def test_the_command_line_names_what_is_wrong(self):
        for arguments, word in [
            (["bars", "ESH6", "7m", "--last", "5"], "7m"),
            (["bars", "ESH6", "1h"], "--last"),
            (["bars", "ESH6", "1h", "--last", "0"], "0"),
            (["bars", "ESH6", "1h", "--start", "soon"], "soon"),
            (["bars", "ESH6", "1h", "--last", "5", "--provider", "nobody"], "nobody"),
            (["ledger", "--limit", "0"], "limit"),
            (["juggle"], "juggle"),
        ]:
            with self.subTest(arguments=arguments):
                done = self.command(*arguments)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(word, done.stderr)
        self.assertEqual(self.stand_in.purchases(), [])

    def test_a_failing_purchase_fails_the_command(self):
        done = self.command("bars", "NOPE", "1h", "--start", "2026-01-12", "--end", "2026-01-13")
        self.assertEqual(done.returncode, 1)
        self.assertIn("NOPE", done.stderr)


@each_database
class RefusedSettings(WorkerCase):
    """Settings with which a worker does not start."""

    def _check_refused(self, *words: str, arguments: tuple[str, ...] = (), **environment: str) -> None:
        program = self.program(**environment)
        done = program.run("serve", "--port", "0", *arguments)
        self.assertNotEqual(done.returncode, 0)
        self.assertNotIn("Listening", done.stdout)
        for word in words:
            self.assertIn(word, done.stderr)

    def test_other_addresses_than_loopback_need_tokens(self):
        both = ("TAPEDECK_ADMIN_TOKEN", "TAPEDECK_TOKENS")
        self._check_refused("0.0.0.0", *both, arguments=("--host", "0.0.0.0"))
        self._check_refused("TAPEDECK_TOKENS", TAPEDECK_HOST="0.0.0.0", TAPEDECK_ADMIN_TOKEN=ADMIN_TOKEN)
        self._check_refused("TAPEDECK_ADMIN_TOKEN", TAPEDECK_HOST="::", TAPEDECK_TOKENS="a=b")

    def test_with_tokens_other_addresses_are_served_to_who_has_one(self):
        worker = self.start_worker("--host", "0.0.0.0", "--provider", "simulated", TAPEDECK_TOKENS="a=token-of-a")
        self.assertEqual(worker.get("/health").status, 200)
        self.assertEqual(worker.get("/v1/quote", symbol="ES").status, 401)
        served = worker.request("GET", "/v1/quote", headers={"Authorization": "Bearer token-of-a"}, symbol="ES")
        self.assertEqual(served.status, 200)

    def test_unknown_settings(self):
        self._check_refused("TAPEDECK_PROT", "TAPEDECK_PORT", TAPEDECK_PROT="9")
        self._check_refused("--colour", arguments=("--colour", "red"))

    def test_unknown_keys_of_a_file(self):
        program = self.program()
        for name, content in [("a.yaml", "prot: 9000\n"), ("b.json", '{"prot": 9000}')]:
            path = program.path(name)
            path.write_text(content)
            done = program.run("serve", "--config", str(path))
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("prot", done.stderr)
            self.assertIn("port", done.stderr)

    def test_secrets_in_a_file_or_a_flag(self):
        program = self.program()
        path = program.path("a.yaml")
        path.write_text(f"admin-token: {ADMIN_TOKEN}\n")
        done = program.run("serve", "--config", str(path))
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("admin-token", done.stderr)
        self._check_refused("DATABASE_URL", arguments=("--database", "postgres://u:secret@127.0.0.1/x"))

    def test_values_that_are_not_allowed(self):
        for name, value in [
            ("TAPEDECK_PORT", "http"), ("TAPEDECK_PORT", "70000"), ("TAPEDECK_BARS_MAX", "-1"),
            ("TAPEDECK_QUOTE_LIFETIME", "5"), ("TAPEDECK_LOG_LEVEL", "loud"), ("TAPEDECK_PROVIDER", "nobody"),
            ("TAPEDECK_PROVIDER", "databento/GLBX.MDP3"), ("TAPEDECK_DATABENTO_URL", "ftp://example"),
        ]:
            with self.subTest(name=name, value=value):
                key = name.removeprefix("TAPEDECK_").lower().replace("_", "-")
                done = self.program(**{name: value}).run("serve")
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(key, done.stderr)

    def test_a_port_that_is_taken(self):
        worker = self.start_worker()
        done = self.program().run("serve", "--port", str(worker.port))
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(str(worker.port), done.stderr)

    def test_a_database_that_is_none(self):
        for url in ("mysql://localhost/x", "postgres://127.0.0.1:1/x?connect_timeout=1", "sqlite:/proc/nowhere/x.db"):
            with self.subTest(url=url):
                done = self.program(url).run("migrate")
                self.assertNotEqual(done.returncode, 0)
                self.assertTrue(done.stderr.splitlines()[-1].startswith("tapedeck: database"), done.stderr)


if __name__ == "__main__":
    unittest.main()
