"""Coefficients against published examples, other implementations and slow definitions."""

import warnings
from itertools import product
from math import isnan, sqrt

import krippendorff
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score, f1_score

from stats.agreement import (
    Bootstrap,
    agreement_table,
    cohen_kappa,
    gwet_ac1,
    krippendorff_alpha,
    observed_agreement,
    positive_agreement,
)

Z = 1.959964

# Gwet, Handbook of Inter-Rater Reliability, 4th ed. 2014: two abstractors, 100 pregnancies; the figures
# are printed in the vignette of the R package irrCAC.
ABSTRACTORS = [[13, 0, 0], [0, 20, 7], [0, 4, 56]]
# Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011, example C: four observers of 12 units;
# the figure with more digits stands in the same vignette.
OBSERVERS = ["11*1", "2232", "3333", "3333", "2222", "1234", "4444", "1121", "2222", "*555", "**11", "**3*"]

ratings = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1, max_size=30)


def two_readers(table: list[list[int]]) -> tuple[list[int], list[int]]:
    """Ratings of which a table is the table."""
    cells = [cell for cell in product(range(len(table)), repeat=2) for _ in range(table[cell[0]][cell[1]])]
    return [row for row, _ in cells], [column for _, column in cells]


def standard_error(found: object) -> float:
    interval = found.asymptotic  # type: ignore[attr-defined]
    return (interval.high - interval.low) / 2 / Z


def test_kappa_and_its_standard_error_are_the_published_ones() -> None:
    found = cohen_kappa(*two_readers(ABSTRACTORS))
    assert found.estimate == pytest.approx(0.7964094, abs=1e-7)
    assert standard_error(found) == pytest.approx(0.05891072, abs=1e-7)


def test_ac1_and_its_standard_error_are_the_published_ones() -> None:
    found = gwet_ac1(*two_readers(ABSTRACTORS))
    assert found.estimate == pytest.approx(0.8493305, abs=1e-7)
    assert standard_error(found) == pytest.approx(0.04321747, abs=1e-7)


def test_alpha_of_two_readers_is_the_published_one() -> None:
    pairs = list(zip(*two_readers(ABSTRACTORS), strict=True))
    assert krippendorff_alpha(pairs).estimate == pytest.approx(0.7972585, abs=1e-7)


def test_alpha_of_four_readers_with_gaps_is_the_published_one() -> None:
    rows = [[None if item == "*" else item for item in row] for row in OBSERVERS]
    found = krippendorff_alpha(rows)
    assert found.estimate == pytest.approx(0.74342, abs=1e-5)
    assert found.items == 11


@given(ratings)
def test_kappa_is_scikit_learns(pairs: list[tuple[str, str]]) -> None:
    first, second = zip(*pairs, strict=True)
    found = cohen_kappa(first, second, categories="abc")
    if len({*first, *second}) > 1:
        assert found.estimate == pytest.approx(cohen_kappa_score(first, second))
    else:
        assert isnan(found.estimate) and found.undefined


@given(ratings)
def test_ac1_and_its_error_follow_gwets_definition(pairs: list[tuple[str, str]]) -> None:
    """His general form over subjects, which is written another way than the table's."""
    shares = {name: sum(pair.count(name) for pair in pairs) / (2 * len(pairs)) for name in "abc"}
    chance = sum(share * (1 - share) for share in shares.values()) / 2
    agreed = [float(one == other) for one, other in pairs]
    expected = (np.mean(agreed) - chance) / (1 - chance)
    own_chance = [np.mean([1 - shares[name] for name in pair]) / 2 for pair in pairs]
    parts = [
        (agreement - chance) / (1 - chance) - 2 * (1 - expected) * (own - chance) / (1 - chance)
        for agreement, own in zip(agreed, own_chance, strict=True)
    ]
    found = gwet_ac1(*zip(*pairs, strict=True), categories="abc")
    assert found.estimate == pytest.approx(expected)
    margin = Z * sqrt(np.mean((np.array(parts) - expected) ** 2) / len(pairs))
    assert found.asymptotic.low == pytest.approx(max(expected - margin, -1), abs=1e-6)
    assert found.asymptotic.high == pytest.approx(min(expected + margin, 1), abs=1e-6)


@given(st.lists(st.lists(st.sampled_from(["a", "b", "c", None]), min_size=3, max_size=3), max_size=20))
def test_alpha_is_the_krippendorff_packages(rows: list[list[str | None]]) -> None:
    counts = np.array([[row.count(name) for name in "abc"] for row in rows]).reshape(-1, 3)
    found = krippendorff_alpha(rows, categories="abc")
    if (counts[counts.sum(axis=1) > 1].sum(axis=0) > 0).sum() > 1:
        expected = krippendorff.alpha(value_counts=counts, level_of_measurement="nominal")
        assert found.estimate == pytest.approx(expected)
    else:
        assert isnan(found.estimate) and found.undefined


@given(ratings)
def test_positive_agreement_is_the_f1_of_one_reader_against_the_other(pairs: list[tuple[str, str]]) -> None:
    first, second = ([item == "a" for item in reader] for reader in zip(*pairs, strict=True))
    found = positive_agreement(first, second)
    if any(first) or any(second):
        assert found.estimate == pytest.approx(f1_score(first, second))
    else:
        assert isnan(found.estimate)


