"""The tables of a comparison, on small made-up studies."""

import pandas as pd
import pytest
from reader_study import ARMS, CASES, LEFT_OUT, plan, reference_study, study
from reader_tables import LEVELS, boxed, readings, reference, right, said

from errors import BadInputError
from reading.analysis.accuracy import accuracy_of_readers, published_table
from reading.analysis.comparison import TABLES, Comparison, compare
from reading.analysis.endpoints import ENDPOINTS
from reading.analysis.matching import match_readings
from reading.analysis.paired_tests import arms_against_each_other, readers_against_ai
from reading.readings import AI
from reading.reference import Reference
from stats.clustered import clustered_mcnemar


@pytest.fixture(scope="module")
def truth() -> Reference:
    return reference_study()


@pytest.fixture(scope="module")
def comparison(truth: Reference) -> Comparison:
    experts = study(("before",), ("X", "Y", "Z"))
    return compare(study(), truth, plan(readers=("Ann", "Cy")), experts)


def test_every_table_has_rows_with_a_note_and_the_plans_mark(comparison: Comparison) -> None:
    assert tuple(comparison.tables()) == TABLES
    for name, table in comparison.tables().items():
        assert len(table), name
        assert table["note"].notna().all(), name
        assert set(table["plan"]) <= {"pre-specified", "exploratory"}, name


def test_a_readers_accuracy_is_counted_disc_by_disc(comparison: Comparison) -> None:
    calls = comparison.matched.calls.query("reader == 'Ann' and arm == 'alone'")
    herniated = calls[calls["truth"] == "herniation"]
    row = comparison.accuracy.query(
        "reader == 'Ann' and arm == 'alone' and endpoint == 'herniation' and measure == 'sensitivity'"
    ).iloc[0]
    assert row["total"] == len(herniated)
    assert row["correct"] == (herniated["call"] == "herniation").sum()


def test_levels_have_rows_of_their_own_that_add_up(comparison: Comparison) -> None:
    asked = "reader == 'Bo' and arm == 'aided' and endpoint == 'bulge' and measure == 'accuracy'"
    by_level = comparison.by_level.query(asked)
    assert set(by_level["level"]) == set(LEVELS)
    assert by_level["correct"].sum() == comparison.accuracy.query(asked)["correct"].iloc[0]


def test_the_ai_is_tested_against_each_reader_by_the_primary_test(comparison: Comparison) -> None:
    rows = comparison.reader_against_ai
    primary = rows[rows["role"] == "primary"]
    assert set(primary["endpoint"]) == {"herniation"}
    assert set(primary["measure"]) == {"sensitivity", "specificity"}
    assert set(zip(primary["reader"], primary["arm"], strict=True)) == {
        (reader, arm) for reader in ("Ann", "Bo") for arm in ARMS
    }
    assert set(rows[rows["role"] == "as published"]["test"]) <= {"chi-square, as published", "Fisher's exact"}
    calls = comparison.matched.calls.query("truth == 'herniation'").set_index("disc")
    ai = calls[calls["reader"] == AI]["call"] == "herniation"
    ann = calls.query("reader == 'Ann' and arm == 'alone'")["call"] == "herniation"
    alone = clustered_mcnemar(ai, ann, calls[calls["reader"] == AI]["patient"].tolist()).iloc[0]
    row = primary.query("reader == 'Ann' and arm == 'alone' and measure == 'sensitivity'").iloc[0]
    assert (row["estimate"], row["p"]) == pytest.approx((alone["estimate"], alone["p"]))
    assert row["estimate"] == pytest.approx(ai.mean() - ann.mean())


def test_holm_corrects_primary_and_secondary_tests_apart(comparison: Comparison) -> None:
    rows = comparison.reader_against_ai
    for role in ("primary", "secondary"):
        family = rows[(rows["role"] == role) & rows["p"].notna()]
        assert (family["holm_p"] >= family["p"]).all()
        assert family["holm_p"].min() == pytest.approx(min(1, family["p"].min() * len(family)))
        assert (family["significant"] == (family["holm_p"] <= 0.05)).all()
    others = rows[rows["role"].isin(["beside", "as published"])]
    assert others["holm_p"].isna().all() and not others["significant"].any()


def test_arms_are_compared_within_each_reader_and_over_readers(comparison: Comparison) -> None:
    arms = comparison.arm_against_arm
    assert set(arms["reader"]) == {"Ann", "Bo"}
    assert set(zip(arms["first"], arms["second"], strict=True)) == {("aided", "alone")}
    together = comparison.arms_over_readers.query("endpoint == 'herniation' and merit == 'sensitivity'")
    row = together[together["analysis"] == "random readers and cases"].iloc[0]
    means = comparison.accuracy.query(
        "endpoint == 'herniation' and measure == 'sensitivity' and reader != 'AI'"
    )
    by_arm = means.groupby("arm")["estimate"].mean()
    assert row["estimate"] == pytest.approx(by_arm["aided"] - by_arm["alone"])
    assert "not supported" in row["note"]


