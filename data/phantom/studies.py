"""Phantom patients as studies: a folder of DICOM files for each, with the truth beside them."""

import multiprocessing
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import count, islice
from pathlib import Path

import cv2
import numpy as np

from data.phantom.anatomy import Phantom
from data.phantom.boxes import SliceReader
from data.phantom.dicom import SeriesHeader, StudyHeader, write_slice
from data.phantom.fracture.lesion import fracture_truth
from data.phantom.landmarks import Landmarks, landmarks
from data.phantom.planes import axial_slices, sagittal_slices
from data.phantom.sampling import SampledSlice, sample_slice
from data.phantom.scanner import Contrast, Scanner, acquire, draw_scanner
from data.phantom.truth import TRUTH_FILE, SliceTruth, StudyTruth
from data.phantom.variants import LUMBAR, VARIANTS, variant
from imaging.geometry import SliceGeometry
from imaging.new_folder import new_folder
from imaging.study import SeriesKind

PHANTOM_SERIES = VARIANTS[LUMBAR].series
"""All there are, in the order of their SeriesNumber."""
_STREAM = 10
"""Of random numbers: those below are the patient's own."""
_FOLDERS = {kind: kind.replace(" ", "-") for kind in PHANTOM_SERIES}


@dataclass(frozen=True)
class StudyPlan:
    """What is made of each patient: which series, and how many sagittal slices (None: 11 to 17).

    ``numberings``: only the patients of a seed who have one of these numberings; None for all.
    ``variant``: by its name in ``variants.VARIANTS``; it may have fewer series than are asked for.
    """

    series: tuple[SeriesKind, ...] = PHANTOM_SERIES
    sagittal_slices: int | None = None
    numberings: tuple[str, ...] | None = None
    variant: str = LUMBAR


WHOLE_STUDY = StudyPlan()


def generate_studies(
    folder: Path,
    patients: int,
    seed: int,
    plan: StudyPlan = WHOLE_STUDY,
    workers: int = 2,
    progress: Callable[[int], None] = lambda done: None,
    first: int = 0,
) -> None:
    """Write ``patients`` phantom patients of a ``seed`` to a new ``folder``, a folder for each.

    It holds a folder of DICOM files for each series, and ``truth.json`` (a ``StudyTruth``). Patient i of a
    seed is the same however many there are, whatever the ``workers`` (processes) and the other series.
    ``first``: the number of the first one. ``progress`` is called with the patients done. The folder appears
    whole or not at all. Raises BadInputError if it exists and is not empty, or cannot be made.
    """
    with new_folder(folder) as unfinished:
        write = partial(_write_patient, unfinished, seed, plan)
        chosen = list(islice(_indices(seed, plan), first, first + patients))
        if workers == 1:
            _count(map(write, chosen), progress)
        else:
            # A fresh process: a fork would carry along the threads of whatever is loaded here.
            context = multiprocessing.get_context("spawn")
            with ProcessPoolExecutor(workers, context, cv2.setNumThreads, (1,)) as pool:
                _count(pool.map(write, chosen), progress)


def _indices(seed: int, plan: StudyPlan) -> Iterator[int]:
    """The patients of a seed that a plan wants."""
    for index in count():
        if plan.numberings is None or variant(plan.variant).draw(seed, index).numbering in plan.numberings:
            yield index


def _count(patients: Iterable[None], progress: Callable[[int], None]) -> None:
    for done, _ in enumerate(patients, start=1):
        progress(done)


