"""The control endpoints: what tests set and look at. All answers are JSON."""

import dataclasses

import databento_dbn as dbn

from stand_in.api import API
from stand_in.market import Values
from stand_in.query import Refusal
from stand_in.source import FileSource, SyntheticSource
from stand_in.state import Fault, State
from stand_in.symbols import resolve
from stand_in.records import utc_date
from stand_in.times import DAY, MINUTE, parse_time

_WAIT_MILLIS_MAX = 60_000


class Control:
    """Answers /control requests."""

    def __init__(self, api: API, state: State):
        self.api = api
        self.state = state

    def call(self, verb: str, name: str, params: dict, body):
        """The JSON answer; raises Refusal."""
        handler = getattr(self, f"do_{verb.lower()}_{name}", None)
        if handler is None:
            raise Refusal(404, f"no control endpoint {verb} {name}")
        try:
            return handler(params, body)
        except (ValueError, KeyError, TypeError) as error:
            raise Refusal(400, f"{type(error).__name__}: {error}") from error

    def do_get_log(self, params, body):
        return {"requests": self.state.entries()}

    def do_get_purchases(self, params, body):
        purchases = self.state.purchases()
        return {"purchases": purchases, "records_sent": sum(p["records_sent"] for p in purchases)}

    def do_get_inventory(self, params, body):
        """With --data: the datasets, schemas, symbols and ranges of the files."""
        if not isinstance(self.api.source, FileSource):
            raise ValueError("the synthetic market has no files")
        return {"files": self.api.source.inventory()}

    def do_get_settings(self, params, body):
        return dataclasses.asdict(self.state.settings)

    def do_post_settings(self, params, body):
        with self.state.lock:
            self.state.settings.update(body)
        return dataclasses.asdict(self.state.settings)

    def do_post_reset(self, params, body):
        self.state.reset()
        if isinstance(self.api.source, SyntheticSource):
            self.api.source.market.revisions.clear()
        return {}

    def do_post_faults(self, params, body):
        faults = [Fault.parse(f) for f in (body if isinstance(body, list) else [body])]
        with self.state.lock:
            self.state.faults += faults
        return {"faults": len(self.state.faults)}

    def do_delete_faults(self, params, body):
        with self.state.lock:
            self.state.faults.clear()
        return {}

    def do_get_wait(self, params, body):
        timeout = min(int(params.get("timeout_ms", 10_000)), _WAIT_MILLIS_MAX) / 1_000
        found = self.state.wait_for(
            params.get("endpoint"),
            params.get("outcome"),
            int(params.get("count", 1)),
            int(params.get("bytes_sent", 0)),
            timeout,
        )
        return {"found": found}

    def do_get_truth(self, params, body):
        """The records of a request as the official package reads them; undefined values are null."""
        records = [_fields(r.data) for r in self.api.truth(params)]
        return {"records": records}

    def do_post_revise(self, params, body):
        """Changes one traded minute (seconds, hours and days follow) and the day's modification date."""
        source = self.api.source
        if not isinstance(source, SyntheticSource):
            raise ValueError("only the synthetic market can be revised")
        minute = parse_time(str(body["timestamp"])) // MINUTE * MINUTE
        day = utc_date(minute)
        stype = body.get("stype_in", "raw_symbol")
        intervals = resolve(body["dataset"], body["symbol"], stype, day, utc_date(minute + DAY))
        if not intervals:
            raise ValueError(f"{body['symbol']} is not known on {day}")
        contract = intervals[0].contract
        old = next((v for at, v in source.market.minutes(contract, minute, minute + MINUTE)), None)
        if old is None:
            raise ValueError("no trade in that minute: nothing to revise")
        changes = {k: int(body[k]) for k in ("open", "high", "low", "close", "volume") if k in body}
        new = Values(**{**dataclasses.asdict(old), **changes})
        if not new.low <= min(new.open, new.close) <= max(new.open, new.close) <= new.high or new.volume < 4:
            raise ValueError("prices must keep their order and the volume be at least 4")
        source.market.revisions[(contract.symbol, minute)] = new
        if "modified" in body:
            with self.state.lock:
                self.state.modified[(body["dataset"], day.isoformat())] = body["modified"]
        return {"old": dataclasses.asdict(old), "new": dataclasses.asdict(new)}


def _fields(data: bytes) -> dict:
    decoder = dbn.DBNDecoder(has_metadata=False, input_version=3)
    decoder.write(data)
    record = decoder.decode()[0]
    result = {"ts_event": record.ts_event, "instrument_id": record.instrument_id, "ts_index": record.ts_index}
    for name in ("open", "high", "low", "close", "volume", "price", "size", "ts_recv", "sequence"):
        if hasattr(record, name):
            result[name] = getattr(record, name)
    if hasattr(record, "side"):
        result["side"] = str(record.side)
    if hasattr(record, "levels"):
        level = record.levels[0] if isinstance(record.levels, list) else record.levels
        for name in ("bid_px", "ask_px", "bid_sz", "ask_sz"):
            result[name] = getattr(level, name)
    undefined = {dbn.UNDEF_PRICE, dbn.UNDEF_TIMESTAMP}
    return {k: None if v in undefined else v for k, v in result.items()}
