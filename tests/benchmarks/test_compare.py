"""Finished benchmarks of one cohort in one view, and their differences."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from command import SmallBenchmark, discern
from scenery import write_cohort

from annotation.labels import named_label_set
from annotation.views import named_view
from benchmarks.compare import compare, in_view
from benchmarks.runner import BenchmarkFolder, Run, prepare
from benchmarks.trial import read_predictions, write_predictions
from detectors.detections import Detections
from errors import BadInputError

LABELS = named_label_set("lumbar")
DIAGNOSIS, WITH_BULGE = named_view("diagnosis", LABELS), named_view("diagnosis+bulge", LABELS)


@pytest.fixture
def blinded(small_benchmark: SmallBenchmark, tmp_path: Path) -> Path:
    """The small benchmark as if its detector had never seen a disc."""
    folder = Path(shutil.copytree(small_benchmark.out, tmp_path / "blinded"))
    for path in folder.glob("trials/*/predictions.npz"):
        found = {
            name: Detections(*(part[item.labels == 0] for part in (item.boxes, item.scores, item.labels)))
            for name, item in read_predictions(path).items()
        }
        write_predictions(path, list(found), list(found.values()))
    return folder


def test_a_difference_is_that_of_the_two_benchmarks(small_benchmark: SmallBenchmark, blinded: Path) -> None:
    comparison = compare([small_benchmark.out, blinded], "anatomy", resamples=200)
    (difference,) = comparison.differences
    whole, half = comparison.contenders
    own = json.loads((small_benchmark.out / "results.json").read_text())["detectors"][0]
    assert whole.map50.estimate == pytest.approx(own["map50"]["estimate"])
    assert (whole.name, half.name) == ("out: yolov5n", "blinded: yolov5n")
    assert (difference.first, difference.second) == (half.name, whole.name)
    vertebra, disc = difference.ap50
    assert (vertebra.estimate, vertebra.low, vertebra.high) == (0, 0, 0)
    assert disc.estimate == pytest.approx(half.ap50[1].estimate - whole.ap50[1].estimate)
    assert disc.low <= disc.estimate <= disc.high
    assert comparison.same_folds
    assert (comparison.images, comparison.patients) == (16, 8)


def test_the_command_prints_it(small_benchmark: SmallBenchmark, blinded: Path) -> None:
    shown = discern("compare-benchmarks", small_benchmark.out, blinded, "--view", "anatomy")
    assert shown.returncode == 0, shown.stderr
    assert "blinded: yolov5n − out: yolov5n" in shown.stdout
    written = discern("compare-benchmarks", small_benchmark.out, blinded, "--view", "anatomy", "--json")
    assert json.loads(written.stdout)["contenders"][1]["name"] == "blinded: yolov5n"


def test_other_images_are_refused(small_benchmark: SmallBenchmark, tmp_path: Path) -> None:
    data = write_cohort(tmp_path / "others", patients=4)
    prepare(
        Run(str(small_benchmark.protocol), str(data), False, None, 1), BenchmarkFolder(tmp_path / "other")
    )
    with pytest.raises(
        BadInputError, match=r"other: its images or boxes are not those of .*; compare one cohort"
    ):
        compare([small_benchmark.out, tmp_path / "other"], "anatomy")


def test_a_view_that_was_not_trained_is_refused(small_benchmark: SmallBenchmark) -> None:
    with pytest.raises(BadInputError, match="was not trained to find normal; compare in another --view"):
        compare([small_benchmark.out], "diagnosis")


def test_classes_that_the_view_merges_become_one_finding() -> None:
    found = Detections(
        np.array([[0, 0, 40, 20], [0, 0, 40, 21], [0, 50, 40, 70], [0, 0, 50, 30]], np.float32),
        np.array([0.4, 0.7, 0.3, 0.9], np.float32),
        np.array(
            [WITH_BULGE.names.index(name) for name in ("bulge", "herniation", "bulge", "spondylolisthesis")]
        ),
    )
    seen = in_view(found, WITH_BULGE, DIAGNOSIS, Path("out"))
    order = np.argsort(-seen.scores)
    assert [DIAGNOSIS.names[label] for label in seen.labels[order]] == [
        "spondylolisthesis",
        "herniation",
        "herniation",
    ]
    assert seen.boxes[order].tolist() == [[0, 0, 50, 30], [0, 0, 40, 21], [0, 50, 40, 70]]
    with pytest.raises(BadInputError, match="out: was not trained to find bulge"):
        in_view(found, DIAGNOSIS, WITH_BULGE, Path("out"))
