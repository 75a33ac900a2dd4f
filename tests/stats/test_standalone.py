"""The standalone AI against readers: definitions, a second analysis that must agree, and its level."""

import doctest
from math import sqrt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm, ttest_1samp

from stats import standalone
from stats.jackknife import Reads, crossed_reads, jackknifed_merits
from stats.mrmc import FIXED_CASES, FIXED_READERS, RANDOM, treatments_test
from stats.roc import auc_table
from stats.standalone import compare_standalone, standalone_test

seeds = st.integers(0, 10_000)


def reads(seed: int = 0, readers: int = 4, cases: int = 40) -> pd.DataFrame:
    """Ratings by the AI and by readers; every other case is diseased, two cases a patient."""
    random = np.random.default_rng(seed)
    truth = np.arange(cases) % 2
    ratings = truth + random.normal(size=(readers + 1, cases)) + random.normal(size=cases)
    names = ["AI", *(f"reader {number}" for number in range(readers))]
    index = pd.MultiIndex.from_product([names, range(cases)], names=["reader", "case"])
    table = pd.DataFrame({"rating": ratings.ravel()}, index=index).reset_index()
    return table.assign(truth=truth[table["case"]], patient=table["case"] // 2)


@settings(max_examples=8)
@given(seeds)
def test_it_is_the_two_treatment_analysis_with_the_ai_copied_for_each_reader(seed: int) -> None:
    """Kooi et al., 2016: F = t², and the same degrees of freedom and p."""
    table = reads(seed)
    study = crossed_reads(table.assign(treatment="alone"))
    people = study.ratings[:, 1:]
    copied = np.concatenate([np.repeat(study.ratings[:, :1], people.shape[1], axis=1), people])
    doubled = Reads(copied, study.truth, study.patients, ("AI", "readers"), study.readers[1:])
    for analysis in (RANDOM, FIXED_READERS, FIXED_CASES):
        one = compare_standalone(table, "AI", analysis=analysis).iloc[0]
        other = treatments_test(jackknifed_merits(doubled, "auc"), analysis)
        assert one["statistic"] ** 2 == pytest.approx(other.statistic)
        assert one["p"] == pytest.approx(other.p)
        assert one["estimate"] == pytest.approx(other.estimate)
        assert one[["low", "high"]].tolist() == pytest.approx([other.low, other.high])


@settings(max_examples=8)
@given(seeds)
def test_fixed_cases_are_a_t_test_of_the_differences(seed: int) -> None:
    table = reads(seed)
    areas = {name: auc_table(of["truth"], of["rating"])["auc"].item() for name, of in table.groupby("reader")}
    differences = [areas["AI"] - area for name, area in areas.items() if name != "AI"]
    expected = ttest_1samp(differences, 0)
    found = compare_standalone(table, "AI", analysis=FIXED_CASES)
    assert found["statistic"].iloc[0] == pytest.approx(expected.statistic)
    assert found["p"].iloc[0] == pytest.approx(expected.pvalue)
    assert found["estimate"].iloc[1] == pytest.approx(areas["AI"])
    assert found["estimate"].iloc[2] == pytest.approx(areas["AI"] - np.mean(differences))


@settings(max_examples=8)
@given(seeds)
def test_random_cases_can_only_widen_the_interval(seed: int) -> None:
    random, fixed = (
        compare_standalone(reads(seed), "AI", analysis=of).iloc[0] for of in (RANDOM, FIXED_CASES)
    )
    assert random["df"] >= fixed["df"] - 1e-9
    assert abs(random["statistic"]) <= abs(fixed["statistic"]) + 1e-9


def test_the_name_of_the_ai_is_free() -> None:
    table = reads()
    renamed = table.replace({"reader": {"AI": "zebra"}})
    pd.testing.assert_frame_equal(compare_standalone(table, "AI"), compare_standalone(renamed, "zebra"))


def test_a_binary_merit_counts_discs_by_patient() -> None:
    table = reads()
    calls = table.assign(rating=(table["rating"] > 0.5).astype(int))
    by_patient = compare_standalone(calls.assign(patient=calls["case"] // 4), "AI", "sensitivity")
    by_disc = compare_standalone(calls.drop(columns="patient"), "AI", "sensitivity")
    assert by_patient["estimate"].tolist() == by_disc["estimate"].tolist()
    assert by_patient["high"].iloc[1] != by_disc["high"].iloc[1]


def null_study(random: np.random.Generator, readers: int) -> Reads:
    """50 patients × 5 discs, all diseased; the AI is as good as readers are on average; patients differ."""
    patients = np.repeat(np.arange(50), 5)
    skill = norm.ppf(0.85) * sqrt(1 + 0.3**2) + 0.3 * random.normal(size=(readers + 1, 1))
    skill[0] = norm.ppf(0.85)
    shared = 0.6 * random.normal(size=50)[patients] + 0.4 * random.normal(size=250)
    right = skill + shared + sqrt(1 - 0.6**2 - 0.4**2) * random.normal(size=(readers + 1, 250)) > 0
    names = tuple(range(readers + 1))
    return Reads(right[None].astype(float), np.ones(250, bool), patients, ("",), names)


def test_the_test_keeps_its_level() -> None:
    random = np.random.default_rng(11)
    studies = (null_study(random, readers=6) for _ in range(300))
    rejected = [standalone_test(jackknifed_merits(study, "sensitivity"), 0).p < 0.05 for study in studies]
    assert 0.02 < np.mean(rejected) < 0.09


def test_few_readers_are_no_readers_in_general() -> None:
    found = compare_standalone(reads(readers=4), "AI")
    assert found["note"].tolist() == [
        "4 readers: a claim about readers in general is not supported",
        "",
        "4 readers: a claim about readers in general is not supported",
    ]
    assert compare_standalone(reads(readers=5), "AI")["note"].tolist() == ["", "", ""]


def test_one_reader_may_be_fixed_but_not_random() -> None:
    table = reads(readers=1)
    assert 0 < compare_standalone(table, "AI", analysis=FIXED_READERS)["p"].iloc[0] < 1
    with pytest.raises(ValueError, match="there is one reader; random readers need at least two"):
        compare_standalone(table, "AI")


def test_impossible_reads_are_refused() -> None:
    table = reads()
    with pytest.raises(ValueError, match="there are no reads of Hal"):
        compare_standalone(table, "Hal")
    with pytest.raises(ValueError, match="there are no readers beside the AI"):
        compare_standalone(table[table["reader"] == "AI"], "AI")
    with pytest.raises(ValueError, match="there are no diseased cases"):
        compare_standalone(table[table["truth"] == 0], "AI")
    with pytest.raises(ValueError, match="there are no healthy cases"):
        compare_standalone(table[table["truth"] == 1], "AI")
    with pytest.raises(ValueError, match="reader reader 3 has 39 of 40 reads"):
        compare_standalone(table.head(len(table) - 1), "AI")
    with pytest.raises(ValueError, match="lacks the column reader"):
        compare_standalone(table.drop(columns="reader"), "AI")
    with pytest.raises(ValueError, match="a test needs differences that vary"):
        compare_standalone(table.assign(rating=table["truth"]), "AI")


def test_the_documented_examples_hold() -> None:
    assert doctest.testmod(standalone).failed == 0
