"""Export: pictures that keep every value, a table of pseudonyms, and nothing of the patient."""

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest
from mr_files import T1, T2, StudyFolder, axial, picture, sagittal
from pydicom import dcmread

from errors import BadInputError
from imaging.batch import Report
from imaging.export import export_studies
from imaging.picture_form import PictureForm
from imaging.picture_table import geometry_of_columns
from imaging.pictures import read_picture
from imaging.pixels import read_pixels
from imaging.pseudonyms import PseudonymKey
from imaging.reading import read_studies
from imaging.selection import Selection
from imaging.study import SeriesKind, Slice
from imaging.windowing import Window, apply_window

KEY = PseudonymKey(bytes(range(32)))


@pytest.fixture
def study_folder(tmp_path: Path) -> StudyFolder:
    return StudyFolder(tmp_path / "study")


def rows_of(out: Path) -> list[dict[str, str]]:
    with (out / "images.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def export(folder: StudyFolder, **options: object) -> tuple[Report, list[dict[str, str]]]:
    out = folder.folder.parent / "out"
    report = export_studies([folder.folder], out, KEY, **options)  # type: ignore[arg-type]
    return report, rows_of(out) if out.exists() else []


def slices_by_instance(folder: StudyFolder) -> dict[str, Slice]:
    (study,) = read_studies(folder.folder)
    return {KEY.uid(item.uid): item for series in study.series for item in series.slices}


@pytest.mark.parametrize("kind", ["12 bits", "8 bits", "signed", "constant", "MONOCHROME1"])
def test_a_png_keeps_every_value(study_folder: StudyFolder, kind: str) -> None:
    pixels = {
        "8 bits": (picture(1) >> 4).astype(np.uint8),
        "signed": picture(1).astype(np.int16) - 2048,
        "constant": np.full_like(picture(1), 7),
    }.get(kind, picture(1))
    inverted = {"PhotometricInterpretation": kind} if kind == "MONOCHROME1" else {}
    study_folder.image(sagittal(0), pixels, RescaleSlope=3, RescaleIntercept=-5, **inverted)
    _, (row,) = export(study_folder)
    gray = read_picture(study_folder.folder.parent / "out" / "images" / row["image"])
    back = gray * float(row["value_slope"]) + float(row["value_intercept"])
    assert np.allclose(back, pixels * 3.0 - 5, atol=1e-6)
    if kind != "constant":
        assert gray.max() > np.iinfo(gray.dtype).max * 0.9, "dark in a viewer that shows the whole range"


def test_the_table_says_where_each_picture_lies(study_folder: StudyFolder) -> None:
    study_folder.series([sagittal(place) for place in (4.0, -4.0, 0.0)], **T1)
    study_folder.series([axial(place, 12) for place in (4.0, -4.0, 0.0)], **T2)
    report, rows = export(study_folder)
    assert (report.written, len(rows)) == (6, 6)
    slices = slices_by_instance(study_folder)
    for row in rows:
        item = slices[row["instance"]]
        corners = [(0, 0), (item.geometry.columns, 0), (0, item.geometry.rows)]
        exported = geometry_of_columns(row)
        assert np.abs(exported.to_patient(corners) - item.geometry.to_patient(corners)).max() < 1e-6
    sagittals = [row for row in rows if row["kind"] == "sagittal T1"]
    assert [(row["slice"], float(row["position_x"])) for row in sagittals] == [("1", -4), ("2", 0), ("3", 4)]
    assert {(row["patient"], row["sex"], row["age"]) for row in rows} == {
        (KEY.patient("patient-1"), "F", "47.0")
    }
    assert all(row["image"].startswith(row["patient"]) for row in rows)


def test_the_paper_s_jpeg(study_folder: StudyFolder) -> None:
    path = study_folder.image(
        sagittal(0, 60, 40), np.full((60, 40), 700, np.uint16), WindowCenter=700, WindowWidth=800
    )
    report, (row,) = export(study_folder, form=PictureForm("jpeg", (812, 662)))
    assert report.written == 1
    gray = cv2.imread(str(study_folder.folder.parent / "out" / "images" / row["image"]), cv2.IMREAD_UNCHANGED)
    assert gray.shape == (662, 812)
    inside = slice(200, 600)
    assert abs(float(gray[331, 406]) - 127.5) < 2
    # 60 mm by 40 mm fit into 812 x 662 as 441 x 662; black around.
    assert (gray[:, :180] < 5).all()
    assert (gray[inside, 190:620] > 100).all()
    geometry = geometry_of_columns(row)
    original = slices_by_instance(study_folder)[row["instance"]].geometry
    assert geometry.spacing == pytest.approx((120 / 662, 80 / 441), rel=1e-3)
    assert np.abs(geometry.to_pixels([original.centre])[0] - (406, 331)).max() < 1
    assert not row["value_slope"]
    assert dcmread(path).PatientID not in row["image"]


def test_a_given_window_is_the_same_for_every_slice(study_folder: StudyFolder) -> None:
    study_folder.image(sagittal(0), picture(1))
    window = Window("values", 100, 900)
    _, (row,) = export(study_folder, form=PictureForm("png", None, window))
    gray = read_picture(study_folder.folder.parent / "out" / "images" / row["image"])
    (item,) = slices_by_instance(study_folder).values()
    assert (gray == np.round(255 * apply_window(read_pixels(item).values, window))).all()


def test_kinds_and_the_middle_slices_are_chosen(study_folder: StudyFolder) -> None:
    study_folder.series([sagittal(place) for place in range(-20, 24, 4)], **T2)
    study_folder.series([sagittal(place) for place in range(-20, 24, 4)], **T1)
    study_folder.series([axial(0), axial(4)])
    report, rows = export(study_folder, selection=Selection((SeriesKind.SAGITTAL_T2,), 3))
    assert report.written == 3
    assert sorted(float(row["position_x"]) for row in rows) == [-4, 0, 4]
    assert {row["kind"] for row in rows} == {"sagittal T2"}


def test_one_image_is_never_written_under_two_names(study_folder: StudyFolder, tmp_path: Path) -> None:
    study_folder.series([sagittal(0), sagittal(4)], **T2)
    # The same pixels sent again as another image, and the same study given twice.
    study_folder.image(sagittal(40), picture(1), **T1)
    report = export_studies([study_folder.folder, study_folder.folder], tmp_path / "out", KEY)
    assert report.written == 2
    assert len(list((tmp_path / "out" / "images").iterdir())) == 2
    assert len(report.left_out) == 3 + 1


def test_pseudonyms_hold_over_exports_under_one_key(study_folder: StudyFolder, tmp_path: Path) -> None:
    study_folder.series([sagittal(0), sagittal(4)], **T2)
    for out in ("first", "second"):
        export_studies([study_folder.folder], tmp_path / out, KEY)
    assert rows_of(tmp_path / "first") == rows_of(tmp_path / "second")
    export_studies([study_folder.folder], tmp_path / "other", PseudonymKey(bytes(32)))
    ours, others = rows_of(tmp_path / "first"), rows_of(tmp_path / "other")
    for name in ("image", "patient", "study", "series", "instance"):
        assert not {row[name] for row in ours} & {row[name] for row in others}


def test_pictures_hold_pixels_and_nothing_else(study_folder: StudyFolder) -> None:
    study_folder.series([sagittal(0)], **T2)
    for form in (PictureForm("png"), PictureForm("jpeg")):
        out = study_folder.folder.parent / form.format
        export_studies([study_folder.folder], out, KEY, form)
        (path,) = (out / "images").iterdir()
        content = path.read_bytes()
        for chunk in (b"tEXt", b"iTXt", b"eXIf", b"Exif", b"tIME", b"patient-1", b"Name"):
            assert chunk not in content


def test_burned_in_text_is_a_warning_with_its_region(study_folder: StudyFolder) -> None:
    pixels = np.random.default_rng(1).normal(500, 60, (256, 256)).clip(0).astype(np.uint16)
    text = np.zeros((256, 256), np.uint8)
    cv2.putText(text, "12345 HOSPITAL", (10, 40), cv2.FONT_HERSHEY_SIMPLEX, 0.7, 255, 2, cv2.LINE_8)
    pixels[text > 0] = 4095
    study_folder.image(sagittal(0, 256, 256), pixels)
    report, (row,) = export(study_folder)
    assert report.warnings
    assert all(row["image"] in warning for warning in report.warnings)
    assert "HOSPITAL" not in " ".join(report.warnings)


def test_a_folder_that_is_taken_is_refused(study_folder: StudyFolder, tmp_path: Path) -> None:
    study_folder.series([sagittal(0)])
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").touch()
    with pytest.raises(BadInputError, match="not empty"):
        export_studies([study_folder.folder], tmp_path / "out", KEY)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine.txt"]


def test_many_slices_are_written_by_threads_in_the_same_order(
    study_folder: StudyFolder, tmp_path: Path
) -> None:
    study_folder.series([sagittal(place) for place in range(70)], **T2)
    export_studies([study_folder.folder], tmp_path / "one", KEY, workers=1)
    seen: list[tuple[int, int]] = []
    export_studies(
        [study_folder.folder], tmp_path / "two", KEY, workers=2, progress=lambda *at: seen.append(at)
    )
    assert rows_of(tmp_path / "one") == rows_of(tmp_path / "two")
    assert seen == [(number, 70) for number in range(1, 71)]
