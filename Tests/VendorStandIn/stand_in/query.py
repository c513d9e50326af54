"""The checked parameters of a request, and the refusals of the API."""

import re
from dataclasses import dataclass

from stand_in.records import Watermark
from stand_in.source import Source
from stand_in.times import format_time, implied_end, parse_time

STYPES = {"raw_symbol", "instrument_id", "continuous", "parent"}


class Refusal(Exception):
    """An answer that is not data."""

    def __init__(self, status: int, message: str, case: str | None = None, payload: dict | None = None):
        super().__init__(message)
        self.status, self.message, self.case, self.payload = status, message, case, payload

    def detail(self):
        """Both shapes: plain text, or an object with a case."""
        if self.case is None:
            return self.message
        return {
            "case": self.case,
            "message": self.message,
            "status_code": self.status,
            "docs": "https://databento.com/docs",
            "payload": self.payload,
        }


@dataclass
class Query:
    """What a request for records asks for."""

    dataset: str
    schema: str
    symbols: list[str]
    stype_in: str
    stype_out: str
    start: int
    end: int
    limit: int | None
    encoding: str
    compression: str


def required(params: dict, name: str) -> str:
    """A parameter that must be there."""
    if name not in params:
        raise Refusal(422, f"Field required: {name}")
    return params[name]


def time_param(params: dict, name: str) -> int:
    """A time, or 422."""
    try:
        return parse_time(required(params, name))
    except ValueError as error:
        raise Refusal(422, f"Invalid {name}: {error}") from error


def check_dataset(source: Source, params: dict) -> str:
    """A known dataset, or 400."""
    dataset = required(params, "dataset")
    if dataset not in source.datasets():
        raise Refusal(400, f"Invalid dataset: {dataset}")
    return dataset


def parse_query(source: Source, params: dict, mark: Watermark) -> Query:
    """Checks the parameters as the vendor does."""
    dataset = check_dataset(source, params)
    schema = params.get("schema", "trades")
    if schema not in source.schemas(dataset):
        raise Refusal(400, f"Invalid schema: {schema}")
    stype_in = params.get("stype_in", "raw_symbol")
    if stype_in not in STYPES:
        raise Refusal(422, f"Invalid stype_in: {stype_in}")
    text = params.get("symbols", "ALL_SYMBOLS")
    symbols = list(dict.fromkeys(s for s in text.split(",") if s))
    if not symbols or symbols == ["ALL_SYMBOLS"]:
        raise Refusal(422, "The stand-in needs symbols")
    start = time_param(params, "start")
    end = time_param(params, "end") if "end" in params else implied_end(params["start"], start)
    limit = params.get("limit")
    if limit is not None and not re.fullmatch(r"\d+", limit):
        raise Refusal(422, f"Invalid limit: {limit}")
    query = Query(
        dataset=dataset,
        schema=schema,
        symbols=symbols,
        stype_in=stype_in,
        stype_out=params.get("stype_out", "instrument_id"),
        start=start,
        end=end,
        limit=int(limit) if limit else None,
        encoding=params.get("encoding", "csv"),
        compression=params.get("compression", "none"),
    )
    _check_range(source, query, mark)
    return query


def _check_range(source: Source, query: Query, mark: Watermark) -> None:
    available_start, available_end = source.start(query.dataset), mark.available_end
    payload = {
        "dataset": query.dataset,
        "start": format_time(query.start),
        "end": format_time(query.end),
        "available_start": format_time(available_start),
        "available_end": format_time(available_end),
    }
    if query.start >= query.end:
        message = f"start {format_time(query.start)} is on or after end {format_time(query.end)}"
        raise Refusal(422, message, "data_time_range_start_on_or_after_end", payload)
    if query.start < available_start:
        message = f"start is before the available start of {query.dataset} ('{format_time(available_start)}')"
        raise Refusal(422, message, "data_start_before_available_start", payload)
    if query.start >= available_end:
        message = f"start is after the available end of {query.dataset} ('{format_time(available_end)}')"
        raise Refusal(422, message, "data_start_after_available_end", payload)
    if query.end > available_end:
        message = f"The dataset {query.dataset} has data available up to '{format_time(available_end)}'."
        raise Refusal(422, message, "data_end_after_available_end", payload)
