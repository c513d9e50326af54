"""The metrics, the log's line for each request, and the identifier that joins them with the ledger and the vendor."""

import re
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

from harness import ADMIN_TOKEN, DatabentoCase, each_database, eventually, text
from harness.metrics import Metrics

_SPAN = {"start": "2026-01-12T14:00:00Z", "end": "2026-01-12T16:00:00Z"}
_LONGER = {"start": "2026-01-12T14:00:00Z", "end": "2026-01-12T18:00:00Z"}
_LAST = {"symbol": "ESH6", "timeframe": "1h", "last": "5"}
_USD_PER_BAR = 56 * 280 / 1e9

#: Every family of a worker that has answered, bought and refused something, with its kind; as in docs/operations.md.
FAMILIES = {
    "process_cpu_seconds": "counter",
    "process_open_fds": "gauge",
    "process_resident_memory_bytes": "gauge",
    "process_start_time_seconds": "gauge",
    "process_threads": "gauge",
    "process_virtual_memory_bytes": "gauge",
    "tapedeck_bought_bytes": "counter",
    "tapedeck_bought_records": "counter",
    "tapedeck_bought_usd": "counter",
    "tapedeck_breaker_state": "gauge",
    "tapedeck_budget_limit_usd": "gauge",
    "tapedeck_budget_refusals": "counter",
    "tapedeck_budget_spent_usd": "gauge",
    "tapedeck_damaged_blocks": "counter",
    "tapedeck_database_bytes": "gauge",
    "tapedeck_database_connections": "gauge",
    "tapedeck_database_connections_in_use": "gauge",
    "tapedeck_database_outages": "counter",
    "tapedeck_database_reconnections": "counter",
    "tapedeck_database_refusals": "counter",
    "tapedeck_database_up": "gauge",
    "tapedeck_database_wait_seconds": "counter",
    "tapedeck_database_waiters": "gauge",
    "tapedeck_database_waits": "counter",
    "tapedeck_fetch_waiters": "gauge",
    "tapedeck_fetches": "gauge",
    "tapedeck_http_answer_duration_seconds": "histogram",
    "tapedeck_http_answers": "counter",
    "tapedeck_http_client_requests": "counter",
    "tapedeck_http_incomplete_answers": "counter",
    "tapedeck_http_refusals": "counter",
    "tapedeck_http_request_duration_seconds": "histogram",
    "tapedeck_http_requests": "counter",
    "tapedeck_info": "gauge",
    "tapedeck_ledger_failures": "counter",
    "tapedeck_memory_bars": "gauge",
    "tapedeck_memory_bars_max": "gauge",
    "tapedeck_memory_bytes": "gauge",
    "tapedeck_memory_evictions": "counter",
    "tapedeck_memory_quotes": "gauge",
    "tapedeck_memory_quotes_max": "gauge",
    "tapedeck_memory_series": "gauge",
    "tapedeck_metrics_refused": "counter",
    "tapedeck_mode": "gauge",
    "tapedeck_packed_bars": "counter",
    "tapedeck_packed_blocks": "counter",
    "tapedeck_packed_bytes": "counter",
    "tapedeck_purchase_failures": "counter",
    "tapedeck_purchases": "counter",
    "tapedeck_read_failures": "counter",
    "tapedeck_read_joins": "counter",
    "tapedeck_reads": "counter",
    "tapedeck_refreshes_ahead": "counter",
    "tapedeck_renewals": "gauge",
    "tapedeck_revalidations": "counter",
    "tapedeck_saved_bytes": "counter",
    "tapedeck_saved_records": "counter",
    "tapedeck_saved_usd": "counter",
    "tapedeck_stale_answers": "counter",
    "tapedeck_upstream_duration_seconds": "histogram",
    "tapedeck_upstream_errors": "counter",
    "tapedeck_upstream_retry_wait_seconds": "histogram",
    "tapedeck_fleet_bars_warmed": "counter",
    "tapedeck_fleet_comparisons": "counter",
    "tapedeck_fleet_connection_losses": "counter",
    "tapedeck_fleet_failures": "counter",
    "tapedeck_fleet_leases": "gauge",
    "tapedeck_fleet_listening": "gauge",
    "tapedeck_fleet_messages_heard": "counter",
    "tapedeck_fleet_messages_missed": "counter",
    "tapedeck_fleet_messages_sent": "counter",
    "tapedeck_fleet_alone": "gauge",
    "tapedeck_fleet_peers": "gauge",
    "tapedeck_fleet_ranges_unwarmed": "counter",
    "tapedeck_fleet_ranges_warmed": "counter",
    "tapedeck_fleet_refusals": "counter",
    "tapedeck_fleet_send_failures": "counter",
    "tapedeck_fleet_series_reloaded": "counter",
    "tapedeck_fleet_unreadable_notices": "counter",
    "tapedeck_fleet_waiting": "gauge",
    "tapedeck_write_behind_dropped": "counter",
    "tapedeck_write_behind_oldest_seconds": "gauge",
    "tapedeck_write_behind_records": "gauge",
    "tapedeck_write_behind_records_max": "gauge",
}


