"""Roboflow's Pascal VOC: its folders, its names, its copies."""

from pathlib import Path

import pytest
from box_downloads import PATTERN, ROBOFLOW_README, opened, write_picture, write_roboflow_xml, write_text

from annotation.boxes import Box
from annotation.checking.folder import check_folder
from data.folder import read_cohort
from data.importers.cohort_import import import_cohort
from data.importers.picture_names import original_name
from data.importers.roboflow import open_roboflow
from errors import BadInputError

HASH = "819825aa1fdbe72853431630541fdc9a"


@pytest.fixture
def download(tmp_path: Path) -> Path:
    folder = tmp_path / "discs.v1i.voc"
    for name in ("README.roboflow.txt", "README.dataset.txt"):
        write_text(folder / name, ROBOFLOW_README)
    for side, name in (("train", f"P1_png.rf.{HASH}.jpg"), ("valid", f"P2_png.rf.{HASH}.jpg")):
        picture = write_picture(folder / side / name, len(side))
        write_roboflow_xml(picture, ("vertebra", 12, 40, 32, 55), ("disc", 10, 20, 42, 36))
    (folder / "test").mkdir()
    return folder


def test_boxes_pictures_and_patients_arrive(download: Path, tmp_path: Path) -> None:
    report = import_cohort(opened(open_roboflow(download)), tmp_path / "cohort")
    assert (report.written, report.left_out, report.warnings) == (2, [], [])
    cohort = read_cohort(tmp_path / "cohort")
    assert cohort.label_set.classes == ("disc", "vertebra")
    assert cohort.patients == ("P1", "P2")
    assert cohort.images[0].boxes == (Box("vertebra", 12, 40, 32, 55), Box("disc", 10, 20, 42, 36))
    checked = check_folder(tmp_path / "cohort", cohort.label_set)
    assert checked.count("error") == checked.count("warning") == 0


def test_a_table_may_name_pictures_as_they_were_called_before(download: Path, tmp_path: Path) -> None:
    table = write_text(tmp_path / "whose.csv", "image,patient,sex", "P1.png,anna,F", "P2.png,ben,M")
    import_cohort(opened(open_roboflow(download), table), tmp_path / "cohort")
    cohort = read_cohort(tmp_path / "cohort")
    assert [(image.patient, image.sex) for image in cohort.images] == [("anna", "F"), ("ben", "M")]


@pytest.mark.parametrize(
    ("exported", "original"),
    [
        (f"slice-3_png.rf.{HASH}.jpg", "slice-3.png"),
        ("a_b_jpeg.rf.0f.jpg", "a_b.jpeg"),
        ("slice_3.png", "slice_3.png"),
        ("x.rf.png", "x.rf.png"),
    ],
)
def test_names_before_roboflow(exported: str, original: str) -> None:
    assert original_name(exported) == original


def test_changed_copies_are_told(download: Path) -> None:
    write_roboflow_xml(write_picture(download / "train" / "P1_png.rf.00ff.jpg", 9), ("disc", 10, 20, 42, 36))
    (sentence,) = opened(open_roboflow(download)).warnings
    assert sentence.startswith(
        "pictures that are there in copies which Roboflow has changed: 1, such as P1.png"
    )


def test_a_picture_in_two_sides_is_taken_once_and_told(download: Path, tmp_path: Path) -> None:
    name = f"P1_png.rf.{HASH}.jpg"
    (download / "test" / name).write_bytes((download / "train" / name).read_bytes())
    write_roboflow_xml(download / "test" / name, ("disc", 10, 20, 42, 36))
    found = opened(open_roboflow(download))
    repeated, different = found.warnings
    assert repeated.startswith(
        f"pictures that are there more than once: 1, such as {name}; each is taken once"
    )
    assert different.startswith(
        "pictures that are there more than once and have other boxes then: 1, such as"
    )
    assert import_cohort(found, tmp_path / "cohort").written == 2


def test_other_pictures_of_one_name_keep_their_boxes_apart(tmp_path: Path) -> None:
    for seed, side in enumerate(("train", "test")):
        picture = write_picture(tmp_path / side / "1.png", seed)
        write_roboflow_xml(picture, ("disc", 10 + seed, 20, 42, 36))
    table = write_text(tmp_path / "whose.csv", "image,patient", "1.png,P1", "test_1.png,P2")
    import_cohort(opened(open_roboflow(tmp_path), table), tmp_path / "cohort")
    images = read_cohort(tmp_path / "cohort").images
    assert [(image.name, image.patient, image.boxes[0].xmin) for image in images] == [
        ("1.png", "P1", 10),
        ("test_1.png", "P2", 11),
    ]


def test_names_that_cannot_be_told_apart_are_refused(tmp_path: Path) -> None:
    write_picture(tmp_path / "1.png", 1)
    write_picture(tmp_path / "1.jpg", 2)
    write_text(tmp_path / "classes.txt", "disc")
    with pytest.raises(BadInputError, match="another picture has this name"):
        opened(open_roboflow(tmp_path))


def test_broken_files_are_left_out_by_name_and_the_others_go_on(download: Path, tmp_path: Path) -> None:
    write_text(download / "train" / "P3.xml", "<annotation>")
    write_picture(download / "train" / "P3.png")
    write_picture(download / "train" / "P4.png", size=(30, 30))
    write_roboflow_xml(download / "train" / "P4.png", ("disc", 1, 2, 9, 8))
    (download / "valid" / "P5.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    (download / "valid" / "X6.jpg").write_bytes((download / "valid" / f"P2_png.rf.{HASH}.jpg").read_bytes())
    report = import_cohort(opened(open_roboflow(download), pattern=PATTERN), tmp_path / "cohort")
    assert report.written == 2
    told = {error.path.name: error.reason for error in report.left_out}
    assert set(told) == {"P3.xml", "P4.xml", "P5.jpg", "X6.jpg"}
    assert told["P4.xml"].startswith("its size is 64 x 80, the picture's 30 x 30")
    assert told["X6.jpg"] == "the patient pattern does not match this file's name"


def test_a_folder_without_boxes_is_refused(tmp_path: Path) -> None:
    write_picture(tmp_path / "train" / "1.png")
    with pytest.raises(BadInputError, match="no classes in it"):
        open_roboflow(tmp_path)
    with pytest.raises(BadInputError, match="no such folder"):
        open_roboflow(tmp_path / "absent")


def test_a_class_that_the_listing_lacks_leaves_its_picture_out(download: Path, tmp_path: Path) -> None:
    write_text(download / "classes.txt", "disc", "vertebra")
    write_roboflow_xml(write_picture(download / "train" / "P3.png"), ("lesion", 10, 20, 42, 36))
    report = import_cohort(opened(open_roboflow(download)), tmp_path / "cohort")
    assert report.written == 2
    (error,) = report.left_out
    assert error.path.name == "P3.xml" and "lesion" in error.reason


def test_what_is_passed_over_is_told(download: Path) -> None:
    write_roboflow_xml(download / "train" / "P7.png", ("disc", 10, 20, 42, 36))
    write_picture(download / "P8.png")
    write_text(download / "valid" / "P9.webp", "RIFF")
    told = opened(open_roboflow(download)).warnings
    assert [sentence.partition(" such as ")[0] for sentence in told] == [
        "XML without a picture that is read: 1,",
        "pictures outside the folders that are read: 1,",
        "pictures that are not PNG, JPEG, TIFF or BMP: 1,",
    ]
