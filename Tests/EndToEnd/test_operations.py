"""What the operator looks at and does."""

import json
import re
import unittest
from pathlib import Path

from harness import ADMIN_TOKEN, DatabentoCase, bars_of, each_database, ns
from harness.worker import SECRETS

_SPAN = {"start": "2026-01-12T14:00:00Z", "end": "2026-01-12T16:00:00Z"}
_LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"'
_SAMPLE = re.compile(rf"([a-zA-Z_:][a-zA-Z0-9_:]*)(\{{{_LABEL}(?:,{_LABEL})*\}})? (\S+)")


def _samples(text: str) -> dict[str, float]:
    """The samples of Prometheus' text format by name with labels; raises ValueError for anything malformed."""
    kinds: dict[str, str] = {}
    samples: dict[str, float] = {}
    if not text.endswith("\n"):
        raise ValueError("the last line has no end")
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            name, kind = line.split(" ")[2:]
            if name in kinds or kind not in ("counter", "gauge", "histogram", "summary", "untyped"):
                raise ValueError(line)
            kinds[name] = kind
        elif not line.startswith("#"):
            match = _SAMPLE.fullmatch(line)
            if not match or re.sub(r"_(bucket|sum|count)$", "", match[1]) not in kinds and match[1] not in kinds:
                raise ValueError(line)
            key = match[1] + (match[2] or "")
            if key in samples:
                raise ValueError(f"twice: {line}")
            samples[key] = float(match[3])
    return samples


@each_database
class Operations(DatabentoCase):
    """Health, metrics, statistics, and the admin's means."""

    def _read_twice(self, worker):
        for _ in range(2):
            worker.bars("ESH6", "1m", **_SPAN)

    def test_health_and_readiness(self):
        worker = self.start_worker()
        self.assertEqual((worker.get("/health").status, worker.get("/ready").status), (200, 200))

    def test_metrics_are_prometheus_text_and_count_what_happened(self):
        worker = self.start_worker()
        self._read_twice(worker)
        worker.get("/v1/bars", symbol="ESH6")
        response = worker.get("/metrics")
        self.assertTrue(response.headers["content-type"].startswith("text/plain; version=0.0.4"))
        samples = _samples(response.body.decode())

        bought = self.stand_in.purchases()[0]["records_sent"]
        self.assertEqual(samples['tapedeck_reads_total{tier="provider"}'], 1)
        self.assertEqual(samples['tapedeck_reads_total{tier="memory"}'], 1)
        self.assertEqual(samples["tapedeck_purchases_total"], 1)
        self.assertEqual(samples["tapedeck_bought_records_total"], bought)
        self.assertEqual(samples["tapedeck_bought_bytes_total"], bought * 56)
        self.assertAlmostEqual(samples["tapedeck_bought_usd_total"], bought * 56 * 280 / 1e9)
        self.assertGreaterEqual(samples["tapedeck_memory_bars"], bought)
        refused = [v for k, v in samples.items() if "/v1/bars" in k and 'status="400"' in k and "bucket" not in k]
        self.assertIn(1, refused, [k for k in samples if "/v1/bars" in k])

    def test_statistics(self):
        worker = self.start_worker()
        self._read_twice(worker)
        bought = self.stand_in.purchases()[0]["records_sent"]
        answer = worker.admin("GET", "/admin/cache/stats").json
        self.assertEqual((answer["reads"]["memory"], answer["reads"]["provider"]), (1, 1))
        self.assertEqual((answer["purchases"]["begun"], answer["purchases"]["records"]), (1, bought))
        self.assertGreater(answer["database"]["bytes"], 0)
        self.assertIn("bars_cache", {row["table"] for row in answer["database"]["rows"]})
        done = json.loads(self.command("stats", "--json").stdout)
        self.assertEqual(done["symbols"], 1)

    def test_symbols_and_coverage_tell_what_is_stored(self):
        worker = self.start_worker()
        self._read_twice(worker)
        symbols = worker.get("/v1/symbols").json["symbols"]
        self.assertEqual([(s["symbol"], s["provider"]) for s in symbols], [("ESH6", "databento/GLBX.MDP3")])
        for coverage in (
            worker.get("/v1/coverage", symbol="ESH6", timeframe="1m").json,
            json.loads(self.command("coverage", "ESH6", "1m", "--json").stdout),
        ):
            self.assertEqual(coverage["final"], [_SPAN])
            self.assertEqual(coverage["provisional"], [])

    def test_admin_routes_need_the_admins_token(self):
        worker = self.start_worker(TAPEDECK_TOKENS="alpha=token-of-alpha")
        routes = [
            ("GET", "/admin/cache/stats"), ("POST", "/admin/cache/cleanup"), ("DELETE", "/admin/cache/clear"),
        ]
        for method, path in routes:
            for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer token-of-alpha"}):
                with self.subTest(path=path, headers=headers):
                    response = worker.request(method, path, headers=headers)
                    self.assertEqual(response.status, 401)
                    self.assertEqual(response.headers["content-type"], "application/problem+json")
            self.assertEqual(worker.admin(method, path).status, 200)

    def test_without_an_admins_token_the_routes_are_off(self):
        worker = self.start_worker(TAPEDECK_ADMIN_TOKEN="")
        response = worker.admin("GET", "/admin/cache/stats")
        self.assertEqual(response.status, 403)

    def test_clearing_a_symbol_leaves_the_others(self):
        worker = self.start_worker()
        for symbol in ("ESH6", "NQH6"):
            worker.bars(symbol, "1m", **_SPAN)
        removed = worker.admin("DELETE", "/admin/cache/clear", symbol="ESH6").json
        self.assertGreater(removed["database_rows_removed"], 0)
        self.assertGreater(removed["memory_bars_removed"], 0)

        self.assertEqual(worker.bars("NQH6", "1m", **_SPAN).tier, "memory")
        again = worker.bars("ESH6", "1m", **_SPAN)
        self.assertEqual(again.tier, "provider")
        self.assertEqual(bars_of(again.json), self.truth_bars("ESH6", "1m", ns(_SPAN["start"]), ns(_SPAN["end"])))
        self.assertEqual(len(self.stand_in.purchases()), 3)

    def test_clearing_one_series_and_all(self):
        worker = self.start_worker()
        for timeframe in ("1m", "1h"):
            worker.bars("ESH6", timeframe, **_SPAN)
        worker.admin(
            "DELETE", "/admin/cache/clear", symbol="ESH6", timeframe="1m", provider="databento/GLBX.MDP3"
        )
        self.assertEqual(worker.bars("ESH6", "1h", **_SPAN).tier, "memory")
        self.assertEqual(worker.get("/v1/coverage", symbol="ESH6", timeframe="1m").json["final"], [])
        worker.admin("DELETE", "/admin/cache/clear")
        self.assertEqual(worker.get("/v1/symbols").json, {"symbols": []})

    def test_a_cleanup_keeps_what_was_paid_for(self):
        worker = self.start_worker()
        self._read_twice(worker)
        self.assertEqual(worker.admin("POST", "/admin/cache/cleanup").status, 200)
        self.assertEqual(self.command("cleanup", "--json").returncode, 0)
        worker.stop()
        self.assertEqual(self.start_worker().bars("ESH6", "1m", **_SPAN).tier, "database")

    def test_every_spelling_of_a_symbol_is_one_series(self):
        worker = self.start_worker()
        expected = bars_of(worker.bars("ES.c.0", "1h", **_SPAN).json)
        for symbol, stype in [
            ("es.C.0", None), ("continuous:ES.c.0", None), ("ES.c.0", "continuous"),
            ("continuous:es.c.0", "continuous"),
        ]:
            self.assertEqual(bars_of(worker.bars(symbol, "1h", **_SPAN, stype_in=stype).json), expected)
        self.assertEqual(len(self.stand_in.purchases()), 1)
        number = self.stand_in.truth("ESH6", "ohlcv-1h", ns(_SPAN["start"]), ns(_SPAN["end"]))[0]["instrument_id"]
        by_number = worker.bars(str(number), "1h", **_SPAN, stype_in="instrument_id").json
        self.assertEqual(bars_of(by_number), self.truth_bars("ESH6", "1h", ns(_SPAN["start"]), ns(_SPAN["end"])))


