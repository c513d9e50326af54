"""What a row runs in: a database, the stand-in vendor with a clock that moves, a worker, and its load."""

import contextlib
import random
import re
import time

from harness import ADMIN_TOKEN, KEY, StandIn, Worker, eventually, text
from harness.cluster import Cluster
from harness.databases import Database, PostgresDatabase, SQLiteDatabase
from harness.worker import Program, check_no_secrets
from reliability.clients import STORED_SPAN, STORED_SYMBOL, usual_clients
from reliability.load import Load
from reliability.proxy import Proxy
from reliability.record import Record
from reliability.row import Row
from reliability.sqlite import remove_small_disk, small_disk

#: Long enough for the longest backoff and the longest time that a breaker stays open by itself, twice.
_NORMAL_SECONDS = 150
#: Lines of the workers' logs that are shown when a row fails.
_COMPLAINTS_MAX = 15


class World:
    """Made anew for each row, and closed behind it."""

    def __init__(self, row: Row, seed: int):
        self.row = row
        self.random = random.Random(seed)
        self.record = Record()
        self._closing = contextlib.ExitStack()
        self._programs: list[Program] = []
        self.stand_in = StandIn.shared()
        self.stand_in.control("POST", "reset", {})
        self.stand_in.settings(unsettled_seconds=30)
        self.cluster: Cluster | None = None
        self.database = self._make_database()
        self.worker_url = self.database.url
        self.vendor_url = self.stand_in.url
        if "database" in row.proxied:
            port = int(re.search(r"@127\.0\.0\.1:(\d+)", self.database.url)[1])
            self.database_proxy = self._proxy(port)
            self.worker_url = self.database.url.replace(f":{port}/", f":{self.database_proxy.port}/")
        if "vendor" in row.proxied:
            self.vendor_proxy = self._proxy(self.stand_in.port)
            self.vendor_url = f"http://127.0.0.1:{self.vendor_proxy.port}"
        self.load = Load(self, usual_clients(row.has_bulk), self.record)

    def _make_database(self) -> Database:
        if self.row.database == "postgres":
            self.cluster = Cluster()
            self._closing.callback(self.cluster.remove)
            return PostgresDatabase(self.cluster.url)
        database = SQLiteDatabase()
        self._closing.callback(database.drop)
        if self.row.is_on_small_disk:
            disk = small_disk()
            self._closing.callback(remove_small_disk, disk)
            database.path = disk / "market-cache.db"
            database.url = f"sqlite:{database.path}"
        return database

    def _proxy(self, port: int) -> Proxy:
        proxy = Proxy(port)
        self._closing.callback(proxy.close)
        return proxy

    def close(self) -> None:
        """Ends everything; raises when a worker crashed or showed a secret."""
        with self._closing:
            for program in self._programs:
                if isinstance(program, Worker):
                    program.kill()
                    self._check_output(program)
                program.close()

    def _check_output(self, worker: Worker) -> None:
        check_no_secrets(worker.output, "a worker's output")
        if crash := [line for line in worker.output.splitlines() if "Fatal error" in line]:
            raise AssertionError(f"the worker crashed: {crash}")

    def complaints(self) -> list[str]:
        """The last warnings and errors of the workers' logs."""
        workers = [program for program in self._programs if isinstance(program, Worker)]
        lines = [line for worker in workers for line in worker.output.splitlines()]
        return [line for line in lines if " warning " in line or " error " in line][-_COMPLAINTS_MAX:]

    def environment(self, **settings: str) -> dict[str, str]:
        """The settings of all processes: defaults, but for a shorter life of what expires."""
        return {
            "TAPEDECK_ADMIN_TOKEN": ADMIN_TOKEN,
            "DATABENTO_API_KEY": KEY,
            "TAPEDECK_DATABENTO_URL": self.vendor_url,
            "TAPEDECK_PROVISIONAL_LIFETIME_MIN": "2s",
            "TAPEDECK_PROVISIONAL_LIFETIME_MAX": "2s",
            "TAPEDECK_QUOTE_LIFETIME": "2s",
            "TAPEDECK_BARS_MAX": "200000",
            **self.row.settings,
            **settings,
        }

    def start_worker(self, **settings: str) -> None:
        """Starts a worker, which the load asks from then on."""
        self.worker = self.new_worker(**settings)

    def new_worker(self, url: str | None = None, **settings: str) -> Worker:
        """Starts a worker that the load does not ask."""
        worker = Worker(url or self.worker_url, **self.environment(**settings))
        self._programs.append(worker)
        return worker

    def command(self, *arguments: str):
        """Runs the program on the row's database."""
        program = Program(self.database.url, **self.environment())
        self._programs.append(program)
        return program.run(*arguments)

    def stop_worker(self) -> None:
        """Stops the worker as an operator does; it has to end well."""
        code = self.worker.stop(seconds=60)
        if code != 0:
            raise AssertionError(f"the worker ended with {code}")

    def restart_worker(self, **settings: str) -> None:
        """Stops the worker and starts another with these settings, while nobody asks."""
        with self.load.paused():
            self.stop_worker()
            self.start_worker(**settings)

    def prepare(self) -> None:
        """Has a first worker buy what only the database holds later, and starts the worker of the row."""
        first = self.new_worker()
        first.bars(STORED_SYMBOL, "1m", text(STORED_SPAN[0]), text(STORED_SPAN[1]))
        if first.stop() != 0:
            raise AssertionError("the first worker did not end well")
        self.start_worker()
        # Before that it buys nothing without the database.
        eventually("the worker knows that it is alone", lambda: self.stats()["fleet"]["alone"] == 1)

    def stats(self) -> dict:
        """The worker's own figures."""
        response = self.worker.admin("GET", "/admin/cache/stats")
        if response.status != 200:
            raise AssertionError(f"the worker's figures cannot be had: {response}")
        return response.json

    def until_database_is(self, state: str) -> None:
        """Waits until the worker says so of its database."""
        eventually(f"the database is {state}", lambda: self.stats()["database"]["state"] == state, 60)

    def until_breaker_opens(self) -> None:
        """Waits until the worker leaves the vendor alone."""
        eventually("the breaker opens", lambda: any(b["state"] == "open" for b in self.stats()["breakers"]), 60)

    def until_normal(self, since: float) -> float:
        """Waits until everything is as before the fault; the seconds that it took since a moment."""
        eventually("the worker is as before the fault", self._is_normal, _NORMAL_SECONDS)
        self.load.until_clean(since, _NORMAL_SECONDS)
        return time.monotonic() - since

    def _is_normal(self) -> bool:
        if self.worker.get("/ready").status != 200:
            return False
        stats = self.stats()
        return (
            stats["database"]["state"] == "up"
            and stats["write_behind"]["records"] == 0
            and all(breaker["state"] == "closed" for breaker in stats["breakers"])
        )

    def hold(self, seconds: float) -> None:
        """Lets the load go on."""
        time.sleep(seconds)

    def requests(self, status: int | None = None, **matching) -> list[dict]:
        """The vendor's log."""
        log = self.stand_in.control("GET", "log")["requests"]
        return [r for r in log if status in (None, r["status"]) and all(r[k] == v for k, v in matching.items())]
