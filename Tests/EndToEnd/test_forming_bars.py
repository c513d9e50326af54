"""A forming bar never freezes; what is final is never bought again."""

import unittest

from harness import MINUTE, DatabentoCase, bars_of, each_database, eventually, ns, text

_START, _END = ns("2026-01-12"), ns("2026-01-15")


@each_database
class FormingBars(DatabentoCase):
    """The vendor's time moves on from step to step.

    A worker believes the vendor's end of data for some seconds, so each step has a worker of its own; provisional bars
    expire after a second by the database's clock, which the tests poll for.
    """

    environment = {"TAPEDECK_PROVISIONAL_LIFETIME_MIN": "1s", "TAPEDECK_PROVISIONAL_LIFETIME_MAX": "1s"}

    def _step(self, now: str, timeframe: str):
        """The truth as of `now`, as a worker answers it within a bound."""
        self.stand_in.settings(now=now)
        truth = self.truth_bars("ES.c.0", timeframe, _START, min(ns(now), _END))
        worker = self.start_worker()

        def look():
            answer = worker.bars("ES.c.0", timeframe, text(_START), text(_END)).json
            return answer if bars_of(answer) == truth else None

        answer = eventually(f"{timeframe} bars as of {now}", look)
        worker.stop()
        return answer

    def _final_until(self, answer) -> int:
        """The start of the first bar that is not final."""
        return next((ns(bar["t"]) for bar in answer["bars"] if not bar["final"]), _END)

    def test_the_newest_hour_changes_until_it_is_final(self):
        hour = ns("2026-01-14T15:00")
        volumes = []
        for now in ("2026-01-14T15:10:30Z", "2026-01-14T15:40:30Z", "2026-01-14T16:02:00Z"):
            answer = self._step(now, "1h")
            bar = next(b for b in answer["bars"] if ns(b["t"]) == hour)
            volumes.append(bar["v"])
            # 16:02: over, but within the settling margin of an hour.
            self.assertFalse(bar["final"], now)
            self.assertFalse(answer["complete"])
            self.assertEqual({part["reason"] for part in answer["missing"]}, {"notAvailableYet"})
        self.assertEqual(volumes, sorted(set(volumes)), "the forming bar grows")

        answer = self._step("2026-01-14T16:10:00Z", "1h")
        bars = {ns(b["t"]): b for b in answer["bars"]}
        self.assertTrue(bars[hour]["final"])
        self.assertFalse(bars[ns("2026-01-14T16:00")]["final"])

        self._step("2026-01-14T18:30:00Z", "1h")
        after = [p for p in self.stand_in.purchases() if p["end"] > ns("2026-01-14T17:00")]
        self.assertTrue(after)
        self.assertTrue(all(p["start"] > hour for p in after), "a final hour was bought again")
        self.assertEqual(sum(1 for p in self.stand_in.purchases() if p["start"] <= _START), 1)

    def test_final_minutes_are_never_bought_again(self):
        final_until = 0
        for minute in range(0, 12, 3):
            before = len(self.stand_in.purchases())
            answer = self._step(text(ns("2026-01-14T15:30:20") + minute * MINUTE), "1m")
            for purchase in self.stand_in.purchases()[before:]:
                self.assertGreaterEqual(purchase["start"], final_until)
            self.assertGreater(self._final_until(answer), final_until)
            final_until = self._final_until(answer)

    def test_the_newest_day_is_cut_at_no_midnight(self):
        # A day that is asked for while it forms is not taken for whole behind midnight.
        self._step("2026-01-14T15:30:30Z", "1d")
        answer = self._step("2026-01-15T01:00:00Z", "1d")
        day = next(b for b in answer["bars"] if ns(b["t"]) == ns("2026-01-14"))
        self.assertTrue(day["final"])

    def test_volumes_that_settle_late_are_corrected_without_a_refresh(self):
        # The newest minutes are sold with too low a volume for 40 s: within the settling margin.
        self.stand_in.settings(unsettled_seconds=40)
        first = self._step("2026-01-14T15:30:00Z", "1m")
        self.assertLess(self._final_until(first), ns("2026-01-14T15:30"))
        second = self._step("2026-01-14T15:36:00Z", "1m")
        settled = self.truth_bars("ES.c.0", "1m", ns("2026-01-14T15:00"), ns("2026-01-14T15:30"))
        self.assertEqual([b for b in bars_of(second) if b in settled], settled)


if __name__ == "__main__":
    unittest.main()
