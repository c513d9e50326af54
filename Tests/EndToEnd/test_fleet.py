"""Several workers on one database: they buy once, warm each other, and survive each other's death."""

import random
import signal
import time
import unittest
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

from harness import MINUTE, DatabentoCase, StallingProxy, bars_of, each_database, eventually, ns, text

_START = ns("2026-01-05T00:00")
_MINUTES = 2 * 1_440
_SPAN = {"start": "2026-01-12T15:00:00Z", "end": "2026-01-12T16:00:00Z"}


@each_database
class Fleet(DatabentoCase):
    """Workers are real processes."""

    environment = {"TAPEDECK_LEASE_DURATION": "2s"}

    def start_workers(self, count: int) -> list:
        """Starts workers at once; the tables are made by one of them."""
        with ThreadPoolExecutor(count) as threads:
            return list(threads.map(lambda _: self.start_worker(), range(count)))

    def assert_no_lease_is_left(self) -> None:
        live = "SELECT count(*) FROM fetch_leases WHERE error_code IS NULL"
        eventually("no lease is left", lambda: self.database.query(live) == ["0"])

    def test_overlapping_ranges_are_bought_once_by_all_workers(self):
        seed = time.time_ns()
        generator = random.Random(seed)
        ranges = []
        for _ in range(40):
            first, last = sorted(generator.sample(range(_MINUTES), 2))
            ranges.append((_START + first * MINUTE, _START + last * MINUTE))
        workers = self.start_workers(3)
        # Slow enough that fetches overlap in time.
        self.stand_in.fault(count=-1, delay_ms=50, ending="clean")

        def ask(number: int):
            start, end = ranges[number]
            return workers[number % 3].bars("ESH6", "1m", text(start), text(end)).json

        with ThreadPoolExecutor(20) as threads:
            answers = list(threads.map(ask, range(len(ranges))))

        with self.subTest(seed=seed):
            truth = self.truth_bars("ESH6", "1m", _START, _START + _MINUTES * MINUTE)
            for (start, end), answer in zip(ranges, answers):
                self.assertEqual(bars_of(answer), [bar for bar in truth if start <= bar[0] < end])
                self.assert_is_complete(answer)
            self.assert_bought_once()
            self.assert_no_lease_is_left()

    def test_one_of_many_who_ask_for_the_same_buys_it(self):
        workers = self.start_workers(3)
        self.stand_in.fault(delay_ms=400, ending="clean")

        with ThreadPoolExecutor(30) as threads:
            answers = list(
                threads.map(
                    lambda n: workers[n % 3].bars("ES.c.0", "1h", "2026-01-05", "2026-01-10").json, range(30)
                )
            )

        truth = self.truth_bars("ES.c.0", "1h", ns("2026-01-05"), ns("2026-01-10"))
        self.assertTrue(all(bars_of(answer) == truth for answer in answers))
        self.assertEqual(len(self.stand_in.purchases()), 1)

    def test_a_correction_reaches_the_memory_of_the_others(self):
        first, second = self.start_workers(2)
        old = bars_of(first.bars("ESH6", "1m", **_SPAN).json)
        self.assertEqual(bars_of(second.bars("ESH6", "1m", **_SPAN).json), old)
        self.stand_in.control(
            "POST", "revise",
            {"dataset": "GLBX.MDP3", "symbol": "ESH6", "timestamp": "2026-01-12T15:03:00Z", "volume": 99_999},
        )
        new = self.truth_bars("ESH6", "1m", ns(_SPAN["start"]), ns(_SPAN["end"]))

        first.bars("ESH6", "1m", **_SPAN, refresh="true")

        answer = eventually(
            "the second has the correction in memory",
            lambda: (lambda got: got if bars_of(got.json) == new and got.tier == "memory" else None)(
                second.bars("ESH6", "1m", **_SPAN)
            ),
        )
        self.assert_is_complete(answer.json)
        self.assertEqual(len(self.stand_in.purchases()), 2)

    def test_the_others_finish_what_a_killed_worker_was_buying(self):
        victim, heir = self.start_workers(2)
        self.stand_in.fault(delay_ms=60_000, ending="clean")
        with ThreadPoolExecutor(2) as threads:
            lost = threads.submit(lambda: victim.get("/v1/bars", symbol="ESH6", timeframe="1m", **_SPAN))
            self.assertTrue(self.stand_in.wait(endpoint="timeseries.get_range", outcome="in_progress"))
            inherited = threads.submit(lambda: heir.bars("ESH6", "1m", **_SPAN))
            victim.kill()
            self.assertRaises(Exception, lost.result)
            answer = inherited.result()

        truth = self.truth_bars("ESH6", "1m", ns(_SPAN["start"]), ns(_SPAN["end"]))
        self.assertEqual(bars_of(answer.json), truth)
        requests = self.stand_in.requests("timeseries.get_range")
        self.assertEqual(len(requests), 2, "the one that died, and its heir's")
        self.assert_no_lease_is_left()

    def test_a_worker_that_was_frozen_does_not_spend_again(self):
        frozen, heir = self.start_workers(2)
        self.stand_in.fault(delay_ms=1_000, ending="clean")
        with ThreadPoolExecutor(2) as threads:
            late = threads.submit(lambda: frozen.bars("ESH6", "1m", **_SPAN))
            self.assertTrue(self.stand_in.wait(endpoint="timeseries.get_range", outcome="in_progress"))
            frozen.process.send_signal(signal.SIGSTOP)
            try:
                answer = heir.bars("ESH6", "1m", **_SPAN)
            finally:
                frozen.process.send_signal(signal.SIGCONT)
            again = late.result()

        truth = self.truth_bars("ESH6", "1m", ns(_SPAN["start"]), ns(_SPAN["end"]))
        self.assertEqual(bars_of(answer.json), truth)
        self.assertEqual(bars_of(again.json), truth)
        self.assertEqual({bar["rev"] for bar in again.json["bars"]}, {1})
        self.assertEqual(len(self.stand_in.purchases()), 2, "the one that was lost, and its heir's")
        self.assert_no_lease_is_left()

    def test_a_failure_is_not_tried_by_every_worker(self):
        workers = self.start_workers(3)
        self.stand_in.fault(count=-1, status=500)

        with ThreadPoolExecutor(9) as threads:
            answers = list(
                threads.map(lambda n: workers[n % 3].get("/v1/bars", symbol="ESH6", timeframe="1m", **_SPAN), range(9))
            )

        self.assertEqual({answer.status for answer in answers}, {502})
        requests = self.stand_in.requests("timeseries.get_range")
        alone = self._requests_of_one_failure()
        self.assertEqual(len(requests), alone, "one worker tried, the others were told")

    def _requests_of_one_failure(self) -> int:
        """How often one worker asks, with its retries, before it gives up."""
        before = len(self.stand_in.requests("timeseries.get_range"))
        self.start_worker().get("/v1/bars", symbol="NQH6", timeframe="1m", **_SPAN)
        return len(self.stand_in.requests("timeseries.get_range")) - before


