"""Single pictures as cases: of an annotated cohort, of a folder with REFERENCE.csv, or of phantoms."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from annotation.boxes import Box, Edges, holds_centre, pairwise_iou
from annotation.labels import DIAGNOSES, LUMBAR, SLIP, Grading
from annotation.matching import DISC, structures
from annotation.views import SAME_OBJECT_IOU
from data.cohort import CohortImage
from data.folder import read_cohort
from data.phantom.studies import StudyPlan
from data.phantom.truth import TRUTH_FILE
from data.phantom.truth import read_truth as read_phantom_truth
from errors import BadInputError
from imaging.burned_in import find_text
from imaging.export import LOSSLESS
from imaging.picture_form import make_picture
from imaging.pictures import PICTURE_SUFFIXES, read_picture
from imaging.pseudonyms import PseudonymKey
from imaging.study import SeriesKind
from models.identities import TrainingIdentities, picture_digest
from reading.cases.case_folder import PICTURE_FILE
from reading.cases.examination import CaseRefused, read_examination, without_names
from reading.cases.leaks import picture_leak
from reading.cases.new_case import Copied
from reading.cases.sources import (
    REFERENCE_FILE,
    CasesOf,
    CaseSource,
    Phantoms,
    Upload,
    import_folder,
)
from reading.reference import ReferenceDisc, read_reference
from reading.store.truth import DiscTruth, read_truth

IMAGE_TABLE = "images.csv"
"""In a cohort folder."""
_MIDDLE_SLICE = StudyPlan((SeriesKind.SAGITTAL_T2,), sagittal_slices=1)
_SAGITTAL = "sagittal"


@dataclass(frozen=True)
class PictureCase:
    """``patient``: as the pictures' table calls them; ``truth``: by the discs' numbers, from the top."""

    pixels: NDArray[np.uint8] | NDArray[np.uint16]
    patient: str
    truth: Mapping[str, DiscTruth]

    @property
    def digests(self) -> frozenset[str]:
        return frozenset(filter(None, [picture_digest(self.pixels)]))

    def leak(self, models: Sequence[TrainingIdentities], keys: Collection[PseudonymKey]) -> str | None:
        return picture_leak(models, self.patient, self.digests, keys)

    def copied(self, folder: Path, key: PseudonymKey) -> Copied:
        """The pixels as they are, and nothing that the file held beside them."""
        image = Path(key.patient(self.patient), PICTURE_FILE)
        (folder / image).parent.mkdir(parents=True)
        (folder / image).write_bytes(cv2.imencode(".png", self.pixels)[1].tobytes())
        truth = {number: replace(disc, image=image.as_posix()) for number, disc in self.truth.items()}
        return Copied(truth, (), burned_in=bool(find_text(self.pixels)))


def picture_sources_of(
    data: Path, cases: CasesOf, asked: frozenset[str], grading: Grading = LUMBAR
) -> tuple[list[CaseSource], list[str]]:
    """The cases to be, and sentences on what is none. ``asked``: the classes that the study asks for, each of
    which must have been annotated; ``grading``: whose words they are.

    Raises CaseRefused where nothing of it can be used.
    """
    if isinstance(cases, Phantoms):
        phantoms = cases.of_grading(grading)
        return [_PhantomPicture(phantoms, grading, number, data) for number in range(cases.count)], []
    if isinstance(cases, Upload):
        raise CaseRefused("an examination, but this study is of single pictures; import a folder of them")
    folder = import_folder(data, cases.name)
    if (folder / IMAGE_TABLE).exists():
        return _of_cohort(folder, cases.name, asked, grading)
    if (folder / REFERENCE_FILE).exists():
        return _of_reference(folder, cases.name, grading)
    raise CaseRefused(
        f"{cases.name}: neither {IMAGE_TABLE} nor {REFERENCE_FILE} in it; give a cohort folder, or pictures "
        "with what is right of them"
    )


def truth_of_boxes(
    boxes: Iterable[Box], annotated: Collection[str], asked: Iterable[str], grading: Grading = LUMBAR
) -> dict[str, DiscTruth]:
    """What an annotated picture says of its discs, by their numbers from the top.

    Raises CaseRefused where that is not all that was ``asked``: what was not annotated is not absent.
    """
    lacking = [name for name in asked if name not in annotated]
    if lacking:
        raise CaseRefused(f"{', '.join(sorted(lacking))}: not annotated in it, but asked for in this study")
    return _numbered(_lumbar_discs(boxes) if grading is LUMBAR else _severest(boxes, grading))


def _severest(boxes: Iterable[Box], grading: Grading) -> list[tuple[Edges, str | None, bool]]:
    """Every box of a state; of several on the same object the severest state's."""
    found = [box for box in boxes if box.label in grading.states]
    kept: list[Box] = []
    for box in sorted(found, key=lambda box: -grading.states.index(box.label)):
        if not (pairwise_iou([box.edges], [other.edges for other in kept]) > SAME_OBJECT_IOU).any():
            kept.append(box)
    if not kept:
        raise CaseRefused(f"none of {', '.join(grading.states)} is marked on it; a case needs one")
    return [(box.edges, box.label, False) for box in kept]


