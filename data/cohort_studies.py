"""The studies of a cohort: its exported pictures, sorted by study, with their place in the patient."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from data.cohort import Cohort, CohortImage
from errors import BadInputError
from imaging.geometry import SliceGeometry, middle_slice
from imaging.picture_table import geometry_of_columns
from imaging.study import SeriesKind


@dataclass(frozen=True)
class CohortSlice:
    """A picture of a cohort, where it lies, and the series it is of, "" where the table does not say."""

    image: CohortImage
    geometry: SliceGeometry
    series: str = ""


@dataclass(frozen=True)
class CohortStudy:
    """One study: its sagittal T2 pictures from right to left, its axial T2 ones from head to foot, and its
    sagittal T1 ones."""

    study: str
    patient: str
    sagittal: tuple[CohortSlice, ...]
    axial: tuple[CohortSlice, ...]
    sagittal_t1: tuple[CohortSlice, ...] = ()

    @property
    def middle(self) -> CohortSlice | None:
        """The mid-sagittal picture."""
        if not self.sagittal:
            return None
        return self.sagittal[middle_slice([item.geometry for item in self.sagittal])]


def studies_of(cohort: Cohort, folder: Path) -> tuple[CohortStudy, ...]:
    """The studies of a cohort read from ``folder``, whose ``images.csv`` an export wrote.

    Raises BadInputError where the table says of a picture neither study nor place.
    """
    rows = _rows(folder / "images.csv")
    studies: dict[str, list[CohortSlice]] = {}
    for image in cohort.images:
        row = rows.get(image.name, {})
        try:
            place = geometry_of_columns(row)
        except (KeyError, TypeError, ValueError):
            raise BadInputError(
                folder / "images.csv",
                f"no place in the patient for {image.name}; export the studies with `discern export`",
            ) from None
        item = CohortSlice(image, place, row.get("series") or "")
        studies.setdefault(row.get("study") or image.patient, []).append(item)
    return tuple(
        CohortStudy(
            study,
            slices[0].image.patient,
            _of_kind(slices, SeriesKind.SAGITTAL_T2),
            _of_kind(slices, SeriesKind.AXIAL_T2),
            _of_kind(slices, SeriesKind.SAGITTAL_T1),
        )
        for study, slices in studies.items()
    )


def _of_kind(slices: Sequence[CohortSlice], kind: SeriesKind) -> tuple[CohortSlice, ...]:
    """In the order of their table, which is the series' own."""
    return tuple(item for item in slices if item.image.kind == kind)


def _rows(path: Path) -> dict[str, dict[str, str]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return {row.get("image", ""): row for row in csv.DictReader(file)}
    except (OSError, UnicodeDecodeError, csv.Error):
        raise BadInputError(path, "cannot be read; export the studies with `discern export`") from None
