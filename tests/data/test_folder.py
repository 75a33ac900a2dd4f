from pathlib import Path

import cv2
import numpy as np
import pytest
from scenery import write_cohort

from annotation.labels import LabelSet, named_label_set
from data.cohort import Cohort
from data.folder import read_cohort
from errors import BadInputError

LUMBAR = frozenset(named_label_set("lumbar").classes)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_cohort(tmp_path / "cohort", patients=3)


def table(folder: Path, *lines: str) -> Path:
    (folder / "images.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def reason(cohort: Cohort, image: str) -> str:
    return next(exclusion.reason for exclusion in cohort.excluded if exclusion.name == image)


def test_images_boxes_and_patients(folder: Path) -> None:
    cohort = read_cohort(folder)
    assert [(image.name, image.patient) for image in cohort.images] == [
        (f"p{number}-0.png", f"p{number}") for number in range(3)
    ]
    for image in cohort.images:
        assert image.path.exists()
        assert (image.width, image.height) == (64, 64)
        assert image.annotated == LUMBAR
        assert {box.label for box in image.boxes} <= {"vertebra", "disc"}
    assert sum(len(image.boxes) for image in cohort.images) > 3
    assert not cohort.excluded


def test_everything_side_by_side(folder: Path) -> None:
    expected = read_cohort(folder).images
    for path in [*(folder / "images").iterdir(), *(folder / "annotations").iterdir()]:
        path.rename(folder / path.name)
    (folder / "images").rmdir()
    (folder / "annotations").rmdir()
    assert [image.boxes for image in read_cohort(folder).images] == [image.boxes for image in expected]


def test_table_as_spreadsheets_write_it(folder: Path) -> None:
    text = "image,patient,sex,age\r\n p0-0.png ,p0 ,f,41\r\np1-0.png,p0,,\r\n"
    (folder / "images.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    first, second = read_cohort(folder).images
    assert (first.name, first.patient, second.patient) == ("p0-0.png", "p0", "p0")
    assert (first.sex, first.age, second.sex, second.age) == ("f", 41.0, None, None)


def test_patients_keep_their_leading_zeros_and_odd_names(folder: Path) -> None:
    cohort = read_cohort(table(folder, "image,patient", "p0-0.png,007", "p1-0.png,NA"))
    assert cohort.patients == ("007", "NA")


def test_annotated_classes_of_each_image(folder: Path) -> None:
    cohort = read_cohort(table(folder, "image,patient,annotated", "p0-0.png,p0,disc normal", "p1-0.png,p1,"))
    assert [image.annotated for image in cohort.images] == [{"disc", "normal"}, LUMBAR]
    assert cohort.counts(["disc", "vertebra"])["vertebra"][0] == 1
    assert cohort.counts(["disc", "vertebra"])["disc"][0] == 2


def test_excluded_images_are_left_out_with_their_reason(folder: Path) -> None:
    cohort = read_cohort(
        table(folder, "image,patient,excluded", "p0-0.png,p0,metal artefact", "p1-0.png,p1,")
    )
    assert [image.name for image in cohort.images] == ["p1-0.png"]
    assert reason(cohort, "p0-0.png") == "metal artefact"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no column 'image'"),
        (b"\x89PNG\r\n\x1a\n\x00", "UTF-8"),
        (b"image,patient\n\x00\x01\n", ":2: .*no patient"),
        ("image,patient\np0-0.png,é\n".encode("latin-1"), "UTF-8"),
        ("image,patient\np0-0.png,p0\n".encode("utf-16"), "UTF-8"),
        (b"image;patient\np0-0.png;p0\n", "no column 'image'"),
        (b"image,who\np0-0.png,p0\n", "no column 'patient'"),
        (b"image,patient\n", "no rows"),
        (b"image,patient\np0-0.png,p0\np1-0.png\n", ":3: .*no patient"),
        (b"image,patient\np0-0.png,p0,17\np1-0.png,p1\n", ":2: .*more"),
        (b"image,patient\np0-0.png,p0\np1-0.png,p1,17\n", ":3: .*more"),
        (b"image,patient\np0-0.png,  \n", ":2: .*no patient"),
        (b"image,patient\n\np0-0.png,\n", ":3: .*no patient"),
        (b"image,patient\n,p0\n", ":2: .*no image"),
        (b"image,patient\np0-0.png,p0\n p0-0.png,p1\n", ":3: .*twice"),
        (b"image,patient,annotated\np0-0.png,p0,disc herniaton\n", ":2: .*'herniaton'"),
        (b"image,patient,age\np0-0.png,p0,old\n", ":2: .*'old' is no number"),
        (b"image,patient,age\np0-0.png,p0,nan\n", ":2: .*'nan' is no number"),
    ],
)
def test_every_bad_table_is_one_sentence_with_file_and_line(
    folder: Path, content: bytes, message: str
) -> None:
    (folder / "images.csv").write_bytes(content)
    with pytest.raises(BadInputError, match=rf"images\.csv[^\n]*({message})[^\n]*$"):
        read_cohort(folder)


