"""COCO's JSON: what it holds arrives, and what cannot be a box is named by its picture."""

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from box_downloads import (
    SIZE,
    coco_annotation,
    coco_image,
    opened,
    write_coco_file,
    write_picture,
    write_text,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.boxes import Box
from annotation.checking.folder import check_folder
from data.folder import read_cohort
from data.importers.coco import open_coco
from data.importers.cohort_import import import_cohort
from errors import BadInputError


def test_boxes_pictures_and_patients_arrive(tmp_path: Path) -> None:
    file = write_coco_file(
        tmp_path / "discs" / "_annotations.coco.json",
        [coco_image(4, "P1_a.png"), coco_image(9, "P2_a.png"), coco_image(11, "P2_b.png")],
        [
            coco_annotation(1, 4, 1, 10.5, 20.25, 30, 12.5, keypoints=[3, 4, 2], num_keypoints=1),
            coco_annotation(2, 4, 2, 12, 40, 20, 15),
            coco_annotation(3, 9, 1, 5, 6.1, 20.2, 9),
        ],
    )
    pictures = [
        write_picture(file.parent / f"{name}.png", seed) for seed, name in enumerate(("P1_a", "P2_a", "P2_b"))
    ]
    report = import_cohort(opened(open_coco(file)), tmp_path / "cohort")
    assert (report.written, report.left_out, report.warnings) == (3, [], [])
    cohort = read_cohort(tmp_path / "cohort")
    assert cohort.label_set.classes == ("disc", "vertebra")
    first, second, third = cohort.images
    assert first.boxes == (Box("disc", 10.5, 20.25, 40.5, 32.75), Box("vertebra", 12, 40, 32, 55))
    assert second.boxes == (Box("disc", 5, 6.1, 25.2, 15.1),)
    assert third.boxes == () and third.annotated == {"disc", "vertebra"}
    assert [image.patient for image in cohort.images] == ["P1", "P2", "P2"]
    assert [image.path.read_bytes() for image in cohort.images] == [path.read_bytes() for path in pictures]
    checked = check_folder(tmp_path / "cohort", cohort.label_set)
    assert checked.count("error") == checked.count("warning") == 0


@pytest.mark.parametrize(
    ("annotation", "sentence"),
    [
        (
            coco_annotation(7, 2, 1, segmentation=[[1, 2, 9, 2, 9, 8]]),
            "annotation 7 has an outline and no bbox",
        ),
        (coco_annotation(7, 2, 1, 1, 2, 9, 8, iscrowd=1), "bounds a crowd"),
        (coco_annotation(7, 2, 1, 1, 2, 9, 8, 30), "rotated box"),
        (coco_annotation(7, 2, 1, 1, 2, 9, 8, attributes={"rotation": 12.0}), "rotated box"),
        (coco_annotation(7, 2, 5, 1, 2, 9, 8), "category that the file does not name"),
        (coco_annotation(7, 2, 1, 1, 2, 0, 8), "without area"),
        (coco_annotation(7, 2, 1, 1, 2, -4, 8), "without area"),
        (coco_annotation(7, 2, 1, 1, 2, float("nan"), 8), "not 4 numbers"),
        (coco_annotation(7, 2, 1, 70, 2, 9, 8), "no area within it"),
        (coco_annotation(7, 2, 1), "has no bbox"),
    ],
)
def test_what_is_no_box_leaves_its_picture_out_by_name(
    annotation: dict[str, Any], sentence: str, tmp_path: Path
) -> None:
    images = [coco_image(1, "P1_a.png"), coco_image(2, "P2_a.png")]
    file = write_coco_file(tmp_path / "x.json", images, [coco_annotation(1, 1, 1, 5, 5, 20, 20), annotation])
    for name in ("P1_a.png", "P2_a.png"):
        write_picture(tmp_path / name)
    report = import_cohort(opened(open_coco(file)), tmp_path / "cohort")
    assert report.written == 1
    (error,) = report.left_out
    assert error.path.name == "P2_a.png" and sentence in error.reason


def test_a_box_over_the_edge_is_cut_and_told_unless_by_rounding(tmp_path: Path) -> None:
    file = write_coco_file(
        tmp_path / "x.json",
        [coco_image(1, "P1_a.png")],
        [coco_annotation(1, 1, 1, -0.4, 20, 20, 20), coco_annotation(2, 1, 2, 30, 20, 40, 20)],
    )
    write_picture(tmp_path / "P1_a.png")
    report = import_cohort(opened(open_coco(file)), tmp_path / "cohort")
    (image,) = read_cohort(tmp_path / "cohort").images
    assert [box.edges for box in image.boxes] == [(0, 20, 19.6, 40), (30, 20, SIZE[0], 40)]
    (sentence,) = report.warnings
    assert "the vertebra box (30, 20, 70, 40) reaches over its edge" in sentence


def test_roboflow_puts_a_heading_before_the_classes(tmp_path: Path) -> None:
    categories = [
        {"id": 0, "name": "disc", "supercategory": "none"},
        {"id": 1, "name": "disc", "supercategory": "disc"},
        {"id": 2, "name": "vertebra", "supercategory": "disc"},
    ]
    for side, name in (("train", "P1_png.rf.1a.jpg"), ("valid", "P2_png.rf.2b.jpg")):
        annotations = [coco_annotation(0, 0, 1, 5, 5, 20, 20)]
        write_coco_file(
            tmp_path / side / "_annotations.coco.json", [coco_image(0, name)], annotations, categories
        )
        write_picture(tmp_path / side / name, len(name))
    source = open_coco(tmp_path)
    assert source.classes == ("disc", "vertebra")
    assert [picture.side for picture in source.pictures] == ["train", "valid"]
    assert import_cohort(opened(source), tmp_path / "cohort").written == 2


def test_coco_s_own_folders_and_names_with_folders(tmp_path: Path) -> None:
    folder = tmp_path / "coco"
    for side in ("train", "val"):
        images = [coco_image(1, "P1\\a.png"), coco_image(2, "P2/a.png")]
        write_coco_file(folder / "annotations" / f"instances_{side}2017.json", images, [])
        write_coco_file(folder / "annotations" / f"person_keypoints_{side}2017.json", images, [])
        for patient in (1, 2):
            write_picture(folder / f"{side}2017" / f"P{patient}" / "a.png", len(side) * 10 + patient)
    download = opened(open_coco(folder), pattern=r"(?P<patient>P\d)_a")
    assert download.items() == ("P1_a.png", "P2_a.png", "val_P1_a.png", "val_P2_a.png")
    import_cohort(download, tmp_path / "cohort")
    cohort = read_cohort(tmp_path / "cohort")
    assert [image.patient for image in cohort.images] == ["P1", "P2", "P1", "P2"]
    content = cohort.images[2].path.read_bytes()
    assert content == (folder / "val2017" / "P1" / "a.png").read_bytes()


def test_pictures_may_lie_elsewhere_and_must_have_the_size_that_is_written(tmp_path: Path) -> None:
    images = [coco_image(1, "P1_a.png"), coco_image(2, "P2_a.png", width=512), coco_image(3, "P3_a.png")]
    file = write_coco_file(tmp_path / "x.json", images, [])
    with pytest.raises(
        BadInputError, match="none of its 3 pictures is there; name their folder with --images"
    ):
        open_coco(file)
    for name in ("P1_a.png", "P2_a.png"):
        write_picture(tmp_path / "elsewhere" / name)
    report = import_cohort(opened(open_coco(file, tmp_path / "elsewhere")), tmp_path / "cohort")
    assert report.written == 1
    assert [error.reason for error in report.left_out] == [
        "x.json has it as 512 x 80, it is 64 x 80; export both together",
        "no such file; export the image again as PNG",
    ]


def test_annotations_of_unlisted_images_are_told(tmp_path: Path) -> None:
    file = write_coco_file(
        tmp_path / "x.json", [coco_image(1, "P1_a.png")], [coco_annotation(1, 99, 1, 5, 5, 20, 20)]
    )
    write_picture(tmp_path / "P1_a.png")
    (sentence,) = opened(open_coco(file)).warnings
    assert sentence.endswith("x.json: annotations of images that it does not list: 1; they are left out")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "not JSON"),
        ("[]", "it has no list of images"),
        ('{"images": [], "categories": []}', "it has no list of annotations"),
        ('{"images": [3], "categories": [], "annotations": []}', "it has no list of images"),
        ('{"images": [], "categories": [], "annotations": []}', "no classes in it"),
        ('{"images": [], "categories": [{"id": 1}], "annotations": []}', "no id or no name"),
        (
            json.dumps({"images": [{"id": 1}], "categories": [{"id": 1, "name": "disc"}], "annotations": []}),
            "an image has no id or no file_name",
        ),
        (
            json.dumps(
                {
                    "images": [coco_image(1, "a.png"), coco_image(2, "a.png")],
                    "categories": [{"id": 1, "name": "disc"}],
                    "annotations": [],
                }
            ),
            "the image a.png stands twice",
        ),
        (
            json.dumps(
                {"images": [], "categories": [{"id": i, "name": "disc"} for i in (1, 2)], "annotations": []}
            ),
            "the class 'disc' stands twice",
        ),
    ],
)
def test_a_file_that_is_no_coco_is_refused(text: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=sentence):
        open_coco(write_text(tmp_path / "x.json", text))


