"""The methods of the API that answer with JSON, and what get_range answers with."""

import datetime
import heapq
import itertools

from stand_in.query import Query, Refusal, check_dataset, parse_query, required
from stand_in.records import Record, utc_date
from stand_in.source import Mapping, Source
from stand_in.state import State
from stand_in.times import DAY, date_of_day, day_number, format_time, parse_time

RECORD_BYTES = {"trades": 48, "mbp-1": 80, "tbbo": 80, "bbo-1s": 80, "bbo-1m": 80}
#: US$ per GB; numbers of the stand-in, not of the vendor.
UNIT_PRICES = {
    "ohlcv-1s": 200.0,
    "ohlcv-1m": 280.0,
    "ohlcv-1h": 600.0,
    "ohlcv-1d": 600.0,
    "bbo-1s": 10.0,
    "bbo-1m": 20.0,
    "trades": 28.0,
    "mbp-1": 2.0,
    "tbbo": 40.0,
}
_GB = 1_000_000_000


class API:
    """Answers from a source under the state's settings."""

    def __init__(self, source: Source, state: State):
        self.source = source
        self.state = state

    def call(self, method: str, params: dict):
        """The JSON answer of `method`; raises Refusal."""
        handler = getattr(self, "do_" + method.replace(".", "_"), None)
        if handler is None:
            raise Refusal(404, f"Not found: {method}")
        return handler(params)

    def do_metadata_list_datasets(self, params):
        return self.source.datasets()

    def do_metadata_list_schemas(self, params):
        return self.source.schemas(check_dataset(self.source, params))

    def do_metadata_list_publishers(self, params):
        return [
            {"publisher_id": 1, "dataset": "GLBX.MDP3", "venue": "GLBX", "description": "CME Globex MDP 3.0"},
            {"publisher_id": 2, "dataset": "XNAS.ITCH", "venue": "XNAS", "description": "Nasdaq TotalView-ITCH"},
        ]

    def do_metadata_list_unit_prices(self, params):
        dataset = check_dataset(self.source, params)
        prices = {s: UNIT_PRICES.get(s, 1.0) for s in self.source.schemas(dataset)}
        return [{"mode": m, "unit_prices": prices} for m in ("historical", "historical-streaming", "live")]

    def do_metadata_get_dataset_range(self, params):
        dataset = check_dataset(self.source, params)
        start = format_time(self.source.start(dataset))
        end = format_time(self.state.settings.watermark().available_end)
        schemas = {s: {"start": start, "end": end} for s in self.source.schemas(dataset)}
        return {"start": start, "end": end, "schema": schemas}

    def do_metadata_get_dataset_condition(self, params):
        dataset = check_dataset(self.source, params)
        available_end = self.state.settings.watermark().available_end
        last_day = utc_date(available_end - 1)
        first = self._date(params, "start_date", utc_date(self.source.start(dataset)))
        last = min(self._date(params, "end_date", last_day), last_day)
        days = range(day_number(first), day_number(last) + 1)
        return [
            {
                "date": date_of_day(day).isoformat(),
                "condition": "available" if (day + 1) * DAY <= available_end else "pending",
                "last_modified_date": self.state.last_modified(dataset, date_of_day(day)),
            }
            for day in days
        ]

    def do_metadata_get_record_count(self, params):
        return self._count(params)[1]

    def do_metadata_get_billable_size(self, params):
        query, count = self._count(params)
        return count * RECORD_BYTES.get(query.schema, 56)

    def do_metadata_get_cost(self, params):
        query, count = self._count(params)
        return count * RECORD_BYTES.get(query.schema, 56) * UNIT_PRICES.get(query.schema, 1.0) / _GB

    def do_symbology_resolve(self, params):
        dataset = check_dataset(self.source, params)
        stype_in, stype_out = required(params, "stype_in"), required(params, "stype_out")
        if (stype_out == "instrument_id") == (stype_in == "instrument_id"):
            raise Refusal(422, f"Cannot resolve {stype_in} to {stype_out}", "symbology_invalid_request")
        first = self._date(params, "start_date", None)
        last = self._date(params, "end_date", first + datetime.timedelta(days=1))
        result, partial, not_found = {}, [], []
        for symbol in dict.fromkeys(required(params, "symbols").split(",")):
            mappings = self.source.mapping(dataset, symbol, stype_in, first, last)
            for mapping in mappings:
                result[mapping.symbol] = [
                    {"d0": a.isoformat(), "d1": b.isoformat(), "s": s} for a, b, s in mapping.intervals
                ]
            if not mappings:
                not_found.append(symbol)
                result[symbol] = []
            elif not _covers(mappings, first, last):
                partial.append(symbol)
        return {
            "result": result,
            "symbols": required(params, "symbols").split(","),
            "stype_in": stype_in,
            "stype_out": stype_out,
            "start_date": first.isoformat(),
            "end_date": last.isoformat(),
            "partial": partial,
            "not_found": not_found,
            "message": "Not found" if not_found else "Partially resolved" if partial else "OK",
            "status": 2 if not_found else 1 if partial else 0,
        }

    def resolve(self, query: Query) -> tuple[list[Mapping], list[str], list[str]]:
        """Mappings, partial and not found symbols; raises Refusal when no symbol is known."""
        first, last = utc_date(query.start), utc_date(query.end - 1) + datetime.timedelta(days=1)
        mappings, partial, not_found = [], [], []
        for symbol in query.symbols:
            found = self.source.mapping(query.dataset, symbol, query.stype_in, first, last)
            mappings += found
            if not found:
                not_found.append(symbol)
            elif not _covers(found, first, last):
                partial.append(symbol)
        if not mappings:
            message = "None of the symbols could be resolved"
            raise Refusal(422, message, "symbology_invalid_request", {"symbols": query.symbols})
        return mappings, partial, not_found

    def records(self, query: Query):
        """The records of all symbols, by time."""
        mark = self.state.settings.watermark()
        streams = [
            self.source.records(query.dataset, query.schema, s, query.stype_in, query.start, query.end, mark)
            for s in query.symbols
        ]
        merged = heapq.merge(*streams, key=lambda record: record.index_time)
        return itertools.islice(merged, query.limit) if query.limit else merged

    def query(self, params: dict) -> Query:
        """Checks a request for records."""
        return parse_query(self.source, params, self.state.settings.watermark())

    def truth(self, params: dict) -> list[Record]:
        """The records of a request without counting it as a purchase."""
        return list(self.records(self.query(params)))

    def _count(self, params):
        query = self.query(params)
        self.resolve(query)
        return query, sum(1 for _ in self.records(query))

    @staticmethod
    def _date(params: dict, name: str, default):
        if name not in params and default is not None:
            return default
        try:
            return utc_date(parse_time(required(params, name)))
        except ValueError as error:
            raise Refusal(422, f"Invalid {name}: {error}") from error


def _covers(mappings: list[Mapping], first: datetime.date, last: datetime.date) -> bool:
    intervals = sorted((a, b) for mapping in mappings for a, b, _ in mapping.intervals)
    reached = first
    for start, end in intervals:
        if start > reached:
            return False
        reached = max(reached, end)
    return reached >= last
