"""Pre-labels: what an annotator is shown, in which order, and that nobody takes it for an annotation."""

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from command import SmallBenchmark, discern
from hypothesis import given
from hypothesis import strategies as st
from scenery import write_cohort

from annotation.boxes import Box, pairwise_iou
from annotation.labels import DIAGNOSES, LabelSet, named_label_set
from annotation.prelabels import (
    Prelabel,
    in_queue_order,
    machine_of,
    proposed,
    uncertainty,
    write_prelabel,
    write_queue,
)
from annotation.voc import read_voc
from data.folder import read_cohort
from errors import BadInputError

LUMBAR = named_label_set("lumbar")
SIZE = (200, 300)
THRESHOLDS = {name: 0.4 for name in LUMBAR.classes} | {"herniation": 0.2}


def box(label: str, score: float, left: float = 20, top: float = 20) -> Box:
    return Box(label, left, top, left + 40, top + 16, score)


def labels(found: list[Box], label_set: LabelSet = LUMBAR) -> list[str]:
    return sorted(item.label for item in proposed(found, THRESHOLDS, label_set, SIZE))


def test_boxes_below_their_threshold_are_not_proposed() -> None:
    assert labels([box("vertebra", 0.39), box("vertebra", 0.4, top=100)]) == ["vertebra"]
    assert labels([box("herniation", 0.21), box("bulge", 0.21, top=100)]) == ["disc", "herniation"]


def test_of_two_diagnoses_on_a_disc_the_one_furthest_over_its_threshold_is_proposed() -> None:
    assert labels([box("normal", 0.5), box("herniation", 0.45)]) == ["disc", "herniation"]
    assert labels([box("normal", 0.9), box("herniation", 0.45)]) == ["disc", "normal"]
    assert labels([box("normal", 0.9), box("herniation", 0.45, top=60)]) == ["disc"] * 2 + [
        "herniation",
        "normal",
    ]


def test_a_diagnosed_disc_gets_its_disc_box_once_and_only_where_the_label_set_has_it() -> None:
    (disc,) = (
        item for item in proposed([box("normal", 0.9)], THRESHOLDS, LUMBAR, SIZE) if item.label == "disc"
    )
    assert disc.edges == (20, 20, 60, 36)
    assert labels([box("normal", 0.9), box("disc", 0.8, left=22)]) == ["disc", "normal"]
    assert labels([box("normal", 0.9)], LabelSet(("normal", "vertebra"))) == ["normal"]
    assert labels([box("spondylolisthesis", 0.9), box("vertebra", 0.9)]) == ["spondylolisthesis", "vertebra"]


found_boxes = st.lists(
    st.builds(
        lambda label, score, left, top, width, height: Box(
            label, left, top, left + width, top + height, score
        ),
        st.sampled_from(LUMBAR.classes),
        st.floats(0, 1),
        st.floats(-20, 190),
        st.floats(-20, 290),
        st.floats(0.1, 90),
        st.floats(0.1, 90),
    ),
    max_size=12,
)


@given(found_boxes)
def test_whatever_is_found_labelimg_shows_whole_pixels_and_no_disc_has_two_diagnoses(
    found: list[Box],
) -> None:
    boxes = proposed(found, THRESHOLDS, LUMBAR, SIZE)
    for item in boxes:
        assert all(float(edge).is_integer() for edge in item.edges)
        assert 1 <= item.xmin < item.xmax <= SIZE[0] and 1 <= item.ymin < item.ymax <= SIZE[1]
    discs = [item.edges for item in boxes if item.label == "disc"]
    diagnoses = [item.edges for item in boxes if item.label in DIAGNOSES]
    overlap = pairwise_iou(diagnoses, diagnoses) - np.eye(len(diagnoses))
    assert (overlap < 0.5).all()
    assert (pairwise_iou(diagnoses, discs) >= 0.5).any(axis=1).all()


def test_doubt_is_greatest_at_the_threshold_and_none_where_all_is_clear() -> None:
    at, above, sure = (uncertainty([box("normal", score)], THRESHOLDS) for score in (0.4, 0.7, 0.999))
    assert at == pytest.approx(1)
    assert at > above > sure > 0
    assert uncertainty([box("herniation", 0.2)], THRESHOLDS) == pytest.approx(1)
    assert uncertainty([], THRESHOLDS) == uncertainty([box("normal", 0.01)], THRESHOLDS) == 0
    assert uncertainty([box("normal", 1.0)], THRESHOLDS) == 0


def test_every_doubt_adds() -> None:
    doubts = [box("normal", 0.5), box("herniation", 0.3)]
    assert uncertainty(doubts, THRESHOLDS) == pytest.approx(
        sum(uncertainty([item], THRESHOLDS) for item in doubts)
    )


def write(path: Path, *boxes: Box) -> Path:
    write_prelabel(path, Path("images/a.png"), SIZE, boxes, "yolov5n in my-model & co")
    return path


