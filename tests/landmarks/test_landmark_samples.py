"""What a landmark model learns from: patches whose points still mark what they marked in the picture."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from corner_pictures import POINTS, QUICK, STILL, samples

from landmarks.samples import Sample, SampleSet
from landmarks.settings import Augmentation, Settings

MOVING = Augmentation(
    shift=3, scale=0.2, rotation=30, guides=1, mirror=True, gamma=0, contrast=0, brightness=0, noise=0
)
PLACES = ((22.0, 27.0), (37.0, 52.0))
SPOT = Settings(image_size=64, resolution=1.0, batch_size=2, augmentation=MOVING)


def spots(folder: Path) -> Sample:
    """A picture with a bright spot at each of two points, the second one larger."""
    across, down = np.meshgrid(np.arange(60) + 0.5, np.arange(80) + 0.5)
    pixels = np.zeros((80, 60))
    for (x, y), width in zip(PLACES, (1.5, 2.5), strict=True):
        pixels += 255 * np.exp(-((across - x) ** 2 + (down - y) ** 2) / (2 * width**2))
    cv2.imwrite(str(folder / "spots.png"), np.clip(pixels, 0, 255).astype(np.uint8))
    return Sample(folder / "spots.png", (1.0, 1.0), ((30.0, 40.0),), PLACES, "p0")


def test_points_stay_on_what_they_mark(tmp_path: Path) -> None:
    set_of_one = SampleSet([spots(tmp_path)], SPOT)
    mirrored = []
    for epoch in range(20):
        (batch,) = set_of_one.epoch(epoch)
        for x, y in batch.points[0]:
            gray = batch.images[0, 0]
            assert gray[int(y), int(x)] > 0.8 * gray[int(y) - 2 : int(y) + 3, int(x) - 2 : int(x) + 3].max()
        mirrored.append(bool(batch.points[0, 0, 0] > batch.points[0, 1, 0]))
    assert {True, False} == set(mirrored)


def test_an_epoch_is_drawn_by_its_number_alone(tmp_path: Path) -> None:
    training = SampleSet(samples(tmp_path, range(5)), replace(QUICK, batch_size=2))
    assert training.batches_per_epoch() == 2
    first, again, other = (list(training.epoch(number)) for number in (0, 0, 1))
    assert [len(batch.images) for batch in first] == [3, 2]
    for one, same in zip(first, again, strict=True):
        assert np.array_equal(one.images, same.images)
        assert np.array_equal(one.points, same.points)
    assert not np.array_equal(first[0].points, other[0].points)


def test_still_patches_are_those_of_reading(tmp_path: Path) -> None:
    (sample,) = samples(tmp_path, range(1))
    (batch,) = SampleSet([sample], replace(QUICK, augmentation=STILL)).epoch(3)
    assert batch.images.shape == (1, 1, 32, 32)
    assert batch.points.shape == (1, len(POINTS), 2)
    assert batch.points.dtype == np.float32
    # The bodies stand above each other, in front and behind alike.
    anterior_above, posterior_above, anterior_below, _ = batch.points[0]
    assert posterior_above[0] - anterior_above[0] == pytest.approx(22 / 1.5, abs=0.1)
    assert anterior_below[1] - anterior_above[1] == pytest.approx(7 / 1.5, abs=0.1)
    assert anterior_above[1] == pytest.approx(posterior_above[1], abs=0.1)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"image_size": 24}, "image_size is 24; give a multiple of 8 from 32 up"),
        ({"image_size": 36}, "image_size is 36"),
        ({"epochs": -1}, "epochs is -1; give 0 at least"),
        ({"batch_size": 1}, "batch_size is 1; give 2 at least"),
        ({"inner_folds": 1}, "inner_folds is 1; give 2 at least"),
        ({"warmup": 1.0}, "warmup is 1.0"),
        ({"ema_decay": 1.0}, "ema_decay is 1.0"),
        ({"weight_decay": -1.0}, "weight_decay is -1.0"),
        ({"learning_rate": 0.0}, "learning_rate is 0.0; give more than 0"),
        ({"resolution": float("nan")}, "resolution is nan; give more than 0"),
    ],
)
def test_settings_that_cannot_be_are_refused(wrong: dict[str, float], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        replace(QUICK, **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wrong", [{"shift": 21.0}, {"rotation": -1.0}, {"guides": 11.0}, {"noise": float("nan")}]
)
def test_augmentation_beyond_reason_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=f"augmentation {next(iter(wrong))} is "):
        replace(STILL, **wrong)  # type: ignore[arg-type]
