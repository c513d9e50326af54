"""Everything that may happen to a fleet, for a short while; `scripts/chaos` does it for longer."""

import time
import unittest

from harness.chaos import Chaos
from harness.databases import POSTGRES


class ShortChaos(unittest.TestCase):
    """Eight workers, killed, frozen and cut off, their database restarted, while clients ask."""

    @unittest.skipUnless(POSTGRES, "TAPEDECK_TEST_POSTGRES is not set")
    def test_nothing_is_bought_twice_or_answered_wrongly(self):
        chaos = Chaos(seed=time.time_ns() % 2**32, days=4)
        try:
            chaos.run(seconds=20)
            findings = chaos.findings()
            self.assertEqual(findings, [], chaos.summary())
            self.assertGreater(chaos.clients.answers, 0)
        finally:
            chaos.close()


if __name__ == "__main__":
    unittest.main()
