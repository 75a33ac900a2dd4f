"""Average precision against three oracles: pycocotools, a published number, a slow definition."""

import contextlib
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from scenes import Scene, found, random_scene, scenes, truth

from annotation.boxes import pairwise_iou
from benchmarks.precision import (
    best_f1,
    coco_ap,
    mean_ap,
    operating_point,
    precision_at_recalls,
    ranking,
    voc_ap,
)
from benchmarks.scoring import match

CLASSES = ("normal", "herniation", "spondylolisthesis")
BOX, OTHER, THIRD = [10, 10, 40, 30], [60, 60, 90, 80], [100, 10, 130, 40]


def pycocotools_ap(scene: Scene) -> list[float]:
    """COCO AP@[.5:.95] of each class by the reference implementation."""
    ground_truth, detections = scene
    annotations, results = [], []
    for index, item in enumerate(ground_truth):
        for box, label in zip(item.boxes.tolist(), item.labels.tolist(), strict=True):
            size = [box[2] - box[0], box[3] - box[1]]
            annotations.append(
                dict(id=len(annotations) + 1, image_id=index, category_id=label, bbox=[*box[:2], *size],
                     area=size[0] * size[1], iscrowd=0)
            )  # fmt: skip
        given_boxes = detections[item.image]
        for box, score, label in zip(
            given_boxes.boxes.tolist(), given_boxes.scores.tolist(), given_boxes.labels.tolist(), strict=True
        ):
            bbox = [*box[:2], box[2] - box[0], box[3] - box[1]]
            results.append(dict(image_id=index, category_id=label, bbox=bbox, score=score))
    with contextlib.redirect_stdout(io.StringIO()):
        reference = COCO()
        reference.dataset = dict(
            info={},
            images=[dict(id=index) for index in range(len(ground_truth))],
            categories=[dict(id=label, name=name) for label, name in enumerate(CLASSES)],
            annotations=annotations,
        )
        reference.createIndex()
        if not results:
            return [0.0 if any(a["category_id"] == c for a in annotations) else np.nan for c in range(3)]
        evaluation = COCOeval(reference, reference.loadRes(results), "bbox")
        evaluation.params.maxDets = [1, 10, 1000]
        evaluation.evaluate()
        evaluation.accumulate()
    precision = evaluation.eval["precision"][:, :, :, 0, -1]
    return [
        np.nan if (precision[:, :, k] < 0).all() else precision[:, :, k].mean() for k in range(len(CLASSES))
    ]


@given(scenes)
@settings(max_examples=40, deadline=None)
def test_coco_ap_is_that_of_pycocotools(scene: Scene) -> None:
    ours = coco_ap(match(*scene, CLASSES))
    assert ours == pytest.approx(pycocotools_ap(scene), abs=1e-6, nan_ok=True)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_coco_ap_is_that_of_pycocotools_on_larger_scenes(seed: int) -> None:
    scene = random_scene(seed, images=80)
    assert coco_ap(match(*scene, CLASSES)) == pytest.approx(pycocotools_ap(scene), abs=1e-6)


def test_voc_ap_is_the_published_one(shared: Path) -> None:
    """Test case 1 of review_object_detection_metrics: every-point AP at IoU 0.3 is .2456866804.

    The published number reads corners as inclusive pixels, as Pascal VOC's devkit does: a box from 5
    to 36 covers 32 pixels. Ours are edges, so the same boxes end one pixel further.
    """

    def corners(path: Path, skip: int) -> tuple[np.ndarray, np.ndarray]:
        values = np.array([line.split()[1:] for line in path.read_text().splitlines() if line], float)
        x, y, width, height = values[:, skip:].T
        return np.stack([x, y, x + width + 1, y + height + 1], axis=1), values[:, 0]

    ground_truth, detections = [], {}
    for path in sorted((shared / "golden/voc-ap/gts").iterdir()):
        boxes, _ = corners(path, 0)
        ground_truth.append(truth(boxes, [0] * len(boxes), path.stem, path.stem, [True]))
        boxes, scores = corners(shared / "golden/voc-ap/dets" / path.name, 1)
        detections[path.stem] = found(boxes, scores, [0] * len(boxes))
    table = match(ground_truth, detections, ("object",), ious=(0.3,))
    assert voc_ap(table, iou=0.3)[0] == pytest.approx(0.2456866804, abs=1e-6)


