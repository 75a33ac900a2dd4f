"""What all box formats share: whose the pictures are, and what their classes are called."""

from pathlib import Path

import pytest
from box_downloads import opened, write_picture, write_text

from annotation.boxes import Box
from annotation.labels import LabelSet, named_label_set
from data.folder import read_cohort
from data.image_table import read_image_table
from data.importers.box_download import open_download
from data.importers.class_names import name_classes
from data.importers.cohort_import import import_cohort
from data.importers.picture_patients import Patients, open_patients
from data.importers.yolo import YoloSource, open_yolo
from errors import BadInputError

PLACE = Path("download")
LABELS = LabelSet(("disc",))
CLASSES = name_classes(PLACE, ("disc",), None, {})


@pytest.fixture
def source(tmp_path: Path) -> YoloSource:
    folder = tmp_path / "discs"
    write_text(folder / "classes.txt", "Disc", "Vertebra", "lipoma")
    for name in ("P1_a", "P2_a", "P3_a"):
        write_picture(folder / f"{name}.png", int(name[1]))
        write_text(folder / f"{name}.txt", "0 0.40625 0.35 0.5 0.2", "1 0.3 0.6 0.2 0.2", "2 0.3 0.8 0.1 0.1")
    return open_yolo(folder)


def test_patients_are_never_left_open(source: YoloSource) -> None:
    with pytest.raises(
        BadInputError, match=r"every split here goes by patient; give --patient-pattern .* or --patients"
    ):
        open_patients(source.place, None, None, CLASSES)


def test_a_pattern_or_a_table_but_not_both(source: YoloSource, tmp_path: Path) -> None:
    table = write_text(tmp_path / "whose.csv", "image,patient", "P1_a.png,anna")
    with pytest.raises(BadInputError, match="a table and a pattern of patients are given"):
        open_patients(source.place, "(?P<patient>P.)", table, CLASSES)
    with pytest.raises(BadInputError, match="no group"):
        open_patients(source.place, "(P.)", None, CLASSES)
    with pytest.raises(BadInputError, match="no such table"):
        open_patients(source.place, None, tmp_path / "absent.csv", CLASSES)


def test_a_picture_of_nobody_is_left_out_by_name(source: YoloSource, tmp_path: Path) -> None:
    table = write_text(tmp_path / "whose.csv", "image,patient", "P1_a.png,anna", "P2_a.png,ben")
    report = import_cohort(opened(source, table), tmp_path / "cohort")
    assert report.written == 2
    (error,) = report.left_out
    assert error.path.name == "P3_a.png" and error.reason.startswith("no row for it in")
    assert read_cohort(tmp_path / "cohort").patients == ("anna", "ben")


def test_what_a_table_says_of_a_picture_goes_into_the_cohort(source: YoloSource, tmp_path: Path) -> None:
    write_text(
        source.place / "patients.csv",
        "image,patient,annotated,sex,age,kind,excluded",
        "P1_a.png,anna,Disc,F,61,sagittal T2,",
        "P2_a.png,ben,,M,,,motion",
        "P3_a.png,carla,,,,,",
    )
    import_cohort(opened(source, pattern=None), tmp_path / "cohort")
    cohort = read_cohort(tmp_path / "cohort")
    first = cohort.images[0]
    assert (first.annotated, first.sex, first.age, first.kind) == ({"Disc"}, "F", 61, "sagittal T2")
    assert [item.reason for item in cohort.excluded] == ["motion"]


def test_classes_are_renamed_into_a_label_set(source: YoloSource, tmp_path: Path) -> None:
    renamed = {"Disc": "disc", "Vertebra": "vertebra", "lipoma": ""}
    classes = name_classes(source.place, source.classes, named_label_set("lumbar"), renamed)
    patients = open_patients(source.place, r"^(?P<patient>P\d)", None, classes)
    import_cohort(open_download(source, patients, classes), tmp_path / "cohort")
    cohort = read_cohort(tmp_path / "cohort")
    assert cohort.label_set == named_label_set("lumbar")
    assert cohort.images[0].boxes == (Box("disc", 10, 20, 42, 36), Box("vertebra", 12.8, 40, 25.6, 56))
    rows = read_image_table(tmp_path / "cohort" / "images.csv", cohort.label_set)
    assert {row.annotated for row in rows} == {frozenset({"disc", "vertebra"})}  # nobody graded anything


def test_classes_may_be_joined() -> None:
    joined = name_classes(
        PLACE, ("protrusion", "extrusion"), None, {"protrusion": "disc", "extrusion": "disc"}
    )
    assert joined.label_set == LABELS and joined.stated(joined.looked_for(joined.names)) == frozenset()