def test_missing_table_says_what_to_do(folder: Path) -> None:
    (folder / "images.csv").unlink()
    with pytest.raises(BadInputError, match=r"images\.csv.*--patient-pattern"):
        read_cohort(folder)
    (folder / "images.csv").mkdir()
    with pytest.raises(BadInputError, match=r"images\.csv"):
        read_cohort(folder)


def test_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="nowhere: no such folder"):
        read_cohort(tmp_path / "nowhere")


def _picture_is_missing(folder: Path) -> None:
    (folder / "images" / "p1-0.png").unlink()


def _picture_is_text(folder: Path) -> None:
    (folder / "images" / "p1-0.png").write_text("no picture")


def _picture_is_cut_off(folder: Path) -> None:
    path = folder / "images" / "p1-0.png"
    path.write_bytes(path.read_bytes()[:-1500])


def _picture_is_floating_point(folder: Path) -> None:
    content = cv2.imencode(".tif", np.ones((64, 64), np.float32))[1]
    (folder / "images" / "p1-0.png").write_bytes(content.tobytes())


def _picture_has_another_size(folder: Path) -> None:
    cv2.imwrite(str(folder / "images" / "p1-0.png"), np.zeros((32, 64), np.uint8))


def _xml_is_missing(folder: Path) -> None:
    (folder / "annotations" / "p1-0.xml").unlink()


def _xml_is_cut_off(folder: Path) -> None:
    path = folder / "annotations" / "p1-0.xml"
    path.write_bytes(path.read_bytes()[:200])


def _xml_has_an_unknown_class(folder: Path) -> None:
    path = folder / "annotations" / "p1-0.xml"
    path.write_text(path.read_text().replace("<name>", "<name>not-a-"))


@pytest.mark.parametrize(
    "spoil",
    [
        _picture_is_missing,
        _picture_is_text,
        _picture_is_cut_off,
        _picture_is_floating_point,
        _picture_has_another_size,
        _xml_is_missing,
        _xml_is_cut_off,
        _xml_has_an_unknown_class,
    ],
)
def test_an_image_that_cannot_be_used_is_left_out_and_named(folder: Path, spoil, capfd) -> None:  # type: ignore[no-untyped-def]
    spoil(folder)
    cohort = read_cohort(folder)
    assert [image.name for image in cohort.images] == ["p0-0.png", "p2-0.png"]
    assert len(reason(cohort, "p1-0.png")) > 10
    assert "\n" not in reason(cohort, "p1-0.png")
    assert capfd.readouterr() == ("", "")


def test_no_usable_image_at_all_is_an_error_that_says_why(folder: Path) -> None:
    for path in (folder / "annotations").iterdir():
        path.unlink()
    with pytest.raises(BadInputError, match=r"no picture in it can be used.*p0-0\.png"):
        read_cohort(folder)


def test_patients_from_file_names(folder: Path) -> None:
    (folder / "images.csv").unlink()
    cohort = read_cohort(folder, patient_pattern=r"^(?P<patient>p\d+)-")
    assert cohort.patients == ("p0", "p1", "p2")


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("(", "no regular expression"),
        (r"^p\d", "no group"),
        (r"^q(?P<patient>\d)", r"p0-0\.png.*does not match"),
        (r"^p\d-\d(?P<patient>z)?", r"p0-0\.png.*does not match"),
    ],
)
def test_bad_patient_patterns_are_one_sentence(folder: Path, pattern: str, message: str) -> None:
    with pytest.raises(BadInputError, match=message):
        read_cohort(folder, patient_pattern=pattern)


def test_the_folders_own_label_set_is_taken(folder: Path) -> None:
    LabelSet(("disc", "vertebra")).write(folder / "classes.txt")
    assert read_cohort(folder).label_set.classes == ("disc", "vertebra")
    LabelSet(("disc",)).write(folder / "classes.txt")
    assert all("vertebra" in exclusion.reason for exclusion in read_cohort(folder).excluded)


def test_pictures_and_boxes_keep_their_own_sizes(tmp_path: Path) -> None:
    folder = write_cohort(tmp_path / "cohort", patients=2, size=64)
    other = write_cohort(tmp_path / "other", patients=1, size=96)
    for kind in ("images", "annotations"):
        for path in (other / kind).iterdir():
            path.rename(folder / kind / f"q{path.name}")
    table(folder, "image,patient", "p0-0.png,p0", "qp0-0.png,q0")
    assert [image.width for image in read_cohort(folder).images] == [64, 96]
