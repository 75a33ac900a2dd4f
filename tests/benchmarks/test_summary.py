"""From trials to results: pooling, folds, seeds, differences, and the results file."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from trials import CLASSES, FAILURE, made_up_results, made_up_trials

from benchmarks.precision import coco_ap, mean_ap, voc_ap
from benchmarks.results import read_results, write_results
from benchmarks.scoring import match
from benchmarks.summary import summarise
from errors import BadInputError


def test_pooled_over_folds_and_averaged_over_seeds() -> None:
    trials, ground_truth = made_up_trials()
    results = summarise("", trials, [], ground_truth, CLASSES, [], resamples=20)
    tables = []
    for seed in (0, 1):
        pooled = {}
        for trial in trials:
            if (trial.detector, trial.seed) == ("ppyolov2-r18", seed):
                pooled |= trial.detections
        tables.append(match(ground_truth, pooled, CLASSES))
    result = results.detectors[1]
    assert (result.detector, result.seeds, result.folds, result.images) == ("ppyolov2-r18", (0, 1), 3, 30)
    assert result.map50.estimate == pytest.approx(np.mean([mean_ap(voc_ap(table)) for table in tables]))
    assert result.coco_map == pytest.approx(np.mean([mean_ap(coco_ap(table)) for table in tables]))
    assert sum(map(sum, result.confusion[:3])) == 2 * sum(len(item.labels) for item in ground_truth)


def test_folds_are_averaged_over_seeds_before_their_spread() -> None:
    trials, ground_truth = made_up_trials(detectors=("yolov5n", "ppyolov2-r18"))
    results = summarise("", trials, [], ground_truth, CLASSES, [], resamples=5)
    scores = [score for score in results.trials if score.detector == "ppyolov2-r18"]
    folds = [np.mean([score.map50 for score in scores if score.fold == fold]) for fold in range(3)]
    assert results.detectors[1].fold_mean == pytest.approx(np.mean(folds))
    assert results.detectors[1].fold_sd == pytest.approx(np.std(folds, ddof=1))


def test_difference_is_later_minus_earlier_on_the_same_draws() -> None:
    trials, ground_truth = made_up_trials()
    results = summarise("", trials, [], ground_truth, CLASSES, [], resamples=200)
    better, worse = results.detectors
    (difference,) = results.differences
    assert (difference.first, difference.second) == ("ppyolov2-r18", "yolov5n")
    assert (difference.seeds, difference.images) == (2, 30)
    assert difference.map50.estimate == pytest.approx(worse.map50.estimate - better.map50.estimate)
    assert difference.map50.estimate < 0
    assert difference.map50.low <= difference.map50.estimate <= difference.map50.high


def test_start_weights_have_their_own_row_and_no_differences() -> None:
    results = made_up_results()
    assert [item.name for item in results.detectors] == [
        "yolov5n",
        "ppyolov2-r18",
        "yolov5n, start weights untouched",
    ]
    assert len(results.differences) == 1


def test_detector_with_a_failed_fold_is_compared_on_what_it_has() -> None:
    trials, ground_truth = made_up_trials()
    kept = [trial for trial in trials if (trial.detector, trial.fold, trial.seed) != ("yolov5n", 2, 1)]
    results = summarise("", kept, [FAILURE], ground_truth, CLASSES, [], resamples=20)
    assert [item.images for item in results.detectors] == [20, 30]
    assert results.differences[0].images == 20
    assert results.failures == (FAILURE,)
    assert np.isfinite(results.differences[0].map50.low)


def test_overlapping_folds_are_refused() -> None:
    trials, ground_truth = made_up_trials()
    again = replace(trials[0], fold=7)
    with pytest.raises(ValueError, match="in two folds of seed 0"):
        summarise("", [*trials, again], [], ground_truth, CLASSES, [], resamples=5)


def test_classes_are_counted_where_they_are_annotated() -> None:
    trials, ground_truth = made_up_trials()
    hidden = replace(ground_truth[0], annotated=np.array([True, False, True]))
    results = summarise("", trials, [], [hidden, *ground_truth[1:]], CLASSES, [], resamples=5)
    boxes = sum(int((item.labels == 1).sum()) for item in ground_truth[1:])
    assert (results.classes[1].images, results.classes[1].boxes) == (29, boxes)
    assert results.classes[0].images == 30


def test_results_file_comes_back_the_same(tmp_path: Path) -> None:
    trials, ground_truth = made_up_trials()
    lacking = [replace(item, labels=np.minimum(item.labels, 1)) for item in ground_truth]
    results = summarise("", trials, [FAILURE], lacking, CLASSES, [("view", "x")], resamples=20)
    assert np.isnan(results.detectors[0].classes[2].ap50.estimate)
    first, second = tmp_path / "results.json", tmp_path / "again.json"
    write_results(results, first)
    write_results(read_results(first), second)
    assert first.read_bytes() == second.read_bytes()
    assert "NaN" not in first.read_text()
    assert read_results(first).failures == (FAILURE,)


def test_only_the_timing_differs_from_run_to_run(tmp_path: Path) -> None:
    trials, ground_truth = made_up_trials()
    slower = [replace(item, train_seconds=500.0, milliseconds_an_image=99.0) for item in trials]
    contents = []
    for run in (trials, slower):
        write_results(summarise("", run, [], ground_truth, CLASSES, [], resamples=20), tmp_path / "r.json")
        contents.append(json.loads((tmp_path / "r.json").read_text()))
    assert contents[0].pop("timing") != contents[1].pop("timing")
    assert contents[0] == contents[1]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"title": 1}', "null"])
def test_broken_results_are_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "results.json").write_text(text)
    with pytest.raises(BadInputError, match="not a benchmark's results"):
        read_results(tmp_path / "results.json")
    with pytest.raises(BadInputError, match="run the benchmark first"):
        read_results(tmp_path / "none.json")