def slow_voc_ap(scene: Scene, label: int, iou: float) -> float:
    """The definition, spelled out: rank all, match greedily, sum precision over recall steps."""
    ground_truth, detections = scene
    ranked = sorted(
        (-score, index, row)
        for index, item in enumerate(ground_truth)
        for row, score in enumerate(detections[item.image].scores)
        if detections[item.image].labels[row] == label
    )
    free = {
        (i, j)
        for i, item in enumerate(ground_truth)
        for j in range(len(item.labels))
        if item.labels[j] == label
    }
    total, hits = len(free), []
    if not total:
        return np.nan
    for _, index, row in ranked:
        item = ground_truth[index]
        overlaps = (
            pairwise_iou(detections[item.image].boxes[row : row + 1], item.boxes)[0]
            if len(item.boxes)
            else []
        )
        partners = [(overlaps[j], j) for i, j in free if i == index and overlaps[j] >= iou]
        hits.append(bool(partners))
        if partners:
            free.remove((index, max(partners)[1]))
    precisions = [sum(hits[: rank + 1]) / (rank + 1) for rank in range(len(hits))]
    return sum(max(precisions[rank:]) for rank in range(len(hits)) if hits[rank]) / total


@given(scenes)
@settings(max_examples=40, deadline=None)
def test_voc_ap_is_its_definition(scene: Scene) -> None:
    table = match(*scene, CLASSES)
    for iou in (0.5, 0.75):
        expected = [slow_voc_ap(scene, label, iou) for label in range(len(CLASSES))]
        assert voc_ap(table, iou) == pytest.approx(expected, abs=1e-9, nan_ok=True)


def test_mean_ap_leaves_out_classes_without_truth() -> None:
    assert mean_ap(np.array([0.5, np.nan, 1.0])) == pytest.approx(0.75)
    assert np.isnan(mean_ap(np.array([np.nan, np.nan])))


def test_iou_that_was_not_matched_is_refused() -> None:
    table = match(*random_scene(1), CLASSES)
    with pytest.raises(ValueError, match=r"not at 0\.3"):
        voc_ap(table, iou=0.3)


def test_operating_points() -> None:
    image = truth([BOX, OTHER, THIRD], [0, 0, 0])
    table = match([image], {"a": found([BOX, [0, 90, 9, 99], OTHER], [0.9, 0.8, 0.7], [0, 0, 0])}, CLASSES)
    ranked = ranking(table, 0)
    at = operating_point(ranked, 0.9)
    assert (at.sensitivity, at.precision) == pytest.approx((1 / 3, 1))
    best = best_f1(ranked)
    assert best is not None
    assert best.threshold == pytest.approx(0.7)
    assert (best.sensitivity, best.precision, best.f1) == pytest.approx((2 / 3, 2 / 3, 2 / 3))
    assert best_f1(ranking(table, 1)) is None
    assert np.isnan(operating_point(ranking(table, 1), 0.5).sensitivity)


def test_best_threshold_does_not_part_equal_scores() -> None:
    image = truth([BOX, OTHER], [0, 0])
    table = match([image], {"a": found([BOX, [0, 90, 9, 99]], [0.5, 0.5], [0, 0])}, CLASSES)
    best = best_f1(ranking(table, 0))
    assert best is not None and best.precision == pytest.approx(0.5)


def test_curve_falls_and_ends_at_the_recall_reached() -> None:
    table = match([truth([BOX, OTHER], [0, 0])], {"a": found([BOX], [0.9], [0])}, CLASSES)
    curve = precision_at_recalls(ranking(table, 0))
    assert curve[50] == 1 and curve[51] == 0
    assert (np.diff(curve) <= 0).all()
