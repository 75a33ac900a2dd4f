from pathlib import Path

import numpy as np
import pytest
from command import SmallBenchmark
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scenery import write_cohort

from annotation.views import named_view
from benchmarks.trial import (
    Source,
    Trial,
    predict_images,
    read_predictions,
    write_predictions,
)
from benchmarks.truth import training_images
from data.folder import read_cohort
from detectors.detections import Detections
from detectors.presets import preset
from errors import BadInputError

floats = st.floats(0, 1000, width=32)
detections = st.integers(0, 5).flatmap(
    lambda count: st.builds(
        Detections,
        arrays.arrays(np.float32, (count, 4), elements=floats),
        arrays.arrays(np.float32, count, elements=st.floats(0, 1, width=32)),
        arrays.arrays(np.int64, count, elements=st.integers(0, 5)),
    )
)


@given(st.dictionaries(st.text("abcé腰 .", min_size=1), detections, max_size=6))
def test_predictions_are_written_and_read_back(
    tmp_path_factory: pytest.TempPathFactory, found: dict[str, Detections]
) -> None:
    path = tmp_path_factory.mktemp("predictions") / "predictions.npz"
    write_predictions(path, list(found), list(found.values()))
    read = read_predictions(path)
    assert list(read) == list(found)
    for name, item in found.items():
        for part in ("boxes", "scores", "labels"):
            assert getattr(read[name], part).dtype == getattr(item, part).dtype
            assert np.array_equal(getattr(read[name], part), getattr(item, part))


def test_predictions_are_equal_bytes_for_equal_detections(tmp_path: Path) -> None:
    for name in ("one.npz", "two.npz"):
        write_predictions(tmp_path / name, ["a"], [Detections.none()])
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_training_images_have_the_views_boxes_and_what_was_annotated(tmp_path: Path) -> None:
    folder = write_cohort(tmp_path / "cohort", patients=2)
    (folder / "images.csv").write_text("image,patient,annotated\np0-0.png,p0,disc\np1-0.png,p1,\n")
    cohort = read_cohort(folder)
    first, second = training_images(cohort, named_view("anatomy", cohort.label_set))
    assert (first.annotated.tolist(), second.annotated.tolist()) == ([False, True], [True, True])
    for made, image in ((first, cohort.images[0]), (second, cohort.images[1])):
        assert sorted(map(tuple, made.boxes.tolist())) == sorted(box.edges for box in image.boxes)
        assert len(made.labels) == len(made.boxes)


def test_a_cohort_is_predicted_image_by_image(small_benchmark: SmallBenchmark, tmp_path: Path) -> None:
    cohort = read_cohort(small_benchmark.data)
    trial = small_benchmark.out / "trials" / "yolov5n-fold0-seed0"
    assert predict_images(trial / "model", cohort, 1, tmp_path) > 0
    everything = read_predictions(tmp_path / "predictions.npz")
    assert list(everything) == [image.name for image in cohort.images]
    for name, found in read_predictions(trial / "predictions.npz").items():
        assert np.array_equal(everything[name].boxes, found.boxes)
        assert np.array_equal(everything[name].scores, found.scores)


def test_trials_are_named_by_detector_fold_and_seed() -> None:
    settings = preset("quick", "yolov5n")
    assert Trial("yolov5n", 2, 1, settings, (), ()).name == "yolov5n-fold2-seed1"
    assert Trial("yolov5n", None, 1, settings, (), ()).name == "yolov5n-refit-seed1"


def test_a_source_with_an_unknown_view_is_an_error_that_names_the_others(
    small_benchmark: SmallBenchmark,
) -> None:
    with pytest.raises(BadInputError, match=r"anatomi: no such view.*anatomy"):
        Source(small_benchmark.data, None, None, "anatomi").read()
