"""McNemar's tests and Cochran's Q against printed numbers and other implementations."""

import doctest
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import mcnemar as statsmodels_mcnemar

from stats import paired
from stats.paired import CORRECTED, MID_P, cochran_q, mcnemar, mcnemar_of_table, mcnemar_statistic

GOLDEN = [[101, 121], [59, 33]]

pairs = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60).filter(
    lambda items: any(first != second for first, second in items)
)


def test_the_printed_numbers_hold() -> None:
    found = mcnemar_of_table(GOLDEN).set_index("test")
    assert found.loc[CORRECTED, "statistic"] == pytest.approx(20.67222, abs=5e-6)
    assert found.loc[CORRECTED, "p"] == pytest.approx(5.450095e-6, rel=1e-6)
    assert found.loc["McNemar, asymptotic", "statistic"] == pytest.approx(21.35556, abs=5e-6)


def test_the_four_forms_are_fagerlands() -> None:
    """BMC Med Res Methodol 2013; 13: 91, airway hyper-responsiveness before and after transplantation."""
    found = mcnemar_of_table([[1, 1], [7, 12]]).set_index("test")["p"]
    assert found.round(3).to_dict() == {
        "McNemar, asymptotic": 0.034,
        "McNemar, corrected": 0.077,
        "McNemar, exact": 0.070,
        "McNemar, mid-p": 0.039,
    }


@settings(max_examples=25)
@given(pairs)
def test_reads_and_their_table_say_the_same_as_statsmodels(items: list[tuple[bool, bool]]) -> None:
    first, second = map(np.array, zip(*items, strict=True))
    found = mcnemar(first, second).set_index("test")
    table = [[(first == a)[second == b].sum() for b in (True, False)] for a in (True, False)]
    assert found.loc["McNemar, exact", "p"] == pytest.approx(statsmodels_mcnemar(table).pvalue)
    asymptotic = statsmodels_mcnemar(table, exact=False, correction=False)
    assert found.loc["McNemar, asymptotic", "statistic"] == pytest.approx(asymptotic.statistic)
    if table[0][1] != table[1][0]:
        corrected = statsmodels_mcnemar(table, exact=False, correction=True)
        assert found.loc[CORRECTED, "statistic"] == pytest.approx(corrected.statistic)
    assert found.loc["McNemar, asymptotic", "estimate"] == pytest.approx(first.mean() - second.mean())


@settings(max_examples=25)
@given(st.integers(0, 30), st.integers(0, 30))
def test_mid_p_counts_the_observed_split_half(first_only: int, second_only: int) -> None:
    total = first_only + second_only
    extreme = min(first_only, second_only)
    tail = sum(comb(total, k) for k in range(extreme)) + comb(total, extreme) / 2
    assert float(paired.mid_p(first_only, second_only)) == pytest.approx(min(2 * tail / 2**total, 1))


@settings(max_examples=25)
@given(pairs)
def test_to_swap_the_readers_turns_the_difference_round(items: list[tuple[bool, bool]]) -> None:
    first, second = zip(*items, strict=True)
    one, other = mcnemar(first, second), mcnemar(second, first)
    np.testing.assert_allclose(one["p"], other["p"])
    np.testing.assert_allclose(one[["estimate", "low", "high"]], -other[["estimate", "high", "low"]])


def test_no_difference_is_no_statistic_even_corrected() -> None:
    assert float(mcnemar_statistic(5, 5, correction=1)) == 0


def test_counts_come_in_stacks() -> None:
    np.testing.assert_allclose(mcnemar_statistic([121, 9, 0], [59, 3, 0]), [21.355556, 3, np.nan])
    assert paired.mid_p([8, 2], [2, 8]) == pytest.approx([0.0654, 0.0654], abs=5e-5)


def test_cochrans_q_is_the_printed_one() -> None:
    """The first table of statsmodels' own test, which is R's CVST."""
    rows = ["1011", "0111", "1110", "0100", "0100", "1010", "0100", "1111", "0100"]
    row = cochran_q([[int(read) for read in reads] for reads in rows]).iloc[0]
    assert row["statistic"] == pytest.approx(4.2) and row["df"] == 3


@settings(max_examples=25)
@given(pairs)
def test_cochrans_q_of_two_readers_is_mcnemars(items: list[tuple[bool, bool]]) -> None:
    q = cochran_q(items)["statistic"].iloc[0]
    assert q == pytest.approx(mcnemar(*zip(*items, strict=True))["statistic"].iloc[0])


def test_readers_who_agree_on_every_disc_are_refused() -> None:
    with pytest.raises(ValueError, match="agree on every disc"):
        mcnemar([True, False], [True, False])
    with pytest.raises(ValueError, match="agree on every disc"):
        cochran_q([[True, True, True], [False, False, False]])


@pytest.mark.parametrize(
    ("first", "second", "sentence"),
    [([], [], "no reads"), ([True], [True, False], "same items"), ([True, np.nan], [True, False], "no gaps")],
)
def test_reads_that_are_no_pairs_are_refused(first: list, second: list, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        mcnemar(first, second)


@pytest.mark.parametrize("table", [[[1, 2, 3], [4, 5, 6], [7, 8, 9]], [[1, -2], [3, 4]], [[0.5, 2], [3, 4]]])
def test_what_is_no_table_of_pairs_is_refused(table: list) -> None:
    with pytest.raises(ValueError, match="two rows and"):
        mcnemar_of_table(table)


@pytest.mark.parametrize("reads", [[[True], [False]], [], [True, False]])
def test_one_reader_has_no_q(reads: list) -> None:
    with pytest.raises(ValueError, match="two readers or more"):
        cochran_q(reads)


def test_the_documented_examples_hold() -> None:
    assert MID_P in mcnemar_of_table(GOLDEN)["test"].tolist()
    assert doctest.testmod(paired).failed == 0