def _outcomes(worker, route: str = "/v1/bars") -> dict[str, int]:
    """How many answers of a route there are by outcome."""
    samples = Metrics(worker).families["tapedeck_http_answers"].samples
    return {s.labels["outcome"]: int(s.value) for s in samples if s.labels["route"] == route}


@each_database
class Families(DatabentoCase):
    """What there is."""

    maxDiff = None

    def test_every_family_is_there_with_its_kind_and_a_help_text(self):
        worker = self.start_worker(TAPEDECK_BUDGET_USD_PER_DAY="5", TAPEDECK_TOKENS="alpha=token-of-alpha")
        self.stand_in.fault(status=500, count=1)
        worker.admin("GET", "/v1/bars", symbol="ESH6", timeframe="1m", **_SPAN)
        worker.admin("GET", "/v1/bars", symbol="ESH6", timeframe="1h", start="2026-01-12", end="2036-01-12")
        worker.admin("GET", "/v1/bars", symbol="NOSUCH", timeframe="1m", **_SPAN)
        worker.get("/v1/bars", symbol="ESH6", timeframe="1m", **_SPAN)

        metrics = Metrics(worker, Authorization="Bearer " + ADMIN_TOKEN)

        self.assertEqual({name: family.type for name, family in metrics.families.items()}, FAMILIES)
        self.assertEqual([name for name, family in metrics.families.items() if not family.documentation], [])
        self.assertEqual(metrics.value("tapedeck_metrics_refused_total"), 0)
        self.assertEqual(metrics.value("tapedeck_budget_limit_usd"), 5)
        self.assertGreater(metrics.value("tapedeck_budget_spent_usd"), 0)

    def test_the_handbook_lists_every_family(self):
        handbook = (Path(__file__).resolve().parents[2] / "docs/operations.md").read_text()
        listed = re.findall(r"^\| `((?:tapedeck|process)_[a-z_]+)` \| (counter|gauge|histogram)", handbook, re.MULTILINE)
        # Nothing was cut off here.
        expected = {**FAMILIES, "tapedeck_http_connections_cut": "counter"}
        self.assertEqual({name.removesuffix("_total"): kind for name, kind in listed}, expected)

    def test_histograms_reach_from_ten_microseconds_to_a_minute(self):
        worker = self.start_worker()
        worker.bars("ESH6", "1m", **_SPAN)
        samples = Metrics(worker).families["tapedeck_http_answer_duration_seconds"].samples
        bounds = [s.labels["le"] for s in samples if s.name.endswith("_bucket")]
        self.assertEqual((float(bounds[0]), float(bounds[-2]), bounds[-1]), (0.00001, 60, "+Inf"))

    def test_the_process_is_told_as_the_kernel_sees_it(self):
        worker = self.start_worker()
        metrics = Metrics(worker)
        resident = worker.resident_bytes
        self.assertLess(abs(metrics.value("process_resident_memory_bytes") - resident), resident / 2)
        self.assertLess(abs(metrics.value("process_start_time_seconds") - time.time()), 600)
        self.assertGreater(metrics.value("process_cpu_seconds_total"), 0)
        self.assertGreater(metrics.value("process_open_fds"), 3)

    def test_the_databases_size_is_that_of_the_statistics(self):
        worker = self.start_worker()
        size = Metrics(worker).value("tapedeck_database_bytes")
        self.assertGreater(size, 0)
        worker.bars("ESH6", "1m", "2026-01-05", "2026-01-10")
        self.assertEqual(Metrics(worker).value("tapedeck_database_bytes"), size, "it is asked for once a minute")


