"""Writes docs/benchmarks.md from the kept results."""

import datetime
import importlib.metadata
import os
import platform
import re
import subprocess
from pathlib import Path

from bench.figures import Result, load
from bench.tools import ROOT

PAGE = ROOT / "docs" / "benchmarks.md"
REMARKS = ROOT / "Benchmarks" / "remarks.md"

_VERSIONS = {
    "Swift": ["swift", "--version"],
    "Postgres": ["psql", "--version"],
    "SQLite": ["sqlite3", "--version"],
    "nginx": ["/usr/sbin/nginx", "-v"],
    "Redis": ["redis-server", "--version"],
    "zstd": ["zstd", "--version"],
    "wrk": ["wrk", "--version"],
}
_PACKAGES = ("databento", "databento-dbn", "duckdb", "pyarrow", "libcachesim", "requests-cache", "dbn-cache")


def _version(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True)
    found = re.search(r"\d+\.\d+(\.\d+)*", done.stdout + done.stderr)
    return found[0] if found else "?"


def machine() -> list[str]:
    """The machine and the versions in use, a line each."""
    processor = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = int(re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())[1]) / 1e6
    system = re.search(r'PRETTY_NAME="(.*)"', Path("/etc/os-release").read_text())
    versions = [f"{name} {_version(command)}" for name, command in _VERSIONS.items()]
    versions += [f"{name} {importlib.metadata.version(name)}" for name in _PACKAGES]
    return [
        f"{processor[1] if processor else platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GB, "
        f"{system[1] if system else platform.system()}, Linux {platform.release()}",
        ", ".join(versions),
    ]


def _remarks() -> dict[str, str]:
    """What Benchmarks/remarks.md says about each benchmark, by its name."""
    parts = re.split(r"^## (.+)$", REMARKS.read_text(), flags=re.MULTILINE) if REMARKS.exists() else [""]
    return dict(zip(parts[1::2], (text.strip() for text in parts[2::2]), strict=True))


def _table(result: Result) -> list[str]:
    lines = ["| what | Tapedeck | beside it | ratio | target | met |", "| --- | --- | --- | --- | --- | --- |"]
    for figure in result.figures:
        met = {True: "yes", False: "**no**", None: ""}[figure.met]
        lines.append(f"| {figure.what} | {figure.ours} | {figure.beside} | {figure.ratio} | {figure.target} | {met} |")
    return lines


def _section(result: Result, remarks: str) -> list[str]:
    busy = f", load average {result.load:.1f} before it" if result.load >= 0.5 else ""
    short = " (a short run: only shows that it works)" if result.is_short else ""
    lines = [f"## {result.title}", "", result.method, "", *_table(result), ""]
    lines += [line for note in result.notes for line in (note, "")]
    if remarks:
        lines += [remarks, ""]
    lines += [f"`{result.command}`, {result.date}, {result.seconds:.0f} s{busy}{short}", ""]
    return lines


def write(names: list[str]) -> None:
    """Writes the page from all results that are kept, in this order."""
    remarks = _remarks()
    lines = [
        "# Benchmarks",
        "",
        "Each figure stands beside what it is compared with, measured in turns in one run; figures are medians of the "
        "rounds, with the least and the greatest in brackets. `scripts/bench` measures everything and writes this page, "
        "`scripts/bench NAME…` measures a part anew.",
        "",
        *[line for text in machine() for line in (f"- {text}",)],
        f"- page written {datetime.date.today().isoformat()}",
        "",
    ]
    for name in names:
        result = load(name)
        if result:
            lines += _section(result, remarks.get(name, ""))
    PAGE.write_text("\n".join(lines).rstrip() + "\n")
