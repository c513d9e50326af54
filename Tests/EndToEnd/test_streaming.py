"""Ranges of hundreds of thousands of bars, from the simulated market, in bounded memory."""

import json
import socket
import unittest

from harness import MINUTE, WorkerCase, each_database, ns

_MEBIBYTE = 1 << 20
_RESIDENT_BYTES_MAX = 400 * _MEBIBYTE
#: What a range four times as long may add to the peak.
_RESIDENT_GROWTH_BYTES_MAX = 60 * _MEBIBYTE
_SMALL = {"start": "2025-01-01", "end": "2025-04-01"}
_LARGE = {"start": "2025-01-01", "end": "2026-01-01"}
_HEADER = "t,o,h,l,c,v,final,rev"


@each_database
class Streaming(WorkerCase):
    """Long answers."""

    environment = {"TAPEDECK_PROVIDER": "simulated"}

    def test_long_ranges_are_complete_and_take_no_more_memory(self):
        worker = self.start_worker()
        small = worker.bars("ES", "1m", **_SMALL, format="csv")
        self.assertEqual(small.headers["x-tapedeck-complete"], "true")
        small_peak = worker.resident_bytes_peak
        large = worker.bars("ES", "1m", **_LARGE, format="csv")
        self.assertEqual(large.headers["x-tapedeck-complete"], "true")
        stored = worker.bars("ES", "1m", **_LARGE, format="json")
        large_peak = worker.resident_bytes_peak

        lines = large.body.decode().splitlines()
        self._check_lines(lines)
        quarter = [_HEADER] + [line for line in lines[1:] if line < _SMALL["end"]]
        self.assertEqual(small.body.decode().splitlines(), quarter)
        self._check_same(stored.json, lines)
        self.assertEqual(stored.tier, "database")
        self._check_counts(len(lines) - 1)
        self.assertLess(large_peak, _RESIDENT_BYTES_MAX)
        self.assertLess(large_peak - small_peak, _RESIDENT_GROWTH_BYTES_MAX)

    def _check_lines(self, lines: list[str]) -> None:
        self.assertEqual(lines[0], _HEADER)
        self.assertGreater(len(lines), 300_000)
        times = [line[:20] for line in lines[1:]]
        self.assertTrue(all(a < b for a, b in zip(times, times[1:])), "times ascend")
        self.assertTrue(all(time.endswith(":00Z") for time in times))

    def _check_same(self, answer: dict, lines: list[str]) -> None:
        self.assertEqual((answer["complete"], answer["missing"]), (True, []))
        self.assertEqual(len(answer["bars"]), len(lines) - 1)
        for bar, line in zip(answer["bars"], lines[1:]):
            t, o, h, l, c, v, final, rev = line.split(",")
            numbers = [float(o), float(h), float(l), float(c), float(v), final == "true", int(rev)]
            self.assertEqual([bar[k] for k in ("t", "o", "h", "l", "c", "v", "final", "rev")], [t, *numbers])

    def _check_counts(self, count: int) -> None:
        """The ledger bought each bar once, and the database holds as many."""
        ledger = json.loads(self.command("ledger", "--json", "--limit", "1000").stdout)
        self.assertEqual(sum(entry["records"] for entry in ledger), count)
        packed = int(self.database.query("SELECT sum(bar_count) FROM bars_packed")[0])
        rows = int(self.database.query("SELECT count(*) FROM bars_cache")[0])
        self.assertEqual(packed + rows, count)
        self.assertGreater(packed, 0.9 * count, "old bars are packed")

    def test_short_answers_agree_with_the_long_one(self):
        worker = self.start_worker()
        long = worker.bars("NQ", "1m", "2025-02-01", "2025-03-01", format="csv").body.decode().splitlines()
        week = worker.bars("NQ", "1m", "2025-02-10", "2025-02-12", format="csv").body.decode().splitlines()
        self.assertEqual(week[1:], [line for line in long[1:] if "2025-02-10" <= line < "2025-02-12"])

    def test_a_client_that_does_not_read_costs_no_memory(self):
        worker = self.start_worker()
        whole = worker.bars("ES", "1m", **_SMALL, format="csv").body
        before = worker.resident_bytes
        with socket.create_connection(("127.0.0.1", worker.port), timeout=30) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
            query = f"symbol=ES&timeframe=1m&start={_SMALL['start']}&end={_SMALL['end']}&format=csv"
            connection.sendall(f"GET /v1/bars?{query} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            received = connection.recv(1_024)
            for _ in range(30):
                self.assertEqual(worker.bars("ES", "1h", last=10).status, 200)
            self.assertLess(worker.resident_bytes - before, 30 * _MEBIBYTE)
            while part := connection.recv(1 << 16):
                received += part
        self.assertTrue(received.startswith(b"HTTP/1.1 200"))
        self.assertIn(whole[-200:].rstrip(), received)

    def test_the_simulated_market_is_the_same_for_all_who_ask(self):
        span = {"start": "2026-01-12", "end": "2026-01-13"}
        first = self.start_worker().bars("ES.c.0", "1m", **span).json
        bars = [(ns(bar["t"]), bar) for bar in first["bars"]]
        self.assertTrue(bars and all(time % MINUTE == 0 for time, _ in bars))
        second = self.command("bars", "ES.c.0", "1m", "--start", span["start"], "--end", span["end"], "--json")
        self.assertEqual(json.loads(second.stdout), first)


if __name__ == "__main__":
    unittest.main()
