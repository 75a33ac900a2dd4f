"""The published chi-square, and when it gives way to Fisher's exact test."""

import doctest
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2_contingency

from stats import chi_square as module
from stats.chi_square import AS_PUBLISHED, chi_square


@settings(max_examples=25)
@given(st.lists(st.integers(20, 400), min_size=4, max_size=4))
def test_the_statistic_is_the_short_formula_of_two_by_two(cells: list[int]) -> None:
    a, b, c, d = cells
    row = chi_square([[a, b], [c, d]]).iloc[0]
    n, margins = a + b + c + d, (a + b) * (c + d) * (a + c) * (b + d)
    if min(a + b, c + d) * min(a + c, b + d) / n >= 5:
        assert (row["test"], row["df"]) == (AS_PUBLISHED, 1)
        assert row["statistic"] == pytest.approx(n * (a * d - b * c) ** 2 / margins)
    assert row["estimate"] == pytest.approx(a / (a + b) - c / (c + d))


@settings(max_examples=25)
@given(st.lists(st.lists(st.integers(1, 60), min_size=3, max_size=3), min_size=2, max_size=4))
def test_larger_tables_are_scipys(table: list[list[int]]) -> None:
    row = chi_square(table).iloc[0]
    expected = chi2_contingency(table, correction=False)
    assert row["test"] == AS_PUBLISHED and row["df"] == expected.dof
    assert row[["statistic", "p"]].tolist() == pytest.approx([expected.statistic, expected.pvalue])


def test_the_lady_tasting_tea_is_fishers() -> None:
    row = chi_square([[3, 1], [1, 3]]).iloc[0]
    assert row["test"] == "Fisher's exact" and "Cochran" in row["note"]
    # Both tails of the hypergeometric distribution: 2 (16 + 1) of the 70 ways to choose four cups.
    assert row["p"] == pytest.approx(2 * (16 + 1) / comb(8, 4))
    assert np.isnan(row["statistic"])


def test_a_larger_table_that_breaks_the_rule_is_warned_of() -> None:
    row = chi_square([[3, 1, 2], [1, 3, 2]]).iloc[0]
    assert row["test"] == AS_PUBLISHED and row["df"] == 2
    assert "rough" in row["note"]


def test_a_fifth_of_the_expected_counts_may_lie_under_five() -> None:
    kept = chi_square([[40, 40, 40, 40, 4], [40, 40, 40, 40, 4]]).iloc[0]
    broken = chi_square([[40, 40, 4, 40, 4], [40, 40, 4, 40, 4]]).iloc[0]
    assert "rough" not in kept["note"] and "rough" in broken["note"]


def test_it_says_that_it_takes_discs_as_independent() -> None:
    assert "independent" in chi_square([[30, 20], [20, 30]])["note"].iloc[0]


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ([[3, 0], [4, 0]], "zeros alone"),
        ([[0, 0], [4, 2]], "zeros alone"),
        ([[3, -1], [4, 2]], "whole numbers"),
        ([[3, 1.5], [4, 2]], "whole numbers"),
        ([[3, 1]], "two rows"),
        ([3, 1], "two rows"),
        ([[3, np.nan], [4, 2]], "whole numbers"),
    ],
)
def test_what_is_no_table_to_compare_is_refused(table: list, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        chi_square(table)


def test_the_documented_examples_hold() -> None:
    assert doctest.testmod(module).failed == 0
