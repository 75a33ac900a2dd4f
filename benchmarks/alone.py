"""One training on its own, outside any benchmark: what it makes goes into a folder of the user's."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.jobs import Runnable, TrialFolder, run_trials
from benchmarks.processes import LocalProcesses
from benchmarks.progress import TrialProgress
from errors import BadInputError


def train_alone(
    trial: Runnable[Any], source: Any, made: str, marker: str, out: Path, what: str, console: Console
) -> None:
    """Run one trial and put the folder ``made`` of it in place of ``out``, whole or not at all.

    ``marker``: a file by which an earlier one is known; ``what``: is trained, for the bar. The log lies
    beside ``out``. Raises BadInputError where ``out`` holds something else, and where training fails.
    """
    if out.exists() and not (out / marker).exists() and (not out.is_dir() or any(out.iterdir())):
        raise BadInputError(out, "holds something else than trained models; choose another --out")
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as scratch:
        folder = TrialFolder(Path(scratch))
        with TrialProgress(f"training {what}", 1, 0, console) as progress:
            failed = run_trials([trial], source, folder, LocalProcesses(), progress)
        log = out.with_name(f"{out.name}.log")
        os.replace(folder.log(trial), log)
        if failed:
            raise BadInputError(log, f"training {what} failed; the log's last lines say why")
        shutil.rmtree(out, ignore_errors=True)
        os.replace(folder.trial(trial) / made, out)
