"""Who is let in, how much of it, and how long it may take."""

import http.client
import json
import unittest

from harness import ADMIN_TOKEN, WorkerCase, each_database, eventually
from harness.sockets import connected, rest

_BARS = "/v1/bars?symbol=ES.c.0&timeframe=1h&start=2026-01-12&end=2026-01-13"


def _metric(worker, name: str) -> float:
    """The value of a metric's line, 0 where there is none."""
    response = worker.get("/metrics")
    lines = [line for line in response.body.decode().splitlines() if line.startswith(name + " ")]
    return float(lines[0].split(" ")[-1]) if lines else 0


class SimulatedCase(WorkerCase):
    """Workers with the simulated market."""

    environment = {"TAPEDECK_PROVIDER": "simulated"}


@each_database
class Tokens(SimulatedCase):
    """The bots' tokens and the operator's."""

    def test_each_bot_has_its_token_and_its_name_is_in_the_ledger_and_the_metrics(self):
        worker = self.start_worker(TAPEDECK_TOKENS="alpha=token-of-alpha,beta=token-of-beta")
        for token, name in [("token-of-beta", "beta"), (ADMIN_TOKEN, "admin")]:
            with self.subTest(name=name):
                headers = {"Authorization": f"Bearer {token}", "X-Tapedeck-Client": "somebody-else"}
                worker.admin("DELETE", "/admin/cache/clear")
                self.assertEqual(worker.request("GET", _BARS, headers=headers).status, 200)
                newest = worker.admin("GET", "/admin/ledger", limit=1).json["purchases"][0]
                self.assertEqual(newest["client"], name)
        metrics = worker.admin("GET", "/metrics").body.decode()
        self.assertIn('tapedeck_http_client_requests_total{client="beta"} 1\n', metrics)
        self.assertNotIn("somebody-else", metrics)

    def test_without_or_with_a_wrong_token_nothing_is_answered(self):
        worker = self.start_worker(TAPEDECK_TOKENS="alpha=token-of-alpha")
        for value in (None, "Bearer token-of-alph", "Bearer token-of-alpha2", "Basic token-of-alpha", "token-of-alpha"):
            with self.subTest(value=value):
                response = worker.request("GET", _BARS, headers={"Authorization": value} if value else {})
                self.assertEqual(response.status, 401, response)
                self.assertTrue(response.headers["www-authenticate"].startswith("Bearer"))
        for path in ("/health", "/ready", "/openapi.yaml"):
            self.assertEqual(worker.get(path).status, 200)

    def test_a_bots_token_may_not_be_the_operators(self):
        done = self.program(TAPEDECK_ADMIN_TOKEN=ADMIN_TOKEN, TAPEDECK_TOKENS=f"alpha={ADMIN_TOKEN}").run("serve")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("alpha", done.stderr)


