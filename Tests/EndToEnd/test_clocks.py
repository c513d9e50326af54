"""Workers whose wall clocks are wrong by an hour: the database's clock is that of all."""

import re
import unittest
from concurrent.futures import ThreadPoolExecutor

from harness import HOUR, MINUTE, SECOND, Cluster, DatabentoCase, StandIn, TimeOfDay, bars_of, ns, shifted_clock, text
from harness.databases import POSTGRES

_SETTLING = 60 * SECOND


class ShiftedClock(DatabentoCase, unittest.TestCase):
    """What the tests of wrong clocks rest on."""

    kind = "postgres"

    def test_the_program_sees_the_shifted_clock_and_keeps_its_arguments(self):
        for seconds, word in ((-3_600, "behind"), (3_600, "ahead of")):
            done = self.command("doctor", **shifted_clock(seconds))
            found = re.search(rf"this machine is at least (\d+)\S* s {word} the database's clock", done.stdout)
            self.assertTrue(found, done.stdout + done.stderr)
            self.assertAlmostEqual(int(found[1]), 3_600, delta=30)


@unittest.skipUnless(POSTGRES, "TAPEDECK_TEST_POSTGRES is not set")
class WrongClocks(DatabentoCase, unittest.TestCase):
    """One worker an hour ahead and one an hour behind, on a Wednesday afternoon on which the market trades."""

    kind = "postgres"
    environment = {"TAPEDECK_LEASE_DURATION": "2s"}

    def setUp(self):
        self.time = TimeOfDay(ns("2026-01-14T15:30:30"))
        self.database = Cluster("--fast", **self.time.environment())
        self.addCleanup(self.database.remove)
        self.stand_in = StandIn("--now", "wall", **self.time.environment())
        self.addCleanup(self.stand_in.stop)
        with ThreadPoolExecutor(2) as threads:
            self.workers = list(
                threads.map(lambda ahead: self.start_worker(**self.time.environment(ahead)), (3_600, -3_600))
            )

    def test_a_range_without_an_end_ends_now(self):
        for worker in self.workers:
            begun = self.time.now
            answer = worker.bars("ES.c.0", "1m", text((begun - 2 * HOUR) // MINUTE * MINUTE)).json
            self.assertTrue(begun <= ns(answer["end"]) <= self.time.now + MINUTE, answer["end"])
            self.assert_is_recent(bars_of(answer), begun)

    def test_the_newest_bars_are_the_vendors_and_none_is_final_too_early(self):
        for worker in self.workers:
            begun = self.time.now
            answer = worker.bars("ES.c.0", "1m", last=30).json
            settled = self.time.now - _SETTLING
            self.assert_is_recent(bars_of(answer), begun)
            finals = [bar for bar, given in zip(bars_of(answer), answer["bars"]) if given["final"]]
            self.assertTrue(finals)
            self.assertLessEqual(finals[-1][0] + MINUTE, settled)
            truth = self.truth_bars("ES.c.0", "1m", finals[0][0], finals[-1][0] + MINUTE)
            self.assertEqual(finals, truth)
        self.assert_bought_once(until=settled // MINUTE * MINUTE - MINUTE)

    def test_a_lease_is_as_long_for_those_whose_clocks_are_wrong(self):
        # Longer than a lease, so that it has to be renewed.
        self.stand_in.fault(count=-1, delay_ms=3_000, ending="clean")
        for buyer, waiter in (self.workers, self.workers[::-1]):
            symbol = "ESH6" if buyer is self.workers[0] else "NQH6"
            span = (symbol, "1m", "2026-01-12T15:00:00Z", "2026-01-12T16:00:00Z")
            with ThreadPoolExecutor(2) as threads:
                bought = threads.submit(buyer.bars, *span)
                self.assertTrue(self.stand_in.wait(endpoint="timeseries.get_range", outcome="in_progress"))
                waited = threads.submit(waiter.bars, *span)
                self.assertEqual(bars_of(bought.result().json), bars_of(waited.result().json))
        self.assertEqual(len(self.stand_in.purchases()), 2)

    def assert_is_recent(self, bars: list, begun: int) -> None:
        self.assertGreaterEqual(bars[-1][0], begun // MINUTE * MINUTE - MINUTE)


if __name__ == "__main__":
    unittest.main()
