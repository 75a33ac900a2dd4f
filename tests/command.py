"""The command line in a process of its own, as a user runs it, and a benchmark small enough for that."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

DISCERN = Path(sys.executable).with_name("discern")
_ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "200", "NO_COLOR": "1"}


def start(*arguments: object, folder: Path | None = None) -> subprocess.Popen[str]:
    """``discern`` with these arguments, in a process group of its own.

    It hears Ctrl-C even where the tests run in a shell's background, which ignores it.
    """
    return subprocess.Popen(
        [str(DISCERN), *map(str, arguments)],
        cwd=folder,
        env=_ENVIRONMENT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=_hear_interrupts,
    )


def _hear_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def discern(*arguments: object, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run ``discern`` to its end."""
    process = start(*arguments, folder=folder)
    stdout, stderr = process.communicate()
    return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)


@dataclass(frozen=True)
class SmallBenchmark:
    """Two folds of one detector on eight patients, 64 px, run to its end by the command line."""

    protocol: Path
    data: Path
    out: Path
    printed: str


def small_protocol(path: Path, detector: str, **changes: object) -> Path:
    """A protocol of two folds and one detector that trains for seconds."""
    learning = {"batch_size": 2, "epochs": 24, "learning_rate": 0.004}
    settings = {"image_size": 64, "start_weights": "null", **learning, **changes}
    written = ", ".join(f"{name}: {value}" for name, value in settings.items())
    path.write_text(f"view: anatomy\nfolds: 2\ndetectors:\n  {detector}: {{{written}}}\n", encoding="utf-8")
    return path
