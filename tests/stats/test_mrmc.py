"""Obuchowski and Rockette's analysis against published numbers, slow jackknives and simulated truth."""

import doctest
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stats import jackknife, mrmc
from stats.jackknife import Merit, Reads, crossed_reads, jackknifed_merits
from stats.mrmc import (
    FIXED_CASES,
    FIXED_READERS,
    RANDOM,
    compare_treatments,
    obuchowski_rockette,
    treatments_test,
    variance_components,
)

seeds = st.integers(0, 10_000)


@pytest.fixture(scope="module")
def van_dyke(shared: Path) -> pd.DataFrame:
    return pd.read_csv(shared / "golden/vandyke.csv")


@pytest.fixture(scope="module")
def van_dyke_calls(van_dyke: pd.DataFrame) -> pd.DataFrame:
    return van_dyke.assign(rating=(van_dyke["rating"] >= 3).astype(int))


def study_of(
    seed: int = 0, discs: int = 2, readers: int = 2, patients: int = 6, arms: tuple[str, ...] = ("A", "B")
) -> Reads:
    """Ratings of 1 to 5 of discs; every other disc is diseased."""
    random = np.random.default_rng(seed)
    cases = patients * discs
    truth = np.arange(cases) % 2
    latent = truth + random.normal(size=(len(arms), readers, cases)) + random.normal(size=cases)
    ratings = np.clip(np.round(latent + 2.5), 1, 5)
    names = tuple(f"reader {number}" for number in range(readers))
    return Reads(ratings, truth == 1, np.repeat(np.arange(patients), discs), arms, names)


def reads(seed: int = 0, readers: int = 3, arms: tuple[str, ...] = ("A", "B")) -> pd.DataFrame:
    """The same as a table with a row for each read."""
    study = study_of(seed, readers=readers, arms=arms)
    index = pd.MultiIndex.from_product(
        [arms, study.readers, range(len(study.truth))], names=["treatment", "reader", "case"]
    )
    table = pd.DataFrame({"rating": study.ratings.ravel()}, index=index).reset_index()
    return table.assign(truth=study.truth[table["case"]].astype(int), patient=study.patients[table["case"]])


def slow_covariance(
    study: Reads, kept: np.ndarray, merit: Callable[[np.ndarray, np.ndarray], float]
) -> np.ndarray:
    """The jackknife by definition: every patient with a kept case left out in turn, all computed anew."""
    rows = study.ratings.reshape(-1, len(study.truth))
    patients = sorted(set(study.patients[kept]))
    masks = [kept & (study.patients != patient) for patient in patients]
    without = np.array([[merit(study.truth[mask], row[mask]) for row in rows] for mask in masks])
    deviations = without - without.mean(axis=0)
    return (len(patients) - 1) / len(patients) * deviations.T @ deviations


def slow_area(truth: np.ndarray, rating: np.ndarray) -> float:
    return float(np.heaviside(rating[truth][:, None] - rating[~truth], 0.5).mean())


def test_random_readers_and_cases_give_the_published_numbers(van_dyke: pd.DataFrame) -> None:
    """Van Dyke's data, trapezoidal AUC; more digits in the documentation of MRMCaov and RJafroc."""
    test, first, second = obuchowski_rockette(van_dyke).itertuples()
    assert (round(test.statistic, 4), round(test.df2, 4), round(test.p, 4)) == (4.4563, 15.2597, 0.0517)
    assert (round(test.estimate, 8), round(test.low, 7), round(test.high, 7)) == (
        -0.04380032,
        -0.0879595,
        0.0003589,
    )
    assert test.df == 1
    assert (round(first.estimate, 8), round(second.estimate, 8)) == (0.89703704, 0.94083736)
    assert (round(first.low, 4), round(first.high, 4), round(first.df, 2)) == (0.8252, 0.9689, 12.74)
    assert (round(second.low, 4), round(second.high, 4), round(second.df, 2)) == (0.8941, 0.9875, 12.71)


def test_fixed_readers_give_the_published_numbers(van_dyke: pd.DataFrame) -> None:
    test, first, second = obuchowski_rockette(van_dyke, analysis=FIXED_READERS).itertuples()
    assert (round(test.statistic, 6), test.df, round(test.p, 8)) == (5.475953, 1, 0.01927984)
    assert (round(test.low, 8), round(test.high, 8)) == (-0.08048591, -0.00711473)
    assert (round(first.low, 7), round(first.high, 7)) == (0.8494301, 0.9446440)
    assert (round(second.low, 7), round(second.high, 7)) == (0.9079564, 0.9737183)


def test_fixed_cases_give_the_published_numbers(van_dyke: pd.DataFrame) -> None:
    test, first, second = obuchowski_rockette(van_dyke, analysis=FIXED_CASES).itertuples()
    assert (round(test.statistic, 3), test.df, test.df2, round(test.p, 8)) == (8.704, 1, 4, 0.04195875)
    assert (round(test.low, 8), round(test.high, 8)) == (-0.08502022, -0.00258042)
    assert (round(first.low, 7), round(first.high, 7)) == (0.8280981, 0.9659760)
    assert (round(second.low, 7), round(second.high, 7)) == (0.8959894, 0.9856854)


