"""Tapedeck's databases with the same bars as rows and packed, and the databases' own bulk loading of the rows."""

import re
import sqlite3
from pathlib import Path

from bench.tools import output, ours, psql, timed

#: The tables that bars and what is known of them are kept in.
_TABLES = ("bars_cache", "bars_packed", "series")
FORMS = ("rows", "packed")


class PostgresStorage:
    """Databases of one server, which has its usual durability."""

    name = "postgres"

    def __init__(self, server: str):
        self._server = server
        for form in (*FORMS, "copied"):
            psql(server, "--command", f"CREATE DATABASE {form}")
            ours("store-fill", self.url(form), 0, 0, 0)

    def url(self, form: str) -> str:
        """The address of the database that holds rows, blocks, or what was copied."""
        return self._server.rsplit("/", 1)[0] + f"/{form}"

    def query(self, form: str, sql: str) -> int:
        """The number that a statement finds."""
        return int(psql(self.url(form), "--tuples-only", "--no-align", "--command", sql))

    def bytes(self, form: str) -> int:
        """Heap, indexes and TOAST of the tables, behind VACUUM and CHECKPOINT."""
        psql(self.url(form), "--command", "VACUUM ANALYZE", "--command", "CHECKPOINT")
        sizes = " + ".join(f"pg_total_relation_size('{table}')" for table in _TABLES)
        return self.query(form, f"SELECT {sizes}")

    def copy(self, rows: Path) -> float:
        """The seconds of one COPY into the table of the rows, with its primary key."""
        text = psql(self.url("copied"), input=f"\\timing on\n\\copy bars_cache FROM '{rows}' WITH (FORMAT csv)\n")
        return float(re.search(r"^Time: ([\d.]+) ms", text, re.MULTILINE)[1]) / 1000


class SQLiteStorage:
    """Files in one folder."""

    name = "sqlite"

    def __init__(self, folder: Path):
        self._folder = folder
        self._empty_bytes = {}
        for form in (*FORMS, "copied"):
            ours("store-fill", self.url(form), 0, 0, 0)
            self._empty_bytes[form] = self._file_bytes(form)

    def _path(self, form: str) -> Path:
        return self._folder / f"{form}.db"

    def url(self, form: str) -> str:
        """The address of the database that holds rows, blocks, or what was copied."""
        return f"sqlite:{self._path(form)}"

    def query(self, form: str, sql: str) -> int:
        """The number that a statement finds."""
        return int(output(["sqlite3", str(self._path(form)), sql]))

    def bytes(self, form: str) -> int:
        """What the file has grown by since its tables were made."""
        return self._file_bytes(form) - self._empty_bytes[form]

    def _file_bytes(self, form: str) -> int:
        output(["sqlite3", str(self._path(form)), "PRAGMA wal_checkpoint(TRUNCATE)"])
        return self._path(form).stat().st_size

    def copy(self, rows: Path) -> float:
        """The seconds of the shell's import, one prepared insert in one transaction, its own start aside."""
        path = str(self._path("copied"))
        # While this connection is open, the shell's does not write its whole log back when it closes.
        other = sqlite3.connect(path)
        try:
            other.execute("SELECT count(*) FROM series").fetchall()
            empty = timed(["sqlite3", path, "SELECT 1"], capture_output=True)
            return timed(["sqlite3", path, ".mode csv", f".import {rows} bars_cache"], capture_output=True) - empty
        finally:
            other.close()


def fill(storage, form: str, symbol: str, timeframe: str, source: Path) -> float:
    """The seconds in which a backfill's pieces of a symbol are stored."""
    return ours("storage-fill", storage.url(form), source, symbol, timeframe, form)["seconds"]


def check(storage, bars: int) -> None:
    """Raises unless one database has all bars in rows, the other all in blocks."""
    for form, expected in (("rows", (bars, 0)), ("packed", (0, bars))):
        rows = storage.query(form, "SELECT count(*) FROM bars_cache")
        packed = storage.query(form, "SELECT CAST(coalesce(sum(bar_count), 0) AS BIGINT) FROM bars_packed")
        if (rows, packed) != expected:
            raise RuntimeError(f"{storage.name}, {form}: {rows} bars are rows and {packed} packed")
