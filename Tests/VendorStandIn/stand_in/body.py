"""The body of a get_range answer: metadata and records, cut into zstd frames as the vendor cuts them."""

import dataclasses
import struct
from collections.abc import Iterable, Iterator
from types import SimpleNamespace

import databento_dbn as dbn
import zstandard

from stand_in.records import Record
from stand_in.source import Mapping
from stand_in.state import Fault, Settings

_UNDEF_PRICE = 2**63 - 1


def encode_metadata(query, mappings: list[Mapping], partial: list[str], not_found: list[str], version: int) -> bytes:
    """The metadata block, by the official encoder."""
    return bytes(
        dbn.Metadata(
            query.dataset,
            query.start,
            dbn.SType.from_str(query.stype_in),
            dbn.SType.from_str(query.stype_out),
            dbn.Schema.from_str(query.schema),
            query.symbols,
            partial,
            not_found,
            [
                SimpleNamespace(
                    raw_symbol=mapping.symbol,
                    intervals=[
                        SimpleNamespace(start_date=first, end_date=last, symbol=name)
                        for first, last, name in mapping.intervals
                    ],
                )
                for mapping in mappings
            ],
            query.end,
            query.limit,
            False,
            version,
        )
    )


def mutated(records: Iterable[Record], fault: Fault | None, start: int, end: int) -> Iterator[Record]:
    """The records with the fault's damage done to one of them."""
    kind = fault.mutate if fault else None
    held: Record | None = None
    for position, record in enumerate(records):
        if kind is None or position != fault.mutate_at:
            yield record
            if held is not None:
                yield held
                held = None
        elif kind == "out_of_order":
            held = record
        elif kind == "error_record":
            yield dataclasses.replace(record, data=bytes(dbn.ErrorMsg(record.index_time, "stand-in error", True)))
        else:
            yield dataclasses.replace(record, data=_damaged(record, kind, start, end))
    if held is not None:
        yield held


def _damaged(record: Record, kind: str, start: int, end: int) -> bytes:
    data = bytearray(record.data)
    time_offset = 8 if data[1] in (32, 33, 34, 35) else 32
    if kind == "wrong_instrument":
        struct.pack_into("<I", data, 4, 4_242_424)
    elif kind == "before_range":
        struct.pack_into("<Q", data, time_offset, start - 86_400_000_000_000)
    elif kind == "after_range":
        struct.pack_into("<Q", data, time_offset, end + 86_400_000_000_000)
    elif kind == "off_grid":
        struct.pack_into("<Q", data, time_offset, record.index_time + 1)
    elif kind == "undefined_price":
        struct.pack_into("<4q", data, 16, *[_UNDEF_PRICE] * 4)
    return bytes(data)


def frames(metadata: bytes, records: Iterable[Record], settings: Settings, fault: Fault | None, is_zstd: bool):
    """The pieces of the body: (bytes to send, bytes of records in them before compression)."""
    if fault and fault.mutate == "not_dbn":
        yield b"<html>this is not DBN</html>", 0
        return
    yield _packed(metadata, is_zstd), 0
    for block in _blocks(_cut(records, fault), settings):
        yield _packed(block, is_zstd), len(block)
    if fault and fault.ending == "open_zstd":
        # A frame that never ends.
        yield zstandard.ZstdCompressor().compress(b"\0" * 4_096)[:-4], 0


def _cut(records: Iterable[Record], fault: Fault | None) -> Iterator[bytes]:
    for position, record in enumerate(records):
        if fault and fault.after_records is not None and position >= fault.after_records:
            if fault.mid_record:
                yield record.data[: len(record.data) // 2]
            return
        yield record.data


def _blocks(encoded: Iterable[bytes], settings: Settings) -> Iterator[bytes]:
    pending, count = bytearray(), 0
    for data in encoded:
        pending += data
        count += 1
        if settings.frame_bytes is not None:
            while len(pending) >= settings.frame_bytes:
                yield bytes(pending[: settings.frame_bytes])
                del pending[: settings.frame_bytes]
        elif count == settings.frame_records:
            yield bytes(pending)
            pending.clear()
            count = 0
    if pending:
        yield bytes(pending)


def _packed(data: bytes, is_zstd: bool) -> bytes:
    if not is_zstd:
        return data
    return zstandard.ZstdCompressor(write_checksum=True, write_content_size=True).compress(data)


def decodable(part: bytes, is_zstd: bool) -> int:
    """How many bytes a client can get out of the beginning of a frame."""
    if not is_zstd:
        return len(part)
    try:
        return len(zstandard.ZstdDecompressor().decompressobj().decompress(part))
    except zstandard.ZstdError:
        return 0
