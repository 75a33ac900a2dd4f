"""What is right of each disc: the experts' consensus in REFERENCE.csv, or the phantom's own truth.

What the experts said before their consensus is a table of readings (``reading.readings``).
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from annotation.grades import LEAST_SLIP
from annotation.labels import LUMBAR, Grading
from data.phantom.truth import TRUTH_FILE, StudyTruth, read_truth
from data.table import TableRow, read_table, write_table
from errors import BadInputError
from imaging.geometry import middle_slice
from imaging.study import SeriesKind
from reading.table import PLACE_COLUMNS, DiscPlace, disc_place

_CASE = ("case", "patient")


@dataclass(frozen=True)
class ReferenceDisc:
    """One disc of a case, the unit of analysis: where it is, and what is right of it. ``slip``: False where
    none is told."""

    case: str
    patient: str
    place: DiscPlace
    verdict: str
    slip: bool = False


@dataclass(frozen=True)
class Reference:
    """The reference discs; the discs of a case have all a level or none. Their images lie in ``folder``."""

    folder: Path
    discs: tuple[ReferenceDisc, ...]

    def picture(self, disc: ReferenceDisc) -> Path | None:
        """The file of a disc's image; None where none is named."""
        return self.folder / disc.place.image if disc.place.image else None

    def by_case(self) -> dict[str, list[int]]:
        """The numbers of each case's discs."""
        cases: dict[str, list[int]] = {}
        for number, disc in enumerate(self.discs):
            cases.setdefault(disc.case, []).append(number)
        return cases

    def of_cases(self, cases: Iterable[str]) -> "Reference":
        """The same with these cases alone."""
        kept = frozenset(cases)
        return Reference(self.folder, tuple(disc for disc in self.discs if disc.case in kept))


def read_reference(path: Path, grading: Grading = LUMBAR) -> Reference:
    """Read REFERENCE.csv: the columns ``case, patient, verdict`` and, where the ``grading`` has slips,
    ``slip``; and ``level`` or ``image, xmin, ymin, xmax, ymax``. An image is a path from the table's folder.

    Raises BadInputError, with the line, where a cell is empty or not what its column says, a level stands
    twice in a case, only some of its discs have one, or a case is of two patients.
    """
    right = _right(grading)
    rows = read_table(path, (*_CASE, *right), (*_CASE, *PLACE_COLUMNS, *right))
    discs = tuple(_disc(row, grading) for row in rows)
    firsts: dict[str, ReferenceDisc] = {}
    levels: set[tuple[str, str]] = set()
    for row, disc in zip(rows, discs, strict=True):
        first, level = firsts.setdefault(disc.case, disc), disc.place.level
        if first.patient != disc.patient:
            raise row.error("another patient than in the case's first row; a case is of one patient")
        if (first.place.level is None) != (level is None):
            raise row.error("only some discs of this case have a level; give it for all of them or for none")
        if level is not None and (disc.case, level) in levels:
            raise row.error("the same level twice in one case; remove one row")
        levels.add((disc.case, level or ""))
    return Reference(path.parent, discs)


def write_reference(path: Path, reference: Reference, grading: Grading = LUMBAR) -> None:
    """Write REFERENCE.csv, whole or not at all, with the images as seen from its folder. Raises OSError."""
    columns = (*_CASE, *PLACE_COLUMNS, *_right(grading))
    write_table(path, columns, (_cells(disc, reference, path.parent, grading) for disc in reference.discs))


def _right(grading: Grading) -> tuple[str, ...]:
    """The columns that say what is right."""
    return ("verdict", "slip") if grading.slip else ("verdict",)


def reference_of_phantoms(studies: Path, grading: Grading = LUMBAR) -> Reference:
    """The truth of the phantom studies in a folder: of each disc of the grading's region that a sagittal T2
    slice shows, with its box on the one nearest to the middle. A slip begins at LEAST_SLIP mm; a cervical
    disc whose level is injured is injured, whatever it is besides.

    A case is called as its study's folder. Raises BadInputError where there are none.
    """
    truths = sorted(studies.glob(f"*/{TRUTH_FILE}"))
    discs = tuple(
        disc for path in truths for disc in _discs_of_phantom(path.parent.name, read_truth(path), grading)
    )
    if not discs:
        raise BadInputError(
            studies,
            f"no phantom studies with {grading.label_set} discs in a sagittal T2 series; give a folder that "
            "`discern phantom` made",
        )
    return Reference(studies, discs)


def _discs_of_phantom(case: str, truth: StudyTruth, grading: Grading) -> list[ReferenceDisc]:
    sagittal = [item for item in truth.slices if item.kind is SeriesKind.SAGITTAL_T2]
    if not sagittal:
        return []
    middle = middle_slice([item.geometry for item in sagittal])
    nearest = sorted(range(len(sagittal)), key=lambda number: abs(number - middle))
    shown = {
        disc.level: DiscPlace(disc.level, f"{case}/{sagittal[number].file}", disc.edges)
        for number in reversed(nearest)
        for disc in sagittal[number].discs
    }
    return [
        ReferenceDisc(
            case,
            truth.patient,
            shown[disc.name],
            "injured" if disc.injured else disc.state,
            grading.slip and disc.slip >= LEAST_SLIP,
        )
        for disc in truth.discs
        if disc.name in shown and disc.name[0] == grading.levels[0][0]
    ]


def _disc(row: TableRow, grading: Grading) -> ReferenceDisc:
    place, verdict = disc_place(row), row.one_of("verdict", grading.states)
    slip = row.flag("slip") if grading.slip else False
    if place is None:
        raise row.error("no disc; give its level, or its image and box")
    if verdict is None or slip is None:
        lacking, flag = ("no verdict or no slip", ", and 0 or 1") if grading.slip else ("no verdict", "")
        raise row.error(f"{lacking}; write one of {', '.join(grading.states)}{flag}")
    return ReferenceDisc(row.text("case"), row.text("patient"), place, verdict, slip)


def _cells(disc: ReferenceDisc, reference: Reference, folder: Path, grading: Grading) -> Sequence[str]:
    picture = reference.picture(disc)
    image = None if picture is None else os.path.relpath(picture, folder)
    place = DiscPlace(disc.place.level, image, disc.place.edges)
    right = [disc.verdict, f"{disc.slip:d}"] if grading.slip else [disc.verdict]
    return [disc.case, disc.patient, *place.cells(), *right]