@each_database
class Outcomes(DatabentoCase):
    """Each answer with data counts once."""

    def test_bought_held_stored_and_put_together(self):
        worker = self.start_worker()
        for _ in range(3):
            worker.bars("ESH6", "1m", **_SPAN)
        self.assertEqual(_outcomes(worker), {"provider": 1, "memory": 2})
        worker.stop()
        worker = self.start_worker()
        worker.bars("ESH6", "1m", **_SPAN)
        worker.bars("ESH6", "1m", **_LONGER)
        self.assertEqual(_outcomes(worker), {"database": 1, "partial": 1})

    def test_who_waits_for_anothers_purchase_has_coalesced(self):
        worker = self.start_worker()
        self.stand_in.fault(delay_ms=1_500, ending="clean")
        with ThreadPoolExecutor(4) as threads:
            first = threads.submit(worker.bars, "ESH6", "1m", **_SPAN)
            self.assertTrue(self.stand_in.wait(endpoint="timeseries.get_range"))
            others = [threads.submit(worker.bars, "ESH6", "1m", **_SPAN) for _ in range(3)]
            answers = [future.result() for future in [first, *others]]
        self.assertEqual({answer.tier for answer in answers}, {"provider"})
        self.assertEqual(_outcomes(worker), {"provider": 1, "coalesced": 3})
        self.assertEqual(len(self.stand_in.purchases()), 1)

    def test_stale_answers_and_refusals(self):
        worker = self.start_worker(
            TAPEDECK_PROVISIONAL_LIFETIME_MIN="1s", TAPEDECK_PROVISIONAL_LIFETIME_MAX="1s",
            TAPEDECK_FETCH_BACKOFF_MIN="1h", TAPEDECK_FETCH_BACKOFF_MAX="1h",
        )
        worker.get("/v1/bars", **_LAST)
        eventually(
            "the newest bars have expired",
            lambda: worker.get("/v1/coverage", symbol="ESH6", timeframe="1h").json["provisional"][-1]["expired"],
        )
        self.stand_in.fault(status=500, count=-1, endpoint="*")
        self.assertEqual(worker.get("/v1/bars", **_LAST).headers["x-tapedeck-stale"], "true")
        self.assertEqual(worker.get("/v1/bars", symbol="NQH6", timeframe="1h", last="5").status, 502)
        self.assertEqual(worker.get("/v1/bars", symbol="ESH6").status, 400)
        worker.get("/v1/bars", **_LAST, explain="true")

        self.assertEqual(_outcomes(worker), {"provider": 1, "stale": 1, "refused": 2})
        metrics = Metrics(worker)
        self.assertEqual(metrics.sum("tapedeck_http_requests_total", route="/v1/bars"), 5, "an explanation has none")
        self.assertEqual(metrics.value("tapedeck_http_incomplete_answers_total", reason="providerFailed"), 1)
        self.assertGreater(
            metrics.sum("tapedeck_upstream_errors_total", provider="databento/GLBX.MDP3", code="unavailable"), 0
        )
        self.assertGreater(metrics.sum("tapedeck_upstream_retry_wait_seconds_count", code="unavailable"), 0)

    def test_the_newest_prices_count_by_their_routes(self):
        worker = self.start_worker()
        for route in ("/v1/quote", "/v1/price", "/v1/spread"):
            self.assertEqual(worker.get(route, symbol="ESH6").status, 200)
        worker.get("/v1/quotes", symbol="ESH6", **_SPAN)
        self.assertEqual(_outcomes(worker, "/v1/quote"), {"provider": 1})
        self.assertEqual(_outcomes(worker, "/v1/price"), {"memory": 1})
        self.assertEqual(_outcomes(worker, "/v1/spread"), {"memory": 1})
        self.assertEqual(_outcomes(worker, "/v1/quotes"), {"provider": 1})
        calls = Metrics(worker)
        for call in ("latest", "quotes", "availability"):
            self.assertGreater(calls.sum("tapedeck_upstream_duration_seconds_count", call=call), 0, call)


