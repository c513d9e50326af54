"""What the end-to-end tests share: processes, databases, HTTP, and comparison with the vendor's truth."""

from harness.cases import DatabentoCase, WorkerCase, each_database
from harness.clocks import TimeOfDay, shifted_clock
from harness.cluster import Cluster
from harness.databases import DATABASES, Database, fresh_database
from harness.polling import eventually
from harness.stalling import StallingProxy
from harness.stand_in import KEY, StandIn
from harness.terminal import CTRL_C, Terminal
from harness.times import DAY, HOUR, MINUTE, SECOND, ns, text
from harness.truth import aggregated, bars_of, quotes_of
from harness.worker import ADMIN_TOKEN, Worker

__all__ = [
    "ADMIN_TOKEN", "CTRL_C", "DATABASES", "DAY", "Database", "DatabentoCase", "HOUR", "KEY", "MINUTE", "SECOND", "StallingProxy",
    "StandIn", "Terminal", "Worker", "WorkerCase", "aggregated", "bars_of", "each_database", "eventually", "fresh_database", "ns", "quotes_of",
    "text",
]
