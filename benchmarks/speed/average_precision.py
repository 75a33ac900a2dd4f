"""Average precision of 5,000 images, beside pycocotools."""

import contextlib
import io
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.precision import coco_ap
from benchmarks.scoring import ScoredImage, match
from benchmarks.speed.goal import Outcome, Setting, Target, largest_difference, outcome, seconds_of
from benchmarks.speed.scene import CLASSES, DETECTIONS, IMAGES, scored_scene
from detectors.detections import Detections

TARGET = Target("speed-up", 5)
_SAME = 1e-6


def measure(setting: Setting) -> list[Outcome]:
    """COCO's AP@[.5:.95] of each class, from boxes in memory. ValueError where the two do not agree."""
    images = setting.count(IMAGES, least=2)
    truths, found = scored_scene(images)
    reference = reference_ap(truths, found)

    def ours() -> NDArray[np.float64]:
        return coco_ap(match(truths, found, CLASSES))

    difference = largest_difference(ours(), reference())
    if difference > _SAME:
        raise ValueError(f"average precision differs from pycocotools' by {difference:g}")
    seconds = seconds_of([ours, reference], setting.rounds, setting.tell)
    return [
        outcome(
            "average-precision",
            f"AP@[.5:.95] of {images:,} images × {DETECTIONS} detections",
            "pycocotools",
            seconds[0],
            seconds[1],
            TARGET,
            note=f"the same numbers, to {difference:.0e}; pycocotools without its sizes small, medium, large",
        )
    ]


def reference_ap(
    truths: Sequence[ScoredImage], found: Mapping[str, Detections]
) -> Callable[[], NDArray[np.float64]]:
    """What computes the AP of each class by pycocotools, from the dictionaries that it wants, made here."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    annotations: list[dict[str, object]] = []
    results: list[dict[str, object]] = []
    for number, item in enumerate(truths):
        for box, label in zip(item.boxes.tolist(), item.labels.tolist(), strict=True):
            _, _, width, height = size = _corner_and_size(box)
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": number,
                    "category_id": label,
                    "bbox": size,
                    "area": width * height,
                    "iscrowd": 0,
                }
            )
        here = found[item.image]
        for box, score, label in zip(*(column.tolist() for column in _columns(here)), strict=True):
            results.append(
                {"image_id": number, "category_id": label, "bbox": _corner_and_size(box), "score": score}
            )
    dataset = {
        "info": {},
        "images": [{"id": number} for number in range(len(truths))],
        "categories": [{"id": label, "name": name} for label, name in enumerate(CLASSES)],
        "annotations": annotations,
    }

    def compute() -> NDArray[np.float64]:
        with contextlib.redirect_stdout(io.StringIO()):
            ground_truth = COCO()
            ground_truth.dataset = dataset
            ground_truth.createIndex()
            evaluation = COCOeval(ground_truth, ground_truth.loadRes(results), "bbox")
            evaluation.params.areaRng, evaluation.params.areaRngLbl = [[0, 1e10]], ["all"]
            evaluation.params.maxDets = [100]
            evaluation.evaluate()
            evaluation.accumulate()
        precision = evaluation.eval["precision"][:, :, :, 0, 0]  # (ious, recalls, classes)
        return np.where(precision[0, 0] < 0, np.nan, precision.mean(axis=(0, 1)))

    return compute


def _columns(found: Detections) -> tuple[NDArray[np.generic], ...]:
    return found.boxes, found.scores, found.labels


def _corner_and_size(box: Sequence[float]) -> list[float]:
    xmin, ymin, xmax, ymax = box
    return [xmin, ymin, xmax - xmin, ymax - ymin]