@each_database
class Limits(SimulatedCase):
    """How much a worker takes on."""

    def test_a_client_that_asks_too_often_is_refused_and_the_others_are_not(self):
        worker = self.start_worker(
            TAPEDECK_TOKENS="alpha=token-of-alpha,beta=token-of-beta",
            TAPEDECK_CLIENT_RATE_MAX="1", TAPEDECK_CLIENT_BURST_MAX="5",
        )
        alpha = {"Authorization": "Bearer token-of-alpha"}
        answers = [worker.request("GET", "/v1/symbols", headers=alpha) for _ in range(40)]
        refused = [answer for answer in answers if answer.status == 429]
        self.assertGreaterEqual(len([a for a in answers if a.status == 200]), 5)
        self.assertTrue(refused)
        self.assertEqual({answer.headers["retry-after"] for answer in refused}, {"1"})
        self.assertEqual(refused[0].json["type"], "urn:tapedeck:problem:too-many-requests")
        beta = worker.request("GET", "/v1/symbols", headers={"Authorization": "Bearer token-of-beta"})
        self.assertEqual(beta.status, 200)

    def test_names_that_clients_give_themselves_make_no_metrics(self):
        worker = self.start_worker(TAPEDECK_CLIENTS_MAX="10")
        for number in range(50):
            worker.request("GET", "/v1/symbols", headers={"X-Tapedeck-Client": f"client-{number}"})
        worker.get("/no/such/route/4711")
        metrics = worker.get("/metrics").body.decode()
        self.assertNotIn("client-1", metrics)
        self.assertNotIn("4711", metrics)
        self.assertIn('tapedeck_http_client_requests_total{client="(named by itself)"} 50\n', metrics)

    def test_sizes_of_requests(self):
        worker = self.start_worker(
            TAPEDECK_TARGET_BYTES_MAX="2000", TAPEDECK_HEADER_BYTES_MAX="4000", TAPEDECK_HEADER_FIELDS_MAX="20",
            TAPEDECK_BODY_BYTES_MAX="1000",
        )
        self.assertEqual(worker.get("/v1/quote", symbol="x" * 2_000).status, 414)
        self.assertEqual(worker.request("GET", "/health", headers={"X-Long": "x" * 5_000}).status, 400)
        many = {f"X-Field-{number}": "x" for number in range(30)}
        self.assertEqual(worker.request("GET", "/health", headers=many).status, 400)

    def test_a_body_is_received_up_to_the_limit_whether_announced_or_in_chunks(self):
        worker = self.start_worker(TAPEDECK_BODY_BYTES_MAX="1000")
        chunk = b"64\r\n" + b"x" * 100 + b"\r\n"
        for framing, count, status in [
            (b"Content-Length: 1000", 1, b"200"), (b"Content-Length: 1001", 1, b"413"),
            (b"Transfer-Encoding: chunked", 10, b"200"), (b"Transfer-Encoding: chunked", 11, b"413"),
        ]:
            with self.subTest(framing=framing, count=count), connected(worker.port) as connection:
                connection.sendall(
                    b"POST /admin/cache/cleanup HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                    + b"Authorization: Bearer " + ADMIN_TOKEN.encode() + b"\r\n" + framing + b"\r\n\r\n"
                    + (chunk * count + b"0\r\n\r\n" if b"chunked" in framing else b"x" * 1_000)
                )
                self.assertEqual(rest(connection)[9:12], status)

    def test_sizes_of_answers(self):
        worker = self.start_worker(TAPEDECK_ANSWER_BARS_MAX="100", TAPEDECK_RANGE_PERIODS_MAX="5000")
        span = {"symbol": "ES.c.0", "timeframe": "1m"}
        for parameters, wrong in [
            ({"last": 101}, "last"), ({"start": "2026-01-12", "end": "2026-01-16"}, "start"),
        ]:
            response = worker.get("/v1/bars", **span, **parameters)
            self.assertEqual((response.status, response.json["parameter"]), (400, wrong))
        self.assertEqual(worker.get("/v1/bars", **span, last=100).status, 200)


@each_database
class SlowClients(SimulatedCase):
    """Clients that hold a connection without using it."""

    def test_a_request_that_trickles_in_is_cut(self):
        worker = self.start_worker(TAPEDECK_RECEIVE_TIMEOUT="500ms", TAPEDECK_IDLE_TIMEOUT="1m")
        for begun in [b"GET /health HTTP/1.1\r\nX: ", b"POST /health HTTP/1.1\r\nContent-Length: 60000\r\n\r\n"]:
            with self.subTest(begun=begun), connected(worker.port) as connection:
                connection.sendall(begun)

                def is_cut(connection=connection):
                    try:
                        connection.sendall(b"x")
                        connection.settimeout(0.01)
                        return connection.recv(1) == b""
                    except TimeoutError:
                        return False
                    except ConnectionError:
                        return True

                eventually("the connection is closed although bytes keep coming", is_cut)
        self.assertEqual(_metric(worker, 'tapedeck_http_connections_cut_total{reason="slow-request"}'), 2)

    def test_a_connection_without_a_request_is_closed(self):
        worker = self.start_worker(TAPEDECK_IDLE_TIMEOUT="200ms")
        with connected(worker.port) as connection:
            self.assertEqual(rest(connection), b"")

    def test_a_client_that_reads_nothing_is_cut_and_the_others_are_served(self):
        worker = self.start_worker(TAPEDECK_STALLED_WRITE_TIMEOUT="300ms")
        span = "symbol=ES.c.0&timeframe=1m&start=2025-11-01&end=2026-01-01"
        whole = worker.get(f"/v1/bars?{span}")
        with connected(worker.port, receive_buffer_bytes=4_096) as connection:
            connection.sendall(f"GET /v1/bars?{span} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            eventually(
                "the worker gives the client up",
                lambda: _metric(worker, 'tapedeck_http_connections_cut_total{reason="stalled-write"}') == 1,
            )
            received = rest(connection)
        self.assertLess(len(received), len(whole.body))
        self.assertFalse(received.endswith(b"0\r\n\r\n"), "a cut answer must not look whole")
        self.assertEqual(worker.get("/health").status, 200)

    def test_a_client_that_takes_its_time_gets_everything(self):
        worker = self.start_worker(TAPEDECK_RECEIVE_TIMEOUT="300ms", TAPEDECK_SIMULATED_LATENCY="700ms")
        self.assertEqual(worker.request("GET", _BARS).status, 200)
        connection = http.client.HTTPConnection("127.0.0.1", worker.port, timeout=30)
        self.addCleanup(connection.close)
        for day in ("13", "14"):
            connection.request("GET", _BARS.replace("2026-01-13", f"2026-01-{day}"))
            self.assertEqual(connection.getresponse().read()[:1], b"{")