class CutOff(DatabentoCase, unittest.TestCase):
    """A worker that does not hear the others' notices."""

    kind = "postgres"

    def setUp(self):
        super().setUp()
        self.volume = 90_000

    def correct(self, worker) -> list:
        """Lets the vendor change a bar and a worker buy it anew; the bars as they are then."""
        self.volume += 1
        self.stand_in.control(
            "POST", "revise",
            {"dataset": "GLBX.MDP3", "symbol": "ESH6", "timestamp": "2026-01-12T15:03:00Z", "volume": self.volume},
        )
        worker.bars("ESH6", "1m", **_SPAN, refresh="true")
        return self.truth_bars("ESH6", "1m", ns(_SPAN["start"]), ns(_SPAN["end"]))

    def assert_soon_served(self, worker, bars: list) -> None:
        eventually("the correction is served", lambda: bars_of(worker.bars("ESH6", "1m", **_SPAN).json) == bars)

    def is_listening(self, worker) -> bool:
        return self.fleet(worker)["listening"] == 1

    def fleet(self, worker) -> dict:
        return worker.admin("GET", "/admin/cache/stats").json["fleet"]

    def test_a_link_that_swallows_notices_hides_no_correction(self):
        address = urllib.parse.urlsplit(self.database.url)
        proxy = StallingProxy(address.hostname, address.port)
        self.addCleanup(proxy.close)
        user = f"{address.username}@" if address.username else ""
        direct = address._replace(netloc=f"{user}127.0.0.1:{proxy.port}").geturl()
        first, second = self.start_worker(), self.start_worker(TAPEDECK_LISTEN_DATABASE_URL=direct)
        eventually("both listen", lambda: self.is_listening(first) and self.is_listening(second))
        second.bars("ESH6", "1m", **_SPAN)

        proxy.stall()
        corrected = self.correct(first)
        self.assert_soon_served(second, corrected)
        eventually("it knows that it hears nothing", lambda: not self.is_listening(second))
        self.assert_soon_served(second, self.correct(first))

        proxy.flow()
        eventually("it listens again", lambda: self.is_listening(second))
        self.assert_soon_served(second, self.correct(first))

    def test_a_listener_that_the_server_ends_hides_no_correction(self):
        first, second = self.start_worker(), self.start_worker()
        eventually("both listen", lambda: self.is_listening(first) and self.is_listening(second))
        second.bars("ESH6", "1m", **_SPAN)

        self.database.query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_notify(%' AND pid <> pg_backend_pid()"
        )

        eventually("it was noticed", lambda: self.fleet(second)["connections_lost"] == 1)
        self.assert_soon_served(second, self.correct(first))
        eventually("both listen again", lambda: self.is_listening(first) and self.is_listening(second))

    def test_a_worker_that_hears_nothing_still_tells_what_it_stores(self):
        deaf, listening = self.start_worker(TAPEDECK_LISTEN_DATABASE_URL="none"), self.start_worker()
        eventually("one listens", lambda: self.is_listening(listening))
        listening.bars("ESH6", "1m", **_SPAN)

        corrected = self.correct(deaf)

        self.assert_soon_served(listening, corrected)
        self.assertGreater(self.fleet(listening)["messages_heard"], 0)
        self.assert_soon_served(deaf, self.correct(listening))

    def test_a_worker_that_was_frozen_comes_back_without_old_bars(self):
        first, second = self.start_worker(), self.start_worker()
        eventually("both listen", lambda: self.is_listening(first) and self.is_listening(second))
        second.bars("ESH6", "1m", **_SPAN)
        second.process.send_signal(signal.SIGSTOP)
        try:
            corrected = self.correct(first)
        finally:
            second.process.send_signal(signal.SIGCONT)

        self.assert_soon_served(second, corrected)


if __name__ == "__main__":
    unittest.main()
