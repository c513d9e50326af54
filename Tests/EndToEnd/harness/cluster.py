"""Postgres servers of a test's own, to be stopped, killed, paused, replicated and promoted."""

import os
import re
import signal
import subprocess
import tempfile
from pathlib import Path

from harness.polling import eventually

_SCRIPT = Path(__file__).resolve().parents[3] / "scripts" / "postgres"


class Cluster:
    """A Postgres server of the test's own, made by scripts/postgres; with `primary` as that one's standby.

    `arguments` are those of the script, `environment` is for the server itself.
    """

    def __init__(self, *arguments: str, primary: "Cluster | None" = None, **environment: str):
        self._environment = {**os.environ, **environment}
        self.folder = Path(tempfile.mkdtemp(prefix="tapedeck-e2e-pg-"))
        self.url = self._run("standby", primary.folder) if primary else self._run("start", *arguments)
        self.home = Path((self.folder / "home").read_text().strip())

    def _run(self, command: str, *arguments) -> str:
        done = subprocess.run(
            [str(_SCRIPT), command, str(self.folder), *map(str, arguments)],
            env=self._environment, capture_output=True, text=True, timeout=120,
        )
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        return done.stdout.strip()

    def query(self, sql: str) -> str:
        """What psql prints of a statement."""
        done = subprocess.run(
            ["psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--dbname", self.url, "--command", sql],
            capture_output=True, text=True, timeout=60, check=True,
        )
        return done.stdout.strip()

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

    def kill(self) -> None:
        """Ends all its processes at once, as a machine that loses its power; it cannot be started again."""
        self.signal(signal.SIGKILL)
        # By its number another process could be stopped later.
        (self.home / "data" / "postmaster.pid").unlink()

    def promote(self) -> None:
        """Makes a standby a server of its own."""
        self._run("promote")

    def remove(self) -> None:
        """Stops the server and removes its data."""
        subprocess.run([str(_SCRIPT), "stop", str(self.folder)], check=True, timeout=120)


class Replicated:
    """A primary and its standby, which follows it: asynchronously until `make_synchronous`.

    `url` names both and asks for the one that takes writes.
    """

    def __init__(self):
        self.primary = Cluster()
        try:
            self.standby = Cluster(primary=self.primary)
        except BaseException:
            self.primary.remove()
            raise
        ports = [re.search(r":(\d+)/", cluster.url)[1] for cluster in (self.primary, self.standby)]
        hosts = ",".join(f"127.0.0.1:{port}" for port in ports)
        self.url = f"postgresql://tapedeck@{hosts}/postgres?target_session_attrs=read-write"

    def make_synchronous(self) -> None:
        """Lets no commit be acknowledged any more before the standby has it."""
        self.primary.query("ALTER SYSTEM SET synchronous_standby_names = '*'")
        self.primary.query("SELECT pg_reload_conf()")
        state = "SELECT sync_state FROM pg_stat_replication"
        eventually("the standby is synchronous", lambda: self.primary.query(state) == "sync")

    def cut(self) -> None:
        """Brings the standby up to date and lets it follow no further."""
        position = self.primary.query("SELECT pg_current_wal_lsn()")
        behind = f"SELECT pg_wal_lsn_diff('{position}', pg_last_wal_replay_lsn()) > 0"
        eventually("the standby has caught up", lambda: self.standby.query(behind) == "f")
        self.standby.query("ALTER SYSTEM SET primary_conninfo = ''")
        self.standby.query("SELECT pg_reload_conf()")
        followers = "SELECT count(*) FROM pg_stat_replication"
        eventually("the standby follows no more", lambda: self.primary.query(followers) == "0")

    def remove(self) -> None:
        """Stops both and removes their data."""
        self.primary.remove()
        self.standby.remove()