def test_the_readers_mean_stands_against_the_ai_in_each_arm(comparison: Comparison) -> None:
    asked = "endpoint == 'herniation' and merit == 'specificity' and arm == 'alone'"
    rows = comparison.standalone.query(asked)
    difference, ai, mean = rows[rows["analysis"] == "fixed readers, random cases"]["estimate"]
    assert difference == pytest.approx(ai - mean)
    shown = comparison.accuracy.query("endpoint == 'herniation' and measure == 'specificity'")
    assert ai == pytest.approx(shown[shown["reader"] == AI]["estimate"].iloc[0])


def test_the_other_rule_counts_what_is_not_called_as_normal(comparison: Comparison) -> None:
    asked = "reader == 'Bo' and arm == 'alone' and measure == 'specificity' and endpoint == 'herniation'"
    wrong = comparison.accuracy.query(asked)["estimate"].iloc[0]
    as_normal = comparison.other_rule_accuracy.query(asked)["estimate"].iloc[0]
    assert wrong < as_normal
    not_called = comparison.readings.groupby("reader")["not_called"].sum()
    assert not_called.to_dict() == {"Ann": 0, "Bo": 2 * len(LEFT_OUT), AI: 0}


def test_deviations_from_the_plan_are_said_and_marked(comparison: Comparison) -> None:
    assert "Planned, but did not read: Cy." in comparison.deviations
    assert "Read, but were not planned: Bo." in comparison.deviations
    rows = comparison.accuracy.query("endpoint == 'herniation'")
    assert set(rows[rows["plan"] == "exploratory"]["reader"]) == {"Bo"}


def test_the_published_table_has_percent_seconds_and_the_chi_square(truth: Reference) -> None:
    matched = match_readings(study(("alone",)), truth)
    table = published_table(matched, ENDPOINTS["bulge or herniation"]).set_index("reader")
    counted = accuracy_of_readers(matched.calls).query(
        "endpoint == 'bulge or herniation' and measure == 'accuracy'"
    )
    for _, row in counted.iterrows():
        assert table.loc[row["reader"], "accuracy"] == pytest.approx(100 * row["estimate"])
    assert pd.isna(table.loc[AI, "p"]) and 0 <= table.loc["Ann", "p"] <= 1
    times = matched.reads.groupby("reader")["seconds"].mean()
    assert table["seconds"].to_dict() == pytest.approx(times.to_dict())


def test_what_cannot_be_computed_is_a_sentence_in_its_table() -> None:
    """One reader, one case, one disc, no time, no AI."""
    truth = reference(right("c", boxed("c.png", 0, 0, 20, 10), "herniation"))
    alone = compare(readings(said("Ann", "c", boxed("c.png", 0, 0, 20, 10))), truth, plan())
    assert alone.by_level.empty and alone.experts.empty and alone.agreement.empty
    for name in ("accuracy", "reader_against_ai", "arm_against_arm", "standalone", "roc", "times"):
        assert alone.tables()[name]["note"].ne("").all(), name
    assert "the AI said nothing of herniation" in alone.reader_against_ai["note"].iloc[0]


def test_readers_of_different_cases_in_two_arms_are_compared_as_such(comparison: Comparison) -> None:
    calls = comparison.matched.calls
    first = {f"c{case}" for case in range(CASES // 2)}
    apart = calls[calls["case"].isin(first) == (calls["arm"] == "alone")]
    rows = arms_against_each_other(apart, comparison.analysis_plan.planned, "wrong")
    assert set(rows["test"]) <= {"Rao-Scott chi-square", "chi-square, as published", "Fisher's exact"}
    assert (rows["discs"] == 0).all()
    assert (rows[rows["test"] == "Rao-Scott chi-square"]["role"] != "beside").all()


def test_the_plan_chooses_the_test_that_decides(comparison: Comparison) -> None:
    chosen = plan(primary_test="clustered McNemar, F reference").planned
    rows = readers_against_ai(comparison.matched.calls, chosen, "wrong", [ENDPOINTS["herniation"]])
    assert set(rows[rows["role"] == "primary"]["test"]) == {"clustered McNemar, F reference"}
    assert set(rows[rows["test"] == "clustered McNemar, Obuchowski"]["role"]) == {"beside"}


def test_a_plan_with_an_unknown_table_is_one_sentence(truth: Reference) -> None:
    with pytest.raises(BadInputError, match=r"plan\.yaml: unknown table 'colours'"):
        compare(study(), truth, plan(tables=("colours",)))
