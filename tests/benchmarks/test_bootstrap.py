"""Resampling patients: the same as copying their images, paired, defined without a class."""

import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import Scene, found, random_scene, truth

from benchmarks.bootstrap import Interval, draw_patients, percentile_interval, resampled_ap
from benchmarks.precision import voc_ap
from benchmarks.scoring import match

CLASSES = ("normal", "herniation", "spondylolisthesis")
BOX = [10, 10, 40, 30]


def with_copies(scene: Scene, copies: dict[str, int]) -> Scene:
    """The scene with each patient's images as often as drawn."""
    ground_truth, detections = scene
    drawn, again = [], {}
    for item in ground_truth:
        for copy in range(copies[item.patient]):
            name = f"{item.image}-{copy}"
            drawn.append(replace(item, image=name))
            again[name] = detections[item.image]
    return drawn, again


@given(st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_weights_do_what_copies_do(seed: int) -> None:
    scene = random_scene(seed)
    table = match(*scene, CLASSES)
    draws = draw_patients(table.patients, 3, seed)
    resampled = resampled_ap([table], draws)
    for drawn, ap in zip(draws.weights, resampled.resamples, strict=True):
        copies = {name: int(times) for name, times in zip(table.patients, drawn, strict=True)}
        assert ap == pytest.approx(voc_ap(match(*with_copies(scene, copies), CLASSES)), nan_ok=True)


def test_draws_are_of_patients_and_repeat_by_seed() -> None:
    draws = draw_patients("abcdefg", 50, seed=3)
    assert (draws.weights.sum(axis=1) == 7).all()
    assert np.array_equal(draws.weights, draw_patients("abcdefg", 50, seed=3).weights)
    assert np.array_equal(draws.of("ca"), draws.weights[:, [2, 0]])


def test_resample_without_a_class_leaves_it_out() -> None:
    images = [truth([BOX], [0], f"image-{i}", f"patient-{i}") for i in range(5)]
    images.append(truth([BOX], [1], "rare", "patient-rare"))
    detections = {item.image: found([BOX], [0.9], item.labels) for item in images}
    detections["rare"] = found([], [], [])
    table = match(images, detections, CLASSES)
    resampled = resampled_ap([table], draw_patients(table.patients, 400, seed=0))
    without = resampled.resamples_without(1)
    assert 0 < without < 400
    assert resampled.resamples_without(2) == 400
    assert resampled.mean().estimate == pytest.approx(0.5)
    assert resampled.mean().high == pytest.approx(1)
    assert np.isnan(resampled.of_class(2).low)


def resampled_of(scene: Scene) -> Interval:
    ground_truth = [replace(item, patient=item.image) for item in scene[0]]
    table = match(ground_truth, scene[1], CLASSES)
    return resampled_ap([table], draw_patients(table.patients, 200, seed=0)).mean()


def test_interval_covers_the_estimate_and_narrows_with_patients() -> None:
    few, many = (resampled_of(random_scene(8, images=count, ties=False)) for count in (20, 400))
    assert few.low <= few.estimate <= few.high
    assert many.high - many.low < few.high - few.low


def test_paired_difference_of_equal_detectors_is_nothing() -> None:
    table = match(*random_scene(2), CLASSES)
    ap = resampled_ap([table, table], draw_patients(table.patients, 100, seed=0))
    difference = ap.minus(ap).mean()
    assert (difference.estimate, difference.low, difference.high) == (0, 0, 0)


def far_first(count: int) -> np.ndarray:
    """Moves the first box far away."""
    return np.where(np.arange(count)[:, None] == 0, 500, 0).astype(np.float32)


def test_paired_difference_is_narrower_than_unpaired() -> None:
    ground_truth, detections = random_scene(3, images=60)
    ground_truth = [replace(item, patient=item.image) for item in ground_truth]
    worse = {
        name: replace(item, boxes=item.boxes + far_first(len(item))) for name, item in detections.items()
    }
    tables = [match(ground_truth, given, CLASSES) for given in (detections, worse)]
    draws = draw_patients(tables[0].patients, 300, seed=0)
    first, second = (resampled_ap([table], draws) for table in tables)
    paired = first.minus(second).mean()
    shuffled = percentile_interval(0, np.roll(first.resamples, 1, 0).mean(1) - second.resamples.mean(1))
    assert paired.estimate > 0
    assert paired.high - paired.low < shuffled.high - shuffled.low


def test_seeds_of_different_images_are_refused() -> None:
    ground_truth, detections = random_scene(2)
    tables = [match(part, detections, CLASSES) for part in (ground_truth, ground_truth[1:])]
    with pytest.raises(ValueError, match="same images"):
        resampled_ap(tables, draw_patients(tables[0].patients, 10, seed=0))


def test_thousand_resamples_of_two_thousand_images_in_thirty_seconds() -> None:
    ground_truth, detections = random_scene(0, images=2000)
    ground_truth = [replace(item, patient=f"patient-{index // 3}") for index, item in enumerate(ground_truth)]
    began = time.process_time()
    table = match(ground_truth, detections, CLASSES)
    resampled = resampled_ap([table], draw_patients(table.patients, 1000, seed=0))
    assert time.process_time() - began < 30
    assert resampled.resamples.shape == (1000, 3)
