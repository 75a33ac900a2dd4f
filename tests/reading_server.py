"""The app as `discern app` runs it, in a process of its own that can be killed and begun again."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path

from free_port import free_port

_ROOT = Path(__file__).resolve().parents[1]
_START_SECONDS = 300


@dataclass
class ReadingServer:
    """``folder``: its data; ``database``: a URL. It is not running yet."""

    folder: Path
    database: str
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.folder.with_suffix(".log")

    def start(self) -> None:
        """Ends when it answers."""
        options = ("--data", str(self.folder), "--database", self.database, "--port", str(self.port))
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "cli", "app", *options],
                cwd=_ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={**os.environ, "OMP_NUM_THREADS": "1"},
            )
        last = time.monotonic() + _START_SECONDS
        while not self._answers():
            assert self._process.poll() is None and time.monotonic() < last, self.log.read_text()
            time.sleep(0.1)

    def kill(self) -> None:
        """At once, with SIGKILL; what it had begun to do is not ended."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """With whatever it has started."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def _answers(self) -> bool:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", "/sign-in")
            return connection.getresponse().status < 500
        except OSError:
            return False
        finally:
            connection.close()
