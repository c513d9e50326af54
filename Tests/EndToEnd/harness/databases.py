"""Fresh databases of both kinds."""

import os
import shutil
import subprocess
import tempfile
import urllib.parse
import uuid
from pathlib import Path

POSTGRES = os.environ.get("TAPEDECK_TEST_POSTGRES")
#: The kinds that the tests run on.
DATABASES = ("sqlite", "postgres")


class Database:
    """An empty database of its own, until `drop`."""

    url: str

    def drop(self) -> None:
        """Removes it with all that it holds."""


class SQLiteDatabase(Database):
    """A file in a temporary folder."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="tapedeck-e2e-"))
        self.path = self.folder / "made" / "market-cache.db"
        self.url = f"sqlite:{self.path}"

    def drop(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


class PostgresDatabase(Database):
    """A schema of its own on a server."""

    def __init__(self, server: str):
        self.server = server
        self.schema = f"e2e_{uuid.uuid4().hex[:16]}"
        options = urllib.parse.quote(f"-csearch_path={self.schema}")
        self.url = f"{server}{'&' if '?' in server else '?'}options={options}"
        self.query(f"CREATE SCHEMA {self.schema}")

    def query(self, sql: str) -> str:
        """What psql prints for a statement."""
        return psql(self.server, sql)

    def drop(self) -> None:
        self.query(f"DROP SCHEMA {self.schema} CASCADE")


def psql(server: str, sql: str) -> str:
    """Runs a statement with psql and returns its output."""
    done = subprocess.run(
        ["psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--dbname", server, "--command", sql],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PGOPTIONS": "-c client_min_messages=warning"},
    )
    if done.returncode != 0:
        raise AssertionError(f"psql: {done.stderr}")
    return done.stdout.strip()


def fresh_database(kind: str) -> Database:
    """An empty database of a kind; Postgres needs TAPEDECK_TEST_POSTGRES."""
    return SQLiteDatabase() if kind == "sqlite" else PostgresDatabase(POSTGRES)
