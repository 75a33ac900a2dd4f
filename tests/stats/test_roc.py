"""ROC curves and areas against scikit-learn, published numbers and slow definitions."""

import doctest
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score, roc_curve

from stats import roc
from stats.roc import auc_covariance, auc_table, compare_auc, roc_points

seeds = st.integers(0, 10_000)


def items(
    seed: int, patients: int = 12, discs: int = 3
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Truth, two ratings from 1 to 5 that share the patient's part, and the patients."""
    random = np.random.default_rng(seed)
    clusters = np.repeat(np.arange(patients), discs)
    truth = random.integers(0, 2, len(clusters))
    truth[:2], truth[-2:] = 0, 1
    latent = truth + random.normal(size=patients)[clusters] + random.normal(size=(2, len(clusters)))
    first, second = np.clip(np.round(latent + 2), 1, 5)
    return truth, first, second, clusters


def slow_covariance(truth: np.ndarray, ratings: np.ndarray, clusters: np.ndarray) -> np.ndarray:
    """Obuchowski's formulas, spelled out pair by pair."""
    diseased, healthy = np.flatnonzero(truth == 1), np.flatnonzero(truth == 0)
    names = sorted(set(clusters))

    def kernel(rating: np.ndarray, i: int, j: int) -> float:
        return float(rating[i] > rating[j]) + 0.5 * float(rating[i] == rating[j])

    sums_x, sums_y = np.zeros((2, len(ratings), len(names)))
    for curve, rating in enumerate(ratings):
        area = np.mean([kernel(rating, i, j) for i, j in product(diseased, healthy)])
        for i in diseased:
            sums_x[curve, names.index(clusters[i])] += np.mean([kernel(rating, i, j) for j in healthy]) - area
        for j in healthy:
            sums_y[curve, names.index(clusters[j])] += (
                np.mean([kernel(rating, i, j) for i in diseased]) - area
            )
    m, n = len(diseased), len(healthy)
    i10, i01, i = len(set(clusters[diseased])), len(set(clusters[healthy])), len(names)
    covariance = np.zeros((len(ratings), len(ratings)))
    for a, b in product(range(len(ratings)), repeat=2):
        s10 = i10 / ((i10 - 1) * m) * (sums_x[a] * sums_x[b]).sum()
        s01 = i01 / ((i01 - 1) * n) * (sums_y[a] * sums_y[b]).sum()
        s11 = i / (i - 1) * ((sums_x[a] * sums_y[b]).sum() + (sums_x[b] * sums_y[a]).sum())
        covariance[a, b] = s10 / m + s01 / n + s11 / (m * n)
    return covariance


@settings(max_examples=15)
@given(seeds)
def test_the_curve_is_scikit_learns(seed: int) -> None:
    truth, rating, _, _ = items(seed)
    table = roc_points(truth, rating)
    false_positive, sensitivity, thresholds = roc_curve(truth, rating, drop_intermediate=False)
    np.testing.assert_allclose(table["threshold"], thresholds)
    np.testing.assert_allclose(table["sensitivity"], sensitivity)
    np.testing.assert_allclose(1 - table["specificity"], false_positive)


@settings(max_examples=15)
@given(seeds)
def test_the_area_is_scikit_learns_and_that_under_the_points(seed: int) -> None:
    truth, rating, _, _ = items(seed)
    area = auc_table(truth, rating)["auc"].item()
    points = roc_points(truth, rating)
    assert area == pytest.approx(roc_auc_score(truth, rating))
    assert area == pytest.approx(np.trapezoid(points["sensitivity"], 1 - points["specificity"]))


@given(seeds)
def test_covariances_are_the_spelled_out_ones(seed: int) -> None:
    truth, first, second, clusters = items(seed, patients=6)
    assume(len(set(first)) > 1 and len(set(second)) > 1)
    for of_item in (clusters, np.arange(len(truth))):
        slow = slow_covariance(truth, np.stack([first, second]), of_item)
        np.testing.assert_allclose(auc_covariance(truth, [first, second], of_item)[1], slow, atol=1e-12)


def test_delongs_covariances_are_the_published_ones(shared: Path) -> None:
    """Van Dyke's data; variance and covariances as the R package MRMCaov prints them, method DeLong."""
    table = pd.read_csv(shared / "golden/vandyke.csv")
    reads = table.pivot(index=["treatment", "reader"], columns="case", values="rating")
    truth = table.drop_duplicates("case").set_index("case")["truth"].loc[reads.columns]
    covariance = auc_covariance(truth, reads.to_numpy())[1].reshape(2, 5, 2, 5)
    one_treatment, one_reader = np.eye(2)[:, None, :, None], np.eye(5)[None, :, None, :]

    def mean(of: np.ndarray) -> float:
        return float((covariance * of).sum() / np.broadcast_to(of, covariance.shape).sum())

    assert mean(one_treatment * one_reader) == pytest.approx(0.0007921325, abs=5e-11)
    assert mean((1 - one_treatment) * one_reader) == pytest.approx(0.0003420090, abs=5e-11)
    assert mean(one_treatment * (1 - one_reader)) == pytest.approx(0.0003395265, abs=5e-11)
    assert mean((1 - one_treatment) * (1 - one_reader)) == pytest.approx(0.0002358497, abs=5e-11)


@given(seeds)
def test_discs_read_twice_tell_nothing_new_of_their_patients(seed: int) -> None:
    truth, rating, _, clusters = items(seed, discs=1)
    assume(len(set(rating)) > 1)
    once = auc_covariance(truth, [rating])
    twice = auc_covariance(np.tile(truth, 2), [np.tile(rating, 2)], np.tile(clusters, 2))
    np.testing.assert_allclose(twice[0], once[0])
    np.testing.assert_allclose(twice[1], once[1], atol=1e-15)


def test_items_of_one_patient_that_are_alike_widen_the_interval() -> None:
    truth, rating, _, clusters = items(seed=3, patients=30, discs=1)
    repeated = [np.repeat(values, 4) for values in (truth, rating, clusters)]
    by_item = auc_table(*repeated[:2])
    by_patient = auc_table(*repeated)
    assert by_patient["standard_error"].item() > 1.9 * by_item["standard_error"].item()
    assert by_patient["clusters"].item() == 30
    assert (by_item["method"].item(), by_patient["method"].item()) == (
        "DeLong 1988",
        "Obuchowski 1997, clustered",
    )


@settings(max_examples=15)
@given(seeds)
def test_the_logit_interval_stays_inside_and_holds_the_area(seed: int) -> None:
    truth, rating, _, _ = items(seed)
    row = auc_table(truth, rating).iloc[0]
    assert 0 < row["logit_low"] < row["auc"] < row["logit_high"] < 1
    assert 0 <= row["plain_low"] <= row["auc"] <= row["plain_high"] <= 1


@settings(max_examples=15)
@given(seeds)
def test_the_paired_test_turns_with_its_sides(seed: int) -> None:
    truth, first, second, clusters = items(seed)
    one = compare_auc(truth, first, second, clusters).iloc[0]
    other = compare_auc(truth, second, first, clusters).iloc[0]
    assert one["estimate"] == pytest.approx(-other["estimate"])
    assert one["p"] == pytest.approx(other["p"])
    assert (one["low"] > 0 or one["high"] < 0) == (one["p"] < 0.05)
    covariance = slow_covariance(truth, np.stack([first, second]), clusters)
    error = np.sqrt(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
    assert one["statistic"] == pytest.approx(one["estimate"] / error)


def test_a_perfect_rating_has_an_area_but_no_interval() -> None:
    row = auc_table([0, 0, 1, 1], [1, 2, 3, 4]).iloc[0]
    assert row["auc"] == 1
    assert row[["plain_low", "plain_high", "logit_low", "logit_high"]].isna().all()
    assert row["note"] == "the variance is zero, so there is no interval"


@pytest.mark.parametrize(
    ("truth", "rating", "clusters", "sentence"),
    [
        ([1, 1, 1], [1, 2, 3], None, "at least one diseased and one healthy item"),
        ([0, 0, 0], [1, 2, 3], None, "at least one diseased and one healthy item"),
        ([0, 1], [1, 2], None, "two diseased and two healthy items are needed"),
        ([0, 0, 1, 1], [1, 2, 3, 4], "aaaa", "two healthy clusters with an item of each kind are needed"),
        ([0, 0, 1, 1], [1, 2, 3, 4], "ab", "4 items and 2 clusters"),
        ([0, 0, 1, 1], [2, 2, 2, 2], None, "all items have the same rating"),
        ([0, 0, 1, 1], [1, np.nan, 2, 3], None, "1 ratings are missing"),
        ([0, 0, 1, 1], [1, 2, 3], None, "4 items, and ratings of 3"),
        ([0, 0, 1, 2], [1, 2, 3, 4], None, "truth must be 0"),
    ],
)
def test_impossible_input_is_refused(
    truth: list[int], rating: list[float], clusters: str | None, sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        auc_table(truth, rating, clusters)


def test_two_equal_ratings_are_not_compared() -> None:
    with pytest.raises(ValueError, match="the difference of the two AUCs has no variance"):
        compare_auc([0, 0, 1, 1], [1, 3, 2, 4], [10, 30, 20, 40])


def test_the_documented_examples_hold() -> None:
    assert doctest.testmod(roc).failed == 0