@each_database
class Savings(DatabentoCase):
    """What was not bought."""

    def test_what_is_answered_without_buying_it_counts_at_the_price_that_was_paid(self):
        worker = self.start_worker()
        worker.bars("ESH6", "1m", **_SPAN)
        bought = self.stand_in.purchases()[0]["records_sent"]
        before = Metrics(worker)
        self.assertEqual(before.value("tapedeck_saved_records_total"), 0)
        for _ in range(3):
            worker.bars("ESH6", "1m", **_SPAN)

        metrics = Metrics(worker)

        self.assertEqual(metrics.value("tapedeck_saved_records_total"), 3 * bought)
        self.assertEqual(metrics.value("tapedeck_saved_bytes_total"), 3 * bought * 56)
        self.assertAlmostEqual(metrics.value("tapedeck_saved_usd_total"), 3 * bought * _USD_PER_BAR)
        self.assertAlmostEqual(metrics.value("tapedeck_bought_usd_total"), bought * _USD_PER_BAR)
        self.assertGreater(metrics.value("tapedeck_memory_bytes"), bought * 40)
        saved = worker.admin("GET", "/admin/cache/stats").json["saved"]
        self.assertEqual((saved["records"], saved["bytes"]), (3 * bought, 3 * bought * 56))

    def test_a_worker_that_has_bought_nothing_knows_no_price(self):
        worker = self.start_worker()
        worker.bars("ESH6", "1m", **_SPAN)
        worker.stop()
        worker = self.start_worker()
        stored = len(worker.bars("ESH6", "1m", **_SPAN).json["bars"])
        metrics = Metrics(worker)
        self.assertEqual(metrics.value("tapedeck_saved_records_total"), stored)
        self.assertEqual(metrics.value("tapedeck_saved_bytes_total"), 0)
        self.assertEqual(metrics.value("tapedeck_saved_usd_total"), 0)


@each_database
class Labels(DatabentoCase):
    """No client grows the metrics."""

    def test_hostile_symbols_paths_and_names_make_no_labels(self):
        worker = self.start_worker(TAPEDECK_FETCH_BACKOFF_MIN="1h", TAPEDECK_FETCH_BACKOFF_MAX="1h")
        for number in range(100):
            name = f'h0st1le-{number}"}}\\x'
            worker.get(f"/v1/{quote(name)}")
            worker.get("/v1/bars", symbol=name, timeframe="1m", **_SPAN)
            worker.get("/v1/quote", symbol=f"H0ST1LE{number}")
            worker.get("/v1/quote", symbol="ESH6", provider=f"h0st1le{number}")
            worker.request("GET", "/v1/symbols", headers={"X-Tapedeck-Client": f"h0st1le-{number}"})
            worker.request("GET", "/v1/symbols", headers={"Authorization": f"Bearer h0st1le-{number}"})
            worker.request(f"H0ST1LE{number}", "/v1/bars")

        metrics = Metrics(worker)

        self.assertNotIn("h0st1le", metrics.text.lower())
        self.assertLessEqual(
            metrics.label_values("route"), {"/v1/bars", "/v1/quote", "/v1/symbols", "/metrics", "other"}
        )
        self.assertEqual(metrics.label_values("client"), {"(unnamed)", "(named by itself)"})
        self.assertEqual(metrics.label_values("provider"), {"databento/GLBX.MDP3"})
        self.assertEqual(
            metrics.labels(),
            {"call", "client", "code", "le", "mode", "outcome", "provider", "reason", "route", "status", "tier", "version"}
            & metrics.labels(),
        )

    def test_invented_datasets_make_a_bounded_number_of_labels(self):
        worker = self.start_worker(TAPEDECK_FETCH_BACKOFF_MIN="1h", TAPEDECK_FETCH_BACKOFF_MAX="1h")
        self.stand_in.fault(status=400, count=-1, endpoint="*")
        for number in range(100):
            worker.get("/v1/bars", symbol="ESH6", timeframe="1m", provider=f"databento/INVENTED.{number}", **_SPAN)
        self.assertLessEqual(len(Metrics(worker).label_values("provider")), 65)