odd = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 3)
    | st.floats()
    | st.sampled_from(["a.png", "disc", "", "."]),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.just("rotation"), inner),
    max_leaves=6,
)


def odd_entries(**usual: Any) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Entries with most of their values as usual, some missing, some odd."""
    values = {name: st.just(value) | odd for name, value in usual.items()}
    return st.lists(st.fixed_dictionaries({}, optional=values), max_size=3) | st.just([usual])


@given(
    images=odd_entries(id=1, file_name="a.png", width=64),
    categories=odd_entries(id=1, name="disc", supercategory="spine"),
    annotations=odd_entries(image_id=1, category_id=1, bbox=[1, 2, 9, 8], attributes={"rotation": 0}),
)
@settings(max_examples=200, deadline=None)
def test_whatever_a_file_says_it_is_read_or_refused(images: Any, categories: Any, annotations: Any) -> None:
    with tempfile.TemporaryDirectory() as place:
        try:
            source = open_coco(write_coco_file(Path(place) / "x.json", images, annotations, categories))
            for picture in source.pictures:
                source.boxes(picture, SIZE)
        except BadInputError as error:
            assert error.reason


def test_a_folder_without_json_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="no JSON in it"):
        open_coco(tmp_path)


def test_an_image_id_that_stands_twice_is_refused(tmp_path: Path) -> None:
    images = [coco_image(1, "P1_a.png"), coco_image(1, "P2_a.png")]
    with pytest.raises(BadInputError, match="the image id 1 stands twice"):
        open_coco(write_coco_file(tmp_path / "x.json", images, [coco_annotation(1, 1, 1, 5, 5, 20, 20)]))


def test_ids_may_be_written_as_decimals(tmp_path: Path) -> None:
    annotation = coco_annotation(1, 1, 1, 5, 5, 20, 20) | {"image_id": 1.0, "category_id": 1.0}
    file = write_coco_file(tmp_path / "x.json", [coco_image(1, "P1_a.png")], [annotation])
    write_picture(tmp_path / "P1_a.png")
    (picture,) = opened(open_coco(file)).read("P1_a.png").pictures
    assert picture.boxes == (Box("disc", 5, 5, 25, 25),)


def test_a_picture_is_the_one_of_its_whole_path(tmp_path: Path) -> None:
    file = write_coco_file(tmp_path / "x.json", [coco_image(1, "P1/a.png"), coco_image(2, "P2/a.png")], [])
    write_picture(tmp_path / "a.png", 7)
    paths = [write_picture(tmp_path / "images" / name / "a.png", int(name[1])) for name in ("P1", "P2")]
    assert [picture.path for picture in open_coco(file).pictures] == paths


def test_images_that_share_a_file_are_left_out(tmp_path: Path) -> None:
    images = [coco_image(1, "P1/a.png"), coco_image(2, "P2/a.png"), coco_image(3, "P3_a.png")]
    file = write_coco_file(tmp_path / "x.json", images, [])
    for name in ("a.png", "P3_a.png"):
        write_picture(tmp_path / name)
    report = import_cohort(opened(open_coco(file)), tmp_path / "cohort")
    assert report.written == 1
    assert [error.reason for error in report.left_out] == [
        "in x.json, several images are this file: P1/a.png, P2/a.png"
    ] * 2


def test_files_of_other_categories_say_what_was_looked_for(tmp_path: Path) -> None:
    for number, name in ((1, "disc"), (2, "vertebra")):
        image = f"P{number}_a.png"
        categories = [{"id": 1, "name": name}]
        write_coco_file(tmp_path / f"{name}.json", [coco_image(1, image)], [], categories)
        write_picture(tmp_path / image, number)
    import_cohort(opened(open_coco(tmp_path)), tmp_path / "cohort")
    images = read_cohort(tmp_path / "cohort").images
    assert [image.annotated for image in images] == [{"disc"}, {"vertebra"}]


def test_a_class_above_another_is_kept_and_roboflow_s_heading_told(tmp_path: Path) -> None:
    own = [
        {"id": 1, "name": "disc", "supercategory": "spine"},
        {"id": 2, "name": "herniation", "supercategory": "disc"},
    ]
    images, boxes = [coco_image(1, "P1_a.png")], [coco_annotation(1, 1, 2, 5, 5, 20, 20)]
    write_picture(tmp_path / "P1_a.png")
    assert open_coco(write_coco_file(tmp_path / "x.json", images, boxes, own)).classes == (
        "disc",
        "herniation",
    )
    heading = {"id": 0, "name": "spine", "supercategory": "none"}
    under = [{**category, "supercategory": "spine"} for category in own]
    source = open_coco(write_coco_file(tmp_path / "x.json", images, boxes, [heading, *under]))
    assert source.classes == ("disc", "herniation")
    assert source.warnings == ("the category 'spine' heads all others and has no annotation: it is left out",)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"images": [' + "9" * 5000 + "]}"])
def test_json_that_its_reader_stumbles_over(text: str, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="not JSON"):
        open_coco(write_text(tmp_path / "x.json", text))


def test_a_number_beyond_all_pictures_is_none(tmp_path: Path) -> None:
    box = coco_annotation(7, 1, 1) | {"bbox": [1, 2, 3, 10**400]}
    file = write_coco_file(tmp_path / "x.json", [coco_image(1, "P1_a.png")], [box])
    write_picture(tmp_path / "P1_a.png")
    with pytest.raises(BadInputError, match="a bbox that is not 4 numbers"):
        opened(open_coco(file)).read("P1_a.png")


def test_a_name_that_is_too_long_leaves_its_picture_out(tmp_path: Path) -> None:
    images = [coco_image(1, "P1_a.png"), coco_image(2, "P2_" + "y" * 300 + ".png")]
    file = write_coco_file(tmp_path / "x.json", images, [])
    write_picture(tmp_path / "P1_a.png")
    report = import_cohort(opened(open_coco(file)), tmp_path / "cohort")
    assert report.written == 1
    (error,) = report.left_out
    assert "more than 200 bytes" in error.reason