@pytest.mark.parametrize(
    ("classes", "label_set", "renamed", "sentence"),
    [
        (("disc",), None, {"Disc": "disc"}, "no class 'Disc' to rename; it has disc"),
        (("Disc",), LABELS, {}, r"the class 'Disc' is not in the label set \(disc\); give --rename 'Disc=…'"),
        (("disc",), None, {"disc": ""}, "every class is left out"),
        (("a b",), LabelSet(("a b", "c")), {}, "the class 'a b' has a space in it; rename it"),
    ],
)
def test_classes_that_do_not_fit(
    classes: tuple[str, ...],
    label_set: LabelSet | None,
    renamed: dict[str, str],
    sentence: str,
) -> None:
    with pytest.raises(BadInputError, match=sentence):
        name_classes(PLACE, classes, label_set, renamed)


def test_another_import_is_not_gone_on_with(source: YoloSource) -> None:
    """What is asked for stands in the name by which an import knows its own beginning."""
    classes = name_classes(source.place, source.classes, None, {})
    renamed = name_classes(source.place, source.classes, None, {"Disc": "disc"})
    names = {
        open_download(source, Patients("(?P<patient>P.)"), classes).name,
        open_download(source, Patients("(?P<patient>P..)"), classes).name,
        open_download(source, Patients("(?P<patient>P.)"), renamed).name,
    }
    assert len(names) == 3


def test_a_pattern_is_searched_for_in_the_name_that_the_download_gives(tmp_path: Path) -> None:
    """Not in the side that is put before it where two sides have pictures of one name."""
    write_text(tmp_path / "data.yaml", "train: images/train", "val: images/val", "names: [disc]")
    for seed, side in enumerate(("train", "val")):
        for patient in ("P1", "P2"):
            write_picture(tmp_path / "images" / side / patient / "a.png", 2 * seed + int(patient[1]) * 5)
            write_text(tmp_path / "labels" / side / patient / "a.txt")
    import_cohort(opened(open_yolo(tmp_path), pattern=r"^(?P<patient>[^_]+)_"), tmp_path / "cohort")
    images = read_cohort(tmp_path / "cohort").images
    assert {image.name: image.patient for image in images} == {
        "P1_a.png": "P1",
        "P2_a.png": "P2",
        "val_P1_a.png": "P1",
        "val_P2_a.png": "P2",
    }


def test_a_table_is_renamed_with_the_classes(source: YoloSource, tmp_path: Path) -> None:
    """Its classes may be the download's; joined ones count where all of them were looked for."""
    write_text(
        source.place / "patients.csv",
        "image,patient,annotated",
        "P1_a.png,anna,Disc Vertebra",
        "P2_a.png,ben,Vertebra",
        "P3_a.png,carla,lipoma",
    )
    renamed = {"Disc": "spine", "Vertebra": "spine", "lipoma": "fat"}
    classes = name_classes(source.place, source.classes, None, renamed)
    patients = open_patients(source.place, None, None, classes)
    import_cohort(open_download(source, patients, classes), tmp_path / "cohort")
    cohort = read_cohort(tmp_path / "cohort")
    assert [(image.patient, image.annotated) for image in cohort.images] == [
        ("anna", {"spine"}),
        ("carla", {"fat"}),
    ]
    assert [item.reason for item in cohort.excluded] == ["no class that is imported was annotated in it"]


@pytest.mark.parametrize("changed", ["patients.csv", "P2_a.txt", "P3_a.png"])
def test_an_import_does_not_go_on_from_files_that_have_changed(
    changed: str, source: YoloSource, tmp_path: Path
) -> None:
    write_text(source.place / "patients.csv", "image,patient", *(f"P{i}_a.png,p{i}" for i in (1, 2, 3)))

    class Killed(Exception):
        pass

    def killing(done: int, total: int) -> None:
        if done == 1:
            raise Killed

    with pytest.raises(Killed):
        import_cohort(opened(source, pattern=None), tmp_path / "cohort", 1, killing)
    with (source.place / changed).open("a", encoding="utf-8") as file:
        file.write("\n")
    with pytest.raises(BadInputError, match="its files have changed since"):
        import_cohort(opened(source, pattern=None), tmp_path / "cohort")


def test_a_file_in_place_of_a_folder_is_to_be_unpacked(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="unpack it"):
        open_yolo(write_text(tmp_path / "discs.zip", "PK"))
