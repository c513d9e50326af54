"""The program on a terminal, to answer its questions and press Ctrl-C."""

import fcntl
import os
import pty
import subprocess
import termios
import threading

from harness.polling import eventually
from harness.worker import Program, binary, check_no_secrets

CTRL_C = "\x03"


class Terminal:
    """A command with a terminal as its standard input and error; standard output goes to a file."""

    def __init__(self, program: Program, *arguments: str):
        self.program = program
        self.stdout_path = program.path("terminal-stdout")
        self.ours, theirs = pty.openpty()
        with open(self.stdout_path, "wb") as stdout:
            self.process = subprocess.Popen(
                [str(binary()), *arguments],
                env=program.environment,
                cwd=program.folder.name,
                stdin=theirs,
                stdout=stdout,
                stderr=theirs,
                start_new_session=True,
                # The terminal is the session's own, so that Ctrl-C reaches it as a signal.
                preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
            )
        os.close(theirs)
        self.shown = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self.ours, 4_096)
            except OSError:  # the other end is closed
                return
            if not data:
                return
            self.shown += data.decode(errors="replace")

    def wait_for(self, part: str, seconds: float = 30) -> None:
        """Waits until the terminal shows a text."""
        eventually(f"the terminal shows {part!r}, not only {self.shown!r}", lambda: part in self.shown, seconds)

    def type(self, keys: str) -> None:
        """Presses keys."""
        os.write(self.ours, keys.encode())

    def end(self, seconds: float = 60) -> int:
        """Waits for the end of the command and returns its exit code."""
        try:
            code = self.process.wait(seconds)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            self._reader.join(10)
            os.close(self.ours)
        check_no_secrets(self.shown + self.stdout, "a terminal")
        return code

    @property
    def stdout(self) -> str:
        """What the command wrote to standard output."""
        return self.stdout_path.read_text(errors="replace")
