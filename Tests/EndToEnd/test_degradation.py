"""What a client sees while the vendor is slow or failing, and in the modes other than the usual one."""

from harness import DatabentoCase, bars_of, each_database, ns
from harness.polling import eventually

_LAST = {"symbol": "ESH6", "timeframe": "1h", "last": "5"}
_PAST = {"start": "2026-01-13T10:00:00Z", "end": "2026-01-13T16:00:00Z"}


@each_database
class Degradation(DatabentoCase):
    """Forming bars expire after a second, and what has expired is answered when the vendor takes longer than 300 ms."""

    environment = {
        "TAPEDECK_PROVISIONAL_LIFETIME_MIN": "1s",
        "TAPEDECK_PROVISIONAL_LIFETIME_MAX": "1s",
        "TAPEDECK_QUOTE_LIFETIME": "1s",
        "TAPEDECK_SOFT_TIMEOUT": "300ms",
        "TAPEDECK_STALE_SHARE": "0",
    }

    def _expired(self, worker) -> None:
        """Waits until the newest bars that the worker has bought count as expired."""
        eventually(
            "the newest bars have expired",
            lambda: worker.get("/v1/coverage", symbol="ESH6", timeframe="1h").json["provisional"][-1]["expired"],
        )

    def _stats(self, worker) -> dict:
        return worker.admin("GET", "/admin/cache/stats").json

    def _asked(self) -> int:
        """How many requests of any kind the vendor got so far."""
        return len(self.stand_in.control("GET", "log")["requests"])

    def _wait_for_purchase(self, count: int) -> None:
        found = self.stand_in.wait(endpoint="timeseries.get_range", outcome="complete", count=count)
        self.assertTrue(found)

    def test_a_slow_vendor_lets_a_stale_answer_out_and_fills_the_cache_later(self):
        # Longer than the first read takes on a slow machine, which would else be stale itself.
        worker = self.start_worker(TAPEDECK_PROVISIONAL_LIFETIME_MIN="4s", TAPEDECK_PROVISIONAL_LIFETIME_MAX="4s")
        first = worker.get("/v1/bars", **_LAST)
        self.assertEqual(first.headers["x-tapedeck-stale"], "false")
        self._expired(worker)
        self.stand_in.fault(delay_ms=5_000, ending="clean")

        stale = worker.get("/v1/bars", **_LAST)
        sold = len(self.stand_in.purchases())

        self.assertEqual(sold, 1, "the answer did not wait for the vendor")
        self.assertEqual(stale.headers["x-tapedeck-stale"], "true")
        self.assertEqual(bars_of(stale.json), bars_of(first.json))
        self.assertTrue(stale.json["stale"])
        self.assertFalse(stale.json["complete"])
        self.assertIn("pending", [part["reason"] for part in stale.json["missing"]])
        self._wait_for_purchase(2)
        self.assertEqual(self._stats(worker)["degrading"]["stale_answers"], 1)

    def test_without_anything_stored_a_slow_vendor_is_waited_for(self):
        self.stand_in.fault(delay_ms=1_000, ending="clean")
        answer = self.start_worker().get("/v1/bars", **_LAST)
        self.assertEqual((answer.status, answer.headers["x-tapedeck-stale"]), (200, "false"))

    def test_what_has_just_expired_is_answered_at_once_and_renewed_behind_it(self):
        worker = self.start_worker(TAPEDECK_STALE_SHARE="1", TAPEDECK_PROVISIONAL_LIFETIME_MIN="5s",
                                   TAPEDECK_PROVISIONAL_LIFETIME_MAX="5s", TAPEDECK_SOFT_TIMEOUT="1m")
        worker.get("/v1/bars", **_LAST)
        self._expired(worker)
        stale = worker.get("/v1/bars", **_LAST)
        self.assertEqual((stale.headers["x-tapedeck-stale"], stale.headers["x-tapedeck-tier"]), ("true", "memory"))
        self._wait_for_purchase(2)
        eventually(
            "the renewed bars are answered",
            lambda: worker.get("/v1/bars", **_LAST).headers["x-tapedeck-stale"] == "false",
        )

    def test_a_failing_vendor_is_left_alone_and_asked_again_later(self):
        worker = self.start_worker(TAPEDECK_BREAKER_FAILURES_MAX="1", TAPEDECK_BREAKER_OPEN_MIN="2s",
                                   TAPEDECK_BREAKER_OPEN_MAX="2s", TAPEDECK_FETCH_BACKOFF_MIN="10ms",
                                   TAPEDECK_FETCH_BACKOFF_MAX="10ms", TAPEDECK_SOFT_TIMEOUT="1m")
        first = worker.get("/v1/bars", **_LAST)
        self._expired(worker)
        # As many as one fetch repeats; then the vendor is well again.
        self.stand_in.fault(status=500, message="out of order", count=5)

        failed = worker.get("/v1/bars", **_LAST)
        asked = len(self.stand_in.requests("timeseries.get_range"))
        stale = worker.get("/v1/bars", **_LAST)
        refused = worker.get("/v1/bars", symbol="NQH6", timeframe="1h", last="5")
        ready = worker.get("/ready")

        for answer in (failed, stale):
            self.assertEqual((answer.status, answer.headers["x-tapedeck-stale"]), (200, "true"))
            self.assertEqual(bars_of(answer.json), bars_of(first.json))
            self.assertIn("providerFailed: unavailable", {part["reason"] for part in answer.json["missing"]})
        self.assertEqual(refused.status, 502, refused)
        self.assertGreaterEqual(int(refused.headers["retry-after"]), 1)
        self.assertEqual(len(self.stand_in.requests("timeseries.get_range")), asked, "nobody asks while it is open")
        self.assertEqual(ready.status, 200)
        self.assertEqual([breaker["state"] for breaker in ready.json["breakers"]], ["open"])
        self.assertIn('tapedeck_breaker_state{provider="databento/GLBX.MDP3"} 2', worker.get("/metrics").body.decode())
        eventually("the vendor is asked again", lambda: worker.get("/v1/bars", symbol="NQH6", timeframe="1h",
                                                                   last="5").status == 200)
        self.assertEqual([breaker["state"] for breaker in worker.get("/ready").json["breakers"]], ["closed"])

    def test_a_wish_to_slow_down_is_kept_by_all_readers(self):
        worker = self.start_worker()
        self.stand_in.fault(status=429, message="slow down", headers={"Retry-After": "700"})
        self.assertEqual(worker.get("/v1/bars", **_LAST).status, 503)
        asked = len(self.stand_in.requests("timeseries.get_range"))
        other = worker.get("/v1/bars", symbol="NQH6", timeframe="1h", last="5")
        self.assertEqual(other.status, 503)
        self.assertGreater(int(other.headers["retry-after"]), 600)
        self.assertEqual(len(self.stand_in.requests("timeseries.get_range")), asked)

    def test_a_vendor_that_falls_silent_is_given_up(self):
        worker = self.start_worker(TAPEDECK_HARD_TIMEOUT="1s")
        self.stand_in.fault(ending="stall", after_records=3, count=1)
        answer = worker.bars("ESH6", "1h", **_PAST)
        self.assertEqual(bars_of(answer.json), self.truth_bars("ESH6", "1h", ns(_PAST["start"]), ns(_PAST["end"])))

    def test_offline_answers_what_is_stored_and_asks_nobody(self):
        stored = self.start_worker().bars("ESH6", "1h", **_PAST).json
        asked = self._asked()
        worker = self.start_worker(TAPEDECK_MODE="offline")

        past = worker.bars("ESH6", "1h", **_PAST)
        more = worker.get("/v1/bars", symbol="ESH6", timeframe="1h", start=_PAST["start"], end="2026-01-13T18:00:00Z")
        unknown = worker.get("/v1/bars", symbol="NQH6", timeframe="1h", last="5")

        self.assertEqual((past.json["bars"], past.json["complete"]), (stored["bars"], True))
        self.assertEqual([part["reason"] for part in more.json["missing"]], ["offline"])
        self.assertEqual((unknown.status, unknown.json["type"]), (503, "urn:tapedeck:problem:offline"))
        self.assertNotIn("retry-after", unknown.headers)
        self.assertEqual(worker.get("/ready").json["mode"], "offline")
        self.assertIn("offline", worker.output)
        self.assertEqual(self._asked(), asked)

    def test_bypass_buys_every_answer_and_stores_only_the_ledger(self):
        worker = self.start_worker("--mode", "bypass")
        truth = self.truth_bars("ESH6", "1h", ns(_PAST["start"]), ns(_PAST["end"]))
        for _ in range(2):
            answer = worker.bars("ESH6", "1h", **_PAST)
            self.assertEqual((bars_of(answer.json), answer.headers["x-tapedeck-tier"]), (truth, "provider"))
        self.assertEqual(len(worker.get("/v1/bars", **_LAST).json["bars"]), 5)
        self.assertEqual(len(self.stand_in.purchases()), 3)
        self.assertEqual(worker.get("/v1/symbols").json["symbols"], [])
        ledger = self.command("ledger", "--json")
        self.assertEqual(ledger.returncode, 0, ledger.stderr)
        self.assertEqual(ledger.stdout.count('"state":"done"'), 3, ledger.stdout)

    def test_bypass_starts_and_serves_without_its_database(self):
        worker = self.start_worker(DATABASE_URL="postgres://nobody@127.0.0.1:1/none?connect_timeout=1",
                                   TAPEDECK_MODE="bypass")
        self.assertEqual(len(worker.get("/v1/bars", **_LAST).json["bars"]), 5)
        self.assertEqual(worker.get("/ready").status, 200)
        self.assertIn("will not be in its ledger", worker.output)
