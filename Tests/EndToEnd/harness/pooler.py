"""A PgBouncer in transaction mode before the tests' server, and a database that is reached through it."""

import os
import re
import shutil
import subprocess
import tempfile
import urllib.parse
import uuid
from pathlib import Path

from harness.databases import POSTGRES, Database
from harness.polling import eventually

#: `TAPEDECK_TEST_PGBOUNCER` names another one than that of the system.
PROGRAM = os.environ.get("TAPEDECK_TEST_PGBOUNCER") or shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")


def _version() -> tuple[int, ...]:
    """The pooler's version, of nothing without a pooler."""
    if not PROGRAM:
        return ()
    printed = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=True).stdout
    return tuple(map(int, re.search(r"PgBouncer (\d+)\.(\d+)", printed).groups()))


#: Whether it can keep prepared statements apart.
TRACKS_STATEMENTS = _version() >= (1, 21)


class Pooler:
    """A PgBouncer whose clients share four server connections, on a Unix socket, until `stop`.

    `statements_max` is how many prepared statements it keeps for each client; 0 passes them on as they are.
    """

    def __init__(self, statements_max: int):
        # Others may have to enter, and a socket's path is short.
        self.folder = Path(tempfile.mkdtemp(prefix="tapedeck-pgb-", dir="/tmp"))
        self.folder.chmod(0o777)
        tracking = f"max_prepared_statements = {statements_max}" if TRACKS_STATEMENTS else ""
        (self.folder / "pgbouncer.ini").write_text(
            f"""
            [databases]
            * = {self._server()}
            [pgbouncer]
            listen_addr =
            unix_socket_dir = {self.folder}
            unix_socket_mode = 0777
            listen_port = 6432
            auth_type = any
            pool_mode = transaction
            default_pool_size = 4
            max_client_conn = 200
            {tracking}
            {"user = nobody" if os.getuid() == 0 else ""}
            """.replace("\n            ", "\n")
        )
        self.start()

    @staticmethod
    def _server() -> str:
        address = urllib.parse.urlsplit(POSTGRES)
        given = dict(urllib.parse.parse_qsl(address.query))
        given |= {"host": address.hostname, "port": address.port, "user": address.username, "password": address.password} | given
        return " ".join(f"{name}='{given[name]}'" for name in ("host", "port", "user", "password") if given.get(name))

    def url(self, database: str) -> str:
        """The address of a database behind it."""
        return f"postgresql://bot@/{database}?host={self.folder}&port=6432"

    def start(self) -> None:
        """Starts it; returns when it listens."""
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                [PROGRAM, str(self.folder / "pgbouncer.ini")], stdout=log, stderr=subprocess.STDOUT, cwd="/"
            )
        text = eventually("the pooler is up", lambda: self._started())
        if "process up" not in text:
            raise AssertionError(text)

    def _started(self) -> str:
        text = (self.folder / "log").read_text()
        return text if "process up" in text or self.process.poll() is not None else ""

    def kill(self) -> None:
        """Ends it at once, and all connections with it."""
        self.process.kill()
        self.process.wait()
        (self.folder / "log").unlink()

    def stop(self) -> None:
        """Ends it and removes its files."""
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder)


class PooledDatabase(Database):
    """A database of its own, which the workers reach through a pooler: parameters such as a schema do not pass it."""

    def __init__(self, pooler: Pooler):
        self.name = f"e2e_{uuid.uuid4().hex[:16]}"
        self.url = pooler.url(self.name)
        #: Past the pooler.
        self.direct_url = urllib.parse.urlsplit(POSTGRES)._replace(path=f"/{self.name}").geturl()
        self._psql(POSTGRES, f"CREATE DATABASE {self.name}")

    def query(self, sql: str) -> list[str]:
        return self._psql(self.direct_url, sql)

    def drop(self) -> None:
        self._psql(POSTGRES, f"DROP DATABASE {self.name} WITH (FORCE)")

    @staticmethod
    def _psql(url: str, sql: str) -> list[str]:
        done = subprocess.run(
            ["psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--dbname", url, "--command", sql],
            capture_output=True, text=True, timeout=60,
        )
        if done.returncode != 0:
            raise AssertionError(f"psql: {done.stderr}")
        return done.stdout.splitlines()
