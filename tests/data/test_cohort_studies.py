"""The studies of a cohort, from its table of pictures."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from scenery_studies import LEVELS, write_study_cohort

from annotation.labels import named_label_set
from data.cohort import Cohort
from data.cohort_studies import CohortStudy, studies_of
from data.folder import read_cohort
from errors import BadInputError
from imaging.study import SeriesKind

Row = dict[str, str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_study_cohort(tmp_path / "cohort", 2)


def cohort_of(folder: Path) -> Cohort:
    return read_cohort(folder, named_label_set("axial"))


def studies_in(folder: Path) -> tuple[CohortStudy, ...]:
    return studies_of(cohort_of(folder), folder)


def rewrite(folder: Path, change: Callable[[Row], Row | None]) -> None:
    """Change each row of the table; None leaves it away."""
    path = folder / "images.csv"
    with path.open(newline="") as file:
        rows = [changed for row in csv.DictReader(file) if (changed := change(row)) is not None]
    with path.open("w", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)


def test_each_study_has_its_slices_with_their_places(folder: Path) -> None:
    studies = studies_in(folder)
    assert [(study.study, study.patient) for study in studies] == [("study-0", "p0"), ("study-1", "p1")]
    for study in studies:
        assert len(study.sagittal) == 3
        assert len(study.axial) == 3 * len(LEVELS)
        assert [item.geometry.position[0] for item in study.sagittal] == [-4.0, 0.0, 4.0]
        heights = [item.geometry.centre[2] for item in study.axial]
        assert heights == sorted(heights, reverse=True)
        assert all(item.image.patient == study.patient for item in (*study.sagittal, *study.axial))


def test_the_middle_slice_is_the_mid_sagittal_one(folder: Path) -> None:
    middle = studies_in(folder)[0].middle
    assert middle is not None
    assert middle.geometry.position[0] == 0.0
    assert middle.image.boxes


def test_a_study_without_sagittal_pictures_has_no_middle_one(folder: Path) -> None:
    rewrite(folder, lambda row: None if row["kind"] == "sagittal T2" else row)
    assert [study.middle for study in studies_in(folder)] == [None, None]


def test_pictures_of_other_series_are_passed_over(folder: Path) -> None:
    rewrite(folder, lambda row: {**row, "kind": row["kind"].replace("axial T2", "axial T1")})
    assert [len(study.axial) for study in studies_in(folder)] == [0, 0]
    assert [len(study.sagittal) for study in studies_in(folder)] == [3, 3]


def test_without_a_name_the_study_is_the_patient_s_only_one(folder: Path) -> None:
    rewrite(folder, lambda row: {**row, "study": ""})
    assert [study.study for study in studies_in(folder)] == ["p0", "p1"]


def test_two_studies_of_one_patient_stay_apart(folder: Path) -> None:
    rewrite(folder, lambda row: {**row, "patient": "p0"})
    assert [(study.study, study.patient) for study in studies_in(folder)] == [
        ("study-0", "p0"),
        ("study-1", "p0"),
    ]


@pytest.mark.parametrize(
    "change",
    [
        lambda row: {key: row[key] for key in ("image", "patient", "kind")},
        lambda row: {**row, "position_x": ""},
        lambda row: {**row, "across_x": "left"},
        lambda row: {**row, "across_x": "0", "across_y": "0", "across_z": "0"},
        lambda row: {**row, "row_spacing": "0"},
    ],
    ids=["no columns", "empty", "no number", "no direction", "no spacing"],
)
def test_a_picture_without_a_place_is_named(folder: Path, change: Callable[[Row], Row]) -> None:
    rewrite(folder, change)
    with pytest.raises(BadInputError) as error:
        studies_in(folder)
    assert "images.csv: no place in the patient for p0-sag-01.png; export the studies" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_table_that_cannot_be_read_is_one_sentence(folder: Path, content: bytes | None) -> None:
    cohort = cohort_of(folder)
    table = folder / "images.csv"
    table.unlink() if content is None else table.write_bytes(content)
    with pytest.raises(BadInputError, match=r"images\.csv: cannot be read; export the studies"):
        studies_of(cohort, folder)


def test_the_pictures_of_a_kind_are_a_part_of_the_cohort(folder: Path) -> None:
    cohort = cohort_of(folder)
    axial, sagittal = (cohort.of_kinds([kind]) for kind in (SeriesKind.AXIAL_T2, SeriesKind.SAGITTAL_T2))
    assert {image.kind for image in axial.images} == {"axial T2"}
    assert len(axial.images) + len(sagittal.images) == len(cohort.images)
    assert cohort.of_kinds(["axial T2", "sagittal T2"]) == cohort
    assert not cohort.of_kinds(["axial T1"]).images
    assert axial.patients == cohort.patients
