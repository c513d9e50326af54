"""Gaps and inconsistencies of what is stored."""

import json
import unittest

from harness import DatabentoCase, Terminal, bars_of, each_database, ns

#: Monday to Wednesday; Globex rests each day from 22:00 to 23:00.
_MONDAY = {"start": "2026-01-12T00:00:00Z", "end": "2026-01-12T22:00:00Z"}
_TUESDAY = {"start": "2026-01-12T23:00:00Z", "end": "2026-01-13T10:00:00Z"}
_WEDNESDAY = {"start": "2026-01-14T00:00:00Z", "end": "2026-01-14T10:00:00Z"}


@each_database
class Verify(DatabentoCase):
    """`tapedeck verify`."""

    # These tests change rows behind the program's back.
    environment = {"TAPEDECK_PACK_AFTER": "never"}

    def _buy(self, *spans: dict, symbol: str = "ESH6", timeframe: str = "1h") -> None:
        for span in spans:
            done = self.command("bars", symbol, timeframe, "--start", span["start"], "--end", span["end"])
            self.assertEqual(done.returncode, 0, done.stderr)

    def _verify(self, *arguments: str) -> tuple[int, dict]:
        done = self.command("verify", "--json", *arguments)
        return done.returncode, json.loads(done.stdout)

    def _gaps(self, report: dict) -> list[tuple]:
        return [(gap["start"], gap["end"], gap["reason"]) for gap in report["series"][0]["gaps"]]

    def test_an_empty_database_is_clean(self):
        self.assertEqual(self._verify(), (0, {"series": [], "absent": [], "errors": [], "exit_code": 0}))

    def test_a_closed_session_is_no_gap(self):
        self._buy(_MONDAY, _TUESDAY)
        code, report = self._verify()
        self.assertEqual(code, 0)
        self.assertEqual(self._gaps(report), [("2026-01-12T22:00:00Z", "2026-01-12T23:00:00Z", "sessionClosed")])
        truth = self.truth_bars("ESH6", "1h", ns(_MONDAY["start"]), ns(_TUESDAY["end"]))
        self.assertEqual(report["series"][0]["bars"], len(truth))

    def test_what_was_not_asked_is_a_gap_and_fix_buys_just_that(self):
        self._buy(_TUESDAY, _WEDNESDAY)
        code, report = self._verify()
        self.assertEqual(code, 1)
        gap = ("2026-01-13T10:00:00Z", "2026-01-14T00:00:00Z", "notAsked")
        self.assertEqual(self._gaps(report), [gap])

        priced = self.command("verify", "--fix", "--dry-run")
        self.assertEqual(priced.returncode, 1)
        missing = self.truth_bars("ESH6", "1h", ns(gap[0]), ns(gap[1]))
        self.assertIn(f"To buy: {len(missing)} records ({len(missing) * 56} bytes) for $0.000", priced.stderr)
        self.assertEqual(len(self.stand_in.purchases()), 2)

        terminal = Terminal(self.program(**self.base_environment()), "verify", "--fix")
        terminal.wait_for("[y/N]")
        terminal.type("n\n")
        self.assertEqual(terminal.end(), 3)
        self.assertEqual(len(self.stand_in.purchases()), 2)

        terminal = Terminal(self.program(**self.base_environment()), "verify", "--fix")
        terminal.wait_for("[y/N]")
        terminal.type("y\n")
        self.assertEqual(terminal.end(), 0)
        self.assertIn("1 series: 0 with gaps, 0 errors", terminal.stdout)
        purchases = self.stand_in.purchases()
        self.assertEqual([(p["start"], p["end"]) for p in purchases[2:]], [(ns(gap[0]), ns(gap[1]))])
        self.assert_bought_once()
        self.assertEqual(self._verify()[0], 0)

    def test_a_failed_purchase_is_told_with_its_cause(self):
        self._buy(_TUESDAY, _WEDNESDAY)
        self.stand_in.fault(status=400, case="x", message="the dog ate it", count=1)
        self.command("bars", "ESH6", "1h", "--start", "2026-01-13T12:00:00Z", "--end", "2026-01-13T14:00:00Z")
        code, report = self._verify("ESH6")
        self.assertEqual(code, 1)
        reasons = [gap["reason"] for gap in report["series"][0]["gaps"]]
        self.assertEqual(reasons, ["notAsked", "failed", "notAsked"])
        self.assertIn("the dog ate it", report["series"][0]["gaps"][1]["detail"])

    def test_an_asked_stretch_without_trades_is_empty_and_no_gap(self):
        span = {"start": "2026-01-12T10:00:00Z", "end": "2026-01-12T12:00:00Z"}
        self._buy(span, symbol="SILENT", timeframe="1m")
        code, report = self._verify()
        self.assertEqual(code, 0)
        series = report["series"][0]
        self.assertEqual((series["bars"], series["empty_periods"]), (0, 120))
        self.assertEqual(series["empty"], [{**span, "reason": "empty", "detail": None}])

    def test_a_range_that_is_asked_about_shows_what_lies_around(self):
        self._buy(_TUESDAY)
        code, report = self._verify("ESH6", "--start", "2026-01-12T23:00:00Z", "--end", "2026-01-13T12:00:00Z")
        self.assertEqual(code, 1)
        self.assertEqual(self._gaps(report), [(_TUESDAY["end"], "2026-01-13T12:00:00Z", "notAsked")])
        code, report = self._verify("NQH6")
        self.assertEqual((code, report["absent"]), (1, ["NQH6"]))

    def test_what_cannot_be_right_is_an_error(self):
        self._buy(_TUESDAY)
        hour = 3_600_000_000_000
        damages = [
            (f"UPDATE bars_cache SET timestamp = timestamp + 1 WHERE timestamp = {ns(_TUESDAY['start'])}", "grid"),
            (f"UPDATE bars_cache SET timestamp = timestamp - 1 - 5 * {hour} WHERE timestamp % {hour} = 1", "nobody reads"),
            ("UPDATE bars_cache SET symbol = 'LOST'", "belong to no series"),
            ("DELETE FROM bars_cache", None),
            (f"UPDATE series SET coverage = {'x' if self.kind == 'sqlite' else ''}'{self._blob('09')}'", "coverage"),
        ]
        for sql, expected in damages:
            self.database.query(sql)
            code, report = self._verify()
            errors = report["errors"] + [e for series in report["series"] for e in series["errors"]]
            with self.subTest(sql=sql):
                self.assertEqual(code, 2 if expected else 0, errors)
                if expected:
                    self.assertIn(expected, " ".join(errors))

    def _blob(self, text: str) -> str:
        return text if self.kind == "sqlite" else f"\\x{text}"

    def test_final_data_behind_the_providers_end_are_an_error(self):
        self._buy(_TUESDAY)
        self.stand_in.settings(available_end="2026-01-13T05:00:00Z")
        code, report = self._verify()
        self.assertEqual(code, 2)
        self.assertIn("the provider's data end at 2026-01-13T05:00:00Z", report["series"][0]["errors"][0])

    def test_what_cannot_be_looked_at_is_an_error_too(self):
        done = self.program("postgres://nobody@127.0.0.1:1/x?connect_timeout=1").run("verify")
        self.assertEqual(done.returncode, 2)
        self.assertIn("database", done.stderr)


