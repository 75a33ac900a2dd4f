"""The marginal model: its odds ratios by hand, its errors against what clusters do to them."""

import doctest

import numpy as np
import pytest

from stats import marginal_model
from stats.marginal_model import gee_odds_ratios


def reads_of(*right: int, items: int = 20) -> tuple[list[bool], list[str]]:
    """Each arm right on its first so many items."""
    correct = [index < count for count in right for index in range(items)]
    return correct, [name for name in "abcdef"[: len(right)] for _ in range(items)]


def test_the_odds_ratio_of_balanced_reads_is_that_of_the_shares() -> None:
    correct, arms = reads_of(15, 10)
    row = gee_odds_ratios(correct, arms, [*range(20), *range(20)]).iloc[0]
    assert row["estimate"] == pytest.approx((15 / 5) / (10 / 10), rel=1e-4)
    assert row["low"] < row["estimate"] < row["high"] and row["note"] == "odds ratio of a to b"


def test_a_disc_each_leaves_the_errors_of_the_sandwich_by_hand() -> None:
    """Unpaired reads of one disc a patient: Mancl and DeRouen's (n / (n - 1))² / (n p (1 - p))."""
    correct, arms = reads_of(15, 10)
    row = gee_odds_ratios(correct, arms, range(40)).iloc[0]
    inflated = (20 / 19) ** 2 * (1 / (20 * 0.75 * 0.25) + 1 / (20 * 0.5 * 0.5))
    assert row["statistic"] == pytest.approx(np.log(3) ** 2 / inflated, rel=0.01)


def test_repeated_discs_of_a_patient_are_no_new_evidence() -> None:
    correct, arms = reads_of(15, 10)
    patients = [*range(20), *range(20)]
    once = gee_odds_ratios(correct, arms, patients).iloc[0]
    thrice = (np.repeat(values, 3).tolist() for values in (correct, arms, patients))
    repeated = gee_odds_ratios(*thrice)
    assert repeated["statistic"].iloc[0] == pytest.approx(once["statistic"], rel=1e-3)


def test_of_three_arms_all_are_tested_together() -> None:
    """Of unpaired reads it is the weighted sum of squares of the log odds."""
    correct, arms = reads_of(15, 10, 12)
    table = gee_odds_ratios(correct, arms, range(60))
    share = np.array([15, 10, 12]) / 20
    log_odds = np.log(share / (1 - share))
    weight = 20 * share * (1 - share) * (19 / 20) ** 2
    around = log_odds - np.average(log_odds, weights=weight)
    assert table["df"].tolist() == [1, 1, 2] and table["note"].iloc[-1] == "all arms together"
    assert table["statistic"].iloc[-1] == pytest.approx((weight * around**2).sum(), rel=0.01)


def test_the_order_of_the_arms_inverts_the_ratio() -> None:
    correct, arms = reads_of(15, 10)
    patients = [*range(20), *range(20)]
    one = gee_odds_ratios(correct, arms, patients).iloc[0]
    other = gee_odds_ratios(correct[::-1], arms[::-1], patients[::-1]).iloc[0]
    assert one["estimate"] == pytest.approx(1 / other["estimate"], rel=1e-4)
    assert one["low"] == pytest.approx(1 / other["high"], rel=1e-4)


@pytest.mark.parametrize(
    ("right", "patients", "sentence"),
    [
        ((20, 10), [*range(20)] * 2, "a is right on every item"),
        ((10, 0), [*range(20)] * 2, "b is right on no item"),
        ((10,), [*range(20)], "two or more"),
        ((10, 12), [0] * 40, "one patient"),
        ((10, 12), [0, 1], "its patient"),
    ],
)
def test_reads_that_allow_no_odds_ratio_are_refused(right: tuple, patients: list, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        gee_odds_ratios(*reads_of(*right), patients)


def test_no_reads_are_refused() -> None:
    with pytest.raises(ValueError, match="0 arm"):
        gee_odds_ratios([], [], [])


def test_the_documented_examples_hold() -> None:
    assert doctest.testmod(marginal_model).failed == 0
