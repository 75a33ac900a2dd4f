"""An import of as many volumes as SPIDER has, of its sizes: bounded memory, a progress bar, a kill.

Zenodo's record has 447 volumes of 218 patients: 196 T1, 210 T2 and 41 T2 SPACE. Their names are many here,
their contents few: each is a link to one of four made-up volumes.
"""

import hashlib
import os
import pty
import re
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from command import DISCERN
from numpy.typing import NDArray
from spider_download import BULGING, spine, write_tables

pytestmark = pytest.mark.acceptance

PATIENTS, T1, T2, SPACE = 218, 196, 210, 41
ALL = T1 + T2 + SPACE
FEW = 20
KILL_AT = 200
MADE = {
    "t1": ((15, 448, 448), (4.4, 0.67, 0.67)),
    "t2": ((16, 600, 448), (4.4, 0.58, 0.58)),
    "large": ((17, 896, 896), (4.0, 0.33, 0.33)),
    "t2_SPACE": ((120, 640, 512), (0.9, 0.47, 0.47)),
}
"""Slices, rows and columns, and mm between them: sizes of the real sample, and the published spacings."""


@dataclass(frozen=True)
class Run:
    """How an import went: its exit code, seconds, most memory (MB), and what its terminal showed."""

    code: int
    seconds: float
    peak: float
    shown: str


def test_447_volumes_in_bounded_memory_and_again_after_a_kill(tmp_path: Path) -> None:
    names = volume_names()
    assert len(names) == ALL
    made = make_volumes(tmp_path / "made")
    everything = download(tmp_path / "spider", names, made)
    few = download(tmp_path / "few", names[:FEW], made)

    small, whole = run(few, tmp_path / "few-cohort"), run(everything, tmp_path / "whole")
    assert small.code == whole.code == 0
    assert f"{ALL}/{ALL}" in whole.shown
    unbroken = checksums(tmp_path / "whole")
    shutil.rmtree(tmp_path / "whole")
    done = kill(everything, tmp_path / "resumed")
    assert not (tmp_path / "resumed" / "images.csv").exists()
    resumed = run(everything, tmp_path / "resumed")
    print(f"{FEW} volumes: {small.seconds:.0f} s, {small.peak:.0f} MB at most")
    print(f"{ALL} volumes: {whole.seconds:.0f} s, {whole.peak:.0f} MB at most")
    print(f"killed at {done} volumes; the rest: {resumed.seconds:.0f} s, {resumed.peak:.0f} MB at most")
    first = re.search(rf"(\d+)/{ALL}", resumed.shown)
    assert first is not None
    assert int(first[1]) >= done
    assert resumed.code == 0
    assert checksums(tmp_path / "resumed") == unbroken
    assert whole.peak < 1.25 * small.peak


def volume_names() -> list[str]:
    """By patient; the first patients have all three sequences."""
    sequences = {"t1": T1, "t2": T2, "t2_SPACE": SPACE}
    every = range(1, PATIENTS + 1)
    names = {name: [f"{p}_{name}" for p in every[:count]] for name, count in sequences.items()}
    # As in the dataset, no patient is without a volume: the last ones have T1 alone.
    names["t1"] = [f"{p}_t1" for p in (*every[: T1 - (PATIENTS - T2)], *every[T2:])]
    return sorted(
        (name for group in names.values() for name in group), key=lambda name: int(name.split("_")[0])
    )


def make_volumes(folder: Path) -> dict[str, tuple[Path, Path]]:
    """One volume of each kind and its mask, half of them stored another way round; of fractions, and of
    -1000 beside the patient, as those of the dataset."""
    folder.mkdir()
    random = np.random.default_rng(5)
    made = {}
    for number, (name, (shape, spacing)) in enumerate(MADE.items()):
        mask = stretched(spine(), shape)
        values = random.integers(0, 160, shape).astype(np.float32) / 4 + 2 * mask
        values[:, :, :8] = -1000
        made[name] = folder / f"{name}.mha", folder / f"{name}-mask.mha"
        for path, voxels in zip(made[name], (values, mask), strict=True):
            # Slices, rows from above and columns are ITK's x, -z and y.
            image = sitk.GetImageFromArray(np.ascontiguousarray(voxels.transpose(1, 2, 0)[::-1]))
            image.SetSpacing((spacing[0], spacing[2], spacing[1]))
            code = "PIR" if number % 2 else "LPS"
            sitk.WriteImage(sitk.DICOMOrient(image, code), str(path), useCompression=True)
    return made


def stretched(mask: NDArray[np.uint8], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """A mask (z, y, x) as slices, rows from above and columns, of another size."""
    seen = mask.transpose(2, 0, 1)[:, ::-1]
    nearest = (np.arange(size) * side // size for size, side in zip(shape, seen.shape, strict=True))
    return seen[np.ix_(*nearest)]


def download(folder: Path, names: list[str], made: dict[str, tuple[Path, Path]]) -> Path:
    for part in ("images", "masks"):
        (folder / part).mkdir(parents=True)
    for name in names:
        patient, sequence = name.split("_", 1)
        kind = "large" if sequence != "t2_SPACE" and int(patient) % 10 == 0 else sequence
        for part, path in zip(("images", "masks"), made[kind], strict=True):
            os.link(path, folder / part / f"{name}.mha")
    patients = {int(name.split("_")[0]) for name in names}
    grades = {patient: {disc: BULGING for disc in range(1, 7)} for patient in patients}
    write_tables(folder, grades, {name: ("F ", "training") for name in names})
    return folder


def start(folder: Path, out: Path, screen: int) -> subprocess.Popen[bytes]:
    arguments = [str(DISCERN), "import", "spider", str(folder), "--out", str(out)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "TERM": "xterm", "COLUMNS": "120"}
    return subprocess.Popen(arguments, stdout=screen, stderr=screen, env=environment, start_new_session=True)


def run(folder: Path, out: Path) -> Run:
    """Import on a terminal, to the end."""
    master, screen = pty.openpty()
    shown: list[bytes] = []
    started = time.monotonic()
    process = start(folder, out, screen)
    os.close(screen)
    reader = threading.Thread(target=read_all, args=(master, shown))
    reader.start()
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, peak_memory(process.pid))
        time.sleep(0.1)
    reader.join()
    text = b"".join(shown).decode(errors="replace")
    return Run(process.returncode, time.monotonic() - started, peak, text)


def peak_memory(process: int) -> float:
    """MB that a process has had at most; what the system tells of ended ones counts its parent's too."""
    with suppress(OSError):
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
        return int(found[1]) / 1024 if found else 0.0
    return 0.0


def read_all(master: int, shown: list[bytes]) -> None:
    try:
        while content := os.read(master, 65536):
            shown.append(content)
    except OSError:  # the other end is closed
        os.close(master)


def kill(folder: Path, out: Path) -> int:
    """Start an import and kill it in the middle; how many volumes were done."""
    process = start(folder, out, subprocess.DEVNULL)
    while len(list((out / ".import").glob("?" * 24 + ".json"))) < KILL_AT:
        assert process.poll() is None
        time.sleep(0.2)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return len(list((out / ".import").glob("?" * 24 + ".json")))


def checksums(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(autouse=True)
def _swept(tmp_path: Path) -> Iterator[None]:
    """Gigabytes, of no use to anybody afterwards."""
    yield
    shutil.rmtree(tmp_path)
