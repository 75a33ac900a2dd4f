"""YOLO's text files: ultralytics' and LabelImg's folders, and every line that is no box."""

from pathlib import Path

import pytest
from box_downloads import opened, write_picture, write_text

from annotation.boxes import Box
from annotation.checking.folder import check_folder
from annotation.labels import named_label_set
from annotation.voc import read_voc
from data.folder import read_cohort
from data.importers.cohort_import import import_cohort
from data.importers.yolo import open_yolo
from errors import BadInputError

# The disc at 10 to 42 across and 20 to 36 down, of 64 x 80 pixels, in six decimals.
DISC = "0 0.406250 0.350000 0.500000 0.200000"
THIRDS = "1 0.328125 0.643750 0.156250 0.212500"


def yolo_folder(folder: Path, configuration: str, split: str = "{kind}/{side}") -> Path:
    """Ultralytics' folders; ``split`` says which comes first, the side or images and labels."""
    write_text(folder / "data.yaml", configuration)
    for side, patient in (("train", "P1"), ("val", "P2")):
        images, labels = (folder / split.format(kind=kind, side=side) for kind in ("images", "labels"))
        write_picture(images / f"{patient}_a.png", len(patient + side))
        write_text(labels / f"{patient}_a.txt", DISC, THIRDS)
    return folder


def test_boxes_are_those_that_were_drawn(tmp_path: Path) -> None:
    folder = yolo_folder(tmp_path / "discs", "train: images/train\nval: images/val\nnames: [disc, vertebra]")
    write_picture(folder / "images" / "train" / "P1_b.png", 5)
    write_text(folder / "labels" / "train" / "P1_b.txt")
    (folder / "labels" / "train.cache").write_bytes(b"\x00")
    report = import_cohort(opened(open_yolo(folder)), tmp_path / "cohort")
    assert (report.written, report.left_out, report.warnings) == (3, [], [])
    cohort = read_cohort(tmp_path / "cohort")
    boxes = (Box("disc", 10, 20, 42, 36), Box("vertebra", 16, 43, 26, 60))
    assert [image.boxes for image in cohort.images] == [boxes, (), boxes]
    assert "<xmin>10</xmin>" in (tmp_path / "cohort" / "annotations" / "P1_a.xml").read_text(encoding="utf-8")
    checked = check_folder(tmp_path / "cohort", cohort.label_set)
    assert checked.count("error") == checked.count("warning") == 0


@pytest.mark.parametrize(
    ("configuration", "split"),
    [
        ("path: .\ntrain: images/train\nval: images/val\nnames: {0: disc, '1': vertebra}", "{kind}/{side}"),
        (
            "path: ../datasets/elsewhere\ntrain: images/train\nval: [images/val]\nnames: [disc, vertebra]",
            "{kind}/{side}",
        ),
        ("train: ../train/images\nval: ../val/images\nnc: 2\nnames: ['disc', 'vertebra']", "{side}/{kind}"),
    ],
)
def test_configurations_as_programs_write_them(configuration: str, split: str, tmp_path: Path) -> None:
    folder = yolo_folder(tmp_path / "discs", configuration, split)
    for place in (folder, folder / "data.yaml"):
        source = open_yolo(place)
        assert source.classes == ("disc", "vertebra")
        assert [(picture.name, picture.side) for picture in source.pictures] == [
            ("P1_a.png", "train"),
            ("P2_a.png", "val"),
        ]
        assert all(
            len(opened(source).read(item).pictures[0].boxes or ()) == 2 for item in opened(source).items()
        )


def test_a_side_may_be_a_list_of_pictures(tmp_path: Path) -> None:
    folder = yolo_folder(tmp_path, "train: train.txt\nnames: [disc, vertebra]")
    write_text(folder / "train.txt", "./images/train/P1_a.png", "images/val/P2_a.png")
    assert opened(open_yolo(folder)).items() == ("P1_a.png", "val_P2_a.png")


def test_cvat_s_folders(tmp_path: Path) -> None:
    write_text(tmp_path / "obj.names", "disc", "vertebra")
    write_text(tmp_path / "obj.data", "classes = 2", "names = obj.names", "train = train.txt")
    for side, patient in (("train", "P1"), ("valid", "P2")):
        write_picture(tmp_path / f"obj_{side}_data" / f"{patient}_a.png", len(side))
        write_text(tmp_path / f"obj_{side}_data" / f"{patient}_a.txt", DISC)
    source = open_yolo(tmp_path)
    assert [(item.name, item.side) for item in source.pictures] == [
        ("P1_a.png", "train"),
        ("P2_a.png", "valid"),
    ]
    assert import_cohort(opened(source), tmp_path / "cohort").written == 2


