"""Reading times against exact analyses of balanced designs, other definitions and simulated truth."""

import doctest
from itertools import combinations, product
from math import exp, isnan, nan, sqrt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import friedmanchisquare, t, ttest_rel

from stats import times
from stats.times import friedman, time_quartiles, time_ratios, wilcoxon_signed_rank

TESTS = (time_ratios, wilcoxon_signed_rank, friedman)


def reads(
    readers: int, cases: int, arms: int = 0, faster: float = 0.8, habit: float = 0.1, seed: int = 0
) -> pd.DataFrame:
    """Simulated times: each next arm takes ``faster`` of the one before, more or less so by the reader's
    ``habit``; without arms each next reader does."""
    random = np.random.default_rng(seed)
    of_reader, of_case = random.normal(0, 0.2, readers), random.normal(0, 0.4, cases)
    of_both = random.normal(0, habit, (readers, max(arms, 1)))
    rows = []
    for reader, case, arm in product(range(readers), range(cases), range(max(arms, 1))):
        steps = arm if arms else reader
        level = 4 + of_reader[reader] * (arms > 0) + of_case[case] + of_both[reader, arm] * (arms > 0)
        rows.append((f"R{reader}", case, f"arm {arm}", level + steps * np.log(faster)))
    table = pd.DataFrame(rows, columns=["reader", "case", "arm", "log"])
    table["seconds"] = np.exp(table.pop("log") + random.normal(0, 0.25, len(table)))
    return table if arms else table.drop(columns="arm")


