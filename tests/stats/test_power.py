"""Power by simulation: against the published tests one by one, and in what must hold of any design."""

import doctest
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stats import power
from stats.clustered import clustered_mcnemar
from stats.mrmc import obuchowski_rockette
from stats.power import PairedStudy, draw_reads, power_table
from stats.standalone import compare_standalone

STUDY = PairedStudy(first=0.8, second=0.9)


def drawn(study: PairedStudy, readers: int, cases: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    return draw_reads(study, readers, cases, np.random.default_rng(seed))


def as_table(right: np.ndarray, patients: np.ndarray) -> pd.DataFrame:
    """The reads as a reader study's, all discs diseased."""
    treatment, reader, case = np.indices(right.shape).reshape(3, -1)
    columns = {"treatment": treatment, "reader": reader, "case": case, "rating": right.ravel().astype(int)}
    return pd.DataFrame({**columns, "truth": 1, "patient": patients[case]})


def published_p(right: np.ndarray, patients: np.ndarray) -> float:
    """Of the test that a study of these reads would report; 1 where there is none."""
    try:
        if right.size == 2 * len(patients):
            tests = clustered_mcnemar(*right.reshape(2, -1), patients.tolist())
        elif len(right) == 2:
            tests = obuchowski_rockette(as_table(right, patients), "sensitivity")
        else:
            tests = compare_standalone(as_table(right, patients), right.shape[1] - 1, "sensitivity")
    except ValueError:
        return 1.0
    return tests["p"].iloc[0]


@pytest.mark.parametrize("against", ["arm", "AI"])
@pytest.mark.parametrize("readers", [1, 3])
def test_power_is_the_share_of_studies_that_the_primary_tests_find_significant(
    against: str, readers: int
) -> None:
    study = replace(STUDY, against=against)
    random = np.random.default_rng([7, readers, 30])
    p = [published_p(*draw_reads(study, readers, 30, random)) for _ in range(20)]
    significant = sum(value < 0.05 for value in p)
    assert 0 < significant < 20
    assert power_table(study, [readers], [30], repetitions=20, seed=7)["power"][0] == significant / 20


@pytest.mark.parametrize("merit", ["sensitivity", "specificity"])
def test_both_sides_are_right_as_often_as_assumed(merit: str) -> None:
    study = replace(STUDY, merit=merit, reader_variance=0.3, reader_arm_variance=0.1)
    right, patients = drawn(study, readers=3000, cases=60)
    assert right.shape == (2, 3000, len(patients))
    shares = np.mean([drawn(study, 200, 40, seed)[0].mean(axis=(1, 2)) for seed in range(60)], axis=0)
    assert shares == pytest.approx([0.8, 0.9], abs=0.015)
    with_ai, _ = drawn(replace(study, against="AI"), readers=2, cases=20000)
    assert with_ai.shape[:2] == (1, 3)
    assert with_ai[0, 2].mean() == pytest.approx(0.9, abs=0.01)


@settings(max_examples=20)
@given(st.floats(0.05, 0.95), st.integers(1, 8))
def test_sensitivity_counts_diseased_discs_and_specificity_the_others(prevalence: float, discs: int) -> None:
    study = replace(STUDY, prevalence=prevalence, discs=discs)
    diseased, healthy = (
        len(drawn(replace(study, merit=merit), 1, 3000)[1]) / (3000 * discs)
        for merit in ("sensitivity", "specificity")
    )
    assert diseased == pytest.approx(prevalence, abs=0.06)
    assert diseased + healthy == pytest.approx(1, abs=0.1)


def test_patients_differ_where_their_discs_are_correlated() -> None:
    spread = []
    for correlation in (0.0, 0.9):
        right, patients = drawn(replace(STUDY, within_patient=correlation), readers=1, cases=2000)
        wrong = np.bincount(patients, ~right[0, 0])
        spread.append(wrong.var() / wrong.mean())
    assert spread[1] > 1.3 * spread[0]


def test_reads_of_one_disc_agree_where_they_are_correlated() -> None:
    agreement = []
    for correlation in (0.0, 0.5, 0.99):
        right, _ = drawn(replace(STUDY, second=0.8, between_reads=correlation), readers=1, cases=2000)
        agreement.append((right[0] == right[1]).mean())
    assert agreement[0] == pytest.approx(0.8**2 + 0.2**2, abs=0.02)
    assert agreement[0] + 0.05 < agreement[1] < agreement[2] - 0.05
    assert agreement[2] > 0.95


def test_a_single_reader_is_no_sample_of_readers() -> None:
    one, other = (drawn(replace(STUDY, reader_variance=variance), 1, 50)[0] for variance in (0, 5))
    np.testing.assert_array_equal(one, other)


def test_power_grows_with_cases_readers_and_difference() -> None:
    table = power_table(STUDY, [3, 8], [30, 120], repetitions=150).set_index(["readers", "cases"])["power"]
    assert table[3, 30] < table[8, 30] < table[8, 120]
    assert table[3, 30] < table[3, 120]
    more = power_table(replace(STUDY, second=0.95), [3], [30], repetitions=150)["power"][0]
    assert more > table[3, 30]


def test_readers_who_differ_in_what_they_gain_cost_power() -> None:
    alike, unlike = (
        power_table(replace(STUDY, reader_arm_variance=variance), [5], [80], repetitions=150)["power"][0]
        for variance in (0, 0.3)
    )
    assert unlike < alike - 0.1


def test_without_a_difference_the_power_is_the_level() -> None:
    table = power_table(replace(STUDY, second=0.8), [1, 5], [50], repetitions=400)
    assert ((table["power"] > 0.02) & (table["power"] < 0.09)).all()


def test_a_row_does_not_depend_on_the_others_and_has_its_interval() -> None:
    table = power_table(STUDY, [1, 2], [20, 30], repetitions=30)
    assert table[["readers", "cases"]].to_numpy().tolist() == [[1, 20], [1, 30], [2, 20], [2, 30]]
    alone = power_table(STUDY, [2], [20], repetitions=30)
    assert alone.iloc[0].tolist() == table.iloc[2].tolist()
    assert ((table["low"] < table["power"]) & (table["power"] < table["high"])).all()


def test_a_study_without_a_disc_that_counts_is_not_significant() -> None:
    rare = replace(STUDY, prevalence=0.001, discs=1)
    for readers in (1, 2):
        assert power_table(rare, [readers], [2], repetitions=3)["power"][0] == 0


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"second": 1.03}, "the second sensitivity is 1.03"),
        ({"first": 0, "merit": "specificity"}, "the first specificity is 0"),
        ({"prevalence": 1}, "prevalence"),
        ({"within_patient": 1}, "within patients is 1"),
        ({"between_reads": -0.1}, "between reads is -0.1"),
        ({"reader_variance": -1}, "variance between readers is negative"),
        ({"discs": 0}, "no discs"),
    ],
)
def test_an_impossible_study_is_refused(changed: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        replace(STUDY, **changed)


@pytest.mark.parametrize(("readers", "cases", "repetitions"), [([0], [10], 5), ([1], [1], 5), ([1], [9], 0)])
def test_a_study_of_nobody_is_refused(readers: list[int], cases: list[int], repetitions: int) -> None:
    with pytest.raises(ValueError, match="at least"):
        power_table(STUDY, readers, cases, repetitions)


def test_the_documented_example_holds() -> None:
    assert doctest.testmod(power).failed == 0
