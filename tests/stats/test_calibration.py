"""Calibration against a worked example, scikit-learn and simulated truth."""

import doctest

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss, log_loss

from stats import calibration
from stats.calibration import (
    brier_score,
    classwise_calibration_error,
    expected_calibration_error,
    negative_log_likelihood,
    reliability,
)

# Ten forecasts in three bins of 0 to 1: by hand, (0.1 + 0.2 + 0.3) / 3 = 0.2 of which 1/3 happened,
# (0.4 + 0.5 + 0.6 + 0.6) / 4 = 0.525 of which 2/4, (0.8 + 0.9 + 1.0) / 3 = 0.9 of which 3/3.
FORECASTS = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.6, 0.8, 0.9, 1.0]
HAPPENED = [0, 1, 0, 1, 0, 1, 0, 1, 1, 1]


def simulated(items: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities that mean what they say."""
    random = np.random.default_rng(seed)
    probabilities = random.dirichlet([2, 1, 1], items)
    return probabilities, (random.random((items, 1)) > probabilities.cumsum(axis=1)).sum(axis=1)


def test_the_worked_example_in_the_bins() -> None:
    table = reliability(FORECASTS, HAPPENED, bins=3)
    assert table["count"].tolist() == [3, 4, 3]
    np.testing.assert_allclose(table["predicted"], [0.2, 0.525, 0.9])
    np.testing.assert_allclose(table["observed"], [1 / 3, 1 / 2, 1])
    np.testing.assert_allclose(table[["low", "high"]], [[0, 1 / 3], [1 / 3, 2 / 3], [2 / 3, 1]])


def test_the_worked_example_as_one_error() -> None:
    both = np.column_stack([1 - np.array(FORECASTS), FORECASTS])
    # 3/10 · 0.1333 + 4/10 · 0.025 + 3/10 · 0.1, the same for the class and for its complement.
    assert classwise_calibration_error(both, HAPPENED, bins=3) == pytest.approx(0.08)


def test_the_most_probable_class_alone_enters_the_expected_error() -> None:
    # Sure of 0.8 and right in one of two, sure of 0.6 and right: (2 · 0.3 + 1 · 0.4) / 3.
    probabilities = [[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.3, 0.1, 0.6]]
    assert expected_calibration_error(probabilities, [0, 2, 2]) == pytest.approx(1 / 3)


def test_a_bin_ends_with_its_upper_edge() -> None:
    table = reliability(np.arange(11) / 10, np.zeros(11))
    assert table["count"].tolist() == [2] + [1] * 9


@given(st.integers(0, 1000), st.integers(2, 20))
def test_the_bins_are_scikit_learns(seed: int, bins: int) -> None:
    probabilities, labels = simulated(60, seed)
    table = reliability(probabilities[:, 0], labels == 0, clusters=[0] * 60, bins=bins)
    observed, predicted = calibration_curve(labels == 0, probabilities[:, 0], n_bins=bins)
    np.testing.assert_allclose(table["observed"], observed)
    np.testing.assert_allclose(table["predicted"], predicted)


@given(st.integers(0, 1000))
def test_scores_are_scikit_learns(seed: int) -> None:
    probabilities, labels = simulated(40, seed)
    assert brier_score(probabilities, labels) == pytest.approx(
        brier_score_loss(labels, probabilities, labels=[0, 1, 2], scale_by_half=False)
    )
    assert negative_log_likelihood(probabilities, labels) == pytest.approx(
        log_loss(labels, probabilities, labels=[0, 1, 2])
    )


def test_true_probabilities_are_calibrated_and_sharpened_ones_are_not() -> None:
    probabilities, labels = simulated(20_000)
    sharp = probabilities**3 / (probabilities**3).sum(axis=1, keepdims=True)
    for error in (expected_calibration_error, classwise_calibration_error):
        assert error(probabilities, labels) < 0.02
        assert error(sharp, labels) > 0.1
    for score in (brier_score, negative_log_likelihood):
        assert score(probabilities, labels) < score(sharp, labels)


def test_intervals_widen_where_items_come_in_clusters() -> None:
    probabilities, labels = simulated(100)
    doubled = np.repeat(probabilities[:, 0], 4), np.repeat(labels == 0, 4)
    as_items = reliability(*doubled)
    by_patient = reliability(*doubled, clusters=np.repeat(np.arange(100), 4).tolist())
    widths = [(table["observed_high"] - table["observed_low"]).sum() for table in (as_items, by_patient)]
    assert widths[1] > 1.5 * widths[0]


def test_one_cluster_has_no_interval() -> None:
    table = reliability([0.3, 0.31], [0, 1], clusters=["a", "a"])
    assert table[["observed_low", "observed_high"]].isna().all(axis=None)


def test_a_class_called_impossible_that_happened_is_infinitely_unlikely() -> None:
    assert negative_log_likelihood([[1.0, 0.0]], [1]) == np.inf


def test_the_documented_examples_hold() -> None:
    assert doctest.testmod(calibration).failed == 0
