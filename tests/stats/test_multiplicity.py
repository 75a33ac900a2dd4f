"""Holm's adjustment against its definition."""

import doctest
from itertools import combinations
from math import isnan, nan

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stats import multiplicity, results
from stats.multiplicity import holm
from stats.results import TestRow

p_values = st.lists(st.floats(0, 1), min_size=1, max_size=5)


@settings(max_examples=8)
@given(p_values)
def test_holm_is_bonferroni_of_every_family_that_holds_the_test(p: list[float]) -> None:
    """Closed testing: a test's adjusted p is the worst Bonferroni p of the families it belongs to."""
    found = holm(pd.DataFrame({"p": p}))["holm_p"]
    places = range(len(p))
    families = [family for size in range(1, len(p) + 1) for family in combinations(places, size)]
    for place in places:
        worst = max(len(family) * min(p[i] for i in family) for family in families if place in family)
        assert found[place] == pytest.approx(min(worst, 1))


@settings(max_examples=8)
@given(p_values)
def test_the_order_of_the_tests_plays_no_part(p: list[float]) -> None:
    found, backwards = (holm(pd.DataFrame({"p": values}))["holm_p"] for values in (p, p[::-1]))
    assert backwards.tolist() == pytest.approx(found.tolist()[::-1])


def test_a_row_without_p_is_kept_and_not_counted() -> None:
    table = results.tests_table([TestRow("one", p=0.02), TestRow("a mean", 0.9), TestRow("other", p=0.03)])
    found = holm(table)
    assert found["test"].tolist() == ["one", "a mean", "other"]
    assert found["holm_p"][0] == pytest.approx(0.04)
    assert isnan(found["holm_p"][1])
    assert "holm_p" not in table


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        (pd.DataFrame({"test": ["a"]}), "lacks the column p"),
        (pd.DataFrame({"p": [nan]}), "no test has a p value"),
        (pd.DataFrame({"p": [0.2, 1.2]}), "outside 0 to 1"),
    ],
)
def test_what_is_no_table_of_tests_is_refused(table: pd.DataFrame, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        holm(table)


def test_the_documented_example_holds() -> None:
    assert doctest.testmod(multiplicity).failed == 0