@given(ratings, st.permutations("abc"))
def test_neither_the_readers_order_nor_the_categories_names_matter(
    pairs: list[tuple[str, str]], names: list[str]
) -> None:
    first, second = zip(*pairs, strict=True)
    renamed = dict(zip("abc", names, strict=True))
    for coefficient in (cohen_kappa, gwet_ac1):
        found = coefficient(first, second, categories="abc").estimate
        swapped = coefficient(second, first, categories="abc").estimate
        other = coefficient(
            [renamed[i] for i in first], [renamed[i] for i in second], categories="abc"
        ).estimate
        assert [swapped, other] == pytest.approx([found, found], nan_ok=True)


def test_perfect_agreement_is_one() -> None:
    same = list("aabbc")
    for coefficient in (cohen_kappa, gwet_ac1, observed_agreement):
        assert coefficient(same, same).estimate == 1
    assert krippendorff_alpha([(item, item, item) for item in same]).estimate == 1


def test_ac1_stays_where_kappa_falls() -> None:
    """One category almost always: kappa's paradox, and what AC1 is for."""
    first, second = two_readers([[118, 5], [2, 0]])
    assert observed_agreement(first, second).estimate == 0.944
    assert cohen_kappa(first, second).estimate == pytest.approx(-0.0234, abs=1e-4)
    assert gwet_ac1(first, second).estimate == pytest.approx(0.9408, abs=1e-4)


def test_an_unused_category_of_the_scale_changes_ac1_alone() -> None:
    first, second = "aabb", "abbb"
    assert cohen_kappa(first, second, "abc").estimate == cohen_kappa(first, second).estimate
    assert gwet_ac1(first, second, "abc").estimate > gwet_ac1(first, second).estimate


@pytest.mark.parametrize("coefficient", [cohen_kappa, gwet_ac1, observed_agreement])
def test_nothing_to_compare_is_undefined_with_a_reason(coefficient: object) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = coefficient([], [], clusters=[])  # type: ignore[operator]
    assert isnan(found.estimate) and isnan(found.by_cluster.low) and isnan(found.asymptotic.high)
    assert (found.items, found.undefined) == (0, "no items")


def test_one_category_is_undefined_with_a_reason_and_without_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        undefined = [
            cohen_kappa("aaa", "aaa", categories="abc", clusters="xyz"),
            gwet_ac1("aaa", "aaa", clusters="xyz"),
            krippendorff_alpha(["aaa", "aa"], clusters="xy"),
        ]
        assert gwet_ac1("aaa", "aaa", categories="abc", clusters="xyz").estimate == 1
    for found in undefined:
        assert isnan(found.estimate) and isnan(found.by_cluster.low)
        assert found.undefined == "all items are in one category"


def test_items_that_fewer_than_two_readers_rated_say_nothing() -> None:
    rows = [("a", "a"), ("a", "b"), ("b", "b")]
    found = krippendorff_alpha([*rows, ("c", None), (None, None)], clusters="xyzvw")
    assert found.estimate == krippendorff_alpha(rows).estimate
    assert (found.items, found.clusters) == (3, 3)


def test_an_unknown_category_is_refused() -> None:
    with pytest.raises(ValueError, match="d"):
        cohen_kappa("ad", "aa", categories="abc")


def test_the_cluster_interval_is_that_of_every_possible_draw() -> None:
    """Three patients: all 27 draws, against 20,000 random ones."""
    first, second, patients = "aabbab", "abbbaa", "xxyyzz"
    items = list(zip(first, second, patients, strict=True))

    def redrawn(draw: tuple[str, ...]) -> float:
        pairs = [item[:2] for patient in draw for item in items if item[2] == patient]
        return cohen_kappa_score(*zip(*pairs, strict=True), labels=["a", "b"])

    exact = [redrawn(draw) for draw in product("xyz", repeat=3)]
    found = cohen_kappa(first, second, clusters=patients, bootstrap=Bootstrap(20_000, seed=1)).by_cluster
    assert [found.low, found.high] == pytest.approx(
        np.nanpercentile(exact, [2.5, 97.5], method="inverted_cdf"), abs=1e-9
    )


def test_an_interval_by_patients_is_wider_where_patients_repeat_themselves() -> None:
    first, second = two_readers([[30, 10], [5, 15]])
    whole = [(one, other, f"{index}") for index, (one, other) in enumerate(zip(first, second, strict=True))]
    repeated = [item for item in whole for _ in range(8)]
    single, clustered = (
        cohen_kappa(*zip(*[item[:2] for item in items], strict=True), clusters=[item[2] for item in items])
        for items in (whole, repeated)
    )
    assert clustered.estimate == pytest.approx(single.estimate)
    assert clustered.by_cluster.low == pytest.approx(single.by_cluster.low)
    width = clustered.asymptotic.high - clustered.asymptotic.low
    assert clustered.by_cluster.high - clustered.by_cluster.low > 2 * width


def test_draws_are_seeded_and_the_order_of_items_plays_no_part() -> None:
    items = list(zip("aabbabba", "abbbaaba", "xxyyzzvv", strict=True))
    found = [
        gwet_ac1(*zip(*[item[:2] for item in order], strict=True), clusters=[item[2] for item in order])
        for order in (items, items, [*items[:2][::-1], *items[2:]])
    ]
    assert found[0] == found[1] == found[2]


def test_one_patient_gives_no_interval_by_patients() -> None:
    found = cohen_kappa("aab", "abb", clusters="xxx")
    assert isnan(found.by_cluster.low) and not isnan(found.asymptotic.low)


def test_the_table_counts_the_first_reader_in_rows() -> None:
    table = agreement_table("aabbb", "abbba", categories="abc")
    assert table.loc["a", "b"] == 1 and table.loc["b", "a"] == 1 and table.loc["b", "b"] == 2
    assert table.loc["c"].sum() == 0
