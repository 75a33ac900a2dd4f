from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from marks import CATEGORIES, CLASSES, QUICK, STILL, Trained, picture, samples

from classifiers.fitting import class_weights, fit
from classifiers.network import Network
from classifiers.runtime import load
from classifiers.samples import Sample, SampleSet
from classifiers.settings import Settings
from imaging.windowing import Window


def _logits(network: Network, made: Sequence[Sample], settings: Settings = QUICK) -> np.ndarray:
    categories = 0 if made[0].category is None else len(CATEGORIES)
    batches = SampleSet(made, categories, settings).plain()
    return np.concatenate([network.outputs(batch.images, batch.categories)[0] for batch in batches])


def _even(path: Path, gray: int) -> Path:
    cv2.imwrite(str(path), np.full((32, 32), gray, np.uint8))
    return path


def test_it_learns_and_generalises_to_patients_it_did_not_see(trained: Trained) -> None:
    classifier = load(trained.folder)
    cases = [(place, 5000 + 10 * patient + place) for patient in range(20) for place in range(3)]
    right = [classifier.classify([picture(*case)]).verdict == CLASSES[case[0]] for case in cases]
    assert np.mean(right) > 0.9


def test_the_same_seed_gives_the_same_weights_bit_for_bit(tmp_path: Path) -> None:
    made, settings = samples(tmp_path, range(4)), replace(QUICK, epochs=2)
    first = fit("resnet18-slim", CLASSES, CATEGORIES, made, settings).weights()
    again = fit("resnet18-slim", CLASSES, CATEGORIES, made, settings).weights()
    other = fit("resnet18-slim", CLASSES, CATEGORIES, made, replace(settings, seed=1)).weights()
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert not np.array_equal(first["head.weight"], other["head.weight"])


def test_the_category_decides_where_it_alone_tells_the_class(tmp_path: Path) -> None:
    path = _even(tmp_path / "same.png", 90)
    made = [Sample((path,), None, f"p{number}", number % 2, number % 2) for number in range(24)]
    settings = replace(QUICK, batch_size=4, learning_rate=1e-2)
    network = fit("resnet18-slim", ("a", "b"), CATEGORIES, made, settings)
    labels = [sample.label for sample in made]
    assert _logits(network, made).argmax(axis=1).tolist() == labels
    swapped = [replace(sample, category=1 - sample.label) for sample in made]
    assert _logits(network, swapped).argmax(axis=1).tolist() == [1 - label for label in labels]


@pytest.fixture(scope="module")
def suspicious(tmp_path_factory: pytest.TempPathFactory) -> list[Sample]:
    """A bright picture is suspicious, and yet frequent among the healthy: 12 of 45, and 4 of the 5 ill."""
    folder = tmp_path_factory.mktemp("suspicious")
    dark, bright = _even(folder / "dark.png", 60), _even(folder / "bright.png", 180)
    pictures = [*[(dark, 0)] * 33, *[(bright, 0)] * 12, (dark, 1), *[(bright, 1)] * 4]
    return [Sample((path,), None, f"p{index}", label) for index, (path, label) in enumerate(pictures)]


@pytest.mark.parametrize(("cost", "found"), [(0, 0), (1, 4)])
def test_cost_finds_the_rare_class_that_counting_all_errors_alike_misses(
    suspicious: list[Sample], cost: float, found: int
) -> None:
    settings = replace(QUICK, cost=cost, batch_size=50, epochs=60, augmentation=STILL, window=Window("range"))
    network = fit("resnet18-slim", ("healthy", "ill"), (), suspicious, settings)
    logits = _logits(network, suspicious, settings)
    assert logits[45:].argmax(axis=1).sum() == found


def test_class_weights_make_every_class_count_the_same() -> None:
    frequencies = np.array([0.7, 0.2, 0.1])
    np.testing.assert_allclose(frequencies * class_weights(frequencies, cost=1), 1 / 3, rtol=1e-6)
    np.testing.assert_allclose(class_weights(frequencies, cost=0), 1)
    assert np.isclose(frequencies @ class_weights(frequencies, cost=0.5), 1)


def test_progress_is_told_epoch_by_epoch(tmp_path: Path) -> None:
    told: list[tuple[int, float]] = []
    fit(
        "resnet18-slim",
        CLASSES,
        CATEGORIES,
        samples(tmp_path, range(2)),
        replace(QUICK, epochs=3),
        lambda epoch, loss: told.append((epoch, loss)),
    )
    assert [epoch for epoch, _ in told] == [1, 2, 3]
    assert all(loss > 0 for _, loss in told)


def test_a_class_without_samples_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no training sample of class 'beyond'"):
        fit("resnet18-slim", (*CLASSES, "beyond"), CATEGORIES, samples(tmp_path, range(1)), QUICK)


def test_samples_must_have_as_many_pictures_as_each_other(tmp_path: Path) -> None:
    made = [*samples(tmp_path, range(1)), *samples(tmp_path, range(1, 2), channels=2)]
    with pytest.raises(ValueError, match=r"samples of \[1, 2\] pictures"):
        fit("resnet18-slim", CLASSES, CATEGORIES, made, QUICK)
