"""The program under test, as a process."""

import os
import re
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from harness import http
from harness.http import Response
from harness.polling import eventually
from harness.stand_in import KEY

ADMIN_TOKEN = "e2e-admin-token-5b0f7c"
#: What no output may ever show.
SECRETS = (KEY, ADMIN_TOKEN)

_BINARY = Path(os.environ.get("TAPEDECK_TEST_BINARY") or Path(__file__).resolve().parents[3] / ".build/debug/tapedeck")
_START_SECONDS = 30
_REQUEST_SECONDS = 60


def binary() -> Path:
    """The program under test."""
    return _BINARY


class Program:
    """The program with an environment of its own: nothing of the caller's settings reaches it."""

    def __init__(self, database_url: str, **environment: str):
        self.folder = tempfile.TemporaryDirectory(prefix="tapedeck-e2e-")
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": self.folder.name,
            "DATABASE_URL": database_url,
            **environment,
        }

    def run(self, *arguments: str, seconds: float = 60) -> subprocess.CompletedProcess:
        """Runs a command to its end."""
        done = subprocess.run(
            [str(_BINARY), *arguments],
            env=self.environment,
            cwd=self.folder.name,
            capture_output=True,
            text=True,
            timeout=seconds,
        )
        check_no_secrets(done.stdout + done.stderr, f"tapedeck {' '.join(arguments)}")
        return done

    def start(self, *arguments: str) -> subprocess.Popen:
        """Starts a command whose output goes to files."""
        with open(self.path("stdout"), "ab") as stdout, open(self.path("stderr"), "ab") as stderr:
            return subprocess.Popen(
                [str(_BINARY), *arguments],
                env=self.environment,
                cwd=self.folder.name,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
            )

    def close(self) -> None:
        """Removes the program's folder."""
        self.folder.cleanup()

    def path(self, name: str) -> Path:
        """A file of the program's folder."""
        return Path(self.folder.name) / name

    @property
    def output(self) -> str:
        """All that `start` wrote so far, to both ends."""
        return self.path("stdout").read_text(errors="replace") + self.path("stderr").read_text(errors="replace")


class Worker(Program):
    """`tapedeck serve` on a free port. Every answer and all output is searched for secrets."""

    def __init__(self, database_url: str, *arguments: str, **environment: str):
        super().__init__(database_url, **environment)
        self.process = self.start("serve", "--port", "0", *arguments)
        try:
            self.port = eventually("the worker listens", self._listening_port, _START_SECONDS)
        except AssertionError as error:
            self.kill()
            raise AssertionError(f"{error}\n{self.output}") from error

    def _listening_port(self) -> int | None:
        match = re.search(r"^Listening on https?://[^ ,]*:(\d+)", self.path("stdout").read_text(), re.MULTILINE)
        if match:
            return int(match[1])
        if self.process.poll() is not None:
            raise AssertionError(f"the worker ended with {self.process.returncode}")
        return None

    def request(
        self,
        method: str,
        path: str,
        headers: dict[str, str] | None = None,
        seconds: float = _REQUEST_SECONDS,
        **parameters: Any,
    ) -> Response:
        """Makes a request."""
        target = http.target(path, parameters)
        response = http.request(self.port, method, target, headers or {}, seconds)
        check_no_secrets(str(response.headers) + response.body.decode(errors="replace"), f"{method} {target}")
        return response

    def get(self, path: str, **parameters: Any) -> Response:
        """Makes a GET request, whatever it answers."""
        return self.request("GET", path, **parameters)

    def bars(self, symbol: str, timeframe: str, start=None, end=None, **parameters: Any) -> Response:
        """Asks for bars, and raises when they are refused."""
        response = self.get("/v1/bars", symbol=symbol, timeframe=timeframe, start=start, end=end, **parameters)
        if response.status != 200:
            raise AssertionError(f"{symbol} {timeframe}: {response}")
        return response

    def admin(self, method: str, path: str, **parameters: Any) -> Response:
        """Makes a request with the operator's token."""
        return self.request(method, path, headers={"Authorization": f"Bearer {ADMIN_TOKEN}"}, **parameters)

    @property
    def resident_bytes(self) -> int:
        """The memory that the process holds now."""
        return self._status_bytes("VmRSS")

    @property
    def resident_bytes_peak(self) -> int:
        """The most memory that the process held."""
        return self._status_bytes("VmHWM")

    def _status_bytes(self, name: str) -> int:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"^{name}:\s+(\d+) kB", status, re.MULTILINE)[1]) * 1024

    def stop(self, seconds: float = 40) -> int:
        """Asks the process to stop and returns its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        finally:
            self.kill()

    def kill(self) -> None:
        """Ends the process at once, if it still runs."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


def check_no_secrets(text: str, where: str) -> None:
    """Raises when the text shows a secret; the message does not."""
    for number, secret in enumerate(SECRETS):
        if secret in text:
            raise AssertionError(f"secret {number} shows in {where}")
