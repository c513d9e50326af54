"""Old bars in compressed blocks: bought, packed, unpacked, damaged, and read meanwhile."""

import contextlib
import json
import signal
import sqlite3
import subprocess
import threading
import unittest

from harness import CTRL_C, DAY, DatabentoCase, Terminal, bars_of, each_database, eventually, fresh_database, ns, text
from harness.metrics import Metrics

#: Tuesday to Thursday; a stretch of 1-minute bars is a day.
_START, _END = "2026-01-06T00:00:00Z", "2026-01-09T00:00:00Z"
_DAYS = 3
_ROWS = {"TAPEDECK_PACK_AFTER": "never"}


class PackingCase(DatabentoCase):
    """Three days of 1-minute bars, and what the tables hold of them."""

    def backfill(self, *symbols: str, start: str = _START, end: str = _END, **environment: str) -> None:
        """Buys the three days."""
        done = self.command(
            "backfill", "--symbol", *(symbols or ("ESH6",)), "--timeframe", "1m", "--start", start, "--end", end,
            "--yes", **environment,
        )
        self.assertEqual(done.returncode, 0, done.stderr)

    def truth(self, symbol: str = "ESH6", start: str = _START, end: str = _END) -> list:
        """The vendor's bars of them."""
        return self.truth_bars(symbol, "1m", ns(start), ns(end))

    def row_count(self) -> int:
        """Bars that are rows."""
        return int(self.database.query("SELECT count(*) FROM bars_cache")[0])

    def packed(self) -> tuple[int, int]:
        """Blocks, and the bars in them."""
        counts = self.database.query("SELECT count(*), coalesce(sum(bar_count), 0) FROM bars_packed")[0]
        blocks, bars = counts.split("|")
        return int(blocks), int(bars)

    def rows(self) -> list[str]:
        """Every column of every row."""
        return self.database.query("SELECT * FROM bars_cache ORDER BY provider, symbol, timeframe, timestamp")

    def damage(self, day: str) -> None:
        """Spoils the block of a day."""
        blob = "x'0102'" if self.kind == "sqlite" else r"'\x0102'"
        self.database.query(f"UPDATE bars_packed SET bars = {blob} WHERE range_start = {ns(day)}")

    def pack(self, *arguments: str, **environment: str) -> dict:
        """Packs, and answers what the command tells."""
        done = self.command("pack", "--json", *arguments, **environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def unpack(self, *arguments: str, **environment: str) -> dict:
        """Unpacks, and answers what the command tells."""
        done = self.command("unpack", "--json", *arguments, **environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def statistics(self, worker) -> dict:
        """What a worker has packed."""
        return worker.admin("GET", "/admin/cache/stats").json["packing"]

    @contextlib.contextmanager
    def writers_held(self):
        """Lets no transaction change anything of a series meanwhile."""
        if self.kind == "sqlite":
            connection = sqlite3.connect(self.database.path, isolation_level=None)
            # Whoever opens a file without a write-ahead log writes one first.
            connection.execute("CREATE TABLE held (id INTEGER)")
            connection.execute("DROP TABLE held")
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            finally:
                connection.execute("ROLLBACK")
                connection.close()
            return
        with self.locked("LOCK TABLE bars_packed IN EXCLUSIVE MODE; SELECT 'locked'"):
            yield

    @contextlib.contextmanager
    def locked(self, sql: str):
        """Holds the locks that SQL takes on Postgres before it says 'locked'."""
        command = ["psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--dbname", self.database.url]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as psql:
            psql.stdin.write(f"BEGIN; {sql};\n")
            psql.stdin.flush()
            self.assertEqual(psql.stdout.readline().strip(), "locked")
            try:
                yield
            finally:
                psql.communicate("ROLLBACK;\n")


@each_database
class Answers(PackingCase):
    """What is packed is answered like rows."""

    def test_history_is_stored_packed_and_answered_as_from_rows(self):
        self.backfill()
        count = len(self.truth())
        self.assertEqual((self.row_count(), self.packed()), (0, (_DAYS, count)))

        other = fresh_database(self.kind)
        self.addCleanup(other.drop)
        rows = {**self.base_environment(), **_ROWS}
        bought = self.program(other.url, **rows).run(
            "backfill", "--symbol", "ESH6", "--timeframe", "1m", "--start", _START, "--end", _END, "--yes"
        )
        self.assertEqual(bought.returncode, 0, bought.stderr)
        self.assertEqual(other.query("SELECT count(*) FROM bars_packed"), ["0"])

        packed = self.start_worker(TAPEDECK_MODE="offline")
        self.database, own = other, self.database
        try:
            from_rows = self.start_worker(TAPEDECK_MODE="offline", **_ROWS)
        finally:
            self.database = own
        requests = [
            {"timeframe": "1m", "start": _START, "end": _END},
            {"timeframe": "1m", "start": "2026-01-06T23:58:00Z", "end": "2026-01-07T00:03:00Z"},
            {"timeframe": "1m", "start": "2026-01-07T10:00:00Z", "end": "2026-01-07T10:01:00Z"},
            {"timeframe": "5m", "start": "2026-01-06T10:00:00Z", "end": "2026-01-08T10:00:00Z"},
            {"timeframe": "10m", "start": "2026-01-07T00:00:00Z", "end": "2026-01-08T00:00:00Z"},
            {"timeframe": "1m", "start": "2026-01-05T00:00:00Z", "end": "2026-01-06T12:00:00Z"},
            {"timeframe": "1m", "start": _START, "end": _END, "format": "csv"},
        ]
        for request in requests:
            with self.subTest(request=request):
                one, two = (w.get("/v1/bars", symbol="ESH6", **request) for w in (packed, from_rows))
                self.assertEqual((one.status, one.body), (two.status, two.body))
                self.assertEqual(one.status, 200)
        self.assertEqual(bars_of(packed.bars("ESH6", "1m", _START, _END).json), self.truth())

    def test_packing_and_unpacking_keeps_every_row_bit_for_bit(self):
        self.backfill("ESH6", "NQH6", **_ROWS)
        before = self.rows()
        self.assertEqual((len(before), self.packed()), (len(self.truth()) + len(self.truth("NQH6")), (0, 0)))

        refused = self.command("pack", **_ROWS)
        self.assertEqual(refused.returncode, 64)
        self.assertIn("--older-than", refused.stderr)
        self.assertEqual(self.command("pack", "--older-than", "soon").returncode, 64)
        self.assertEqual(self.pack("--older-than", "36500d")["blocks"], 0)
        one = self.pack("NQH6", "--timeframe", "1m")
        self.assertEqual((one["state"], one["blocks"], one["bars"]), ("complete", _DAYS, len(self.truth("NQH6"))))
        self.assertEqual(self.row_count(), len(self.truth()))

        done = self.command("pack", "--older-than", "0s", **_ROWS)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"packed {len(self.truth())} bars in {_DAYS} blocks", done.stdout)
        self.assertIn("VACUUM", done.stdout)
        self.assertEqual((self.row_count(), self.packed()), (0, (2 * _DAYS, len(before))))
        worker = self.start_worker()
        for symbol in ("ESH6", "NQH6"):
            self.assertEqual(bars_of(worker.bars(symbol, "1m", _START, _END).json), self.truth(symbol))
        worker.stop()

        self.assertNotIn("pack again", self.command("unpack", "ESH6", **_ROWS).stderr)
        warned = self.command("unpack")
        self.assertIn("workers pack again what is older", warned.stderr)
        self.assertEqual(self.packed(), (0, 0))
        self.assertEqual(self.rows(), before)
        self.assertEqual(len(self.stand_in.purchases()), len({(p["symbol"], p["start"]) for p in self.stand_in.purchases()}))
        unknown = self.command("pack", "NOPE")
        self.assertEqual(unknown.returncode, 1)
        self.assertIn("NOPE: no bars are stored", unknown.stderr)

    def test_the_sizes_tell_blocks_and_the_bars_in_them(self):
        self.backfill()
        done = self.command("stats")
        self.assertIn("bars_packed", done.stdout)
        bars = next(line for line in done.stdout.splitlines() if "ESH6" in line)
        self.assertIn("1m bars", bars)
        packed = json.loads(self.command("stats", "--json").stdout)["packed_bars"]
        self.assertEqual(packed, len(self.truth()))


@each_database
class Damage(PackingCase):
    """A block that cannot be read."""

    _DAY = "2026-01-07T00:00:00Z"

    def test_a_worker_answers_everything_and_buys_the_day_once(self):
        self.backfill()
        before = len(self.stand_in.purchases())
        self.damage(self._DAY)
        worker = self.start_worker()
        for _ in range(2):
            answer = worker.bars("ESH6", "1m", _START, _END).json
            self.assertEqual(bars_of(answer), self.truth())
            self.assert_is_complete(answer)
        bought = self.stand_in.purchases()[before:]
        self.assertEqual([(p["start"], p["end"]) for p in bought], [(ns(self._DAY), ns(self._DAY) + DAY)])
        self.assertEqual(worker.output.count("a packed block is damaged"), 1)
        self.assertIn(self._DAY[:10], next(line for line in worker.output.splitlines() if "is damaged" in line))
        self.assertEqual(Metrics(worker).value("tapedeck_damaged_blocks_total"), 1)
        self.assertEqual(self.statistics(worker)["damaged_blocks"], 1)
        self.assertEqual(self.packed(), (_DAYS, len(self.truth())))

    def test_the_newest_bars_are_answered_whole_over_damage(self):
        self.backfill()
        before = len(self.stand_in.purchases())
        truth = self.truth()
        days = ["2026-01-07T00:00:00Z", "2026-01-08T00:00:00Z"]
        for day in days:
            self.damage(day)
        self.stand_in.settings(available_end=_END)
        worker = self.start_worker()
        count = sum(1 for bar in truth if bar[0] >= ns(days[1])) + 10
        answer = worker.bars("ESH6", "1m", last=count).json
        self.assertEqual(bars_of(answer), truth[-count:])
        self.assert_is_complete(answer)
        bought = sorted((p["start"], p["end"]) for p in self.stand_in.purchases()[before:])
        # No more of the older day than these bars need.
        self.assertTrue(ns(days[0]) < bought[0][0] < ns(days[1]), bought)
        self.assertEqual(bought[-1][1], ns(_END))
        self.assertEqual(self.statistics(worker)["damaged_blocks"], 2)
        self.assertEqual(bars_of(worker.bars("ESH6", "1m", last=count).json), truth[-count:])
        self.assertEqual(len(self.stand_in.purchases()), before + len(bought))

    def test_a_long_stream_over_damage_is_whole(self):
        start = "2025-12-24T00:00:00Z"
        self.backfill(start=start)
        # So many periods are streamed, and more than memory takes: damage is met behind the head of the answer.
        worker = self.start_worker(TAPEDECK_BARS_MAX="100")
        request = {"symbol": "ESH6", "timeframe": "1m", "start": start, "end": _END, "format": "csv"}
        sound = worker.get("/v1/bars", **request)
        before = len(self.stand_in.purchases())
        for day in ("2026-01-06T00:00:00Z", self._DAY):
            self.damage(day)
        answer = worker.get("/v1/bars", **request)
        self.assertEqual((answer.status, answer.body), (200, sound.body))
        self.assertEqual(self.statistics(worker)["damaged_blocks"], 2)
        self.assertEqual(len(self.stand_in.purchases()), before + 1, "both days at once")

    def test_without_the_vendor_the_day_is_missing_and_never_wrong(self):
        self.backfill()
        self.damage(self._DAY)
        worker = self.start_worker(TAPEDECK_MODE="offline")
        answer = worker.bars("ESH6", "1m", _START, _END).json
        day = ns(self._DAY)
        self.assertEqual(bars_of(answer), [b for b in self.truth() if not day <= b[0] < day + DAY])
        self.assertFalse(answer["complete"])
        self.assertEqual(
            [(m["start"], m["end"], m["reason"]) for m in answer["missing"]], [(self._DAY, text(day + DAY), "offline")]
        )

    def test_verify_names_it_and_fix_buys_it(self):
        self.backfill()
        self.damage(self._DAY)
        done = self.command("verify", "--json")
        report = json.loads(done.stdout)["series"][0]
        self.assertEqual(done.returncode, 2)
        self.assertEqual(len(report["errors"]), 1)
        self.assertIn("packed block 2026-01-07T00:00:00Z", report["errors"][0])
        day = ns(self._DAY)
        self.assertEqual(report["bars"], sum(1 for b in self.truth() if not day <= b[0] < day + DAY))
        self.assertEqual(self.packed()[0], _DAYS, "it only looks")

        dry = self.command("verify", "--fix", "--dry-run")
        self.assertEqual((dry.returncode, self.packed()[0]), (2, _DAYS))
        before = len(self.stand_in.purchases())
        fixed = self.command("verify", "--fix", "--yes")
        self.assertEqual(fixed.returncode, 0, fixed.stdout + fixed.stderr)
        bought = self.stand_in.purchases()[before:]
        self.assertEqual([(p["start"], p["end"]) for p in bought], [(day, day + DAY)])
        self.assertEqual(json.loads(self.command("verify", "--json").stdout)["series"][0]["bars"], len(self.truth()))

    def test_verify_leaves_alone_what_was_not_asked_about(self):
        self.backfill()
        self.damage(self._DAY)
        before = len(self.stand_in.purchases())
        elsewhere = ("--start", "2026-01-08T00:00:00Z", "--end", _END)
        for arguments in ((), ("--fix", "--yes")):
            done = self.command("verify", "--json", *elsewhere, *arguments)
            self.assertEqual((done.returncode, json.loads(done.stdout)["series"][0]["errors"]), (0, []))
        self.assertEqual((self.packed()[0], len(self.stand_in.purchases())), (_DAYS, before))

        there = ("--start", "2026-01-07T10:00:00Z", "--end", "2026-01-07T11:00:00Z")
        self.assertEqual(self.command("verify", *there).returncode, 2)
        fixed = self.command("verify", "--fix", "--yes", *there)
        self.assertEqual(fixed.returncode, 0, fixed.stdout + fixed.stderr)
        bought = self.stand_in.purchases()[before:]
        self.assertEqual([(p["start"], p["end"]) for p in bought], [(ns(there[1]), ns(there[3]))])

    def test_verify_gives_up_what_nobody_can_ask_for(self):
        self.backfill(start=self._DAY, end="2026-01-08T00:00:00Z")
        self.backfill("NQH6", end=self._DAY)
        self.damage(self._DAY)
        self.database.query(
            "UPDATE series SET coverage = (SELECT o.coverage FROM series o WHERE o.symbol = 'NQH6' AND o.timeframe = '1m')"
            " WHERE symbol = 'ESH6' AND timeframe = '1m'"
        )
        before = len(self.stand_in.purchases())
        dry = self.command("verify", "ESH6", "--fix", "--dry-run")
        self.assertEqual((dry.returncode, self.packed()[0]), (2, 2), dry.stdout + dry.stderr)
        fixed = self.command("verify", "ESH6", "--fix", "--yes")
        self.assertEqual((fixed.returncode, self.packed()[0]), (0, 1), fixed.stdout + fixed.stderr)
        self.assertIn("given up", fixed.stderr)
        self.assertEqual(self.command("verify", "ESH6").returncode, 0)
        self.assertEqual(len(self.stand_in.purchases()), before)

    def test_one_that_is_put_back_from_a_backup_is_answered_and_not_bought(self):
        self.backfill()
        before = len(self.stand_in.purchases())
        self.database.query("CREATE TABLE backup AS SELECT * FROM bars_packed")
        self.damage(self._DAY)
        self.assertEqual(self.command("verify").returncode, 2)
        self.database.query(
            "UPDATE bars_packed SET (bars, bar_count, first_at, last_at) = (SELECT b.bars, b.bar_count, b.first_at, b.last_at"
            " FROM backup b WHERE b.series_id = bars_packed.series_id AND b.range_start = bars_packed.range_start)"
            f" WHERE range_start = {ns(self._DAY)}"
        )
        self.assertEqual(self.command("verify").returncode, 0)
        worker = self.start_worker()
        self.assertEqual(bars_of(worker.bars("ESH6", "1m", _START, _END).json), self.truth())
        self.assertEqual(len(self.stand_in.purchases()), before)

    def test_unpack_names_it_and_unpacks_the_rest(self):
        self.backfill()
        self.damage(self._DAY)
        done = self.command("unpack", "--json", **_ROWS)
        self.assertEqual(done.returncode, 1)
        told = json.loads(done.stdout)
        self.assertEqual([(d["start"], d["symbol"]) for d in told["damaged"]], [(self._DAY, "ESH6")])
        self.assertEqual((told["state"], told["blocks"], self.packed()), ("complete", _DAYS - 1, (0, 0)))
        code = self.command("unpack").returncode
        self.assertEqual(code, 0)

    def test_a_series_that_fails_holds_up_no_other(self):
        self.backfill("ESH6", "NQH6", **_ROWS)
        blob = "x'09'" if self.kind == "sqlite" else r"'\x09'"
        sound = self.database.query("SELECT coverage FROM series WHERE symbol = 'ESH6' AND timeframe = '1m'")
        self.assertEqual(len(sound), 1)
        self.database.query(f"UPDATE series SET coverage = {blob} WHERE symbol = 'ESH6' AND timeframe = '1m'")
        done = self.command("pack", "--json")
        told = json.loads(done.stdout)
        self.assertEqual((done.returncode, told["state"], told["blocks"]), (1, "complete", _DAYS), done.stderr)
        self.assertEqual((told["series"], told["series_done"]), (2, 1))
        self.assertEqual([f["symbol"] for f in told["failures"]], ["ESH6"])
        self.assertIn("coverage", told["failures"][0]["reason"])
        self.assertIn("ESH6", done.stderr)
        self.assertEqual((self.row_count(), self.packed()), (len(self.truth()), (_DAYS, len(self.truth("NQH6")))))

        undone = self.command("unpack", **_ROWS)
        self.assertEqual((undone.returncode, self.packed()), (0, (0, 0)), undone.stderr)


@each_database
class Interruptions(PackingCase):
    """A command that is stopped in its middle."""

    def test_ctrl_c_stops_between_two_stretches(self):
        self.backfill(**_ROWS)
        with self.writers_held():
            terminal = Terminal(self.program(**self.base_environment()), "pack")
            terminal.wait_for("0 %")
            terminal.type(CTRL_C)
            terminal.wait_for("Stopping behind the stretch under way")
        self.assertEqual(terminal.end(), 130)
        self.assertIn("Stopped: packed", terminal.stdout)
        self.assertLessEqual(self.packed()[0], 1)
        self.assertEqual(self.row_count() + self.packed()[1], len(self.truth()))
        rest = self.pack()
        self.assertEqual((rest["state"], self.row_count(), self.packed()), ("complete", 0, (_DAYS, len(self.truth()))))

    def test_a_killed_pack_loses_and_doubles_nothing(self):
        symbols = ("ESH6", "NQH6")
        self.backfill(*symbols, **_ROWS)
        before = self.rows()
        middles = 0
        for attempt in range(40):
            with contextlib.ExitStack() as stack:
                if self.kind == "postgres" and attempt % 2:
                    # It comes to the second symbol and waits there, in its middle.
                    sql = f"SELECT 'locked' FROM series WHERE symbol = '{symbols[1]}' FOR UPDATE"
                    stack.enter_context(self.locked(sql))
                program = self.program(**self.base_environment())
                process = program.start("pack")
                self.addCleanup(process.wait)
                self.addCleanup(process.kill)
                while process.poll() is None and self.packed()[0] <= attempt % _DAYS:
                    pass
                process.send_signal(signal.SIGKILL)
                process.wait()
            blocks, bars = self.packed()
            self.assertEqual(self.row_count() + bars, len(before))
            middles += 0 < blocks < len(symbols) * _DAYS
            if middles == 3:
                break
            if blocks == len(symbols) * _DAYS:
                self.unpack(**_ROWS)
                self.assertEqual(self.rows(), before)
        self.assertGreater(middles, 0, "never killed in its middle")
        self.pack()
        self.assertEqual((self.row_count(), self.packed()), (0, (len(symbols) * _DAYS, len(before))))
        self.unpack(**_ROWS)
        self.assertEqual(self.rows(), before)


@each_database
class Beside(PackingCase):
    """Packing beside workers."""

    def test_one_of_two_workers_packs_by_itself(self):
        self.backfill("ESH6", "NQH6", **_ROWS)
        count = self.row_count()
        workers = [self.start_worker() for _ in range(2)]
        eventually("all is packed", lambda: self.row_count() == 0, seconds=60)
        eventually("the leases are given back", lambda: self.database.query("SELECT 1 FROM fetch_leases") == [])
        # A worker counts behind each series.
        eventually("all is counted", lambda: sum(self.statistics(w)["bars"] for w in workers) == count)
        told = [self.statistics(w) for w in workers]
        self.assertEqual(self.packed(), (2 * _DAYS, count))
        self.assertEqual(sum(t["blocks"] for t in told), 2 * _DAYS)
        metrics = [Metrics(w) for w in workers]
        for name, key in (("bars", "bars"), ("blocks", "blocks"), ("bytes", "bytes")):
            total = sum(m.value(f"tapedeck_packed_{name}_total") for m in metrics)
            self.assertEqual(total, sum(t[key] for t in told))
        size = "length(bars)"
        self.assertEqual(int(self.database.query(f"SELECT sum({size}) FROM bars_packed")[0]), sum(t["bytes"] for t in told))
        self.assertTrue(any("old bars packed" in w.output for w in workers))
        bought = len(self.stand_in.purchases())
        for worker in workers:
            self.assertEqual(bars_of(worker.bars("ESH6", "1m", _START, _END).json), self.truth())
        self.assertEqual(len(self.stand_in.purchases()), bought)

    def test_a_worker_that_keeps_rows_packs_nothing(self):
        self.backfill(**_ROWS)
        packing = self.start_worker()
        eventually("all is packed", lambda: self.row_count() == 0, seconds=60)
        packing.stop()
        self.unpack(**_ROWS)
        keeping = self.start_worker(**_ROWS)
        self.backfill("NQH6", **_ROWS)
        self.assertEqual(self.packed(), (0, 0))
        self.assertEqual(self.statistics(keeping)["blocks"], 0)

    def test_readers_see_every_bar_once_while_it_is_packed_and_unpacked(self):
        self.backfill(**_ROWS)
        # So little memory that reads go to the database.
        worker = self.start_worker(TAPEDECK_BARS_MAX="100", **_ROWS)
        truth = self.truth()
        ranges = [(_START, _END), ("2026-01-06T20:00:00Z", "2026-01-07T04:00:00Z"), ("2026-01-08T05:00:00Z", _END)]
        expected = {r: [b for b in truth if ns(r[0]) <= b[0] < ns(r[1])] for r in ranges}
        ended = threading.Event()
        failures: list[str] = []
        counts = [0] * 4

        def read(number: int) -> None:
            while not ended.is_set():
                asked = ranges[(number + counts[number]) % len(ranges)]
                try:
                    answer = worker.bars("ESH6", "1m", *asked).json
                except AssertionError as error:
                    failures.append(str(error))
                    return
                if bars_of(answer) != expected[asked] or not answer["complete"]:
                    failures.append(f"{asked}: {len(answer['bars'])} bars, {answer['missing']}")
                    return
                counts[number] += 1

        readers = [threading.Thread(target=read, args=(number,)) for number in range(4)]
        for reader in readers:
            reader.start()
        try:
            for _ in range(6):
                self.assertEqual(self.pack("--older-than", "0s")["blocks"], _DAYS)
                self.assertEqual(self.unpack(**_ROWS)["blocks"], _DAYS)
        finally:
            ended.set()
            for reader in readers:
                reader.join()
        self.assertEqual(failures, [])
        self.assertTrue(all(counts), counts)
        self.assertGreater(Metrics(worker).value("tapedeck_reads_total", tier="database"), 0)
        self.assertEqual(self.row_count(), len(truth))


if __name__ == "__main__":
    unittest.main()
