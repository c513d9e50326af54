"""The vendor publishes a day again: workers notice by themselves, once a day, and buy only that day anew."""

import time
import unittest

from harness import DAY, HOUR, DatabentoCase, bars_of, each_database, eventually, text


def _date(days_ago: int) -> str:
    return text(time.time_ns() // DAY * DAY - days_ago * DAY)[:10]


def _trading_day(days_ago: int) -> int:
    """The start of a weekday without a holiday so many days ago, or some more."""
    start = time.time_ns() // DAY * DAY - days_ago * DAY
    while True:
        day = time.gmtime(start // 1_000_000_000)
        if day.tm_wday <= 4 and (day.tm_mon, day.tm_mday) not in {(1, 1), (7, 4), (12, 25)}:
            return start
        start -= DAY


@each_database
class ChangedDays(DatabentoCase):
    """Days of the last weeks by the worker's own clock, stored as if five days ago."""

    # setUp() changes rows behind the program's back.
    environment = {"TAPEDECK_PACK_AFTER": "never"}

    def setUp(self):
        super().setUp()
        self.stand_in.settings(now="wall", availability_lag_seconds=3_600)
        self.start = _trading_day(10) + 15 * HOUR
        self.span = {"start": text(self.start), "end": text(self.start + HOUR)}
        worker = self.start_worker()
        self.old = self._truth()
        self.assertEqual(bars_of(worker.bars("ESH7", "1m", **self.span).json), self.old)
        worker.stop()
        for table in ("bars_cache", "changed_day_checks"):
            column = "fetched_at" if table == "bars_cache" else "checked_at"
            self.database.query(f"UPDATE {table} SET {column} = {column} - {5 * DAY}")

    def _truth(self):
        return self.truth_bars("ESH7", "1m", self.start, self.start + HOUR)

    def _revise(self, modified: str) -> None:
        self.stand_in.control(
            "POST", "revise",
            {
                "dataset": "GLBX.MDP3", "symbol": "ESH7", "timestamp": text(self.old[3][0]), "volume": 77_777,
                "modified": modified,
            },
        )

    def _checked(self) -> bool:
        limit = time.time_ns() - HOUR
        return any(int(row) > limit for row in self.database.query("SELECT checked_at FROM changed_day_checks"))

    def test_a_day_that_was_published_again_is_bought_again_and_no_other(self):
        self._revise(_date(1))
        worker = self.start_worker()
        eventually("the check is done", self._checked)
        answer = worker.bars("ESH7", "1m", **self.span).json

        self.assertNotEqual(self._truth(), self.old)
        self.assertEqual(bars_of(answer), self._truth())
        self.assertEqual([bar["rev"] for bar in answer["bars"] if bar["rev"] != 1], [2])
        first, second = self.stand_in.purchases()
        self.assertEqual((second["start"], second["end"]), (first["start"], first["end"]))
        # Not again on the same day, whoever starts.
        worker.stop()
        self.start_worker().bars("ESH7", "1m", **self.span)
        self.assertEqual(len(self.stand_in.purchases()), 2)

    def test_days_that_were_not_published_again_are_not_bought_again(self):
        self.start_worker()
        eventually("the check is done", self._checked)
        self.assertEqual(len(self.stand_in.purchases()), 1)

    def test_commands_that_buy_nothing_look_for_no_changed_days(self):
        self._revise(_date(1))
        for arguments in (["coverage", "ESH7", "1m"], ["stats"], ["ledger"], ["cleanup"]):
            self.assertEqual(self.command(*arguments).returncode, 0)
        self.assertEqual(len(self.stand_in.purchases()), 1)


if __name__ == "__main__":
    unittest.main()
