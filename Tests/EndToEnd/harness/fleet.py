"""A fleet as scripts/fleet starts it: workers on one Postgres behind a load balancer."""

import os
import re
import signal
import subprocess
import tempfile
import uuid
from pathlib import Path

from harness import http
from harness.http import Response
from harness.polling import eventually
from harness.worker import binary, check_no_secrets

_SCRIPT = Path(__file__).resolve().parents[3] / "scripts" / "fleet"
_START_SECONDS = 60
_STOP_SECONDS = 60


class Fleet:
    """scripts/fleet with N workers on free ports, until `stop`."""

    def __init__(self, workers: int, *arguments: str, **environment: str):
        self.folder = tempfile.TemporaryDirectory(prefix="tapedeck-e2e-fleet-")
        self._log = Path(self.folder.name) / "output"
        # In the environment of each process that the script starts, and of those that these start.
        self._mark = f"E2E_FLEET={uuid.uuid4().hex}"
        name, value = self._mark.split("=")
        with open(self._log, "wb") as log:
            self.process = subprocess.Popen(
                [str(_SCRIPT), str(workers), "--port", "0", *arguments],
                env={
                    "PATH": os.environ["PATH"],
                    "HOME": self.folder.name,
                    "TMPDIR": self.folder.name,
                    "TAPEDECK_TEST_BINARY": str(binary()),
                    **environment,
                    name: value,
                },
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            self.wait_for("^Ctrl-C stops it all", _START_SECONDS)
            self.port = int(self.wait_for(r"^Fleet of .* behind http://127\.0\.0\.1:(\d+)", 1)[1])
        except AssertionError as error:
            self.stop()
            raise AssertionError(f"{error}\n{self.output}") from error

    @property
    def output(self) -> str:
        """All that the script has printed."""
        return self._log.read_text(errors="replace")

    def wait_for(self, pattern: str, seconds: float) -> re.Match:
        """Waits for a line of the output."""

        def look() -> re.Match | None:
            match = re.search(pattern, self.output, re.MULTILINE)
            if not match and self.process.poll() is not None:
                raise AssertionError(f"scripts/fleet ended with {self.process.returncode}")
            return match

        try:
            return eventually(f"scripts/fleet prints {pattern!r}", look, seconds)
        except AssertionError as error:
            logs = [path.read_text(errors="replace")[-2_000:] for path in Path(self.folder.name).glob("*/worker-*.log")]
            raise AssertionError("\n".join([str(error), self.output, *logs, self._processes()])) from error

    def _processes(self) -> str:
        """What the script and the processes that it started are doing."""
        columns = "pid,ppid,stat,etime,wchan:20,args"
        table = subprocess.run(["ps", "-e", "-o", columns], capture_output=True, text=True, check=True).stdout
        family = {str(self.process.pid)}
        lines = []
        # A parent comes before its children.
        for line in table.splitlines():
            pid, parent = line.split()[:2]
            if pid in family or parent in family:
                family.add(pid)
                lines.append(line)
        return "\n".join(lines)

    def get(self, path: str, **parameters) -> Response:
        """Asks the load balancer."""
        return http.request(self.port, "GET", http.target(path, parameters), {}, 60)

    def signal(self, number: int) -> None:
        """Sends the script, and nothing else, a signal."""
        self.process.send_signal(number)

    def processes(self) -> list[int]:
        """The processes that the script has started and that still run, itself included."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                environment = (folder / "environ").read_bytes()
            except OSError:
                continue
            if self._mark.encode() in environment:
                found.append(int(folder.name))
        return found

    def stop(self) -> int:
        """Asks the script to stop and returns its exit code; removes what it printed, searched for secrets."""
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
        try:
            return self.process.wait(_STOP_SECONDS)
        finally:
            for pid in self.processes():
                os.kill(pid, signal.SIGKILL)
            self.process.wait()
            check_no_secrets(self.output, "scripts/fleet")
