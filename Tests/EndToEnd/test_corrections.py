"""The vendor corrects a day that is already stored."""

import unittest

from harness import DatabentoCase, bars_of, each_database, ns

_MINUTE = "2026-01-12T15:03:00Z"
_SPAN = {"start": "2026-01-12T15:00:00Z", "end": "2026-01-12T16:00:00Z"}


@each_database
class Corrections(DatabentoCase):
    """Revisions of final bars."""

    def _revise(self) -> None:
        self.stand_in.control(
            "POST", "revise",
            {"dataset": "GLBX.MDP3", "symbol": "ESH6", "timestamp": _MINUTE, "volume": 99_999},
        )

    def _truth(self):
        return self.truth_bars("ESH6", "1m", ns(_SPAN["start"]), ns(_SPAN["end"]))

    def _revisions(self, answer):
        return {bar["t"]: bar["rev"] for bar in answer["bars"] if bar["rev"] != 1}

    def test_a_refresh_brings_the_correction_with_a_higher_revision(self):
        worker = self.start_worker()
        old = self._truth()
        worker.bars("ESH6", "1m", **_SPAN)
        self._revise()
        new = self._truth()
        self.assertNotEqual(old, new)

        self.assertEqual(bars_of(worker.bars("ESH6", "1m", **_SPAN).json), old)
        self.assertEqual(len(self.stand_in.purchases()), 1)
        refreshed = worker.bars("ESH6", "1m", **_SPAN, refresh="true")
        self.assertEqual(refreshed.tier, "provider")
        self.assertEqual(len(self.stand_in.purchases()), 2)
        again = worker.bars("ESH6", "1m", **_SPAN)
        self.assertEqual(again.tier, "memory")
        worker.stop()
        restarted = self.start_worker().bars("ESH6", "1m", **_SPAN)

        for response in (refreshed, again, restarted):
            self.assertEqual(bars_of(response.json), new)
            self.assertEqual(self._revisions(response.json), {_MINUTE: 2})
            self.assertTrue(all(bar["final"] for bar in response.json["bars"]))
        self.assertEqual(len(self.stand_in.purchases()), 2)

    def test_a_refresh_without_a_correction_changes_nothing(self):
        worker = self.start_worker()
        first = worker.bars("ESH6", "1m", **_SPAN).json
        second = worker.bars("ESH6", "1m", **_SPAN, refresh="true").json
        self.assertEqual(first, second)

    def test_a_refresh_of_unknown_newest_bars_buys_them_once(self):
        worker = self.start_worker()
        answer = worker.bars("ESH6", "1h", last=24, refresh="true")
        self.assertEqual((answer.tier, len(answer.json["bars"])), ("provider", 24))
        self.assert_is_complete(answer.json)
        self.assertEqual(len(self.stand_in.purchases()), 1)
        self.assert_bought_once()

    def test_a_derived_bar_follows_the_correction(self):
        worker = self.start_worker()
        worker.bars("ESH6", "5m", **_SPAN)
        self._revise()
        answer = worker.bars("ESH6", "5m", **_SPAN, refresh="true").json
        self.assertEqual(sum(bar["v"] for bar in answer["bars"]), sum(bar[5] for bar in self._truth()))
        self.assertEqual(self._revisions(answer), {"2026-01-12T15:00:00Z": 2})
        self.assertEqual(worker.bars("ESH6", "5m", **_SPAN).json, answer)

    def test_two_corrections_raise_the_revision_twice(self):
        worker = self.start_worker()
        worker.bars("ESH6", "1h", **_SPAN)
        for number, volume in enumerate((99_999, 88_888), start=2):
            self.stand_in.control(
                "POST", "revise",
                {"dataset": "GLBX.MDP3", "symbol": "ESH6", "timestamp": _MINUTE, "volume": volume},
            )
            answer = worker.bars("ESH6", "1h", **_SPAN, refresh="true").json
            self.assertEqual([bar["rev"] for bar in answer["bars"]], [number])

    def test_the_command_line_refreshes_too(self):
        worker = self.start_worker()
        worker.bars("ESH6", "1m", **_SPAN)
        worker.stop()
        self._revise()
        span = ["--start", _SPAN["start"], "--end", _SPAN["end"]]
        done = self.command("bars", "ESH6", "1m", *span, "--refresh", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        answer = self.start_worker().bars("ESH6", "1m", **_SPAN).json
        self.assertEqual(bars_of(answer), self._truth())
        self.assertEqual(self._revisions(answer), {_MINUTE: 2})


if __name__ == "__main__":
    unittest.main()