def test_a_pre_label_is_a_voc_file_that_says_which_model_made_it(tmp_path: Path) -> None:
    path = write(tmp_path / "prelabels" / "a.xml", Box("normal", 20, 20, 60, 36), Box("disc", 20, 20, 60, 36))
    voc = read_voc(path, label_set=LUMBAR)
    assert machine_of(path) == "yolov5n in my-model & co"
    assert [(item.label, item.edges) for item in voc.boxes] == [
        ("normal", (20, 20, 60, 36)),
        ("disc", (20, 20, 60, 36)),
    ]
    assert (voc.filename, voc.width, voc.height, voc.warnings) == ("a.png", 200, 300, ())


def test_labelimg_reads_a_pre_label_and_its_own_file_bears_no_mark(tmp_path: Path) -> None:
    from libs.pascal_voc_io import PascalVocReader, PascalVocWriter

    path = write(tmp_path / "a.xml", Box("normal", 20, 20, 60, 36))
    reader = PascalVocReader(str(path))
    assert not reader.verified
    ((label, corners, *_),) = reader.get_shapes()
    writer = PascalVocWriter("images", "a.png", (300, 200, 1), local_img_path="images/a.png")
    (left, top), _, (right, bottom), _ = corners
    writer.add_bnd_box(left, top, right, bottom, label, 0)
    writer.save(str(tmp_path / "saved.xml"))
    assert read_voc(tmp_path / "saved.xml").boxes == read_voc(path).boxes
    assert machine_of(tmp_path / "saved.xml") is None


def test_a_file_that_no_model_made_is_not_replaced(tmp_path: Path) -> None:
    path = write(tmp_path / "a.xml")
    write(path, Box("normal", 20, 20, 60, 36))
    assert len(read_voc(path).boxes) == 1
    path.write_text(path.read_text().replace("machine-made", "by hand"))
    before = path.read_bytes()
    with pytest.raises(BadInputError, match=r"a\.xml: no model made this file, so it is kept"):
        write(path)
    assert path.read_bytes() == before
    assert [item.name for item in tmp_path.iterdir()] == ["a.xml"]


@pytest.mark.parametrize("content", [b"", b"<annotation>", b"<!DOCTYPE a><annotation/>"])
def test_what_cannot_be_read_is_no_model_s(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.xml").write_bytes(content)
    assert machine_of(tmp_path / "a.xml") is None
    assert machine_of(tmp_path / "none.xml") is None


def test_the_queue_has_the_most_uncertain_image_first(tmp_path: Path) -> None:
    items = [Prelabel("a.png", 0.5, ()), Prelabel("c.png", 2, (box("disc", 1),)), Prelabel("b.png", 2, ())]
    queue = tmp_path / "queue.csv"
    assert [item.image for item in write_queue(queue, items)] == ["b.png", "c.png", "a.png"]
    rows = list(csv.DictReader(queue.read_text().splitlines()))
    assert rows[1] == {"image": "c.png", "uncertainty": "2.000", "boxes": "1"}
    images = [Path("images", f"{name}.png") for name in "zacb"]
    assert [image.stem for image in in_queue_order(images, queue)] == ["b", "c", "a", "z"]
    assert in_queue_order(images, tmp_path / "none.csv") == tuple(images)
    queue.write_text("boxes\n3\n")
    with pytest.raises(BadInputError, match=r"queue\.csv: not a queue of pre-labels"):
        in_queue_order(images, queue)


@pytest.fixture
def model(small_benchmark: SmallBenchmark) -> Path:
    return small_benchmark.out / "trials" / "yolov5n-fold0-seed0" / "model"


def test_the_command_prelabels_what_nobody_has_annotated_and_goes_on_at_a_broken_picture(
    model: Path, tmp_path: Path
) -> None:
    cohort = write_cohort(tmp_path / "cohort", patients=5)
    anna = cohort / "annotators" / "anna"
    anna.mkdir(parents=True)
    annotations = {path.stem: path for path in (cohort / "annotations").iterdir()}
    shutil.move(annotations["p1-0"], anna / "p1-0.xml")
    for name in ("p2-0", "p3-0", "p4-0"):
        annotations[name].unlink()
    (cohort / "images" / "p3-0.png").write_bytes(b"no picture")

    done = discern("prelabel", cohort, "--model", model, "--json")
    assert done.returncode == 1
    assert "p3-0.png: not a readable picture" in done.stderr
    assert sorted(item["image"] for item in json.loads(done.stdout)) == ["p2-0.png", "p4-0.png"]
    written = sorted(path.name for path in (cohort / "prelabels").iterdir())
    assert written == ["p2-0.xml", "p4-0.xml", "queue.csv"]
    assert machine_of(cohort / "prelabels" / "p2-0.xml") == "yolov5n in model"
    assert [path.name for path in anna.iterdir()] == ["p1-0.xml"]
    assert "p2-0.png" in {item.name for item in read_cohort(cohort).excluded}

    again = discern("prelabel", cohort, "--model", model, "--annotated-by", "ben")
    assert "4 images pre-labelled, 0 left out" in again.stdout


def test_a_model_of_other_classes_is_refused(model: Path, tmp_path: Path) -> None:
    cohort = write_cohort(tmp_path / "cohort", patients=2)
    (cohort / "classes.txt").write_text("disc\n")
    done = discern("prelabel", cohort, "--model", model)
    assert done.returncode == 1
    assert "detects 'vertebra', the cohort's label set has only disc" in " ".join(done.stderr.split())
    assert not (cohort / "prelabels").exists()
