"""Training: a network learns where points lie, and how far off it may be."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from corner_pictures import CLEAR, NOISY, POINTS, QUICK, SPACING, STILL, Trained, samples, scene
from numpy.typing import NDArray

from errors import BadInputError
from landmarks.fitting import fit
from landmarks.patch import in_mm
from landmarks.runtime import load
from landmarks.samples import Sample

UNSEEN = range(1000, 1040)


def found(folder: Path, noise: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(n, 4, 2) errors and their expected deviations in mm, on pictures that were not trained on."""
    model = load(folder)
    errors, deviations = [], []
    for seed in UNSEEN:
        drawn = scene(seed, noise)
        (said,) = model.find(drawn.pixels, SPACING, [drawn.guides])
        errors.append(said.mm - in_mm(drawn.points, SPACING))
        deviations.append(np.sqrt(np.diagonal(said.covariances, axis1=1, axis2=2)))
    return np.array(errors), np.array(deviations)


@pytest.mark.slow
@pytest.mark.parametrize("noise", [CLEAR, NOISY])
def test_points_are_found_to_a_third_of_a_patch_pixel(trained: Trained, noise: float) -> None:
    errors, _ = found(trained.folder, noise)
    lengths = np.linalg.norm(errors, axis=-1)
    assert lengths.mean() < QUICK.resolution / 3
    assert lengths.max() < QUICK.resolution


@pytest.mark.slow
def test_deviations_are_of_the_size_of_the_errors(trained: Trained) -> None:
    clear, noisy = (found(trained.folder, noise) for noise in (CLEAR, NOISY))
    errors, deviations = (np.concatenate(pair) for pair in zip(clear, noisy, strict=True))
    assert 0.2 < np.sqrt(np.mean((errors / deviations) ** 2)) < 1.5
    assert np.mean(np.abs(errors) < 3 * deviations) > 0.95


def test_the_same_seed_gives_the_same_bits_and_another_others(tmp_path: Path) -> None:
    training = samples(tmp_path, range(6))
    settings = replace(QUICK, epochs=2)
    first, again = (fit(training, settings).weights() for _ in range(2))
    assert all(np.array_equal(first[name], again[name]) for name in first)
    other = fit(training, replace(settings, seed=1)).weights()
    assert not all(np.array_equal(first[name], other[name]) for name in first)


def test_one_picture_is_learnt_by_heart(tmp_path: Path) -> None:
    told: list[tuple[int, float]] = []
    settings = replace(QUICK, epochs=30, batch_size=2, augmentation=STILL)
    fit(samples(tmp_path, range(2)), settings, lambda epoch, loss: told.append((epoch, loss)))
    assert [epoch for epoch, _ in told] == list(range(1, 31))
    assert told[-1][1] < told[0][1] / 4


def test_no_epochs_leave_the_weights_as_they_were_drawn(tmp_path: Path) -> None:
    training = samples(tmp_path, range(2))
    untrained = fit(training, replace(QUICK, epochs=0)).weights()
    trained = fit(training, replace(QUICK, epochs=1)).weights()
    assert untrained.keys() == trained.keys()
    assert not all(np.array_equal(untrained[name], trained[name]) for name in trained)


def test_no_samples_cannot_be_learnt_from() -> None:
    with pytest.raises(ValueError, match="no marked place to learn from"):
        fit([], QUICK)


def test_samples_with_different_points_cannot_be_learnt_together(tmp_path: Path) -> None:
    first, second = samples(tmp_path, range(2))
    for other in (
        replace(second, points=second.points[: len(POINTS) - 1]),
        replace(second, guides=second.guides[:1]),
    ):
        with pytest.raises(ValueError, match="samples with different points"):
            fit([first, other], QUICK)


def test_a_picture_that_is_not_there_is_named(tmp_path: Path) -> None:
    sample = Sample(tmp_path / "nowhere.png", SPACING, ((9, 9),), ((9, 9),), "p0")
    with pytest.raises(BadInputError, match=r"^[^\n]*nowhere\.png: [^\n]*$"):
        fit([sample], QUICK)


def test_a_loss_that_is_not_finite_says_so(tmp_path: Path) -> None:
    (sample,) = samples(tmp_path, range(1))
    endless = replace(sample, points=((float("inf"), 0.0), *sample.points[1:]))
    with pytest.raises(FloatingPointError, match="in epoch 1; lower the learning rate"):
        fit([endless], QUICK)