def _write_patient(folder: Path, seed: int, plan: StudyPlan, index: int) -> None:
    kind_of_patient = variant(plan.variant)
    patient = kind_of_patient.draw(seed, index)
    phantom = kind_of_patient.build(patient)
    marks = landmarks(phantom)
    scanner = draw_scanner(np.random.default_rng([seed, index, _STREAM]))
    header = StudyHeader(patient.name, patient.sex, patient.age, kind_of_patient.region)
    study = _StudyWriter(folder / patient.name, header, phantom, marks, scanner, (seed, index))
    slices: list[SliceTruth] = []
    series = tuple(kind for kind in plan.series if kind in kind_of_patient.series)
    sagittal = tuple(kind for kind in series if kind is not SeriesKind.AXIAL_T2)
    if sagittal:
        rng = np.random.default_rng([seed, index, _STREAM + 1])
        around = marks.vertebrae[patient.fractured[0] + 1].centre if patient.fractured else None
        stack = sagittal_slices(scanner, marks, plan.sagittal_slices, rng, around, kind_of_patient.stack)
        slices += study.write(sagittal, stack)
    if SeriesKind.AXIAL_T2 in series:
        rng = np.random.default_rng([seed, index, _STREAM + 2])
        slices += study.write((SeriesKind.AXIAL_T2,), axial_slices(marks.discs, rng))
    truth = StudyTruth(
        patient.name,
        patient.sex,
        patient.age,
        patient.numbering,
        scanner,
        marks.vertebrae,
        marks.discs,
        tuple(slices),
        plan.variant,
        fracture_truth(phantom, slices, np.random.default_rng([seed, index, _STREAM + 9])),
    )
    truth.write(folder / patient.name / TRUTH_FILE)


@dataclass(frozen=True)
class _StudyWriter:
    folder: Path
    header: StudyHeader
    phantom: Phantom
    landmarks: Landmarks
    scanner: Scanner
    seed: tuple[int, int]

    def write(self, kinds: tuple[SeriesKind, ...], geometries: list[SliceGeometry]) -> Iterator[SliceTruth]:
        """Write the series of these kinds, which share their slices, and yield what they show."""
        tables = [self.scanner.signals(self.phantom, _contrast(kind)) for kind in kinds]
        sampled = [sample_slice(self.phantom, geometry, tables) for geometry in geometries]
        readers = [
            SliceReader(self.phantom, self.landmarks, geometry, item)
            for geometry, item in zip(geometries, sampled, strict=True)
        ]
        for number, kind in enumerate(kinds):
            yield from self._write_series(kind, number, geometries, sampled, readers)

    def _write_series(
        self,
        kind: SeriesKind,
        signal: int,
        geometries: list[SliceGeometry],
        sampled: list[SampledSlice],
        readers: list[SliceReader],
    ) -> Iterator[SliceTruth]:
        number = PHANTOM_SERIES.index(kind) + 1
        contrast = _contrast(kind)
        rng = np.random.default_rng([*self.seed, _STREAM + 2 + number])
        images = [
            acquire(item.signals[signal], geometry, self.scanner, self.phantom, contrast, rng)
            for item, geometry in zip(sampled, geometries, strict=True)
        ]
        white = max(float(np.percentile(images[len(images) // 2], self.scanner.window)), 1.0)
        series = SeriesHeader(number, kind, self.scanner.timing(contrast), _step(geometries))
        (self.folder / _FOLDERS[kind]).mkdir(parents=True)
        for place, (geometry, image, reader) in enumerate(
            zip(geometries, images, readers, strict=True), start=1
        ):
            file = Path(_FOLDERS[kind], f"{place:03d}.dcm")
            instance = write_slice(self.folder / file, self.header, series, place, geometry, image, white)
            level, distance = self._level(geometry) if kind is SeriesKind.AXIAL_T2 else (None, None)
            yield SliceTruth(
                instance,
                file.as_posix(),
                kind,
                geometry,
                reader.vertebrae,
                reader.discs,
                level,
                distance,
                reader.injuries,
            )

    def _level(self, geometry: SliceGeometry) -> tuple[str, float]:
        """The disc whose centre is nearest to a slice's plane, and mm from the plane to it."""
        distances = geometry.distance([disc.centre for disc in self.landmarks.discs])
        nearest = int(np.argmin(np.abs(distances)))
        return self.landmarks.discs[nearest].name, round(float(distances[nearest]), 3)


def _contrast(kind: SeriesKind) -> Contrast:
    return "t1" if kind is SeriesKind.SAGITTAL_T1 else "t2"


def _step(geometries: list[SliceGeometry]) -> float:
    """mm from slice to slice."""
    if len(geometries) < 2:
        return geometries[0].thickness
    return abs(float(geometries[0].distance([geometries[1].position])[0]))
