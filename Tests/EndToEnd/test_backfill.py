"""A long range bought on the operator's command."""

import json
import unittest

from harness import CTRL_C, DatabentoCase, Terminal, bars_of, each_database, ns

_START, _END = "2026-01-12T00:00:00Z", "2026-01-13T00:00:00Z"
_RANGE = ["--timeframe", "1m", "--start", _START, "--end", _END]
#: Pieces of 240 minutes: six a day.
_PIECES = {"TAPEDECK_BACKFILL_PIECE_BARS_MAX": "240"}


@each_database
class Backfill(DatabentoCase):
    """`tapedeck backfill`."""

    environment = _PIECES

    def _terminal(self, *arguments: str) -> Terminal:
        return Terminal(self.program(**self.base_environment()), *arguments)

    def _backfill(self, *arguments: str, symbols=("ESH6",)):
        return self.command("backfill", "--symbol", *symbols, *_RANGE, *arguments)

    def _assert_stored(self, symbol: str) -> None:
        """The database holds exactly the vendor's bars, and nothing is bought to read them."""
        bought = len(self.stand_in.purchases())
        done = self.command("bars", symbol, "1m", "--start", _START, "--end", _END, "--json")
        self.assertEqual(bars_of(json.loads(done.stdout)), self.truth_bars(symbol, "1m", ns(_START), ns(_END)))
        self.assertEqual(len(self.stand_in.purchases()), bought)

    def test_the_price_comes_first_and_a_no_buys_nothing(self):
        records = len(self.truth_bars("ESH6", "1m", ns(_START), ns(_END)))
        for answer in ("n\n", "\n", "\x04"):
            terminal = self._terminal("backfill", "--symbol", "ESH6", *_RANGE)
            terminal.wait_for("[y/N]")
            self.assertIn(f"Buy {records} records ({records * 56} bytes) for $0.", terminal.shown)
            terminal.type(answer)
            self.assertEqual(terminal.end(), 3)
            self.assertIn("Nothing was bought.", terminal.stdout)
        self.assertEqual(self.stand_in.purchases(), [])
        self.assertEqual(json.loads(self.command("ledger", "--json").stdout), [])

    def test_a_yes_buys_all_of_it_once_with_a_bar_on_the_terminal(self):
        terminal = self._terminal("backfill", "--symbol", "ESH6", "NQH6", *_RANGE)
        terminal.wait_for("[y/N]")
        terminal.type("yes\n")
        self.assertEqual(terminal.end(), 0)
        self.assertIn("[####################] 100 %", terminal.shown)
        self.assertIn("left", terminal.shown)
        self.assertIn("\r", terminal.shown)
        for symbol in ("ESH6", "NQH6"):
            self._assert_stored(symbol)
        self.assert_bought_once()

        again = self._backfill(symbols=("ESH6", "NQH6"), *["--yes"])
        self.assertEqual(again.returncode, 0)
        self.assertIn("nothing to buy", again.stdout)
        self.assertEqual(len(self.stand_in.purchases()), 12)

    def test_without_a_terminal_it_needs_a_yes(self):
        refused = self._backfill()
        self.assertEqual(refused.returncode, 64)
        self.assertIn("--yes", refused.stderr)
        self.assertEqual(self.stand_in.control("GET", "log")["requests"], [])

    def test_a_dry_run_tells_the_price_and_buys_nothing(self):
        done = self._backfill("--dry-run", "--json")
        self.assertEqual(done.returncode, 0)
        answer = json.loads(done.stdout)
        self.assertEqual(answer["state"], "priced")
        self.assertEqual(answer["price"]["records"], len(self.truth_bars("ESH6", "1m", ns(_START), ns(_END))))
        self.assertGreater(answer["price"]["usd"], 0)
        self.assertEqual(self.stand_in.purchases(), [])

    def test_plain_lines_and_a_summary_where_there_is_no_terminal(self):
        done = self._backfill("--yes", "--json")
        self.assertEqual(done.returncode, 0)
        self.assertNotIn("\r", done.stderr)
        self.assertIn("100 %", done.stderr)
        answer = json.loads(done.stdout)
        self.assertEqual(answer["state"], "complete")
        self.assertEqual(answer["series"][0]["pieces_done"], 6)
        sent = sum(purchase["records_sent"] for purchase in self.stand_in.purchases())
        self.assertEqual((answer["bought"]["records"], answer["price"]["records"]), (sent, sent))
        self.assertAlmostEqual(answer["bought"]["usd"], answer["price"]["usd"])

    def test_ctrl_c_stops_behind_the_piece_under_way_and_the_rest_is_bought_later(self):
        self.stand_in.fault(delay_ms=1_500, ending="clean", skip=1, count=1)
        terminal = self._terminal("backfill", "--symbol", "ESH6", *_RANGE, "--yes")
        self.assertTrue(self.stand_in.wait(endpoint="timeseries.get_range", outcome="complete"))
        self.assertTrue(self.stand_in.wait(endpoint="timeseries.get_range", outcome="in_progress"))
        terminal.type(CTRL_C)
        terminal.wait_for("Stopping")
        self.assertEqual(terminal.end(), 130)
        self.assertIn("goes on from here", terminal.stdout)
        self.assertEqual([p["outcome"] for p in self.stand_in.purchases()], ["complete"] * 2)
        self.assertEqual({row["state"] for row in json.loads(self.command("ledger", "--json").stdout)}, {"done"})

        resumed = self._backfill("--yes", "--json")
        self.assertEqual(resumed.returncode, 0)
        self.assertEqual(json.loads(resumed.stdout)["series"][0]["pieces"], 4)
        self.assert_bought_once()
        self._assert_stored("ESH6")

    def test_a_second_ctrl_c_stops_at_once_and_loses_no_stored_piece(self):
        self.stand_in.fault(delay_ms=60_000, ending="clean", skip=1, count=1)
        terminal = self._terminal("backfill", "--symbol", "ESH6", *_RANGE, "--yes")
        self.assertTrue(self.stand_in.wait(endpoint="timeseries.get_range", outcome="complete"))
        self.assertTrue(self.stand_in.wait(endpoint="timeseries.get_range", outcome="in_progress"))
        terminal.type(CTRL_C)
        terminal.wait_for("Stopping")
        terminal.type(CTRL_C)
        self.assertEqual(terminal.end(seconds=30), 130)

        self.stand_in.control("DELETE", "faults")
        self.assertEqual(self._backfill("--yes").returncode, 0)
        self._assert_stored("ESH6")
        self.assert_bought_once([p for p in self.stand_in.purchases() if p["records_sent"]])

    def test_a_piece_that_fails_ends_it_and_says_why(self):
        self.stand_in.fault(status=400, case="license_not_found_unauthorized", message="no licence", skip=2, count=-1)
        failed = self._backfill("--yes", "--json")
        self.assertEqual(failed.returncode, 1)
        answer = json.loads(failed.stdout)
        self.assertEqual((answer["state"], answer["series"][0]["pieces_done"]), ("failed", 2))
        self.assertIn("no licence", answer["error"])

        self.stand_in.control("DELETE", "faults")
        self.assertEqual(self._backfill("--yes").returncode, 0)
        self.assert_bought_once()
        self._assert_stored("ESH6")

    def test_an_unknown_symbol_is_refused_before_anything_is_bought(self):
        done = self._backfill("--yes", symbols=("ESH6", "NOSUCH1"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("NOSUCH1", done.stderr)
        self.assertEqual(self.stand_in.purchases(), [])

    def test_a_wrong_key_is_told(self):
        program = self.program(**{**self.base_environment(), "DATABENTO_API_KEY": "db-wrongkey000000000000000000000"})
        done = program.run("backfill", "--symbol", "ESH6", *_RANGE, "--yes")
        self.assertEqual(done.returncode, 1)
        self.assertIn("refused the API key", done.stderr)
        self.assertEqual(self.stand_in.purchases(), [])


if __name__ == "__main__":
    unittest.main()
