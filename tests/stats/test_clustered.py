"""Clustered tests against published numbers, their slow definitions, and McNemar's without clusters."""

import doctest
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from stats import clustered
from stats.clustered import (
    DURKALSKI,
    ELIASZIW_DONNER,
    F_REFERENCE,
    OBUCHOWSKI,
    clustered_mcnemar,
    clustered_mcnemar_of_cells,
    rao_scott,
)
from stats.paired import mcnemar_of_table

counts = st.lists(st.integers(0, 4), min_size=4, max_size=4).filter(any)
tables = st.lists(counts, min_size=2, max_size=12).filter(lambda rows: any(row[1] + row[2] for row in rows))


def by_test(cells: object) -> pd.DataFrame:
    return clustered_mcnemar_of_cells(cells).set_index("test")  # type: ignore[arg-type]


def test_petkovas_psychiatrists_give_the_published_statistics(shared: Path) -> None:
    """The data and the figures of Durkalski et al. 2003."""
    cells = pd.read_csv(shared / "golden/psychiatry.csv")[["ah", "bh", "ch", "dh"]].to_numpy()
    both, first_only, second_only, neither = cells.sum(axis=0)
    plain = mcnemar_of_table([[both, first_only], [second_only, neither]])["statistic"]
    assert plain[0] == pytest.approx(11.8451, abs=5e-5)
    found = by_test(cells)["statistic"]
    assert found[OBUCHOWSKI] == pytest.approx(7.19, abs=5e-3)
    assert found[DURKALSKI] == pytest.approx(7.542, abs=5e-4)
    assert found[ELIASZIW_DONNER] == pytest.approx(10.23, abs=5e-3)


@settings(max_examples=25)
@given(tables)
def test_obuchowski_is_the_difference_over_her_pooled_variances(rows: list[list[int]]) -> None:
    """Her variances and covariance, written out, before they are drawn together."""
    cells = np.array(rows, dtype=float)
    size, clusters = cells.sum(axis=1), len(cells)
    right = np.stack([cells[:, 0] + cells[:, 1], cells[:, 0] + cells[:, 2]])
    first, second = right.sum(axis=1) / size.sum()
    around = right - size * (first + second) / 2
    covariance = clusters / (clusters - 1) * around @ around.T / size.sum() ** 2
    variance = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
    row = by_test(rows).loc[OBUCHOWSKI]
    assert row["estimate"] == pytest.approx(first - second)
    expected = (first - second) ** 2 / variance if variance > 1e-9 else 0
    assert row["statistic"] == pytest.approx(expected)


@settings(max_examples=25)
@given(tables)
def test_eliasziw_and_donner_is_their_cluster_size_written_out(rows: list[list[int]]) -> None:
    cells = np.array(rows, dtype=float)
    discordant = cells[:, 1] + cells[:, 2]
    present = discordant[discordant > 0]
    mean, number = present.mean(), len(present)
    if number > 1:
        typical = mean - ((present - mean) ** 2).sum() / (number * (number - 1) * mean)
        size = typical + number * (mean - typical)
        assert size == pytest.approx((discordant**2).sum() / discordant.sum())
    plain = (cells[:, 1] - cells[:, 2]).sum() ** 2 / discordant.sum()
    assert by_test(rows).loc[ELIASZIW_DONNER, "statistic"] <= plain + 1e-9


@settings(max_examples=25)
@given(st.lists(st.sampled_from(np.eye(4, dtype=int).tolist()), min_size=2, max_size=40))
def test_one_disc_a_patient_leaves_mcnemar(rows: list[list[int]]) -> None:
    both, first_only, second_only, neither = np.sum(rows, axis=0)
    if first_only + second_only:
        plain = mcnemar_of_table([[both, first_only], [second_only, neither]])["statistic"].iloc[0]
        found = by_test(rows)["statistic"]
        assert found[DURKALSKI] == pytest.approx(plain)
        assert found[ELIASZIW_DONNER] == pytest.approx(plain)
        assert found[OBUCHOWSKI] == pytest.approx(plain * (len(rows) - 1) / len(rows))


@settings(max_examples=25)
@given(tables, st.integers(2, 5))
def test_to_count_every_disc_several_times_changes_nothing(rows: list[list[int]], times: int) -> None:
    """What McNemar's test takes for more evidence."""
    once, repeated = by_test(rows)["statistic"], by_test(np.array(rows) * times)["statistic"]
    for test in (OBUCHOWSKI, DURKALSKI, F_REFERENCE):
        assert repeated[test] == pytest.approx(once[test], nan_ok=True)


@settings(max_examples=25)
@given(st.lists(st.permutations([3, 1, 1, 0]), min_size=3, max_size=10))
def test_the_f_reference_of_equal_clusters_is_the_paired_t_test(rows: list[list[int]]) -> None:
    cells = np.array(rows)
    first, second = cells[:, 0] + cells[:, 1], cells[:, 0] + cells[:, 2]
    row = by_test(rows).loc[F_REFERENCE]
    if np.ptp(first - second):
        expected = stats.ttest_rel(first / 5, second / 5)
        interval = expected.confidence_interval()
        assert row["p"] == pytest.approx(expected.pvalue)
        assert [row["low"], row["high"]] == pytest.approx([interval.low, interval.high])
        assert row["df2"] == len(rows) - 1
    else:
        assert np.isnan(row["p"])


