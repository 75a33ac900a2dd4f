"""The RSNA 2024 importer, on a small folder in the competition's layout."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from command import discern
from rsna_download import RsnaFolder, sagittal, small_download
from typer.testing import CliRunner

from annotation.boxes import Box
from annotation.checking.folder import check_folder
from annotation.labels import named_label_set, read_label_set
from annotation.views import named_view
from annotation.voc import read_voc
from cli import app
from data.cohort import Cohort
from data.folder import read_cohort
from data.importers.cohort_import import import_cohort
from data.importers.rsna import RsnaDownload, sum_up
from data.importers.rsna_tables import GRADES, POINTS, SERIES
from errors import BadInputError
from imaging.batch import Report
from imaging.study import SeriesKind

CANAL, FORAMEN, SUBARTICULAR = (
    {f"{name}-{severity}" for severity in ("normal-mild", "moderate", "severe")}
    for name in ("canal", "foramen", "subarticular")
)


@pytest.fixture(scope="module")
def download(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_download(tmp_path_factory.mktemp("rsna")).write()


@pytest.fixture(scope="module")
def report_and_cohort(download: Path) -> tuple[Report, Path]:
    out = download.parent / f"{download.name}-cohort"
    return import_cohort(RsnaDownload(download), out), out


@pytest.fixture(scope="module")
def folder(report_and_cohort: tuple[Report, Path]) -> Path:
    return report_and_cohort[1]


@pytest.fixture(scope="module")
def cohort(folder: Path) -> Cohort:
    return read_cohort(folder)


def table(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def boxes(folder: Path, image: str) -> tuple[Box, ...]:
    return read_voc(folder / "annotations" / f"{image}.xml").boxes


def test_pictures_with_points_are_imported_with_nothing_left_out(
    report_and_cohort: tuple[Report, Path],
) -> None:
    report, out = report_and_cohort
    assert report.written == 7 and not report.left_out
    assert [(row["image"], row["patient"], row["kind"]) for row in table(out, "images.csv")] == [
        ("1001_11_001.png", "1001", "sagittal T1"),
        ("1001_11_003.png", "1001", "sagittal T1"),
        ("1001_21_009.png", "1001", "sagittal T2"),
        ("1001_21_005.png", "1001", "sagittal T2"),
        ("1001_31_002.png", "1001", "axial T2"),
        ("1001_32_001.png", "1001", "axial T2"),
        ("1002_22_001.png", "1002", "sagittal T2"),
    ]


def test_the_place_in_the_series_comes_from_geometry_not_from_instance_numbers(folder: Path) -> None:
    rows = {row["image"]: row for row in table(folder, "images.csv")}
    # Instances 2, 5, 9, 11 run from the left; the series is counted from the right.
    assert rows["1001_21_005.png"]["slice"] == "3" and rows["1001_21_009.png"]["slice"] == "2"
    assert float(rows["1001_21_005.png"]["position_x"]) == pytest.approx(-10)
    assert rows["1001_21_005.png"]["instance"] == "1001.21.5"


def test_a_box_is_a_square_in_millimetres_around_its_point(folder: Path) -> None:
    left, right = boxes(folder, "1001_31_002")
    assert left.label == "subarticular-severe"
    assert left.edges == (55, 40, 95, 80)  # 20 mm are 40 pixels there
    assert right.label == "subarticular-normal-mild"
    assert right.edges == (0, 40, 28, 80) and right.truncated  # clipped at the picture's edge
    assert boxes(folder, "1001_21_005")[1].edges == (50, 48, 70, 68)  # and 20 pixels here


def test_what_was_marked_on_the_next_slice_is_a_difficult_box(folder: Path, cohort: Cohort) -> None:
    found = boxes(folder, "1001_21_005")
    assert [box.difficult for box in found] == [False, False, False, False, True]
    assert found[4].edges == (50, 162, 70, 182)
    annotated = {image.name: set(image.annotated) for image in cohort.images}
    assert annotated["1001_21_005.png"] == CANAL
    assert annotated["1001_21_009.png"] == CANAL
    assert annotated["1001_11_001.png"] == FORAMEN
    assert annotated["1001_31_002.png"] == SUBARTICULAR


def test_a_picture_that_was_marked_in_part_is_excluded_and_says_why(folder: Path, cohort: Cohort) -> None:
    excluded = {item.name: item.reason for item in cohort.excluded}
    # One of five foramina; one side of each of two levels; a canal that was not graded.
    assert set(excluded) == {"1001_11_003.png", "1001_32_001.png", "1002_22_001.png"}
    assert all("graded" in reason for reason in excluded.values())
    assert len(boxes(folder, "1002_22_001")) == 4


def test_points_keep_what_the_boxes_cannot_say(folder: Path) -> None:
    rows = table(folder, "points.csv")
    assert len(rows) == 20
    assert rows[0] == {
        "image": "1001_11_001.png",
        "condition": "foramen",
        "side": "left",
        "level": "L1-L2",
        "severity": "normal-mild",
        "x": "70.0",
        "y": "20.0",
    }
    assert next(row for row in rows if row["image"] == "1002_22_001.png")["severity"] == ""


def test_levels_of_axial_pictures_and_a_conflict_is_said(report_and_cohort: tuple[Report, Path]) -> None:
    report, out = report_and_cohort
    assert table(out, "levels.csv") == [
        {"image": "1001_31_002.png", "study": "1001", "level": "L4-L5", "levels": "L4-L5"},
        {"image": "1001_32_001.png", "study": "1001", "level": "", "levels": "L3-L4 L5-S1"},
    ]
    assert report.warnings == ["study 1001: axial pictures with points of more than one level: 1"]


def test_gradings_hold_all_25_structures_of_a_study(folder: Path) -> None:
    rows = table(folder, "gradings.csv")
    assert len(rows) == 50
    blank = [row for row in rows if not row["severity"]]
    assert [(row["study"], row["condition"], row["level"], row["points"]) for row in blank] == [
        ("1002", "canal", "L1-L2", "1")
    ]
    right = [
        row for row in rows if row["study"] == "1001" and row["side"] == "right" and row["points"] == "0"
    ]
    assert len(right) == 7


def test_the_cohort_passes_the_check_and_fits_the_views(folder: Path, cohort: Cohort) -> None:
    labels = read_label_set(folder / "classes.txt")
    assert labels == named_label_set("rsna")
    assert check_folder(folder, labels).problems == ()
    view = named_view("rsna-subarticular", labels)
    axial = next(image for image in cohort.images if image.name == "1001_31_002.png")
    assert view.annotated(axial.annotated) == (True, True, True) and len(view.apply(axial.boxes)) == 2


def test_all_slices_of_one_kind(download: Path, tmp_path: Path) -> None:
    chosen = RsnaDownload(download, (SeriesKind.SAGITTAL_T2,), all_slices=True)
    report = import_cohort(chosen, tmp_path / "out")
    assert report.written == 6 and not report.left_out
    assert {row["kind"] for row in table(tmp_path / "out", "images.csv")} == {"sagittal T2"}
    assert not (tmp_path / "out" / "annotations" / "1001_21_002.xml").exists()


def test_the_command_says_what_it_takes_and_what_is_not_there(tmp_path: Path) -> None:
    made = small_download(tmp_path / "rsna")
    made.study(1003)
    done = discern("import", "rsna-2024", made.write(), "--out", tmp_path / "out", "--series", "axial T2")
    assert done.returncode == 0
    assert "--all-slices for the others" in done.stdout and "2 pictures" in done.stdout
    assert "studies of train.csv without a folder in train_images, passed over: 1" in done.stderr
    assert "study 1002: no points in series of these kinds" in done.stderr


def lost(made: RsnaFolder) -> None:
    made.point(1001, 99, 1, "Spinal Canal Stenosis", "L1/L2", 1, 1)  # a series of no table
    made.point(1001, 31, 77, "Left Subarticular Stenosis", "L3/L4", 1, 1)  # no such instance
    made.point(1001, 31, 3, "Left Subarticular Stenosis", "L3/L4", 500, 1)  # beyond the picture
    made.point(1001, 31, 3, "Left Subarticular Stenosis", "L4/L5", 1, 1)  # marked already


def no_folder(made: RsnaFolder) -> None:
    made.series.append(["1001", "33", "Axial T2"])
    made.points += [
        ["1001", "33", str(instance), "Right Subarticular Stenosis", "L1/L2", "1", "1"]
        for instance in range(4)
    ]


@pytest.mark.parametrize("spoil", [lost, no_folder])
def test_points_on_no_picture_are_counted(tmp_path: Path, spoil: Callable[[RsnaFolder], None]) -> None:
    made = small_download(tmp_path / "rsna")
    spoil(made)
    report = import_cohort(RsnaDownload(made.write()), tmp_path / "out")
    assert report.written == 7 and not report.left_out
    assert "study 1001: points given twice or on no picture that is there: 4" in report.warnings


def test_other_spellings_of_the_same_are_read(tmp_path: Path) -> None:
    made = small_download(tmp_path / "rsna")
    for row in made.points:
        row[3], row[4] = row[3].lower().replace(" ", "_"), row[4].lower().replace("/", "_")
        row[2] += ".0"
    for grades in made.grades:
        grades["row_id"] = "of another table"
    report = import_cohort(RsnaDownload(made.write()), tmp_path / "out")
    assert report.written == 7 and len(table(tmp_path / "out", "points.csv")) == 20


def test_a_study_that_cannot_be_used_is_left_out_by_name(tmp_path: Path) -> None:
    made = small_download(tmp_path / "rsna")
    made.add_series(1003, 23, "Sagittal T2/STIR", {1: sagittal(0)})  # of no row in train.csv
    broken = made.folder / "train_images" / "1002" / "22" / "2.dcm"
    broken.write_bytes(b"not DICOM")
    report = import_cohort(RsnaDownload(made.write()), tmp_path / "out")
    assert report.written == 6
    assert [error.path.name for error in report.left_out] == ["2.dcm", "1003"]


def test_a_series_that_is_described_in_two_ways_leaves_its_study_out(tmp_path: Path) -> None:
    made = small_download(tmp_path / "rsna")
    made.series.append(["1002", "22", "Sagittal T1"])
    report = import_cohort(RsnaDownload(made.write()), tmp_path / "out")
    assert "series 22 of study 1002 is described in two ways" in report.left_out[0].reason


def spoil_column(made: RsnaFolder) -> None:
    for row in made.grades:
        del row["spinal_canal_stenosis_l4_l5"]


def a_point(*cells: str) -> Callable[[RsnaFolder], None]:
    return lambda made: made.points.append(["1001", *cells])


@pytest.mark.parametrize(
    ("spoil", "file", "line", "reason"),
    [
        (spoil_column, GRADES, None, "no column 'spinal_canal_stenosis_l4_l5'"),
        (lambda made: made.study(1001), GRADES, 4, "stands twice"),
        (lambda made: made.study(1003, "Mild"), GRADES, 4, "Normal/Mild, Moderate, Severe"),
        (lambda made: made.series.append(["1001", "9", "Coronal"]), SERIES, 7, "none of"),
        (a_point("x", "1", "Spinal Canal Stenosis", "L1/L2", "1", "1"), POINTS, 22, "whole number"),
        (a_point("21", "5", "Left Spinal Canal Stenosis", "L1/L2", "1", "1"), POINTS, 22, "condition and"),
        (a_point("21", "5", "Spinal Canal Stenosis", "T12/L1", "1", "1"), POINTS, 22, "condition and"),
        (a_point("21", "5", "Spinal Canal Stenosis", "L1/L2", "", "1"), POINTS, 22, "no x or no y"),
        (a_point("21", "5", "Spinal Canal Stenosis", "L1/L2", "nan", "1"), POINTS, 22, "no number"),
    ],
)
def test_a_table_of_no_use_is_refused_with_its_line(
    tmp_path: Path, spoil: Callable[[RsnaFolder], None], file: str, line: int | None, reason: str
) -> None:
    made = small_download(tmp_path / "rsna")
    spoil(made)
    with pytest.raises(BadInputError, match=reason) as refused:
        import_cohort(RsnaDownload(made.write()), tmp_path / "out")
    assert refused.value.path.name == file and refused.value.line == line
    assert not (tmp_path / "out").exists()


def test_what_is_odd_in_many_studies_is_one_sentence() -> None:
    points = "points given twice or on no picture that is there"
    nothing = "no points in series of these kinds, so nothing was imported"
    several = "study 3: axial pictures with points of more than one level: 2"
    warnings = [f"study 1: {points}: 2", f"study 1: {nothing}", f"study 22: {points}: 5", several]
    assert sum_up([*warnings, f"study 4: {nothing}"]) == [
        f"2 studies, such as 1: {points}: 7 in all",
        f"2 studies, such as 1: {nothing}",
        several,
    ]


def test_an_import_is_not_gone_on_with_from_other_tables(download: Path, tmp_path: Path) -> None:
    made = small_download(tmp_path / "rsna")
    first = RsnaDownload(made.write()).name
    assert RsnaDownload(made.write()).name == first
    assert RsnaDownload(download).name != first, "the same tables, in another folder"
    made.grades[0]["spinal_canal_stenosis_l1_l2"] = "Severe"
    assert RsnaDownload(made.write()).name != first


def test_a_folder_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    arguments = ["import", "rsna-2024", tmp_path / "nowhere", "--out", tmp_path / "out"]
    outcome = CliRunner().invoke(app, list(map(str, arguments)))
    assert isinstance(outcome.exception, BadInputError)
    assert str(outcome.exception).startswith(f"{tmp_path / 'nowhere'}: no such folder")


@pytest.mark.parametrize("name", ["train.csv", "train_images", "train_label_coordinates.csv"])
def test_a_folder_that_is_no_download_is_refused(tmp_path: Path, name: str) -> None:
    folder = small_download(tmp_path / "rsna").write()
    (folder / name).rename(folder / "elsewhere")
    with pytest.raises(BadInputError) as refused:
        import_cohort(RsnaDownload(folder), tmp_path / "out")
    assert refused.value.path.name == name
