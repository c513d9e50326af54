"""scripts/fleet starts the whole topology and leaves nothing behind."""

import os
import re
import signal
import subprocess
import unittest
from pathlib import Path

from harness import eventually
from harness.fleet import Fleet

_SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "fleet"


class FleetScript(unittest.TestCase):
    """The script with a Postgres of its own."""

    def test_three_workers_answer_behind_one_door_and_a_stop_leaves_no_process(self):
        fleet = Fleet(3)
        self.addCleanup(fleet.folder.cleanup)
        self.addCleanup(fleet.stop)
        # The script, three workers, the load balancer, Postgres.
        self.assertGreaterEqual(len(fleet.processes()), 6)

        first = fleet.get("/v1/bars", symbol="ES.c.0", timeframe="1h", start="2026-01-05", end="2026-01-06")
        self.assertEqual((first.status, first.tier), (200, "provider"), str(first))
        answers = {first.headers["x-tapedeck-worker"]: first}

        def all_have_answered() -> bool:
            answer = fleet.get("/v1/bars", symbol="ES.c.0", timeframe="1h", start="2026-01-05", end="2026-01-06")
            self.assertNotEqual(answer.tier, "provider", "what one worker has bought, the others read")
            self.assertEqual((answer.status, answer.body), (200, first.body))
            answers[answer.headers["x-tapedeck-worker"]] = answer
            return len(answers) == 3

        eventually("each of the workers has answered", all_have_answered)

        killed = int(re.search(r"worker 2: pid (\d+)", fleet.output)[1])
        os.kill(killed, signal.SIGKILL)
        fleet.wait_for("^Worker 2 ended with 137", 10)
        for _ in range(6):
            self.assertEqual(fleet.get("/v1/symbols").status, 200)

        self.assertEqual(fleet.stop(), 0)
        self.assertEqual(fleet.processes(), [])
        self.assertEqual(sorted(path.name for path in Path(fleet.folder.name).iterdir()), ["output"])

    def test_wrong_arguments_are_refused_before_anything_starts(self):
        for arguments in (["0"], ["31"], ["three"], ["--port"], ["--port", "-1"], ["--unknown", "1"]):
            with self.subTest(arguments=arguments):
                done = subprocess.run([str(_SCRIPT), *arguments], capture_output=True, text=True, timeout=20)
                self.assertEqual((done.returncode, done.stdout), (64, ""))
                self.assertIn("scripts/fleet [N]", done.stderr)

    def test_a_password_in_a_flag_is_refused_and_not_shown(self):
        done = subprocess.run(
            [str(_SCRIPT), "--postgres", "postgres://user:unseen@127.0.0.1/x"],
            capture_output=True, text=True, timeout=20,
        )
        self.assertEqual(done.returncode, 1)
        self.assertIn("PGPASSWORD", done.stderr)
        self.assertNotIn("unseen", done.stderr + done.stdout)