@each_database
class Tracing(DatabentoCase):
    """A request's identifier."""

    def _line(self, worker, message: str, identifier: str) -> str:
        """The one line of the log with a message and the identifier."""

        def lines():
            return [
                line for line in worker.output.splitlines()
                if f" {message}" in line and f"request_id={identifier}" in line
            ]

        eventually(f"a line {message!r} of {identifier}", lines)
        self.assertEqual(len(lines()), 1, worker.output)
        return lines()[0]

    def _ask(self, worker, route: str, identifier: str, **parameters):
        headers = {"X-Request-Id": identifier, "X-Tapedeck-Client": "bot-7"}
        response = worker.request("GET", route, headers=headers, **parameters)
        self.assertEqual(response.status, 200, response)
        return response

    def test_it_is_in_the_answer_the_log_the_ledger_and_at_the_vendor(self):
        worker = self.start_worker()
        asked = {
            "trace-bars.1": ("/v1/bars", {"symbol": "ESH6", "timeframe": "1m", **_SPAN}),
            "trace_quotes-2": ("/v1/quotes", {"symbol": "ESH6", **_SPAN}),
            "TRACE3": ("/v1/quote", {"symbol": "ESH6"}),
        }
        for identifier, (route, parameters) in asked.items():
            with self.subTest(route=route):
                response = self._ask(worker, route, identifier, **parameters)

                self.assertEqual(response.headers["x-request-id"], identifier)
                self.assertIn("client=bot-7", self._line(worker, "bought", identifier))
                sold = [r for r in self.stand_in.requests("timeseries.get_range") if r["request_id"] == identifier]
                self.assertGreaterEqual(len(sold), 1)
                newest = worker.admin("GET", "/admin/ledger", limit=1).json["purchases"][0]
                self.assertEqual((newest["request_id"], newest["client"]), (identifier, "bot-7"))

    def test_a_purchase_that_fails_is_logged_with_it(self):
        worker = self.start_worker()
        self.stand_in.fault(status=400, message="no", count=-1)
        headers = {"X-Request-Id": "trace-failed", "X-Tapedeck-Client": "bot-7"}
        worker.request("GET", "/v1/bars", headers=headers, symbol="ESH6", timeframe="1m", **_SPAN)
        self.assertIn("client=bot-7", self._line(worker, "a purchase failed", "trace-failed"))

    def test_one_that_is_not_sound_is_replaced_everywhere(self):
        worker = self.start_worker()
        for number, bad in enumerate(["has space", "x" * 65, "new%0Aline", "semi;colon", "ümlaut".encode().decode("latin1")]):
            start = 1_768_226_400_000_000_000 + number * 3_600_000_000_000
            response = worker.request(
                "GET", "/v1/bars", headers={"X-Request-Id": bad}, symbol="ESH6", timeframe="1m", start=text(start),
                end=text(start + 3_600_000_000_000),
            )
            identifier = response.headers["x-request-id"]
            self.assertRegex(identifier, r"\A[0-9a-f]{16}\Z")
            self.assertEqual(self.stand_in.requests("timeseries.get_range")[-1]["request_id"], identifier)

    def test_each_request_has_one_structured_line(self):
        worker = self.start_worker()
        response = self._ask(worker, "/v1/bars", "line-1", symbol="ESH6", timeframe="1m", **_SPAN)
        self._ask(worker, "/v1/bars", "line-2", symbol="ESH6", timeframe="1m", start="2025-12-20", end="2026-01-10")
        lines = eventually(
            "both lines", lambda: [r for r in worker.output.splitlines() if re.search(r"\] request$| request ", r)
                                   and "duration_ms=" in r and "request_id=line-" in r] or None,
        )
        fields = dict(re.findall(r"([a-z_]+)=(\S+)", next(r for r in lines if "line-1" in r)))
        self.assertEqual(
            {name: fields[name] for name in ("method", "route", "status", "tier", "outcome", "bytes", "client")},
            {
                "method": "GET", "route": "/v1/bars", "status": "200", "tier": "provider", "outcome": "provider",
                "bytes": str(len(response.body)), "client": "bot-7",
            },
        )
        self.assertGreater(float(fields["duration_ms"]), 0)


if __name__ == "__main__":
    unittest.main()