def test_labelimg_s_yolo_files(tmp_path: Path) -> None:
    write_picture(tmp_path / "Wirbel säule.png")
    write_text(tmp_path / "Wirbel säule.txt", DISC)
    write_text(tmp_path / "classes.txt", "disc", "vertebra")
    download = opened(open_yolo(tmp_path), pattern=r"(?P<patient>Wirbel)")
    import_cohort(download, tmp_path / "cohort")
    (image,) = read_cohort(tmp_path / "cohort").images
    assert image.boxes == (Box("disc", 10, 20, 42, 36),)
    write_text(tmp_path / "labels" / "classes.txt", "vertebra", "disc")
    with pytest.raises(BadInputError, match="it has other classes than"):
        open_yolo(tmp_path)


def test_no_label_file_is_not_annotated_and_an_empty_one_is(tmp_path: Path) -> None:
    write_text(tmp_path / "classes.txt", "disc")
    for name in ("P1_a", "P2_a"):
        write_picture(tmp_path / "images" / f"{name}.png")
    write_text(tmp_path / "labels" / "P1_a.txt")
    download = opened(open_yolo(tmp_path))
    (sentence,) = download.warnings
    assert sentence.startswith("pictures without a label file: 1, such as P2_a.png; taken as not annotated")
    import_cohort(download, tmp_path / "cohort")
    assert [path.name for path in (tmp_path / "cohort" / "annotations").iterdir()] == ["P1_a.xml"]
    assert len(list((tmp_path / "cohort" / "images").iterdir())) == 2


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("0 0.5 0.5 0.2", "4 numbers in this line: a box has a class and 4"),
        ("0 0.5 0.5 0.2 0.2 0.91", "a detector's output with its confidence"),
        ("0 0.1 0.1 0.4 0.1 0.4 0.3 0.1 0.3", "a rotated box or an outline"),
        ("0 0.1 0.1 0.4 0.1 0.4 0.3", "an outline or key points"),
        ("2 0.5 0.5 0.2 0.2", "the class 2 is none of 0 to 1"),
        ("-1 0.5 0.5 0.2 0.2", "the class -1 is none of 0 to 1"),
        ("disc 0.5 0.5 0.2 0.2", "not a class and 4 numbers"),
        ("0 0,5 0,5 0,2 0,2", "not a class and 4 numbers"),
        ("0 nan 0.5 0.2 0.2", "no place or no area"),
        ("0 0.5 0.5 0 0.2", "no place or no area"),
        ("0 0.5 0.5 -0.2 0.2", "no place or no area"),
        ("0 32 40 16 16", "pixels, not parts of the picture"),
    ],
)
def test_a_line_that_is_no_box_is_named(line: str, sentence: str, tmp_path: Path) -> None:
    folder = yolo_folder(tmp_path, "train: images/train\nval: images/val\nnames: [disc, vertebra]")
    labels = write_text(folder / "labels" / "val" / "P2_a.txt", DISC, "", line)
    report = import_cohort(opened(open_yolo(folder)), tmp_path / "cohort")
    assert report.written == 1
    (error,) = report.left_out
    assert (error.path, error.line) == (labels, 3) and sentence in error.reason


@pytest.mark.parametrize(
    ("configuration", "sentence"),
    [
        ("names: [", "cannot be read as YAML"),
        ("- disc", "no settings in it"),
        ("train: images/train", "no names in it"),
        ("train: images/train\nnames: []", "no classes in it"),
        ("train: images/train\nnames: {1: disc}", "not numbered from 0 to 0"),
        ("train: images/train\nnames: [disc, disc]", "the class 'disc' stands twice"),
        ("train: /nowhere/train\nnames: [disc]", "no '/nowhere/train' that it names"),
    ],
)
def test_a_configuration_that_cannot_be_used(configuration: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=sentence):
        open_yolo(yolo_folder(tmp_path, configuration))


