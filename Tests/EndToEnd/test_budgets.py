"""A day's budget: what would pass it is refused before it is bought."""

import json
import unittest
from concurrent.futures import ThreadPoolExecutor

from harness import DatabentoCase, bars_of, each_database, ns

_DAY = {"start": "2026-01-12", "end": "2026-01-13"}
_NEXT = {"start": "2026-01-13", "end": "2026-01-14"}
_BOTH = {"start": "2026-01-12", "end": "2026-01-14"}
_CLIENTS = {"TAPEDECK_TOKENS": "poor=token-of-the-poor-bot,rich=token-of-the-rich-bot"}


@each_database
class Budgets(DatabentoCase):
    """The stand-in says what a day costs; the budget is for one and a half."""

    def setUp(self):
        super().setUp()
        worker = self.start_worker()
        explained = worker.bars("ESH6", "1m", **_DAY, explain="true").json
        self.assertIsNone(explained["budget"])
        self.price = explained["estimate"]["usd"]
        self.assertGreater(self.price, 0)
        worker.stop()

    def _truth(self, span):
        return self.truth_bars("ESH6", "1m", ns(span["start"]), ns(span["end"]))

    def _budget(self, days: float) -> dict[str, str]:
        return {"TAPEDECK_BUDGET_USD_PER_DAY": f"{self.price * days:.12f}"}

    def test_a_purchase_beyond_it_is_refused_and_what_is_stored_is_served(self):
        worker = self.start_worker(**self._budget(1.5))
        worker.bars("ESH6", "1m", **_DAY)

        refused = worker.get("/v1/bars", symbol="ESH6", timeframe="1m", **_NEXT)
        self.assertEqual(refused.status, 402, refused)
        self.assertEqual(refused.json["type"], "urn:tapedeck:problem:budget-exceeded")
        self.assertGreaterEqual(int(refused.headers["retry-after"]), 1)
        partial = worker.bars("ESH6", "1m", **_BOTH).json
        self.assertEqual(bars_of(partial), self._truth(_DAY))
        self.assertEqual([part["reason"] for part in partial["missing"]], ["budgetExceeded"])
        explained = worker.bars("ESH6", "1m", **_NEXT, explain="true").json["budget"]
        self.assertFalse(explained["allowed"])
        self.assertAlmostEqual(explained["spent_usd"], self.price, places=9)
        self.assertIn("It would be refused", self.command("explain", "ESH6", "1m", "--start", _NEXT["start"], "--end",
                                                          _NEXT["end"], **self._budget(1.5)).stdout)
        self.assertEqual(len(self.stand_in.purchases()), 1)
        stats = worker.admin("GET", "/admin/cache/stats").json["budget"]
        self.assertAlmostEqual(stats["spent_usd"], self.price, places=9)

    def test_it_is_shared_by_workers_that_ask_at_the_same_time(self):
        workers = [self.start_worker(**self._budget(2.5)) for _ in range(2)]
        days = [{"start": f"2026-01-{day:02}", "end": f"2026-01-{day + 1:02}"} for day in (5, 6, 7, 8, 12, 13)]
        with ThreadPoolExecutor(6) as threads:
            statuses = list(
                threads.map(
                    lambda pair: workers[pair[0] % 2].get("/v1/bars", symbol="ESH6", timeframe="1m", **pair[1]).status,
                    enumerate(days),
                )
            )
        self.assertLessEqual(set(statuses), {200, 402})
        self.assertLessEqual(statuses.count(200), 3)
        spent = float(self.database.query("SELECT sum(cost_usd) FROM purchases")[0])
        self.assertLessEqual(spent, self.price * 2.5 + 1e-9)
        self.assertEqual(len(self.stand_in.purchases()), statuses.count(200))

    def test_each_client_has_its_own(self):
        worker = self.start_worker(
            TAPEDECK_BUDGET_USD_PER_DAY_PER_CLIENT=f"{self.price * 0.5:.12f}",
            TAPEDECK_BUDGET_USD_PER_DAY_CLIENTS=f"rich={self.price * 5:.12f}",
            **_CLIENTS,
        )

        def ask(client: str) -> int:
            headers = {"Authorization": f"Bearer token-of-the-{client}-bot"}
            return worker.request("GET", "/v1/bars", headers=headers, symbol="ESH6", timeframe="1m", **_DAY).status

        self.assertEqual([ask("poor"), ask("rich"), ask("poor")], [402, 200, 200])

    def test_a_command_is_held_to_it(self):
        limits = self._budget(0.5)
        done = self.command("bars", "ESH6", "1m", "--start", _DAY["start"], "--end", _DAY["end"], "--json", **limits)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("budget", done.stderr)
        self.assertEqual(self.stand_in.purchases(), [])
        explained = json.loads(
            self.command("explain", "ESH6", "1m", "--start", _DAY["start"], "--end", _DAY["end"], "--json",
                         **limits).stdout
        )
        self.assertFalse(explained["budget"]["allowed"])


if __name__ == "__main__":
    unittest.main()
