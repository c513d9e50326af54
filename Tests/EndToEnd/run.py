"""Runs the end-to-end tests, each file in a process of its own and a few at a time: most of their time they wait.

    python run.py [--at-once N] [FILE ...]     2 at once unless told, all files unless named

Prints how long each took, the output of those that fail, and why tests were skipped.
"""

import argparse
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

_HERE = Path(__file__).resolve().parent
#: A file that takes longer hangs.
_SECONDS_MAX = 900


def _run(file: Path) -> tuple[Path, float, int, str]:
    began = time.monotonic()
    command = [sys.executable, "-m", "unittest", "--verbose", file.stem]
    environment = {**os.environ, "PYTHONPATH": str(_HERE)}
    try:
        done = subprocess.run(
            command, cwd=_HERE, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            errors="replace", timeout=_SECONDS_MAX,
        )
        code, output = done.returncode, done.stdout
    except subprocess.TimeoutExpired as error:
        output = (error.stdout or b"").decode(errors="replace")
        code, output = 1, f"{output}\nnot over within {_SECONDS_MAX} s"
    return file, time.monotonic() - began, code, output


def main() -> int:
    """Runs what the arguments name; 1 when a test failed, or a file has none."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--at-once", type=int, default=2)
    parser.add_argument("files", nargs="*", type=Path)
    arguments = parser.parse_args()
    # The largest first, so that none of them is alone at the end.
    files = sorted(arguments.files or _HERE.glob("test_*.py"), key=lambda file: -file.stat().st_size)
    tests, failed = 0, []
    with ThreadPoolExecutor(arguments.at_once) as lanes:
        for file, seconds, code, output in lanes.map(_run, files):
            count = re.search(r"^Ran (\d+) tests? in ", output, re.MULTILINE)
            tests += int(count[1]) if count else 0
            reasons = re.findall(r"^.* \.\.\. skipped .*$", output, re.MULTILINE)
            # A file that runs no test says why.
            is_well = code == 0 and count is not None and (int(count[1]) > 0 or bool(reasons))
            print(f"{'ok' if is_well else 'FAILED':6} {seconds:5.0f} s  {file.stem}", flush=True)
            for reason in reasons:
                print(f"       {reason}", flush=True)
            if not is_well:
                failed.append(file.stem)
                print(output, flush=True)
    print(f"{tests} tests in {len(files)} files" + (f", failed: {', '.join(failed)}" if failed else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