def test_a_folder_without_classes_or_pictures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"no data\.yaml and no classes\.txt"):
        open_yolo(tmp_path)
    with pytest.raises(BadInputError, match="no such folder"):
        open_yolo(tmp_path / "absent")
    with pytest.raises(BadInputError, match="no pictures in it"):
        opened(open_yolo(write_text(tmp_path / "data.yaml", "names: [disc]")))


def test_what_is_written_is_labelimg_s_xml(tmp_path: Path) -> None:
    folder = yolo_folder(tmp_path, "train: images/train\nval: images/val\nnames: [disc, vertebra]")
    import_cohort(opened(open_yolo(folder)), tmp_path / "cohort")
    voc = read_voc(tmp_path / "cohort" / "annotations" / "P1_a.xml", label_set=named_label_set("lumbar"))
    assert (voc.filename, voc.width, voc.height, voc.depth) == ("P1_a.png", 64, 80, 1)


@pytest.mark.parametrize("line", ["made: 2024-13-45", "deep: " + "[" * 3000])
def test_yaml_that_its_reader_stumbles_over(line: str, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="cannot be read as YAML"):
        open_yolo(yolo_folder(tmp_path, f"train: images/train\nnames: [disc]\n{line}"))


def test_a_class_that_yaml_takes_for_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="the class False is no text as it is written; put it in quotes"):
        open_yolo(yolo_folder(tmp_path, "train: images/train\nnames: [no, disc]"))


def test_a_side_that_is_not_there_is_told_and_the_others_go_on(tmp_path: Path) -> None:
    folder = yolo_folder(
        tmp_path, "train: images/train\nval: images/val\ntest: images/test\nnames: [disc, vertebra]"
    )
    source = open_yolo(folder)
    assert len(source.pictures) == 2
    (sentence,) = source.warnings
    assert "no 'images/test' that it names" in sentence


def test_what_is_passed_over_is_told(tmp_path: Path) -> None:
    folder = yolo_folder(tmp_path, "train: images/train\nval: images/val\nnames: [disc, vertebra]")
    write_text(folder / "labels" / "train" / "P8" / "a.txt", DISC)
    write_text(folder / "images" / "train" / "P9_a.webp", "RIFF")
    write_text(folder / "images" / "train" / "._P1_a.png", "Mac OS X")
    orphan, unread = open_yolo(folder).warnings
    assert orphan.startswith("label files without a picture that is read: 1, such as")
    assert "P8" in orphan
    assert unread.startswith("pictures that are not PNG, JPEG, TIFF or BMP: 1, such as")


def test_a_class_may_be_written_as_a_decimal(tmp_path: Path) -> None:
    folder = yolo_folder(tmp_path, "train: images/train\nnames: [disc, vertebra]")
    write_text(folder / "labels" / "train" / "P1_a.txt", DISC.replace("0 ", "0.0 ", 1))
    (picture,) = opened(open_yolo(folder)).read("P1_a.png").pictures
    assert picture.boxes == (Box("disc", 10, 20, 42, 36),)


def test_folders_keep_the_patient_in_lists_of_whole_paths(tmp_path: Path) -> None:
    paths = [write_picture(tmp_path / "images" / patient / "a.png") for patient in ("P1", "P2")]
    write_text(tmp_path / "train.txt", str(paths[0]))
    write_text(tmp_path / "val.txt", str(paths[1]))
    write_text(tmp_path / "data.yaml", "train: train.txt", "val: val.txt", "names: [disc]")
    assert opened(open_yolo(tmp_path)).items() == ("P1_a.png", "P2_a.png")


def test_a_side_may_be_the_folder_above_images(tmp_path: Path) -> None:
    write_picture(tmp_path / "train" / "images" / "P1_a.png")
    write_text(tmp_path / "train" / "labels" / "P1_a.txt", DISC)
    write_text(tmp_path / "data.yaml", "train: train", "names: [disc]")
    assert opened(open_yolo(tmp_path)).items() == ("P1_a.png",)


def test_a_cohort_made_inside_the_download_is_not_taken_in(tmp_path: Path) -> None:
    write_text(tmp_path / "classes.txt", "disc")
    write_picture(tmp_path / "P1_a.png")
    write_text(tmp_path / "P1_a.txt", DISC)
    for name in ("one", "two"):
        assert import_cohort(opened(open_yolo(tmp_path)), tmp_path / name).written == 1
