"""A SQLite file that takes no writes: locked, on a full disk, made read-only."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
import tempfile
import unittest
from pathlib import Path

from harness import DatabentoCase, bars_of, eventually, ns
from harness.databases import SQLiteDatabase

_SPAN = {"start": "2026-01-12T14:00:00Z", "end": "2026-01-12T16:00:00Z"}
_OTHER = {"start": "2026-01-05", "end": "2026-01-10"}
_QUICK = {"TAPEDECK_DATABASE_SLOW_AFTER": "1s", "TAPEDECK_DATABASE_TIMEOUT": "2s"}


class SQLiteOutage(DatabentoCase, unittest.TestCase):
    """Reads go on from the file; what is bought waits until it can be written."""

    kind = "sqlite"

    def _truth(self, span):
        return self.truth_bars("ESH6", "1m", ns(span["start"]), ns(span["end"]))

    def _check_outage(self, begin, end) -> None:
        """Buys while the file takes no writes, and finds everything in it afterwards."""
        worker = self.start_worker(**_QUICK)
        worker.bars("ESH6", "1m", **_SPAN)
        worker.bars("NQH6", "1m", **_SPAN)
        worker.stop()
        worker = self.start_worker(**_QUICK)
        begin()
        try:
            bought = worker.bars("ESH6", "1m", **_OTHER)
            self.assertEqual((bought.tier, bars_of(bought.json)), ("provider", self._truth(_OTHER)))
            self.assert_is_complete(bought.json)
            stats = worker.admin("GET", "/admin/cache/stats").json
            self.assertEqual(stats["database"]["state"], "readOnly")
            self.assertGreaterEqual(stats["write_behind"]["records"], len(self._truth(_OTHER)))
            # What is stored is still answered, also what memory does not hold.
            for symbol in ("ESH6", "NQH6"):
                self.assertEqual(worker.bars(symbol, "1m", **_SPAN).tier, "database")
        finally:
            end()
        eventually("nothing waits to be written", lambda: self._is_up(worker))
        self.assertEqual(worker.stop(), 0)
        self.assert_bought_once()
        worker = self.start_worker()
        for span in (_SPAN, _OTHER):
            response = worker.bars("ESH6", "1m", **span)
            self.assertEqual((response.tier, bars_of(response.json)), ("database", self._truth(span)))
        self.assertEqual(
            self.database.query("SELECT state, records FROM purchases ORDER BY started_at"),
            [f"done|{purchase['records_sent']}" for purchase in self.stand_in.purchases()],
        )

    def _is_up(self, worker) -> bool:
        stats = worker.admin("GET", "/admin/cache/stats").json
        return stats["database"]["state"] == "up" and stats["write_behind"]["records"] == 0

    def test_a_file_that_another_process_keeps_locked(self):
        with contextlib.ExitStack() as stack:
            locker = []

            def lock():
                connection = sqlite3.connect(self.database.path, timeout=20, isolation_level=None)
                stack.callback(connection.close)
                connection.execute("BEGIN IMMEDIATE")
                locker.append(connection)

            self._check_outage(lock, lambda: locker[0].execute("ROLLBACK"))

    def test_a_file_that_was_made_read_only(self):
        def attribute(change: str) -> bool:
            files = [str(path) for path in self.database.path.parent.iterdir()]
            done = subprocess.run(["chattr", change, *files], capture_output=True, check=False)
            return done.returncode == 0

        probe = Path(tempfile.mkdtemp(prefix="tapedeck-e2e-"))
        self.addCleanup(shutil.rmtree, probe)
        (probe / "file").touch()
        if not shutil.which("chattr") or subprocess.run(
            ["chattr", "+i", str(probe / "file")], capture_output=True, check=False
        ).returncode:
            self.skipTest("files cannot be made immutable here: that needs root and a file system that can")
        subprocess.run(["chattr", "-i", str(probe / "file")], check=True)
        self._check_outage(lambda: self.assertTrue(attribute("+i")), lambda: self.assertTrue(attribute("-i")))

    def test_a_full_disk(self):
        folder = Path(tempfile.mkdtemp(prefix="tapedeck-e2e-full-"))
        self.addCleanup(shutil.rmtree, folder)
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(folder)], capture_output=True, text=True, check=False
        )
        if mounted.returncode:
            self.skipTest(f"a small file system cannot be mounted here: that needs root ({mounted.stderr.strip()})")
        self.addCleanup(subprocess.run, ["umount", "--lazy", str(folder)], check=True)
        self.database = SQLiteDatabase()
        self.addCleanup(self.database.drop)
        self.database.path = folder / "market-cache.db"
        self.database.url = f"sqlite:{self.database.path}"
        ballast = folder / "ballast"

        def fill():
            with open(ballast, "wb", buffering=0) as file, contextlib.suppress(OSError):
                while True:
                    file.write(bytes(os.statvfs(folder).f_bavail * 4096 or 4096))

        self._check_outage(fill, ballast.unlink)


if __name__ == "__main__":
    unittest.main()