def logs(table: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    return np.log(table.pivot_table(index="case", columns=columns, values="seconds", aggfunc="mean"))


def test_two_readers_are_compared_as_by_the_paired_t_test() -> None:
    """Of a balanced design the mixed model's answer is exact: the t test of log times."""
    table = reads(2, 30)
    wide = logs(table, ["reader"])
    expected = ttest_rel(wide["R0"], wide["R1"])
    row = time_ratios(table, "reader").iloc[0]
    interval = expected.confidence_interval()
    assert row["test"] == "log-normal mixed model: R0 / R1"
    assert [row["statistic"], row["df"], row["p"]] == pytest.approx(
        [expected.statistic, 29, expected.pvalue], rel=1e-3
    )
    assert [row["low"], row["high"]] == pytest.approx([exp(interval.low), exp(interval.high)], rel=1e-3)
    assert row["estimate"] == pytest.approx(exp((wide["R0"] - wide["R1"]).mean()))


def test_arms_of_several_readers_are_compared_between_readers() -> None:
    """Balanced: the readers' own differences are all that counts, with one df less than readers."""
    table = reads(4, 25, arms=2, habit=0.3)
    log = np.log(table["seconds"]).groupby([table["reader"], table["arm"]]).mean().unstack()
    difference = log["arm 0"] - log["arm 1"]
    margin = t.ppf(0.975, 3) * difference.std() / sqrt(4)
    row = time_ratios(table, "arm").iloc[0]
    assert row["df"] == 3
    assert row["estimate"] == pytest.approx(exp(difference.mean()))
    assert [row["low"], row["high"]] == pytest.approx(
        [exp(difference.mean() - margin), exp(difference.mean() + margin)], rel=1e-3
    )
    assert row["note"] == "4 readers: a claim about readers in general is not supported"


def test_arms_that_every_reader_gains_alike_from_are_compared_without_warnings(
    recwarn: pytest.WarningsRecorder,
) -> None:
    """The usual case of a variance component of 0."""
    row = time_ratios(reads(3, 30, arms=2, habit=0), "arm").iloc[0]
    assert row["low"] < 1 / 0.8 < row["high"]
    assert row["high"] / row["low"] < 1.5
    assert not recwarn.list


def test_one_reader_in_two_arms_is_compared_by_case() -> None:
    table = reads(1, 30, arms=2)
    wide = logs(table, ["arm"])
    row = time_ratios(table, "arm").iloc[0]
    assert row["p"] == pytest.approx(ttest_rel(wide["arm 0"], wide["arm 1"]).pvalue, rel=1e-2)
    assert (row["df"], row["note"]) == (29, "")


def test_every_two_readers_are_compared_even_where_a_read_is_missing() -> None:
    table = reads(3, 30).drop(index=[3, 50])
    found = time_ratios(table, "reader")
    assert [name.removeprefix("log-normal mixed model: ") for name in found["test"]] == [
        "R0 / R1",
        "R0 / R2",
        "R1 / R2",
    ]
    assert found["estimate"][0] * found["estimate"][2] == pytest.approx(found["estimate"][1])
    assert (found["df"] == 88 - 32).all()


@settings(max_examples=8)
@given(st.floats(0.01, 100))
def test_the_unit_of_time_plays_no_part_in_ratios(unit: float) -> None:
    table = reads(2, 12)
    scaled = table.assign(seconds=table["seconds"] * unit)
    columns = ["estimate", "low", "high", "p"]
    one, other = (time_ratios(item, "reader")[columns].to_numpy() for item in (table, scaled))
    np.testing.assert_allclose(one, other, rtol=1e-3)


@settings(max_examples=20)
@given(st.lists(st.integers(-40, 40).filter(bool), min_size=6, max_size=9, unique_by=abs))
def test_the_signed_rank_p_is_that_of_every_choice_of_signs(differences: list[int]) -> None:
    rows = [("A", case, 100 + value) for case, value in enumerate(differences)]
    rows += [("B", case, 100) for case in range(len(differences))]
    row = wilcoxon_signed_rank(pd.DataFrame(rows, columns=["reader", "case", "seconds"]), "reader").iloc[0]
    ranks = np.abs(differences).argsort().argsort() + 1
    total = ranks.sum()
    sums = [np.dot(signs, ranks) for signs in product((0, 1), repeat=len(ranks))]
    positive = ranks[np.array(differences) > 0].sum()
    extreme = [abs(value - total / 2) >= abs(positive - total / 2) for value in sums]
    assert row["p"] == pytest.approx(np.mean(extreme))
    assert row["statistic"] == min(positive, total - positive)
    pairs = [sum(pair) / 2 for pair in combinations(differences, 2)] + differences
    assert row["estimate"] == np.median(pairs)


@pytest.mark.parametrize("seed", range(3))
def test_the_signed_rank_interval_ends_where_a_shift_becomes_significant(seed: int) -> None:
    table = reads(2, 15, seed=seed)
    found = wilcoxon_signed_rank(table, "reader").iloc[0]

    def p_after(shift: float) -> float:
        """First less second is ``shift`` less; 1,000 s more on both sides keep every time positive."""
        moved = table["seconds"] + 1000 - shift * (table["reader"] == "R0")
        return wilcoxon_signed_rank(table.assign(seconds=moved), "reader")["p"][0]

    width = found["high"] - found["low"]
    for end, outwards in ((found["low"], -width), (found["high"], width)):
        assert p_after(end - 0.001 * outwards) > 0.04
        assert p_after(end + 0.001 * outwards) < 0.06


def test_arms_are_ranked_in_the_mean_over_readers_and_for_each() -> None:
    found = wilcoxon_signed_rank(reads(2, 20, arms=2), "arm")
    assert [name.removeprefix("Wilcoxon signed-rank: ") for name in found["test"]] == [
        "arm 0 − arm 1, mean of readers",
        "arm 0 − arm 1, reader R0",
        "arm 0 − arm 1, reader R1",
    ]
    assert (found["note"] == "20 cases; speaks about these readers only").all()


def test_a_case_that_lacks_a_time_is_left_out_of_rank_tests_and_not_counted() -> None:
    table = reads(3, 12)
    less = table[(table["case"] != 4) | (table["reader"] != "R1")]
    for test in (wilcoxon_signed_rank, friedman):
        without = table[table["case"] != 4]
        row, expected = test(less, "reader").iloc[0], test(without, "reader").iloc[0]
        assert row["p"] == expected["p"]
        assert row["note"].startswith("11 cases")


def test_few_cases_have_a_signed_rank_test_without_interval() -> None:
    row = wilcoxon_signed_rank(reads(2, 4), "reader").iloc[0]
    assert isnan(row["low"]) and not isnan(row["p"])


def test_friedman_over_readers_is_scipys() -> None:
    table = reads(3, 15)
    expected = friedmanchisquare(*(group["seconds"] for _, group in table.groupby("reader")))
    row = friedman(table, "reader").iloc[0]
    assert [row["statistic"], row["df"], row["p"]] == pytest.approx([expected.statistic, 2, expected.pvalue])


def test_quartiles_are_told_by_reader_and_arm() -> None:
    table = reads(2, 9, arms=2)
    found = time_quartiles(table, ["reader", "arm"])
    one = table[(table["reader"] == "R1") & (table["arm"] == "arm 0")]["seconds"]
    row = found[(found["reader"] == "R1") & (found["arm"] == "arm 0")].iloc[0]
    assert row["reads"] == 9
    assert [row["lower_quartile"], row["median"], row["upper_quartile"]] == list(
        np.quantile(one, [0.25, 0.5, 0.75])
    )
    assert row["geometric_mean"] == pytest.approx(exp(np.log(one).mean()))


@pytest.mark.parametrize("seconds", [0, -3, nan, np.inf])
def test_a_time_that_is_none_is_refused(seconds: float) -> None:
    table = reads(3, 5)
    table.loc[2, "seconds"] = seconds
    for test in (*TESTS, lambda times, by: time_quartiles(times, [by])):
        with pytest.raises(ValueError, match="1 of 15 times are not positive"):
            test(table, "reader")


@pytest.mark.parametrize(
    ("table", "compared", "complaint"),
    [
        (reads(3, 1), "reader", "one case"),
        (reads(1, 5), "reader", "one reader"),
        (reads(3, 5), "arm", "lacks the column arm"),
        (reads(3, 5).iloc[:0], "reader", "no times"),
        (reads(3, 5, arms=2), "reader", "several arms"),
        (pd.concat([reads(3, 5), reads(3, 5).head(2)]), "reader", r"reader R0 .* \(2 times too many"),
        (reads(3, 5, arms=3).query("reader != 'R1' or arm != 'arm 2'"), "arm", "every reader must read"),
        (reads(3, 5).assign(case=range(15)), "reader", "in common|fewer than two cases"),
        (reads(3, 5).assign(seconds=30), "reader", "without a rest|differ"),
        (reads(3, 5).replace({"reader": {"R1": None}}), "reader", "lacks its reader"),
    ],
)
def test_impossible_input_is_refused_in_a_sentence(
    table: pd.DataFrame, compared: str, complaint: str
) -> None:
    for test in TESTS:
        with pytest.raises(ValueError, match=complaint):
            test(table, compared)  # type: ignore[arg-type]


def test_friedman_of_two_readers_is_refused() -> None:
    with pytest.raises(ValueError, match="signed-rank"):
        friedman(reads(2, 5), "reader")


def test_the_documented_examples_hold() -> None:
    assert doctest.testmod(times).failed == 0
