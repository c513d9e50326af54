"""Fresh databases of both kinds."""

import contextlib
import os
import shutil
import sqlite3
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

    def query(self, sql: str) -> list[str]:
        """Runs a statement behind the workers' back; each row as text, columns separated by `|`."""
        raise NotImplementedError

    def drop(self) -> None:
        """Removes it with all that it holds."""


class SQLiteDatabase(Database):
    """A file in a temporary folder."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="tapedeck-e2e-"))
        self.path = self.folder / "made" / "market-cache.db"
        self.url = f"sqlite:{self.path}"

    def query(self, sql: str) -> list[str]:
        with contextlib.closing(sqlite3.connect(self.path, timeout=20)) as connection, connection:
            return ["|".join(map(str, row)) for row in connection.execute(sql)]

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

    def query(self, sql: str) -> list[str]:
        done = subprocess.run(
            ["psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--dbname", self.url, "--command", sql],
            capture_output=True,
            text=True,
            timeout=60,
        )
        if done.returncode != 0:
            raise AssertionError(f"psql: {done.stderr}")
        return done.stdout.splitlines()

    def drop(self) -> None:
        self.query(f"SET client_min_messages = warning; DROP SCHEMA {self.schema} CASCADE")


def fresh_database(kind: str) -> Database:
    """An empty database of a kind; Postgres needs TAPEDECK_TEST_POSTGRES."""
    return SQLiteDatabase() if kind == "sqlite" else PostgresDatabase(POSTGRES)
