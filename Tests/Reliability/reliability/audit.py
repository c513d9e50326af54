"""What is left when a row is over, compared with what clients were told and what the vendor sold."""

import json
from collections import defaultdict
from dataclasses import dataclass

from harness import HOUR, MINUTE, SECOND, bars_of, ns, text
from harness.truth import PERIODS
from reliability.record import Series, Values

#: The settling margins of Databento's bars (docs/behaviour.md).
_MARGINS = {"1s": 30 * SECOND, "1m": MINUTE, "1h": 5 * MINUTE, "1d": HOUR // 2}


@dataclass
class Audit:
    """The findings of one row."""

    #: Bars that a client was given as final.
    acknowledged: int = 0
    #: Of these, those that the database does not hold as they were given.
    lost: int = 0
    #: Of the lost, those that a row does not promise to lose.
    lost_wrongly: int = 0
    #: Final bars that were bought more than once, and how many of them without an allowed cause.
    bought_twice: int = 0
    bought_twice_wrongly: int = 0
    #: What must not be, in words.
    faults: tuple[str, ...] = ()


class Auditor:
    """Looks at the world behind its last worker."""

    def __init__(self, world):
        self.world = world
        self.stand_in = world.stand_in
        self.record = world.record
        self.faults: list[str] = list(self.record.faults)
        self._truths: dict[Series, tuple[int, int, dict[int, Values]]] = {}

    def run(self) -> Audit:
        """Compares everything."""
        acknowledged = sum(len(bars) for bars in self.record.finals.values())
        lost, lost_wrongly = self._check_database()
        self._check_truth()
        twice, wrongly = self._bought_twice()
        self._check_verify()
        if self.world.row.is_ledger_exact:
            self._check_ledger()
        return Audit(acknowledged, lost, lost_wrongly, twice, wrongly, tuple(self.faults))

    def truth(self, series: Series, start: int, end: int) -> dict[int, Values]:
        """The vendor's bars of at least a range, by time."""
        low, high, known = self._truths.get(series, (start, start, {}))
        if start < low or end > high or not known:
            low, high = min(low, start), max(high, end)
            records = self.stand_in.truth(series[0], f"ohlcv-{series[1]}", low, high)
            known = {time: tuple(values) for time, *values in bars_of(records)}
            self._truths[series] = low, high, known
        return known

    def _check_database(self) -> tuple[int, int]:
        """How many acknowledged bars a new worker that must not buy does not find; and how many it had to."""
        reader = self.world.new_worker(self.world.database.url, TAPEDECK_MODE="offline")
        lost = lost_wrongly = 0
        for (symbol, timeframe), finals in self.record.finals.items():
            if not finals:
                continue
            period = PERIODS[timeframe]
            start, end = min(finals), max(finals) + period
            answer = reader.get("/v1/bars", symbol=symbol, timeframe=timeframe, start=text(start), end=text(end))
            stored = {}
            if answer.status == 200:
                bars = zip(answer.json["bars"], bars_of(answer.json), strict=True)
                stored = {time: tuple(values) for bar, (time, *values) in bars if bar["final"]}
            missing = [time for time, values in finals.items() if stored.get(time) != values]
            lost += len(missing)
            if self.world.row.may_lose_during:
                in_peace = self.record.given_in_peace[symbol, timeframe]
                missing = [time for time in missing if time in in_peace]
            if missing:
                self.faults.append(f"lost of {symbol} {timeframe}: {len(missing)}, the first at {text(min(missing))}")
            lost_wrongly += len(missing)
        reader.stop()
        return lost, lost_wrongly

    def _check_truth(self) -> None:
        """Final bars are the vendor's, and answers that said they were complete were."""
        for series, finals in self.record.finals.items():
            if not finals:
                continue
            truth = self.truth(series, min(finals), max(finals) + PERIODS[series[1]])
            wrong = [time for time, values in finals.items() if truth.get(time) != values]
            if wrong:
                self.faults.append(f"{series}: {len(wrong)} final bars are not the vendor's, from {text(min(wrong))}")
        for (series, start, end), times in self.record.wholes.items():
            expected = {time for time in self.truth(series, start, end) if start <= time < end}
            if expected != times:
                self.faults.append(f"{series} {text(start)}..<{text(end)} was not complete: {len(times)} bars")

    def _bought_twice(self) -> tuple[int, int]:
        """Final bars that were sold more than once; and those of them for which the row does not allow it."""
        sold: dict[tuple[Series, int], list[int]] = defaultdict(list)
        for number, series, start, end in self._final_sales():
            for time in self.truth(series, start, end):
                if start <= time < end:
                    sold[series, time].append(number)
        twice = [bar for bar, numbers in sold.items() if len(numbers) > 1]
        if self.world.row.may_rebuy == "everything":
            return len(twice), 0
        unstored = self._cut_off() if self.world.row.may_rebuy == "unstored" else []
        wrongly = [bar for bar in twice if not any(s == bar[0] and a <= bar[1] < b for s, a, b in unstored)]
        if wrongly:
            series, time = wrongly[0]
            self.faults.append(f"the first final bar that was bought twice: {series} {text(time)}, by these requests:")
            self.faults += [str(r) for r in self.world.requests() if r["number"] in sold[series, time]]
        return len(twice), len(wrongly)

    def _final_sales(self):
        """Each purchase of bars, as far as what it brought was final when it was made."""
        ends: list[int] = []
        for request in self.world.requests():
            if request["endpoint"] == "metadata.get_dataset_range" and request["status"] == 200:
                ends.append(request["available_end"])
            params = request["params"]
            if request["endpoint"] != "timeseries.get_range" or request["status"] not in (200, 206):
                continue
            kind, _, timeframe = params["schema"].partition("-")
            if kind != "ohlcv" or not ends:
                continue
            series, start, end = (params["symbols"], timeframe), params["start_ns"], params["end_ns"]
            # The worker may not have had the newest answer about the end of the data when it decided.
            known_end = min(ends[-2:]) - _MARGINS[timeframe]
            if request["outcome"] != "complete":
                end = self._delivered_end(series, start, end, request["records_sent"])
            yield request["number"], series, start, min(end, known_end // PERIODS[timeframe] * PERIODS[timeframe])

    def _delivered_end(self, series: Series, start: int, end: int, records: int) -> int:
        times = sorted(time for time in self.truth(series, start, end) if start <= time < end)
        return times[records - 1] + PERIODS[series[1]] if records else start

    def _cut_off(self) -> list[tuple[Series, int, int]]:
        """The purchases that the ledger knows as begun and never ended."""
        return [
            ((entry["symbol"], entry["timeframe"]), ns(entry["start"]), ns(entry["end"]))
            for entry in self._ledger()
            if entry["kind"] == "bars" and entry["state"] == "started"
        ]

    def _ledger(self) -> list[dict]:
        return json.loads(self.world.command("ledger", "--json", "--limit", "10000").stdout)

    def _check_ledger(self) -> None:
        """The ledger accounts for every record that the vendor sold."""
        booked = int(self.world.database.query("SELECT COALESCE(SUM(records), 0) FROM purchases")[0])
        sold = sum(purchase["records_sent"] for purchase in self.stand_in.purchases())
        if booked != sold:
            self.faults.append(f"the ledger has {booked} records, the vendor sold {sold}")

    def _check_verify(self) -> None:
        """The operator's own check finds no inconsistency; gaps are all right."""
        done = self.world.command("verify", "--json")
        if done.returncode not in (0, 1):
            self.faults.append(f"verify ended with {done.returncode}: {done.stdout[-500:]} {done.stderr[-500:]}")
