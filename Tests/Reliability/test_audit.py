"""The audit notices what it is there for: otherwise a table without losses would say nothing."""

import contextlib
import unittest

from reliability.audit import Audit, Auditor
from reliability.clients import Question
from reliability.row import Row
from reliability.world import World

from harness import HOUR, ns, text  # behind reliability, which says where it is


_SPAN = (ns("2026-01-12T14:00"), ns("2026-01-12T16:00"))
_ROW = Row("none", "nothing", "Everything is answered.", contextlib.nullcontext)
_FIRST = f"symbol = 'ESH6' AND timestamp = {_SPAN[0] + HOUR}"


class WhatTheAuditNotices(unittest.TestCase):
    """Each test does to the database, or to the purchases, what no fault may do."""

    def setUp(self):
        self.world = World(_ROW, seed=1)
        self.addCleanup(self.world.close)
        # The tests change rows.
        self.world.start_worker(TAPEDECK_PACK_AFTER="never")

    def _ask(self) -> None:
        parameters = {"symbol": "ESH6", "timeframe": "1m", "start": text(_SPAN[0]), "end": text(_SPAN[1])}
        self.assertTrue(self.world.load.ask(Question("fresh", "/v1/bars", parameters, _SPAN)).is_clean)

    def _audit(self) -> Audit:
        return Auditor(self.world).run()

    def test_nothing_is_found_where_nothing_is_wrong(self):
        self._ask()
        self.world.stop_worker()
        audit = self._audit()
        self.assertGreater(audit.acknowledged, 100)
        self.assertEqual((audit.lost, audit.bought_twice, audit.faults), (0, 0, ()))

    def test_a_bar_that_is_gone_is_lost(self):
        self._ask()
        self.world.stop_worker()
        self.world.database.query(f"DELETE FROM bars_cache WHERE {_FIRST}")
        self.assertEqual((self._audit().lost, self._audit().lost_wrongly), (1, 1))

    def test_a_bar_that_has_changed_is_lost(self):
        self._ask()
        self.world.stop_worker()
        self.world.database.query(f"UPDATE bars_cache SET volume = volume + 1 WHERE {_FIRST}")
        self.assertEqual(self._audit().lost_wrongly, 1)

    def test_what_is_bought_again_is_found_in_the_vendors_log(self):
        self._ask()
        self.world.worker.admin("DELETE", "/admin/cache/clear", symbol="ESH6")
        self._ask()
        self.world.stop_worker()
        audit = self._audit()
        self.assertEqual((audit.bought_twice_wrongly, audit.lost), (audit.acknowledged, 0))

    def test_a_purchase_that_is_not_in_the_ledger_is_found(self):
        self._ask()
        self.world.stop_worker()
        self.world.database.query("DELETE FROM purchases")
        self.assertIn("the ledger has 0 records", " ".join(self._audit().faults))

    def test_an_answer_that_is_not_the_vendors_is_found(self):
        self._ask()
        self.world.stop_worker()
        self.world.stand_in.control(
            "POST", "revise",
            {"dataset": "GLBX.MDP3", "symbol": "ESH6", "timestamp": text(_SPAN[0] + HOUR), "volume": 99_999},
        )
        self.assertIn("are not the vendor's", " ".join(self._audit().faults))


if __name__ == "__main__":
    unittest.main()