@each_database
class Secrets(DatabentoCase):
    """Where secrets could show."""

    def test_neither_the_process_list_nor_the_log_shows_a_secret(self):
        # The log is searched behind each test.
        worker = self.start_worker(TAPEDECK_LOG_LEVEL="trace")
        self.stand_in.fault(after_records=20, mid_record=True)
        worker.bars("ESH6", "1m", **_SPAN)
        worker.admin("GET", "/admin/cache/stats")
        for name in ("cmdline", "comm"):
            shown = Path(f"/proc/{worker.process.pid}/{name}").read_text()
            self.assertFalse(any(secret in shown for secret in SECRETS), name)

    def test_secrets_may_come_from_files(self):
        path = self.program().path("token")
        path.write_text(ADMIN_TOKEN + "\n")
        worker = self.start_worker(TAPEDECK_ADMIN_TOKEN="", TAPEDECK_ADMIN_TOKEN_FILE=str(path))
        self.assertEqual(worker.admin("GET", "/admin/cache/stats").status, 200)

    def test_a_databases_password_is_not_shown(self):
        url = "postgres://someone:p4ssw0rd-of-e2e@127.0.0.1:1/x?connect_timeout=1"
        for arguments in (["migrate"], ["serve", "--port", "0"], ["stats"]):
            done = self.program(url, TAPEDECK_LOG_LEVEL="trace").run(*arguments)
            self.assertNotEqual(done.returncode, 0)
            self.assertNotIn("p4ssw0rd", done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
