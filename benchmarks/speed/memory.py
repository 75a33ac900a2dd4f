"""The memory of a batch: 1,000 studies through ``discern read-study``, beside 50."""

import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.speed.goal import Outcome, Setting, Target, outcome
from data.phantom.studies import generate_studies

TARGET = Target("cost", 1.1)
MANY, FEW = 1000, 50
_SEED = 12_000
_LOOK_EVERY = 0.02  # seconds


def measure(setting: Setting) -> list[Outcome]:
    """Peaks of resident memory of two processes, once: a study takes its seconds, and a peak does not vary
    like a time. One phantom study stands under as many names. Linux alone tells a process's peak."""
    study = setting.folder / "phantom"
    generate_studies(study, 1, _SEED)
    (patient,) = (folder for folder in study.iterdir() if folder.is_dir())
    many, few = setting.count(MANY, least=2), setting.count(FEW)
    ours, other = (_peak_of_batch(setting.folder, patient, number) for number in (many, few))
    return [
        outcome(
            "memory",
            f"peak memory of a batch of {many:,} studies with their reports",
            f"a batch of {few:,}",
            np.array([ours]),
            np.array([other]),
            TARGET,
            unit="MB",
            note="one run each; one phantom study under as many names",
        )
    ]


def _peak_of_batch(folder: Path, study: Path, number: int) -> float:
    batch = folder / f"batch-{number}"
    names = names_of_study(study, batch, number)
    log = folder / f"batch-{number}.log"
    command = [sys.executable, "-m", "cli", "read-study", *map(str, names), "--out", f"{batch}-results"]
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output) as process:
        peak = peak_of(process)
    if process.returncode:
        said = log.read_text(encoding="utf-8").strip().splitlines()
        raise RuntimeError(f"a batch of {number} phantom studies failed: {said[-1] if said else 'silently'}")
    return peak


def names_of_study(study: Path, folder: Path, number: int) -> list[Path]:
    """One study under so many names, in a new folder."""
    folder.mkdir()
    names = [folder / f"study-{index:04d}" for index in range(number)]
    for name in names:
        name.symlink_to(study.resolve(), target_is_directory=True)
    return names


def peak_of(process: "subprocess.Popen[bytes]") -> float:
    """The highest resident memory of a process until its end, MB.

    The kernel keeps it, but not beyond the end; and what it tells a parent afterwards counts the memory of
    the parent from which the process was forked.
    """
    peak = 0.0
    status = Path(f"/proc/{process.pid}/status")
    while process.poll() is None:
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                peak = float(line.split()[1])
        time.sleep(_LOOK_EVERY)
    return peak / 1000