@settings(max_examples=25)
@given(tables)
def test_to_swap_the_readers_turns_the_difference_round(rows: list[list[int]]) -> None:
    one, other = by_test(rows), by_test(np.array(rows)[:, [0, 2, 1, 3]])
    np.testing.assert_allclose(one["p"], other["p"], atol=1e-9)
    ends = ["estimate", "low", "high"]
    np.testing.assert_allclose(one[ends], -other[["estimate", "high", "low"]], atol=1e-9)


def test_reads_are_counted_by_patient_in_any_order() -> None:
    first, second = [1, 1, 0, 0, 1, 1], [1, 0, 1, 0, 0, 0]
    straight = clustered_mcnemar(first, second, list("ppqqqr"))
    mixed = [3, 0, 5, 1, 4, 2]
    again = clustered_mcnemar(
        [first[i] for i in mixed], [second[i] for i in mixed], ["ppqqqr"[i] for i in mixed]
    )
    pd.testing.assert_frame_equal(straight, again)
    pd.testing.assert_frame_equal(
        straight, clustered_mcnemar_of_cells([[1, 1, 0, 0], [0, 1, 1, 1], [0, 1, 0, 0]])
    )


def test_the_statistics_of_a_stack_are_those_of_each() -> None:
    stack = np.random.default_rng(0).integers(0, 4, (5, 8, 4)).astype(float)
    stack[..., 0] += 1
    for statistic in (clustered.obuchowski, clustered.durkalski, clustered.eliasziw_donner):
        np.testing.assert_allclose(statistic(stack), [float(statistic(cells)) for cells in stack])


def test_what_evens_out_in_every_patient_is_no_difference() -> None:
    found = by_test([[3, 1, 1, 0], [1, 2, 2, 0]])
    assert found["p"].drop(F_REFERENCE).tolist() == [1, 1, 1]
    assert np.isnan(found.loc[F_REFERENCE, "p"])


def test_a_patient_without_a_disc_plays_no_part() -> None:
    rows = [[3, 1, 0, 1], [1, 2, 1, 0]]
    pd.testing.assert_frame_equal(by_test(rows), by_test([*rows, [0, 0, 0, 0]]))


@pytest.mark.parametrize(
    ("first", "second", "patients", "sentence"),
    [
        ([1, 0, 1], [0, 1, 1], "aaa", "two or more"),
        ([1, 0, 1], [1, 0, 1], "abc", "agree on every disc"),
        ([1, 0, 1], [1, 0, 0], "ab", "its patient"),
        ([], [], "", "no reads"),
    ],
)
def test_reads_that_allow_no_clustered_test_are_refused(
    first: list, second: list, patients: str, sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        clustered_mcnemar(first, second, list(patients))


@pytest.mark.parametrize("cells", [[[1, 2, 3]], [1, 2, 3, 4], [[1, -1, 0, 0], [1, 1, 0, 0]]])
def test_what_are_no_cells_is_refused(cells: list) -> None:
    with pytest.raises(ValueError, match="row for each patient"):
        clustered_mcnemar_of_cells(cells)


def patients_of(reads: list[bool], name: str) -> list[str]:
    return [f"{name}{index}" for index in range(len(reads))]


@settings(max_examples=25)
@given(
    st.lists(st.booleans(), min_size=2, max_size=60).filter(lambda reads: len(set(reads)) == 2),
    st.lists(st.booleans(), min_size=2, max_size=60).filter(lambda reads: len(set(reads)) == 2),
    st.integers(1, 4),
)
def test_rao_scott_sees_through_repeated_discs(first: list[bool], second: list[bool], times: int) -> None:
    """One disc a patient: Pearson's chi-square but for the factors n / (n - 1); repeated discs: the same."""
    sides = [(np.repeat(reads, times), np.repeat(patients_of(reads, side), times).tolist())
             for reads, side in ((first, "a"), (second, "b"))]  # fmt: skip
    found = rao_scott(*sides[0], *sides[1]).iloc[0]
    effective = np.array([len(first) - 1, len(second) - 1])
    share = np.array([np.mean(first), np.mean(second)])
    pooled = (effective * share).sum() / effective.sum()
    expected = (effective * (share - pooled) ** 2).sum() / (pooled * (1 - pooled))
    assert found["statistic"] == pytest.approx(expected)
    assert found["estimate"] == pytest.approx(share[0] - share[1])
    assert found["low"] <= found["estimate"] <= found["high"]


@pytest.mark.parametrize(
    ("first", "second", "sentence"),
    [
        (([1, 0], "ab"), ([1, 0], "bc"), "both sides"),
        (([1, 0], "aa"), ([1, 0], "bc"), "fewer than two patients"),
        (([1, 1], "ab"), ([1, 0], "cd"), "every disc or on none"),
        (([1, 0], "a"), ([1, 0], "cd"), "its patient"),
        (([], ""), ([1, 0], "cd"), "fewer than two patients"),
    ],
)
def test_sides_that_allow_no_rao_scott_are_refused(first: tuple, second: tuple, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        rao_scott(first[0], list(first[1]), second[0], list(second[1]))


def test_the_documented_examples_hold() -> None:
    assert doctest.testmod(clustered).failed == 0
