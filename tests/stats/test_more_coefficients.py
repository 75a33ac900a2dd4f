"""Weighted and Fleiss' kappa against published examples, other implementations and slow definitions."""

import doctest
from itertools import product
from math import isnan, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats import inter_rater

from stats import agreement
from stats.agreement import (
    Bootstrap,
    Coefficient,
    agreement_table,
    cohen_kappa,
    fleiss_kappa,
    krippendorff_alpha,
    weighted_kappa,
)
from stats.agreement_formulas import Weights

Z = 1.959964
# Six psychiatrists, 15 patients, 5 diagnoses (Fleiss's example in part): the figures are printed in the
# vignette of the R package irrCAC.
PSYCHIATRISTS = [
    *("dddddd", "bbbeee", "bcccce", "eeeeee", "bbbddd", "aacccc", "ccccee", "aacccd"),
    *("aadddd", "eeeeee", "addddd", "abdddd", "bbbccc", "addddd", "bbddde"),
]
# Gwet, Handbook of Inter-Rater Reliability, 4th ed. 2014: Fleiss' kappa of two readers is Scott's pi, whose
# figures stand in the same vignette.
ABSTRACTORS = {"aa": 13, "bb": 20, "bc": 7, "cb": 4, "cc": 56}
WEIGHTS: tuple[Weights, ...] = ("linear", "quadratic")

grades = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=30)


def standard_error(found: Coefficient) -> float:
    return (found.asymptotic.high - found.asymptotic.low) / 2 / Z


def test_fleiss_kappa_and_its_standard_error_are_the_published_ones() -> None:
    found = fleiss_kappa(PSYCHIATRISTS)
    assert found.estimate == pytest.approx(0.4139265, abs=1e-7)
    assert standard_error(found) == pytest.approx(0.08119291, abs=1e-7)


def test_fleiss_kappa_of_two_readers_is_scotts_pi() -> None:
    found = fleiss_kappa([pair for pair, count in ABSTRACTORS.items() for _ in range(count)])
    assert found.estimate == pytest.approx(0.7962397, abs=1e-7)
    # The table version divides by the items, not by one less.
    assert standard_error(found) == pytest.approx(0.05905473 * sqrt(100 / 99), abs=1e-7)


@settings(max_examples=30)
@given(st.lists(st.text("abc", min_size=4, max_size=4), min_size=1, max_size=20))
def test_fleiss_kappa_is_statsmodels(rows: list[str]) -> None:
    counts = np.array([[row.count(name) for name in "abc"] for row in rows])
    found = fleiss_kappa(rows, categories="abc")
    if len(set("".join(rows))) > 1:
        assert found.estimate == pytest.approx(inter_rater.fleiss_kappa(counts))
    else:
        assert isnan(found.estimate) and found.undefined


def test_fleiss_kappa_comes_to_alpha_as_items_grow() -> None:
    small, large = (
        fleiss_kappa(rows).estimate - krippendorff_alpha(rows).estimate
        for rows in (PSYCHIATRISTS, PSYCHIATRISTS * 50)
    )
    assert abs(large) < abs(small) / 40


@pytest.mark.parametrize("rows", [["ab", "abc"], ["a", "b"], [("a", None), ("a", "b")]])
def test_fleiss_kappa_takes_no_gaps(rows: list[str]) -> None:
    with pytest.raises(ValueError, match=r"every item.*Krippendorff"):
        fleiss_kappa(rows)


def test_a_single_item_has_no_asymptotic_interval() -> None:
    found = fleiss_kappa(["ab"])
    assert found.estimate == -1
    assert isnan(found.asymptotic.low) and isnan(found.asymptotic.high)


@settings(max_examples=30)
@given(grades, st.sampled_from(WEIGHTS))
def test_weighted_kappa_is_scikit_learns_and_its_error_statsmodels(
    pairs: list[tuple[int, int]], weights: Weights
) -> None:
    first, second = zip(*pairs, strict=True)
    found = weighted_kappa(first, second, range(4), weights)
    if len({*first, *second}) == 1:
        assert isnan(found.estimate) and found.undefined
        return
    assert found.estimate == pytest.approx(
        cohen_kappa_score(first, second, labels=range(4), weights=weights), abs=1e-9
    )
    table = agreement_table(first, second, range(4)).to_numpy()
    margin = Z * sqrt(max(inter_rater.cohens_kappa(table, wt=weights).var_kappa, 0))
    assert found.asymptotic.low == pytest.approx(max(found.estimate - margin, -1), abs=1e-6)
    assert found.asymptotic.high == pytest.approx(min(found.estimate + margin, 1), abs=1e-6)


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=1, max_size=20))
def test_of_two_categories_the_weights_play_no_part(pairs: list[tuple[int, int]]) -> None:
    first, second = zip(*pairs, strict=True)
    plain = cohen_kappa(first, second, range(2)).estimate
    weighted = [weighted_kappa(first, second, range(2), weights).estimate for weights in WEIGHTS]
    assert weighted == pytest.approx([plain, plain], nan_ok=True)


def test_a_far_disagreement_costs_more_than_a_near_one() -> None:
    true = ["normal", "bulge", "herniation"] * 4
    near, far = ["bulge", *true[1:]], ["herniation", *true[1:]]
    for weights in WEIGHTS:
        values = [
            weighted_kappa(true, said, ("normal", "bulge", "herniation"), weights).estimate
            for said in (near, far)
        ]
        assert 1 > values[0] > values[1]


@pytest.mark.parametrize("coefficient", ["weighted", "fleiss"])
def test_the_cluster_interval_is_that_of_every_possible_draw(coefficient: str) -> None:
    """Three patients: all 27 draws, against 20,000 random ones."""
    pairs, patients = list(zip("aabbcb", "abbbaa", strict=True)), "xxyyzz"

    def found(items: list[tuple[str, str]], of: str, resamples: int = 0) -> Coefficient:
        draws = Bootstrap(resamples, seed=1)
        if coefficient == "fleiss":
            return fleiss_kappa(items, "abc", of or None, draws)
        return weighted_kappa(*zip(*items, strict=True), "abc", "linear", of or None, draws)

    exact = [
        found([pairs[index] for one in draw for index in range(6) if patients[index] == one], "").estimate
        for draw in product("xyz", repeat=3)
    ]
    interval = found(pairs, patients, 20_000).by_cluster
    assert [interval.low, interval.high] == pytest.approx(
        np.nanpercentile(exact, [2.5, 97.5], method="inverted_cdf"), abs=1e-9
    )


def test_the_documented_examples_hold() -> None:
    assert doctest.testmod(agreement).failed == 0
