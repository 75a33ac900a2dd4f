from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from marks import CATEGORIES, CLASSES, QUICK, samples
from scipy.special import softmax

from classifiers.calibration import fit_calibrated, fit_temperature, inner_folds
from classifiers.samples import Sample


@pytest.mark.parametrize("log_prior", [[0.0, 0.0, 0.0], [-0.4, -1.6, -2.3]])
@pytest.mark.parametrize("factor", [0.5, 1.0, 3.0])
def test_the_temperature_takes_back_overconfidence(factor: float, log_prior: list[float]) -> None:
    random = np.random.default_rng(0)
    logits = random.normal(0, 1.5, (4000, 3))
    chances = softmax(logits + log_prior, axis=1)
    labels = (random.random((4000, 1)) > chances.cumsum(axis=1)).sum(axis=1)
    assert fit_temperature(factor * logits, labels, np.array(log_prior)) == pytest.approx(factor, rel=0.07)


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 2)), min_size=20, max_size=60), st.integers(0, 9))
def test_inner_folds_keep_patients_together_and_test_everyone_once(
    drawn: list[tuple[int, int]], seed: int
) -> None:
    everyone = [*drawn, *((patient, 0) for patient in range(8))]
    made = [Sample((Path("x.png"),), None, f"p{patient}", label) for patient, label in everyone]
    settings = replace(QUICK, inner_folds=3, seed=seed)
    folds = inner_folds(made, settings)
    for training, test in folds:
        assert not {made[index].patient for index in training} & {made[index].patient for index in test}
    tested = np.concatenate([test for _, test in folds])
    assert sorted(tested.tolist()) == list(range(len(made)))


def test_logits_out_of_fold_belong_to_their_samples(tmp_path: Path) -> None:
    made = samples(tmp_path, range(16))
    told: list[int] = []
    found = fit_calibrated(
        "resnet18-slim", CLASSES, CATEGORIES, made, QUICK, lambda epoch, loss: told.append(epoch)
    )
    labels = np.array([sample.label for sample in made])
    assert found.logits.shape == (48, 3)
    assert (found.logits.argmax(axis=1) == labels).mean() > 0.6
    assert 0.05 <= found.temperature <= 20
    assert told == list(range(1, 3 * QUICK.epochs + 1))


def test_too_few_patients_for_the_folds_are_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="1 patients for 2 inner folds"):
        fit_calibrated("resnet18-slim", CLASSES, CATEGORIES, samples(tmp_path, range(1)), QUICK)
