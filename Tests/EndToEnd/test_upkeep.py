"""What is kept at hand, what goes, and what the operator is told about the installation."""

import json
import re
import unittest

from harness import ADMIN_TOKEN, DatabentoCase, KEY, bars_of, each_database, eventually, ns

_HOUR = {"start": "2026-01-12T14:00:00Z", "end": "2026-01-12T15:00:00Z"}


@each_database
class Warming(DatabentoCase):
    """`tapedeck warm`, and the list of `serve`."""

    _LIST = "ESH6:1h:24,ESH6:1m:60,NQH6:1h:24"

    def test_the_newest_bars_are_bought_once(self):
        arguments = ["warm", "ESH6", "NQH6", "--timeframe", "1h", "--timeframe", "1m", "--last", "24", "--json"]
        first, second = (self.command(*arguments) for _ in range(2))
        self.assertEqual((first.returncode, second.returncode), (0, 0))
        for done, tier in ((first, "provider"), (second, "database")):
            entries = json.loads(done.stdout)
            self.assertEqual(
                [(e["symbol"], e["timeframe"], e["bars"], e["complete"], e["tier"]) for e in entries],
                [(s, t, 24, True, tier) for s in ("ESH6", "NQH6") for t in ("1h", "1m")],
            )
        self.assertEqual(len(self.stand_in.purchases()), 4)

    def test_a_workers_list_is_in_its_memory_soon_after_its_start(self):
        worker = self.start_worker(TAPEDECK_WARM=self._LIST, TAPEDECK_WARM_CONCURRENCY_MAX="2")
        eventually("the list is warmed", lambda: "warming done" in worker.output)
        bought = len(self.stand_in.purchases())
        answer = worker.bars("ESH6", "1h", last=24)
        self.assertEqual((answer.tier, len(answer.json["bars"])), ("memory", 24))
        truth = self.truth_bars("ESH6", "1h", ns("2026-01-12"), ns("2026-01-14T15:00"))
        self.assertEqual(bars_of(answer.json)[:-1], truth[-23:])
        self.assertEqual(worker.bars("NQH6", "1h", last=24).tier, "memory")
        self.assertEqual(len(self.stand_in.purchases()), bought)
        self.assertEqual(worker.stop(), 0)

    def test_a_worker_serves_while_it_warms_and_stops_in_the_middle(self):
        self.stand_in.fault(delay_ms=20_000, ending="clean", count=-1)
        worker = self.start_worker(TAPEDECK_WARM=self._LIST, TAPEDECK_SHUTDOWN_TIMEOUT="1s")
        self.assertTrue(self.stand_in.wait(endpoint="timeseries.get_range", outcome="in_progress"))
        self.assertEqual(worker.get("/health").status, 200)
        worker.stop()

    def test_an_entry_that_fails_is_told_and_the_others_are_warmed(self):
        worker = self.start_worker(TAPEDECK_WARM="NOSUCH1:1h:5,ESH6:1h:5")
        eventually("the list is dealt with", lambda: "warming done" in worker.output)
        self.assertIn("could not be warmed", worker.output)
        self.assertEqual(worker.bars("ESH6", "1h", last=5).tier, "memory")
        done = self.command("warm", TAPEDECK_WARM="NOSUCH1:1h:5,ESH6:1h:5")
        self.assertEqual(done.returncode, 1)
        self.assertIn("NOSUCH1", done.stdout)

    def test_a_malformed_list_is_refused_before_the_start(self):
        for text in ("ESH6", "ESH6:1h:0", "ESH6:1h:5,ESH6:60m:6"):
            done = self.command("serve", "--port", "0", TAPEDECK_WARM=text)
            self.assertEqual(done.returncode, 64)
            self.assertIn("warm", done.stderr)


@each_database
class Retention(DatabentoCase):
    """What goes from the database."""

    def _quotes(self) -> int:
        return int(self.database.query("SELECT count(*) FROM quotes_cache")[0])

    def test_old_quotes_go_except_the_newest(self):
        # The stand-in's quotes are long past by the database's clock.
        worker = self.start_worker(TAPEDECK_QUOTES_RETENTION="forever")
        self.assertEqual(worker.get("/v1/quotes", symbol="ESH6", **_HOUR).status, 200)
        worker.get("/v1/quote", symbol="NQH6")
        worker.bars("ESH6", "1m", **_HOUR)
        before = self._quotes()
        self.assertGreater(before, 50)
        kept = json.loads(self.command("cleanup", "--json", TAPEDECK_QUOTES_RETENTION="forever").stdout)
        self.assertEqual((kept["database_rows_removed"], self._quotes()), (0, before))

        removed = json.loads(self.command("cleanup", "--json").stdout)
        self.assertEqual((removed["database_rows_removed"], self._quotes()), (before - 2, 2))
        bars = int(self.database.query("SELECT sum(bar_count) FROM bars_packed")[0])
        self.assertEqual(bars, len(self.truth_bars("ESH6", "1m", ns(_HOUR["start"]), ns(_HOUR["end"]))))

    def test_the_size_and_its_growth_are_in_the_statistics(self):
        before = json.loads(self.command("stats", "--json").stdout)
        self.assertIsNone(before["growth_bytes"])
        worker = self.start_worker()
        eventually("the size is noted", lambda: self.database.query("SELECT hour FROM database_sizes"))
        worker.bars("ESH6", "1m", "2026-01-05", "2026-01-10")
        shown = json.loads(self.command("stats", "--json").stdout)
        self.assertGreater(shown["growth_bytes"], 0)
        self.assertEqual({row["accuracy"] for row in shown["tables"]}, {"exact"})
        admin = worker.admin("GET", "/admin/cache/stats").json
        self.assertEqual(admin["database"]["growth_since"], shown["growth_since"])
        self.assertEqual(admin["retention"]["rows_removed"], 0)