@each_database
class KnownAnswers(SimulatedCase):
    """`ETag` and 304."""

    def test_final_bars_are_sent_once_to_a_client_that_keeps_them(self):
        worker = self.start_worker()
        first = worker.get(_BARS)
        tag = first.headers["etag"]
        self.assertEqual(first.headers["cache-control"], "private, no-cache")
        again = worker.request("GET", _BARS, headers={"If-None-Match": tag})
        self.assertEqual((again.status, again.body, again.headers["etag"]), (304, b"", tag))
        worker.stop()
        restarted = self.start_worker().request("GET", _BARS, headers={"If-None-Match": tag})
        self.assertEqual((restarted.status, restarted.headers["x-tapedeck-tier"]), (304, "database"))

    def test_a_correction_gives_another_tag(self):
        worker = self.start_worker(TAPEDECK_PACK_AFTER="never")
        tag = worker.get(_BARS).headers["etag"]
        self.database.query("UPDATE bars_cache SET volume = volume + 1")
        changed = worker.request("GET", _BARS + "&refresh=true", headers={"If-None-Match": tag})
        self.assertEqual(changed.status, 200)
        self.assertNotEqual(changed.headers["etag"], tag)
        self.assertIn(2, {bar["rev"] for bar in changed.json["bars"]})

    def test_bars_that_may_still_change_are_not_kept(self):
        answer = self.start_worker().get("/v1/bars", symbol="ES.c.0", timeframe="1m", last=5)
        self.assertEqual(answer.headers["cache-control"], "no-store")
        self.assertNotIn("etag", answer.headers)


@each_database
class OperatorsRoutes(SimulatedCase):
    """Warming, refreshing and the ledger over HTTP."""

    def test_what_is_warmed_costs_nothing_to_read(self):
        worker = self.start_worker()
        warm = {"symbol": "ES.c.0", "timeframe": "1h", "last": 24}
        first = worker.admin("POST", "/admin/cache/warm", **warm).json
        self.assertEqual((first["bars"], first["tier"], first["complete"]), (24, "provider", True))
        bought = len(worker.admin("GET", "/admin/ledger").json["purchases"])
        self.assertEqual(worker.get("/v1/bars", **warm).tier, "memory")
        self.assertEqual(worker.admin("POST", "/admin/cache/warm", **warm).json["tier"], "memory")
        self.assertEqual(len(worker.admin("GET", "/admin/ledger").json["purchases"]), bought)
        for last in (None, 0, 10_001):
            response = worker.admin("POST", "/admin/cache/warm", **{**warm, "last": last})
            self.assertEqual((response.status, response.json["parameter"]), (400, "last"))

    def test_a_refresh_lists_what_changed(self):
        worker = self.start_worker(TAPEDECK_PACK_AFTER="never")
        span = {"symbol": "ES.c.0", "timeframe": "1h", "start": "2026-01-12", "end": "2026-01-13"}
        count = len(worker.get("/v1/bars", **span).json["bars"])
        moment = 1_768_230_000_000_000_000  # 2026-01-12T15:00:00Z
        self.database.query(f"UPDATE bars_cache SET volume = volume + 1 WHERE timestamp = {moment}")
        answer = worker.admin("POST", "/admin/cache/refresh", **span).json
        self.assertEqual([(bar["t"], bar["rev"]) for bar in answer["revised"]], [("2026-01-12T15:00:00Z", 2)])
        self.assertEqual((answer["unchanged"], answer["inserted"], answer["removed"]), (count - 1, 0, 0))

    def test_the_ledger_has_the_same_lines_as_the_command(self):
        worker = self.start_worker()
        for day in range(12, 17):
            worker.get(
                "/v1/bars", symbol="ES.c.0", timeframe="1h", start=f"2026-01-{day}", end=f"2026-01-{day + 1}",
            )
        lines, page = [], None
        while True:
            answer = worker.admin("GET", "/admin/ledger", symbol="ES.c.0", limit=2, page=page).json
            lines += answer["purchases"]
            page = answer["next"]
            if page is None:
                break
        self.assertEqual(lines, json.loads(self.command("ledger", "--json").stdout))
        self.assertEqual(len(lines), 5)
        totals = worker.admin("GET", "/admin/ledger", totals="true").json["totals"]
        self.assertEqual(sum(total["purchases"] for total in totals), 5)
        self.assertEqual(worker.admin("GET", "/admin/ledger", client="nobody").json, {"purchases": [], "next": None})

    def test_an_empty_parameter_never_means_everything(self):
        worker = self.start_worker()
        worker.get(_BARS)
        response = worker.admin("DELETE", "/admin/cache/clear?symbol=")
        self.assertEqual((response.status, response.json["parameter"]), (400, "symbol"))
        self.assertEqual(worker.get(_BARS).tier, "memory")


if __name__ == "__main__":
    unittest.main()