def test_sensitivity_gives_the_published_numbers(van_dyke_calls: pd.DataFrame) -> None:
    """A rating of 3 or more is a call; printed by MRMCaov, binary_sens, which jackknifes the 45 diseased."""
    test, first, second = obuchowski_rockette(van_dyke_calls, "sensitivity").itertuples()
    assert (round(test.statistic, 6), round(test.df2, 5), round(test.p, 8)) == (
        6.689493,
        15.71732,
        0.02008822,
    )
    assert (round(test.estimate, 8), round(test.low, 7), round(test.high, 7)) == (
        -0.09777778,
        -0.1780371,
        -0.0175185,
    )
    assert (round(first.estimate, 7), round(first.low, 7), round(first.high, 7)) == (
        0.8222222,
        0.6961876,
        0.9482568,
    )
    assert (round(second.estimate, 7), round(second.low, 7), second.high) == (0.92, 0.8328691, 1)


def test_variance_components_are_the_published_ones(
    van_dyke: pd.DataFrame, van_dyke_calls: pd.DataFrame
) -> None:
    area = variance_components(van_dyke).set_index("component")["value"].round(10).tolist()
    assert area[3:] == [0.0008022883, 0.0003466137, 0.0003440748, 0.0002390284]
    share = variance_components(van_dyke_calls, "sensitivity").set_index("component")["value"]
    assert share[["error", "cov1", "cov2", "cov3"]].round(10).tolist() == [
        0.0023681257,
        0.0009943883,
        0.0010145903,
        0.0006604938,
    ]
    assert share[["ms_treatment", "ms_reader", "ms_interaction"]].round(7).tolist() == [
        0.0239012,
        0.0124198,
        0.0018025,
    ]


def test_specificity_is_the_sensitivity_of_the_other_side(van_dyke_calls: pd.DataFrame) -> None:
    turned = van_dyke_calls.assign(truth=1 - van_dyke_calls["truth"], rating=1 - van_dyke_calls["rating"])
    one = obuchowski_rockette(van_dyke_calls, "specificity")
    pd.testing.assert_frame_equal(one, obuchowski_rockette(turned, "sensitivity"))


@given(seeds, st.integers(1, 3))
def test_covariances_leave_out_patients(seed: int, discs: int) -> None:
    study = study_of(seed, discs)
    found = jackknifed_merits(study, "auc").covariance.reshape(4, 4)
    everyone = np.ones(len(study.truth), bool)
    np.testing.assert_allclose(found, slow_covariance(study, everyone, slow_area), atol=1e-12)


@given(seeds, st.sampled_from(["sensitivity", "specificity"]), st.integers(1, 3))
def test_shares_leave_out_only_patients_that_they_count(seed: int, merit: Merit, discs: int) -> None:
    study = study_of(seed, discs)
    study = replace(study, ratings=(study.ratings >= 3).astype(float))
    counted = study.truth == (merit == "sensitivity")
    found = jackknifed_merits(study, merit)
    slow = slow_covariance(study, counted, lambda truth, calls: float((calls == truth).mean()))
    np.testing.assert_allclose(found.covariance.reshape(4, 4), slow, atol=1e-12)
    right = (study.ratings == study.truth)[..., counted]
    np.testing.assert_allclose(found.values, right.mean(axis=2))


@settings(max_examples=5)
@given(seeds)
def test_the_order_of_the_rows_says_nothing(seed: int) -> None:
    table = reads(seed)
    shuffled = table.sample(frac=1, random_state=seed)
    pd.testing.assert_frame_equal(obuchowski_rockette(table), obuchowski_rockette(shuffled))


@given(seeds)
def test_the_interval_holds_zero_where_the_test_does_not_reject(seed: int) -> None:
    for analysis in (RANDOM, FIXED_READERS, FIXED_CASES):
        row = treatments_test(jackknifed_merits(study_of(seed, discs=5, readers=4), "auc"), analysis)
        assert (row.low <= 0 <= row.high) == (row.p >= 0.05)


def test_three_arms_are_tested_together_and_in_pairs() -> None:
    found = obuchowski_rockette(reads(arms=("A", "B", "C"), readers=5))
    assert found["test"].tolist() == [
        "Obuchowski–Rockette, random readers and cases",
        "A − B",
        "A − C",
        "B − C",
        "mean of A",
        "mean of B",
        "mean of C",
    ]
    assert found["df"].iloc[0] == 2
    assert found["estimate"].iloc[1] == pytest.approx(found["estimate"].iloc[4] - found["estimate"].iloc[5])


