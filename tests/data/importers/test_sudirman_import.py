"""The importer of Sudirman's MRI, on a small folder in its layout."""

import csv
from pathlib import Path

import pytest
from command import discern
from openpyxl import Workbook
from sudirman_download import HEADINGS, STUDY, small_download, write_report

from data.importers.sudirman import import_sudirman, read_notes
from errors import BadInputError
from imaging.batch import Report
from reading.cases.examination import read_headers


@pytest.fixture(scope="module")
def download(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_download(tmp_path_factory.mktemp("sudirman"))


@pytest.fixture(scope="module")
def report_and_list(download: Path) -> tuple[Report, Path]:
    out = download.parent / f"{download.name}-list"
    return import_sudirman(download, out), out


def table(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_examination_is_a_case_with_its_series_and_its_patients_notes(
    report_and_list: tuple[Report, Path],
) -> None:
    report, out = report_and_list
    rows = table(out, "cases.csv")
    assert report.written == 5 and not report.left_out
    assert [row["case"] for row in rows] == ["0001-1", "0001-2", "0002", "0003", "0004"]
    first, second, *others = rows
    assert (first["sagittal_t1"], first["sagittal_t2"], first["axial_t2"]) == ("2", "3", "4")
    assert (second["sagittal_t1"], second["sagittal_t2"], second["axial_t2"]) == ("0", "2", "0")
    assert first["study"] == f"01_MRI_Data/0001/{STUDY.format(1)}"
    assert first["notes"] == second["notes"] == "LSS MRI\nDiffuse disc bulge noted at L4/L5 level."
    assert [row["levels"] for row in rows] == ["L4-L5", "L4-L5", "L5-S1", "", ""]
    assert [row["notes"] for row in others] == ["L5-S1: central disc protrusion", "", ""]


def test_levels_with_what_is_said_of_them(report_and_list: tuple[Report, Path]) -> None:
    assert table(report_and_list[1], "levels.csv") == [
        {"patient": "0001", "level": "L4-L5", "said": "bulge"},
        {"patient": "0002", "level": "L5-S1", "said": "protrusion"},
    ]


def test_patients_without_the_other_are_counted(report_and_list: tuple[Report, Path]) -> None:
    assert report_and_list[0].warnings == [
        "patients with images and without notes: 2",
        "patients with notes and without images, not in the list: 1",
    ]


def test_a_listed_examination_is_a_case_for_a_reader_study(
    download: Path, report_and_list: tuple[Report, Path]
) -> None:
    kinds = [
        series.kind
        for series in read_headers(download / table(report_and_list[1], "cases.csv")[0]["study"]).series
    ]
    assert sorted(kinds) == ["axial T2", "sagittal T1", "sagittal T2"]


def test_an_examination_that_cannot_be_read_is_left_out_and_no_note_is_told(tmp_path: Path) -> None:
    folder = small_download(tmp_path / "sudirman")
    for path in (folder / "01_MRI_Data" / "0002").rglob("*.ima"):
        path.write_bytes(b"broken")
    damaged = next((folder / "01_MRI_Data" / "0003").rglob("*.ima"))
    damaged.write_bytes(b"broken")
    done = discern("import", "sudirman", folder, "--out", tmp_path / "out")
    assert done.returncode == 1 and "4 examinations" in done.stdout
    assert "0002" in done.stderr and "no MR images that can be read" in done.stderr
    assert "protrusion" not in done.stdout + done.stderr
    rows = {row["case"]: row for row in table(tmp_path / "out", "cases.csv")}
    assert rows["0003"]["unusable"] == "1" and "0002" not in rows


def test_several_rows_of_a_patient_and_other_apostrophes_and_blanks(tmp_path: Path) -> None:
    path = write_report(
        tmp_path / "report.xlsx",
        [(7, "first"), ("0007", "second"), (8, " L4-5 ")],
        (" Patient ID ", "Clinician’s Notes"),
    )
    assert read_notes(path) == {7: "first\nsecond", 8: "L4-5"}


def test_a_sheet_may_have_short_rows_and_no_dimensions(tmp_path: Path) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in (["No", *HEADINGS], [1, 1, "L4-5 bulge"], [2, 2], [3], []):
        sheet.append(row)
    book.save(tmp_path / "short.xlsx")
    assert read_notes(tmp_path / "short.xlsx") == {1: "L4-5 bulge", 2: ""}


def test_a_report_may_lie_elsewhere(download: Path, tmp_path: Path) -> None:
    path = write_report(tmp_path / "notes.xlsx", [(4, "L1/2 bulge")])
    import_sudirman(download, tmp_path / "out", report_file=path)
    assert table(tmp_path / "out", "levels.csv") == [{"patient": "0004", "level": "L1-L2", "said": "bulge"}]


@pytest.mark.parametrize(
    ("rows", "headings", "line", "reason"),
    [
        ([(1, "a")], ("Patient", HEADINGS[1]), None, "no column 'Patient ID'"),
        ([(1, "a")], (HEADINGS[0], "Notes"), None, 'no column "Clinician\'s Notes"'),
        ([(1, "a"), ("Mr. X", "b")], HEADINGS, 3, "no whole number"),
        ([(1, "a"), (None, "b")], HEADINGS, 3, "no whole number"),
    ],
)
def test_a_report_of_no_use_is_refused(
    download: Path,
    tmp_path: Path,
    rows: list[tuple[object, str]],
    headings: tuple[str, str],
    line: int | None,
    reason: str,
) -> None:
    path = write_report(tmp_path / "report.xlsx", rows, headings)
    with pytest.raises(BadInputError, match=reason) as refused:
        import_sudirman(download, tmp_path / "out", report_file=path)
    assert refused.value.line == line and "Mr. X" not in str(refused.value)
    assert not (tmp_path / "out").exists()


def test_a_download_that_is_none_is_refused(download: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="no such folder"):
        import_sudirman(tmp_path, tmp_path / "out")
    (tmp_path / "01_MRI_Data" / "0001").mkdir(parents=True)
    with pytest.raises(BadInputError, match="no examinations"):
        import_sudirman(tmp_path, tmp_path / "out")
    (tmp_path / "broken.xlsx").write_bytes(b"no workbook")
    with pytest.raises(BadInputError, match="not a workbook"):
        import_sudirman(download, tmp_path / "out", report_file=tmp_path / "broken.xlsx")
    with pytest.raises(BadInputError, match="cannot be read"):
        import_sudirman(download, tmp_path / "out", report_file=tmp_path / "none.xlsx")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").touch()
    with pytest.raises(BadInputError, match="already there"):
        import_sudirman(download, tmp_path / "out")
