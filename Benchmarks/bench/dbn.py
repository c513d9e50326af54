"""Decoding of a big DBN file."""

import json
import subprocess
import sys
from pathlib import Path

from bench.figures import Result, Sample, number
from bench.tools import folder, ours, output, timed

TITLE = "Decoding DBN"

_OFFICIAL = """
import json, sys, time, warnings
warnings.simplefilter("ignore")
import databento, databento_dbn
path, way = sys.argv[1:]
start = time.perf_counter()
if way == "array":
    rows = databento.DBNStore.from_file(path).to_ndarray("ohlcv-1m")
    seconds = time.perf_counter() - start
    print(json.dumps([seconds, len(rows), float(rows["close"].astype("f8").sum() / 1e9 + rows["volume"].sum())]))
else:
    count = checksum = 0
    decoder = databento_dbn.DBNDecoder()
    with __import__("zstandard").open(path, "rb") as stream:
        while piece := stream.read(1 << 18):
            decoder.write(piece)
            for record in decoder.decode():
                if isinstance(record, databento_dbn.OHLCVMsg):
                    count += 1
                    checksum += record.close / 1e9 + record.volume
    print(json.dumps([time.perf_counter() - start, count, checksum]))
"""


def _official(path: Path, way: str) -> list[float]:
    return json.loads(output([sys.executable, "-c", _OFFICIAL, str(path), way]))


def run(is_short: bool) -> Result:
    """Measures."""
    records = 200_000 if is_short else 5_000_000
    with folder() as place:
        path = place / "bars.dbn.zst"
        written = ours("dbn-write", path, records)
        result = Result(
            "dbn",
            TITLE,
            f"{records:,} 1-minute bars of the simulated market, {number(written['uncompressedBytes'] / 1e6)} MB as DBN, "
            f"{number(path.stat().st_size / 1e6)} MB as zstd, read from a file in the page cache. `zstd -d` only "
            "decompresses. The official package's `to_ndarray` lays the bytes out as a NumPy array without looking at "
            "records; its `DBNDecoder` makes an object for each. All decoders' sums of prices and volumes are compared.",
        )
        decoder, zstd, array, official = Sample(), Sample(), Sample(), Sample()
        for turn in range(1 if is_short else 5):
            read = ours("dbn-read", path)
            decoder.add(read["seconds"])
            zstd.add(timed(["zstd", "-d", "-q", "-c", str(path)], stdout=subprocess.DEVNULL))
            answers = [_official(path, "array")]
            array.add(answers[0][0])
            if turn < 1:
                answers.append(_official(path, "records"))
                official.add(answers[1][0])
            for _, count, checksum in answers:
                if count != records or abs(checksum - read["checksum"]) > 1e-9 * abs(checksum):
                    raise RuntimeError(f"the official package reads {count} records with the sum {checksum}")
        if read["records"] != records:
            raise RuntimeError(f"{read['records']} records were read")
    rate = records / decoder.median / 1e6
    result.add("records per second", f"{number(rate)} million")
    result.add(
        "time, zstd included",
        decoder.text("s"),
        f"{zstd.text('s')} `zstd -d` alone",
        f"{number(decoder.median / zstd.median)} ×",
    )
    result.add(
        "beside `databento` `to_ndarray`", decoder.text("s"), array.text("s"), f"{number(decoder.median / array.median)} ×"
    )
    result.add(
        "beside `databento_dbn` `DBNDecoder`",
        decoder.text("s"),
        official.text("s"),
        f"{number(decoder.median / official.median)} ×",
    )
    return result