def test_arms_come_in_the_order_of_their_categories() -> None:
    table = reads()
    ordered = table.assign(treatment=pd.Categorical(table["treatment"], ["B", "A"]))
    one, other = (obuchowski_rockette(given).iloc[0] for given in (table, ordered))
    assert one["test"].endswith("A − B") and other["test"].endswith("B − A")
    assert one["estimate"] == pytest.approx(-other["estimate"])


def test_few_readers_are_no_readers_in_general() -> None:
    notes = [obuchowski_rockette(reads(readers=count))["note"].iloc[0] for count in (3, 5)]
    assert notes == ["3 readers: a claim about readers in general is not supported", ""]


def test_one_reader_may_be_fixed() -> None:
    found = obuchowski_rockette(reads(readers=1), analysis=FIXED_READERS).iloc[0]
    assert found["note"] == "speaks about these readers only"
    assert 0 < found["p"] < 1


def test_readers_who_all_gain_the_same_are_tested_on_the_cases_alone() -> None:
    calls = np.array([[1, 1, 0, 0, 0, 1], [1, 1, 1, 0, 0, 1]], float)
    study = Reads(np.stack([calls, calls], axis=1), np.ones(6, bool), np.arange(6), ("A", "B"), ("x", "y"))
    row = treatments_test(jackknifed_merits(study, "sensitivity"))
    assert np.isnan(row.df2) and 0 < row.p < 1


def test_the_test_keeps_its_level_for_discs_of_patients() -> None:
    random = np.random.default_rng(7)
    patients = np.repeat(np.arange(40), 3)
    rejected = []
    for _ in range(300):
        easy = 1 + 0.6 * random.normal(size=40)[patients] + 0.3 * random.normal(size=(1, 5, 1))
        right = easy + 0.2 * random.normal(size=(2, 5, 1)) + 0.8 * random.normal(size=(2, 5, 120)) > 0
        study = Reads(right.astype(float), np.ones(120, bool), patients, ("A", "B"), tuple("vwxyz"))
        rejected.append(treatments_test(jackknifed_merits(study, "sensitivity")).p < 0.05)
    assert 0.02 < np.mean(rejected) < 0.09


def without_a_read(table: pd.DataFrame) -> pd.DataFrame:
    return table.drop(index=table.index[table["reader"] == "reader 1"][0])


def relabelled(table: pd.DataFrame, column: str) -> pd.DataFrame:
    changed = table.copy()
    changed.loc[0, column] = 1 - changed.loc[0, column]
    return changed


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda table: table[table["reader"] == "reader 0"], "there is one reader; random readers need"),
        (lambda table: table[table["treatment"] == "A"], "there is one treatment"),
        (lambda table: table[table["case"] == 1], "there is one diseased case"),
        (lambda table: table[table["truth"] == 1], "there are no healthy cases"),
        (lambda table: table[table["truth"] == 0], "there are no diseased cases"),
        (lambda table: table.assign(patient=1), "all of them are of one patient"),
        (lambda table: table.head(0), "there are no reads"),
        (lambda table: table.drop(columns="rating"), "lacks the column rating"),
        (without_a_read, "reader reader 1 has 23 of 24 reads; every reader must read every case"),
        (lambda table: table.assign(rating=table["rating"].where(table.index != 30)), "has 23 of 24 reads"),
        (lambda table: pd.concat([table, table.head(2)]), r"more than one read of a case .*2 reads too many"),
        (lambda table: relabelled(table, "truth"), "a case has more than one truth"),
        (lambda table: relabelled(table, "patient"), "a case has more than one patient"),
        (lambda table: table.assign(patient=np.nan), "a read lacks its reader, treatment, case or patient"),
        (lambda table: table.assign(truth=table["truth"] + 1), "truth must be 0"),
        (lambda table: table.assign(rating=table["truth"]), "a test needs differences that vary"),
    ],
)
def test_impossible_reads_are_refused(spoil: Callable[[pd.DataFrame], pd.DataFrame], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        obuchowski_rockette(spoil(reads()))


def test_a_rating_is_no_call() -> None:
    with pytest.raises(ValueError, match="need calls of 0"):
        obuchowski_rockette(reads(), "sensitivity")


def test_unknown_words_are_refused() -> None:
    with pytest.raises(ValueError, match="no such merit: kappa; there are auc"):
        obuchowski_rockette(reads(), "kappa")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="no such analysis: bayes"):
        obuchowski_rockette(reads(), analysis="bayes")  # type: ignore[arg-type]


def test_an_arm_that_is_always_right_has_a_mean_but_no_interval() -> None:
    study = crossed_reads(reads())
    ratings = study.ratings.copy()
    ratings[1] = study.truth
    found = compare_treatments(jackknifed_merits(replace(study, ratings=ratings), "auc"))
    perfect = found.iloc[-1]
    assert perfect["estimate"] == 1 and np.isnan(perfect["low"])
    assert perfect["note"].startswith("no variance, so no interval")


def test_the_documented_examples_hold() -> None:
    assert doctest.testmod(jackknife).failed == 0
    assert doctest.testmod(mrmc).failed == 0