def _lumbar_discs(boxes: Iterable[Box]) -> list[tuple[Edges, str | None, bool]]:
    """A slip is the disc's whose centre its box holds."""
    marked = structures(boxes)
    discs = [item for item in marked if item.kind == DISC]
    slips = [item.edges for item in marked if item.kind == SLIP]
    if not discs:
        raise CaseRefused("no disc is marked on it; a case needs one")
    if not all(any(holds_centre(slip, disc.edges) for disc in discs) for slip in slips):
        raise CaseRefused("a slip is marked on it in which no disc is; mark the disc too")
    if any(disc.diagnosis is None for disc in discs):
        raise CaseRefused(f"a disc without any of {', '.join(DIAGNOSES)} is marked on it; label it")
    return [
        (disc.edges, disc.diagnosis, any(holds_centre(slip, disc.edges) for slip in slips)) for disc in discs
    ]


def _numbered(discs: Iterable[tuple[Edges, str | None, bool]]) -> dict[str, DiscTruth]:
    """Edges, verdict and slip of each disc, by their numbers from the top."""
    ordered = sorted(discs, key=lambda disc: disc[0][1])
    return read_truth(
        {
            str(number): {"edges": edges, "verdict": verdict, "slip": slip}
            for number, (edges, verdict, slip) in enumerate(ordered, start=1)
        }
    )


def _of_cohort(
    folder: Path, name: str, asked: frozenset[str], grading: Grading
) -> tuple[list[CaseSource], list[str]]:
    try:
        cohort = read_cohort(folder)
    except BadInputError as error:
        raise CaseRefused(f"{name}: {without_names(error)}") from None
    sources = [_CohortPicture(folder, image, asked, grading) for image in cohort.images]
    return [*sources], [f"{item.name}: {item.reason}" for item in cohort.excluded]


def _of_reference(folder: Path, name: str, grading: Grading) -> tuple[list[CaseSource], list[str]]:
    try:
        reference = read_reference(folder / REFERENCE_FILE, grading)
    except BadInputError as error:
        raise CaseRefused(f"{name}: {REFERENCE_FILE}: {without_names(error)}") from None
    cases = {
        case: tuple(reference.discs[number] for number in numbers)
        for case, numbers in reference.by_case().items()
    }
    pictures = {path for path in folder.rglob("*") if path.suffix.lower() in PICTURE_SUFFIXES}
    left = len(pictures - {folder / (disc.place.image or "") for disc in reference.discs})
    unnamed = [f"{name}: {left} of its pictures are not in {REFERENCE_FILE}"] if left else []
    return [_ReferencePicture(folder, case, discs) for case, discs in cases.items()], unnamed


@dataclass(frozen=True)
class _CohortPicture:
    folder: Path
    image: CohortImage
    asked: frozenset[str]
    grading: Grading

    @property
    def name(self) -> str:
        return self.image.name

    @contextmanager
    def opened(self) -> Iterator[PictureCase]:
        if self.image.kind and not self.image.kind.startswith(_SAGITTAL):
            raise CaseRefused(f"{self.image.kind}; the pictures of this study are sagittal")
        truth = truth_of_boxes(self.image.boxes, self.image.annotated, self.asked, self.grading)
        yield PictureCase(_pixels(self.folder, self.image.path), self.image.patient, truth)


@dataclass(frozen=True)
class _ReferencePicture:
    folder: Path
    name: str
    discs: tuple[ReferenceDisc, ...]

    @contextmanager
    def opened(self) -> Iterator[PictureCase]:
        images = {disc.place.image for disc in self.discs}
        discs = [(disc.place.edges, disc.verdict, disc.slip) for disc in self.discs if disc.place.edges]
        if len(images) > 1 or len(discs) < len(self.discs):
            raise CaseRefused("not all of its discs have a box on one picture; a case is one picture here")
        pixels = _pixels(self.folder, self.folder / (images.pop() or ""))
        rows, columns = pixels.shape
        if any(min(edges) < 0 or edges[2] > columns or edges[3] > rows for edges, _, _ in discs):
            raise CaseRefused(f"a box that reaches over the picture's edge in {REFERENCE_FILE}")
        yield PictureCase(pixels, self.discs[0].patient, _numbered(discs))


@dataclass(frozen=True)
class _PhantomPicture:
    """The middle sagittal slice, without loss; made when it is wanted."""

    phantoms: Phantoms
    grading: Grading
    number: int
    space: Path

    @property
    def name(self) -> str:
        return self.phantoms.name(self.number)

    @contextmanager
    def opened(self) -> Iterator[PictureCase]:
        middle = replace(_MIDDLE_SLICE, variant=self.phantoms.plan.variant)
        with replace(self.phantoms, plan=middle).study(self.number, self.space) as study:
            truth = read_phantom_truth(study / TRUTH_FILE)
            ((item, pixels),) = read_examination(study).slices
            gray = make_picture(pixels, item.geometry, LOSSLESS).gray
            (shown,) = truth.slices
            discs = truth_of_boxes(shown.boxes(), self.grading.classes, (), self.grading)
            yield PictureCase(gray, truth.patient, discs)


def _pixels(folder: Path, path: Path) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """Raises CaseRefused where it is no picture, or lies outside the folder."""
    if not path.resolve().is_relative_to(folder):
        raise CaseRefused("lies outside its folder; put the picture itself there")
    try:
        return read_picture(path)
    except BadInputError as error:
        raise CaseRefused(without_names(error)) from None
