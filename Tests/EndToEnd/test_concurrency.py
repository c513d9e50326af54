"""Many bots at once: what they ask for overlaps, what is bought does not."""

import random
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

from harness import MINUTE, DatabentoCase, bars_of, each_database, ns, text

_START = ns("2026-01-05T00:00")
_MINUTES = 4 * 1_440


@each_database
class ConcurrentReads(DatabentoCase):
    """Threads as bots."""

    def test_overlapping_ranges_are_bought_once(self):
        seed = time.time_ns()
        generator = random.Random(seed)
        ranges = []
        for _ in range(48):
            first, last = sorted(generator.sample(range(_MINUTES), 2))
            ranges.append((_START + first * MINUTE, _START + last * MINUTE))
        worker = self.start_worker()
        # Slow enough that fetches overlap in time.
        self.stand_in.fault(count=-1, delay_ms=50, ending="clean")

        with ThreadPoolExecutor(16) as threads:
            answers = list(threads.map(lambda r: worker.bars("ESH6", "1m", text(r[0]), text(r[1])).json, ranges))

        with self.subTest(seed=seed):
            self._check(ranges, answers)

    def _check(self, ranges, answers):
        truth = self.truth_bars("ESH6", "1m", _START, _START + _MINUTES * MINUTE)
        for (start, end), answer in zip(ranges, answers):
            self.assertEqual(bars_of(answer), [bar for bar in truth if start <= bar[0] < end])
            self.assert_is_complete(answer)
        self.assert_bought_once()
        asked = sum(1 for bar in truth if any(start <= bar[0] < end for start, end in ranges))
        self.assertEqual(sum(p["records_sent"] for p in self.stand_in.purchases()), asked)

    def test_one_fetch_serves_all_who_ask_for_the_same(self):
        worker = self.start_worker()
        self.stand_in.fault(delay_ms=400, ending="clean")

        with ThreadPoolExecutor(32) as threads:
            answers = list(
                threads.map(lambda _: worker.bars("ES.c.0", "1h", "2026-01-05", "2026-01-10").json, range(32))
            )

        truth = self.truth_bars("ES.c.0", "1h", ns("2026-01-05"), ns("2026-01-10"))
        self.assertTrue(all(bars_of(answer) == truth for answer in answers))
        self.assertEqual(len(self.stand_in.purchases()), 1)

    def test_a_client_that_leaves_does_not_cancel_the_others(self):
        worker = self.start_worker()
        self.stand_in.fault(delay_ms=1_500, ending="clean")
        with ThreadPoolExecutor(2) as threads:
            span = {"symbol": "ESH6", "timeframe": "1h", "start": "2026-01-05", "end": "2026-01-10"}
            hasty = threads.submit(worker.get, "/v1/bars", seconds=0.5, **span)
            self.assertTrue(self.stand_in.wait(endpoint="timeseries.get_range", outcome="in_progress"))
            patient = threads.submit(worker.get, "/v1/bars", **span)
            self.assertRaises(TimeoutError, hasty.result)
            answer = patient.result().json

        self.assertEqual(bars_of(answer), self.truth_bars("ESH6", "1h", ns("2026-01-05"), ns("2026-01-10")))
        self.assertEqual(len(self.stand_in.purchases()), 1)


if __name__ == "__main__":
    unittest.main()