@each_database
class Diagnosis(DatabentoCase):
    """`tapedeck doctor` and `tapedeck config`."""

    def _doctor(self, **environment: str) -> tuple[int, dict]:
        done = self.command("doctor", "--json", **environment)
        return done.returncode, {(f["subject"], f["level"]): f for f in json.loads(done.stdout)}

    def test_a_sound_installation_passes(self):
        self.command("migrate")
        code, findings = self._doctor()
        self.assertEqual(code, 0, findings)
        for subject in ("settings", "database", "schema", "writing", "latency", "clock", "key", "provider"):
            self.assertIn((subject, "ok"), findings)
        self.assertIn("2026-01-14", findings["provider", "ok"]["message"])
        self.assertEqual(self.stand_in.purchases(), [])
        plain = self.command("doctor")
        self.assertRegex(plain.stdout, r"(?m)^ok    database  ")

    def test_a_database_that_is_not_there_yet_is_not_made(self):
        code, findings = self._doctor()
        self.assertEqual(code, 0)
        if self.kind == "sqlite":
            self.assertFalse(self.database.path.exists())
            self.assertIn("does not exist yet", findings["database", "ok"]["message"])
        else:
            self.assertIn("empty", findings["schema", "ok"]["message"])

    def test_a_wrong_key_fails_and_says_what_to_do(self):
        code, findings = self._doctor(DATABENTO_API_KEY="db-wrongkey000000000000000000000")
        self.assertEqual(code, 1)
        self.assertIn("DATABENTO_API_KEY", findings["key", "fail"]["advice"])
        self.assertNotIn("wrongkey", json.dumps(list(findings.values())))

    def test_a_provider_that_does_not_answer_fails(self):
        code, findings = self._doctor(TAPEDECK_DATABENTO_URL="http://127.0.0.1:1")
        self.assertEqual(code, 1)
        self.assertIn(("provider", "fail"), findings)

    def test_a_database_that_does_not_answer_fails(self):
        done = self.program("postgres://nobody:p4ss@127.0.0.1:1/x?connect_timeout=1").run("doctor")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"(?m)^fail  database")
        self.assertIn("->", done.stdout)
        self.assertNotIn("p4ss", done.stdout + done.stderr)

    def test_a_setting_that_cannot_be_used_fails(self):
        code, findings = self._doctor(TAPEDECK_PORT="x")
        self.assertEqual(code, 1)
        self.assertIn("port", findings["settings", "fail"]["message"])

    def test_an_old_schema_fails(self):
        self.command("migrate")
        self.database.query("DROP TABLE database_sizes")
        self.database.query("DELETE FROM schema_migrations WHERE number >= 2")
        code, findings = self._doctor()
        self.assertEqual(code, 1)
        self.assertIn("tapedeck migrate", findings["schema", "fail"]["advice"])

    def test_settings_tell_where_they_come_from_and_no_secret(self):
        program = self.program(
            **self.base_environment(), TAPEDECK_TOKENS="alpha=token-of-alpha", TAPEDECK_PORT="9000"
        )
        path = program.path("tapedeck.yaml")
        path.write_text("bars-max: 5000\nport: 7000\n")
        shown = json.loads(program.run("config", "--json", "--config", str(path)).stdout)
        settings = {s["setting"]: (s["value"], s["from"], s["origin"]) for s in shown}
        self.assertEqual(settings["bars-max"], ("5000", "file", str(path)))
        self.assertEqual(settings["port"], ("9000", "environment", "TAPEDECK_PORT"))
        self.assertEqual(settings["config"], (str(path), "flag", "--config"))
        self.assertEqual(settings["quotes-retention"], ("7d", "default", None))
        self.assertEqual(settings["provider"][0], "databento/GLBX.MDP3")
        for name in ("databento-api-key", "admin-token", "tokens"):
            self.assertEqual(settings[name][:2], ("(set, not shown)", "environment"))
        text = program.run("config", "--changed").stdout
        for secret in (KEY, ADMIN_TOKEN, "token-of-alpha"):
            self.assertNotIn(secret, json.dumps(shown) + text)
        self.assertTrue(re.search(r"^port +9000 +environment TAPEDECK_PORT$", text, re.MULTILINE), text)
        self.assertNotIn("idle-timeout", text)


if __name__ == "__main__":
    unittest.main()