@each_database
class Refresh(DatabentoCase):
    """`tapedeck refresh`."""

    # These tests change rows behind the program's back.
    environment = {"TAPEDECK_PACK_AFTER": "never"}

    _SPAN = ["ESH6", "1m", "--start", "2026-01-12T15:00:00Z", "--end", "2026-01-12T16:00:00Z"]
    _MINUTE = "2026-01-12T15:03:00Z"

    def test_corrections_are_listed_old_and_new(self):
        self.command("bars", *self._SPAN)
        start, end = ns("2026-01-12T15:00:00Z"), ns("2026-01-12T16:00:00Z")
        old = {bar[0]: bar[5] for bar in self.truth_bars("ESH6", "1m", start, end)}
        self.stand_in.control(
            "POST", "revise",
            {"dataset": "GLBX.MDP3", "symbol": "ESH6", "timestamp": self._MINUTE, "volume": 99_999},
        )

        priced = self.command("refresh", *self._SPAN, "--dry-run")
        self.assertIn(f"To buy: {len(old)} records", priced.stdout)
        self.assertEqual(self.command("refresh", *self._SPAN).returncode, 64)
        self.assertEqual(len(self.stand_in.purchases()), 1)

        done = self.command("refresh", *self._SPAN, "--yes")
        self.assertEqual(done.returncode, 0)
        was = int(old[ns(self._MINUTE)])
        self.assertIn(f"{self._MINUTE}  corrected  volume {was} -> 99999  revision 1 -> 2", done.stdout)
        self.assertIn(f"1 change; {len(old) - 1} bars as before, 0 new, 1 revised, 0 taken back", done.stdout)

        again = json.loads(self.command("refresh", *self._SPAN, "--yes", "--json").stdout)
        self.assertEqual((again["changes"], again["unchanged"]), ([], len(old)))

    def test_what_was_taken_back_and_what_came_is_listed(self):
        self.command("bars", *self._SPAN)
        self.database.query(f"UPDATE bars_cache SET timestamp = {ns(self._MINUTE)} - 60000000000 * 5 "
                            f"WHERE timestamp = {ns(self._MINUTE)}")
        if not self.database.query("SELECT 1"):
            self.fail("no database")
        done = json.loads(self.command("refresh", *self._SPAN, "--yes", "--json").stdout)
        came = [change for change in done["changes"] if change["before"] is None]
        self.assertEqual([change["t"] for change in came], [self._MINUTE])

    def test_a_failure_is_told(self):
        self.command("bars", *self._SPAN)
        self.stand_in.fault(status=400, case="x", message="not today", count=-1)
        done = self.command("refresh", *self._SPAN, "--yes")
        self.assertEqual(done.returncode, 1)
        self.assertIn("not today", done.stderr)


if __name__ == "__main__":
    unittest.main()
