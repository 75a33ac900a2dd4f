"""The odds ratio against statsmodels, and its worked example."""

import doctest

import pytest
from statsmodels.stats.contingency_tables import Table2x2

from stats import odds_ratio as module
from stats.odds_ratio import odds_ratio


@pytest.mark.parametrize("table", [[[30, 10], [20, 40]], [[1, 9], [30, 2]], [[7, 7], [7, 7]]])
def test_estimate_and_interval_are_those_of_statsmodels(table: list[list[int]]) -> None:
    found, oracle = odds_ratio(table), Table2x2(table, shift_zeros=False)
    assert found.estimate == pytest.approx(oracle.oddsratio)
    assert (found.low, found.high) == pytest.approx(oracle.oddsratio_confint())
    assert not found.corrected


def test_a_cell_of_zero_adds_half_to_all_four() -> None:
    found, oracle = odds_ratio([[5, 0], [3, 8]]), Table2x2([[5.5, 0.5], [3.5, 8.5]], shift_zeros=False)
    assert found.corrected
    assert found.estimate == pytest.approx(oracle.oddsratio)
    assert (found.low, found.high) == pytest.approx(oracle.oddsratio_confint())


def test_what_is_no_table_of_counts_is_refused() -> None:
    with pytest.raises(ValueError, match="two rows and two columns"):
        odds_ratio([[1, 2, 3], [4, 5, 6]])
    with pytest.raises(ValueError, match="whole numbers"):
        odds_ratio([[1.5, 2], [3, 4]])


def test_the_worked_example_holds() -> None:
    assert doctest.testmod(module).failed == 0
