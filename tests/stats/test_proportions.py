"""One reader's accuracy against published intervals, scikit-learn, and by hand."""

import doctest
from math import isnan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score, cohen_kappa_score

from stats import proportions
from stats.agreement import Bootstrap
from stats.proportions import accuracy_table, class_accuracy_table, proportion_interval

reads = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=2, max_size=40).filter(
    lambda pairs: len({truth for truth, _ in pairs}) == 2
)


def test_wilson_and_exact_intervals_are_the_published_ones() -> None:
    """Newcombe, Stat Med 1998; 17: 857-872, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29."""
    published = {
        (81, 263): ((0.2553, 0.3662), (0.2527, 0.3676)),
        (15, 148): ((0.0624, 0.1605), (0.0578, 0.1617)),
        (0, 20): ((0.0, 0.1611), (0.0, 0.1684)),
        (1, 29): ((0.0061, 0.1718), (0.0009, 0.1776)),
    }
    for (successes, trials), (wilson, exact) in published.items():
        for method, ends in (("Wilson", wilson), ("Clopper-Pearson", exact)):
            found = proportion_interval(successes, trials, method)  # type: ignore[arg-type]
            assert (found.low, found.high) == pytest.approx(ends, abs=5e-5)


@settings(max_examples=25)
@given(st.integers(1, 300).flatmap(lambda trials: st.tuples(st.integers(0, trials), st.just(trials))))
def test_an_interval_holds_its_share_and_mirrors_for_failures(counts: tuple[int, int]) -> None:
    successes, trials = counts
    for method in ("Wilson", "Clopper-Pearson"):
        found = proportion_interval(successes, trials, method)  # type: ignore[arg-type]
        mirrored = proportion_interval(trials - successes, trials, method)  # type: ignore[arg-type]
        assert 0 <= found.low <= found.high <= 1
        assert found.low - 1e-12 <= successes / trials <= found.high + 1e-12
        assert (found.low, found.high) == pytest.approx((1 - mirrored.high, 1 - mirrored.low), abs=1e-9)


@pytest.mark.parametrize("counts", [(0, 0), (3, 2), (-1, 4)])
def test_what_is_no_proportion_is_refused(counts: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="no proportion"):
        proportion_interval(*counts)


def test_the_measures_follow_from_the_four_cells() -> None:
    truth = [True] * 10 + [False] * 30
    called = [True] * 7 + [False] * 3 + [True] * 5 + [False] * 25
    table = accuracy_table(truth, called).set_index("measure")
    assert table["estimate"].drop("Cohen's kappa").to_dict() == pytest.approx(
        {
            "sensitivity": 7 / 10,
            "specificity": 25 / 30,
            "accuracy": 32 / 40,
            "PPV": 7 / 12,
            "NPV": 25 / 28,
            "balanced accuracy": (7 / 10 + 25 / 30) / 2,
        }
    )
    assert table.loc["PPV", ["correct", "total"]].tolist() == [7, 12]
    assert table.loc["balanced accuracy", ["correct", "wilson_low", "exact_high"]].isna().all()
    assert table["cluster_low"].isna().all()


@settings(max_examples=25)
@given(reads)
def test_balanced_accuracy_and_kappa_are_scikit_learns(pairs: list[tuple[bool, bool]]) -> None:
    truth, called = zip(*pairs, strict=True)
    estimates = accuracy_table(truth, called).set_index("measure")["estimate"]
    assert estimates["balanced accuracy"] == pytest.approx(balanced_accuracy_score(truth, called))
    assert estimates["Cohen's kappa"] == pytest.approx(cohen_kappa_score(truth, called))


@settings(max_examples=25)
@given(st.lists(st.tuples(st.sampled_from("nbh"), st.sampled_from("nbh")), max_size=30))
def test_three_classes_are_scored_as_by_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    truth, called = zip(*pairs, *zip("nbh", "bbh", strict=True), strict=True)
    estimates = class_accuracy_table(truth, called, "nbh").set_index("measure")["estimate"]
    assert estimates["accuracy"] == pytest.approx(np.mean(np.array(truth) == np.array(called)))
    assert estimates["balanced accuracy"] == pytest.approx(balanced_accuracy_score(truth, called))
    assert estimates["Cohen's kappa"] == pytest.approx(cohen_kappa_score(truth, called))


def test_a_disc_that_was_not_called_counts_as_wrong() -> None:
    called = ["normal", "not called", "bulge", "herniation"]
    truth = ["normal", "normal", "bulge", "herniation"]
    table = class_accuracy_table(truth, called, ["normal", "bulge", "herniation"]).set_index("measure")
    assert table.loc["accuracy", "estimate"] == 0.75
    assert table.loc["balanced accuracy", "estimate"] == pytest.approx((0.5 + 1 + 1) / 3)


def test_without_a_call_ppv_is_unknown_and_the_rest_is_not() -> None:
    table = accuracy_table([True, False, False], [False, False, False], clusters="abc").set_index("measure")
    assert isnan(table.loc["PPV", "estimate"]) and table.loc["PPV", "total"] == 0
    assert table.loc["specificity", "estimate"] == 1


def test_intervals_by_patient_are_wider_where_patients_repeat_themselves() -> None:
    random = np.random.default_rng(0)
    truth, right = random.random(40) < 0.5, random.random(40) < 0.8
    said = np.where(right, truth, ~truth)
    repeated = [np.repeat(values, 6) for values in (truth, said)]
    patients = np.repeat(np.arange(40), 6).tolist()
    accuracy = accuracy_table(*repeated, clusters=patients).set_index("measure").loc["accuracy"]
    independent = accuracy["wilson_high"] - accuracy["wilson_low"]
    assert accuracy["cluster_high"] - accuracy["cluster_low"] > 2 * independent


def test_the_interval_by_patient_of_single_discs_is_near_wilsons() -> None:
    truth = [True] * 200 + [False] * 200
    called = [True] * 150 + [False] * 50 + [False] * 160 + [True] * 40
    table = accuracy_table(truth, called, range(400), Bootstrap(4000, seed=3)).set_index("measure")
    for name in ("sensitivity", "specificity", "accuracy", "PPV"):
        row = table.loc[name]
        assert row[["cluster_low", "cluster_high"]].tolist() == pytest.approx(
            row[["wilson_low", "wilson_high"]].tolist(), abs=0.012
        )


@pytest.mark.parametrize(
    ("truth", "called", "sentence"),
    [
        ([], [], "no reads"),
        ([True, True], [True, False], "one without"),
        ([False, False], [True, False], "one without"),
        ([True, False], [True], "same items"),
        ([True, False], [True, None], "no gaps"),
        ([True, False], [2, 0], "True and False"),
    ],
)
def test_reads_that_allow_no_accuracy_are_refused(truth: list, called: list, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        accuracy_table(truth, called)


def test_a_class_without_a_case_is_refused() -> None:
    with pytest.raises(ValueError, match="without one: bulge"):
        class_accuracy_table(["normal"], ["normal"], ["normal", "bulge"])


def test_the_documented_examples_hold() -> None:
    assert doctest.testmod(proportions).failed == 0
