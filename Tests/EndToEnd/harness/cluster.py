"""A Postgres server of a test's own, to be stopped, paused and started again."""

import os
import subprocess
import tempfile
from pathlib import Path

_SCRIPT = Path(__file__).resolve().parents[3] / "scripts" / "postgres"


class Cluster:
    """A Postgres server of the test's own, made by scripts/postgres; `environment` is for the server itself."""

    def __init__(self, *arguments: str, **environment: str):
        self._environment = {**os.environ, **environment}
        self.folder = Path(tempfile.mkdtemp(prefix="tapedeck-e2e-pg-"))
        done = subprocess.run(
            [str(_SCRIPT), "start", str(self.folder), *arguments],
            env=self._environment, capture_output=True, text=True, timeout=120,
        )
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        self.url = done.stdout.strip()
        self.home = Path((self.folder / "home").read_text().strip())

    def control(self, *arguments: str) -> None:
        """Runs pg_ctl as the cluster's owner, with the program that the server was started from."""
        data = self.home / "data"
        program = Path((data / "postmaster.opts").read_text().split()[0]).with_name("pg_ctl")
        owner = {}
        if os.getuid() == 0:
            status = data.stat()
            owner = {"user": status.st_uid, "group": status.st_gid, "extra_groups": []}
        subprocess.run(
            [str(program), *arguments, "-s", "-w", "-t", "60", "-D", str(data)],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", timeout=120,
            env=self._environment, **owner,
        )

    def stop(self) -> None:
        """Ends the server as a crash would."""
        self.control("stop", "-m", "immediate")

    def start(self) -> None:
        """Starts it again as it was."""
        options = (self.home / "data" / "postmaster.opts").read_text().split(maxsplit=1)[1].replace('"', "")
        self.control("start", "-l", str(self.home / "log"), "-o", options)

    def signal(self, number: int) -> None:
        """Sends a signal to the server and all its processes."""
        postmaster = int((self.home / "data" / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        for pid in (postmaster, *map(int, children)):
            os.kill(pid, number)

    def remove(self) -> None:
        """Stops the server and removes its data."""
        subprocess.run([str(_SCRIPT), "stop", str(self.folder)], check=True, timeout=120)
