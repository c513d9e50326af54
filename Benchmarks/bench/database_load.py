"""What a Postgres server has done, counted by itself."""

import os
from dataclasses import dataclass, fields
from pathlib import Path

from harness.cluster import Cluster

from bench.tools import psql

_COUNTED = """
    SELECT sum(calls) FILTER (WHERE query ILIKE 'BEGIN%' OR query LIKE '%pg_notify%'),
        sum(calls) FILTER (WHERE NOT query ~* '^(BEGIN|COMMIT|ROLLBACK)'),
        sum(calls) FILTER (WHERE query LIKE '%pg_notify%'),
        sum(rows), sum(total_exec_time),
        (SELECT pg_current_wal_lsn() - '0/0'::pg_lsn),
        (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid())
    FROM pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND query NOT LIKE '%pg_stat_statements%'
"""


@dataclass
class Load:
    """Counts since the server's start, or the difference of two."""

    transactions: float
    statements: float
    #: Transactions that sent notices, heartbeats included.
    notices: float
    rows: float
    #: The time that statements took, in milliseconds.
    milliseconds: float
    #: Bytes of the write-ahead log.
    log_bytes: float
    connections: float
    #: The processor time of the server and all its processes, in milliseconds.
    processor: float

    def since(self, earlier: "Load", seconds: float) -> "Load":
        """What was done a second; connections as they are."""
        rates = {f.name: (getattr(self, f.name) - getattr(earlier, f.name)) / seconds for f in fields(self)}
        return Load(**{**rates, "connections": self.connections})


def counting_cluster() -> Cluster:
    """A server of its own that counts its statements."""
    cluster = Cluster()
    psql(cluster.url, "--command", "ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'")
    cluster.control("stop", "-m", "fast")
    cluster.start()
    return cluster


def load(cluster: Cluster, url: str) -> Load:
    """What the server has done so far for a database, and with its processor."""
    found = psql(url, "--tuples-only", "--no-align", "--command", _COUNTED).strip().split("|")
    return Load(*(float(value or 0) for value in found), processor=_processor(cluster))


def _processor(cluster: Cluster) -> float:
    """Milliseconds of the server's processes that live, and of those that have ended."""
    server = (cluster.home / "data" / "postmaster.pid").read_text().split()[0]
    total = 0
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            values = (entry / "stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if entry.name == server:
            total += sum(map(int, values[11:15]))
        elif values[1] == server:
            total += sum(map(int, values[11:13]))
    return total * 1000 / os.sysconf("SC_CLK_TCK")
