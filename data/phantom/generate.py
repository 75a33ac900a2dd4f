"""A cohort of phantom patients as a folder: images, LabelImg's annotations, and the truth."""

import csv
import json
import multiprocessing
import os
import shutil
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from tempfile import mkdtemp

import cv2
import numpy as np

from annotation.labels import named_label_set
from annotation.voc import new_voc, write_voc
from data.phantom.anatomy import Phantom
from data.phantom.boxes import SeenDisc, SliceReader
from data.phantom.disease import DiscDisease, Side, State
from data.phantom.patient import draw_patient
from data.phantom.sampling import sample_plane
from data.phantom.scanner import Scanner, acquire, draw_scanner, sagittal_plane
from data.phantom.tissue import Tissue, spin_echo_signal
from errors import BadInputError


@dataclass(frozen=True)
class DiscTruth:
    """What is true of one disc of a patient."""

    level: str
    state: State
    side: Side
    disease: DiscDisease


@dataclass(frozen=True)
class SliceTruth:
    """One image: ``offset`` mm to the left of the patient's middle, and what it shows."""

    image: str
    offset: float
    discs: tuple[SeenDisc, ...]


@dataclass(frozen=True)
class PatientTruth:
    """A patient, the scanner, every disc and every slice."""

    patient: str
    sex: str
    age: int
    scanner: Scanner
    discs: tuple[DiscTruth, ...]
    slices: tuple[SliceTruth, ...]


def generate_cohort(
    folder: Path,
    patients: int,
    seed: int,
    slices_per_patient: int = 3,
    workers: int = 2,
    progress: Callable[[int], None] = lambda done: None,
) -> None:
    """Write ``patients`` phantom patients of a ``seed`` to a new ``folder``.

    ``images/``, ``annotations/`` (Pascal VOC), ``images.csv``, ``classes.txt`` and ``truth.json``
    (a list of ``PatientTruth``). Patient i of a seed is the same however many there are and
    whatever the ``workers`` (processes). ``progress`` is called with the patients done. The folder
    appears whole or not at all. Raises BadInputError if it exists and is not empty, or cannot be made.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadInputError(folder, "already there and not empty; name a new folder")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        unfinished = Path(mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise BadInputError(folder, f"cannot be made ({error.strerror}); name another folder") from None
    try:
        (unfinished / "images").mkdir()
        (unfinished / "annotations").mkdir()
        write = partial(_write_patient, unfinished, seed, slices_per_patient)
        if workers == 1:
            truths = _collect(map(write, range(patients)), progress)
        else:
            # A fresh process: a fork would carry along the threads of whatever is loaded here.
            context = multiprocessing.get_context("spawn")
            with ProcessPoolExecutor(workers, context, cv2.setNumThreads, (1,)) as pool:
                truths = _collect(pool.map(write, range(patients), chunksize=4), progress)
        _write_tables(unfinished, truths)
        unfinished.chmod(0o755)
        os.replace(unfinished, folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _collect(truths: Iterable[PatientTruth], progress: Callable[[int], None]) -> list[PatientTruth]:
    collected: list[PatientTruth] = []
    for truth in truths:
        collected.append(truth)
        progress(len(collected))
    return collected


def _write_patient(folder: Path, seed: int, slices: int, index: int) -> PatientTruth:
    phantom = Phantom(draw_patient(seed, index))
    patient = phantom.patient
    rng = np.random.default_rng([seed, index, 1])
    scanner = draw_scanner(rng)
    signals = spin_echo_signal(phantom.properties, scanner.repetition_time, scanner.echo_time)
    first = rng.normal(0, 1) - scanner.slice_step * (slices - 1) / 2
    truths = []
    for number in range(slices):
        offset = first + number * scanner.slice_step
        plane = sagittal_plane(scanner, offset)
        sampled = sample_plane(phantom, plane, signals)
        image = acquire(sampled.signal, plane, scanner, phantom.course, float(signals[Tissue.MARROW]), rng)
        reader = SliceReader(phantom, plane, sampled)
        name = f"{patient.name}_{number}"
        cv2.imwrite(str(folder / "images" / f"{name}.png"), image)
        annotation = folder / "annotations" / f"{name}.xml"
        size = (scanner.columns, scanner.rows, 1)
        write_voc(new_voc(annotation, Path("images", f"{name}.png"), size, reader.boxes()))
        truths.append(SliceTruth(f"{name}.png", round(offset, 2), reader.seen))
    discs = tuple(
        DiscTruth(disc.name, disc.disease.state, disc.disease.side, disc.disease)
        for disc in phantom.skeleton.discs
    )
    return PatientTruth(patient.name, patient.sex, patient.age, scanner, discs, tuple(truths))


def _write_tables(folder: Path, truths: list[PatientTruth]) -> None:
    label_set = named_label_set("lumbar")
    label_set.write(folder / "classes.txt")
    with (folder / "images.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(("image", "patient", "sex", "age", "annotated"))
        for truth in truths:
            for seen in truth.slices:
                row = (seen.image, truth.patient, truth.sex, truth.age, " ".join(label_set.classes))
                table.writerow(row)
    content = json.dumps([asdict(truth) for truth in truths], indent=1)
    (folder / "truth.json").write_text(content + "\n", encoding="utf-8")
