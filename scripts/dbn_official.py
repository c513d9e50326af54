"""What the official package `databento_dbn` says about a DBN stream, in the shape that `dbn-dump` prints.

Shared by scripts/dbn-fixtures and scripts/dbn-compare.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".build-venv"
PACKAGES = ["databento_dbn==0.70.0", "zstandard==0.25.0"]
MODULES = ["databento_dbn", "zstandard"]


def require_packages():
    """Goes on in a Python that has the packages: this one, the tests' one, or a new environment in .build-venv."""
    if _has_packages(sys.executable):
        return
    candidates = [os.environ.get("TAPEDECK_TEST_PYTHON"), str(VENV / "bin" / "python")]
    for python in candidates:
        if python and _has_packages(python):
            os.execv(python, [python, *sys.argv])
    print(f"installing {', '.join(PACKAGES)} into {VENV.name}", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
    python = str(VENV / "bin" / "python")
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES], check=True
    )
    os.execv(python, [python, *sys.argv])


def _has_packages(python):
    command = [python, "-c", "; ".join(f"import {module}" for module in MODULES)]
    try:
        return subprocess.run(command, stderr=subprocess.DEVNULL).returncode == 0
    except OSError:
        return False


# The fields that our records keep, under the vendor's names. Types that are not named here are compared by header.
LEVEL = ["bid_px_00", "ask_px_00", "bid_sz_00", "ask_sz_00", "bid_ct_00", "ask_ct_00"]
CONSOLIDATED_LEVEL = ["bid_px_00", "ask_px_00", "bid_sz_00", "ask_sz_00", "bid_pb_00", "ask_pb_00"]
TRADE = ["price", "size", "action", "side", "flags", "depth", "ts_recv", "ts_in_delta", "sequence"]
HEADER = ["rtype", "publisher_id", "instrument_id", "ts_event"]
FIELDS = {
    "OHLCVMsg": ["open", "high", "low", "close", "volume"],
    "TradeMsg": TRADE,
    "MBP1Msg": TRADE + LEVEL,
    "BBOMsg": ["price", "size", "side", "flags", "ts_recv", "sequence"] + LEVEL,
    "CMBP1Msg": ["price", "size", "action", "side", "flags", "ts_recv", "ts_in_delta"] + CONSOLIDATED_LEVEL,
    "CBBOMsg": ["price", "size", "side", "flags", "ts_recv"] + CONSOLIDATED_LEVEL,
    "InstrumentDefMsg": [
        "ts_recv", "min_price_increment", "display_factor", "expiration", "activation", "strike_price",
        "raw_instrument_id", "underlying_id", "contract_multiplier", "currency", "raw_symbol", "exchange", "asset",
        "security_type", "underlying", "instrument_class", "security_update_action",
    ],
    "StatusMsg": [
        "ts_recv", "action", "reason", "trading_event", "is_trading", "is_quoting", "is_short_sell_restricted",
    ],
    "ErrorMsg": ["err", "code", "is_last"],
    "SystemMsg": ["msg", "code"],
    "SymbolMappingMsg": ["stype_in", "stype_in_symbol", "stype_out", "stype_out_symbol", "start_ts", "end_ts"],
}  # fmt: skip
TRI_STATES = {True: ord("Y"), False: ord("N"), None: ord("~")}


def decode(data):
    """The stream's metadata as they are, and its records upgraded to version 3, as the package decodes them."""
    from databento_dbn import VersionUpgradePolicy

    upgraded = _decode(data, VersionUpgradePolicy.UPGRADE_TO_V3)
    original = _decode(data, VersionUpgradePolicy.AS_IS)
    ts_out = original[0].ts_out
    records = [_record(new, old, ts_out) for new, old in zip(upgraded[1:], original[1:], strict=True)]
    return {"metadata": _metadata(original[0]), "records": records}


def _decode(data, upgrade_policy):
    from databento_dbn import Compression, DBNDecoder

    compression = Compression.NONE if data.startswith(b"DBN") else Compression.ZSTD
    decoder = DBNDecoder(upgrade_policy=upgrade_policy, compression=compression)
    decoder.write(data)
    return decoder.decode()


def _metadata(metadata):
    def date(day):
        return day.year * 10000 + day.month * 100 + day.day

    return {
        "version": metadata.version,
        "dataset": metadata.dataset,
        "schema": None if metadata.schema is None else str(metadata.schema),
        "start": metadata.start,
        "end": metadata.end,
        "limit": metadata.limit,
        "stype_in": None if metadata.stype_in is None else str(metadata.stype_in),
        "stype_out": str(metadata.stype_out),
        "ts_out": metadata.ts_out,
        "symbols": metadata.symbols,
        "partial": metadata.partial,
        "not_found": metadata.not_found,
        # Their order means nothing and differs from one decoding to the next.
        "mappings": sorted(
            [symbol, [[date(i["start_date"]), date(i["end_date"]), i["symbol"]] for i in intervals]]
            for symbol, intervals in metadata.mappings.items()
        ),
    }


def _record(record, original, ts_out):
    name = type(record).__name__
    fields = {field: _value(field, getattr(record, field)) for field in HEADER + FIELDS.get(name, [])}
    if name not in FIELDS:
        fields["skipped_words"] = (original.size_hint + (8 if ts_out else 0)) // 4
    if ts_out:
        fields["ts_out"] = record.ts_out
    return fields


def _value(field, value):
    """A plain number or text: enums as on the wire, one ASCII character as its code."""
    from databento_dbn import ErrorCode, SType, SystemCode

    if field in ("is_trading", "is_quoting", "is_short_sell_restricted") and not isinstance(value, str):
        return TRI_STATES[value]
    if isinstance(value, (ErrorCode, SType, SystemCode)):
        return int(value)
    value = getattr(value, "value", value)
    if isinstance(value, str) and field in ("action", "side", "instrument_class", "security_update_action"):
        return ord(value)
    return value
