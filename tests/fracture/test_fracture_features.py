"""The table of binary features, and what is tested about each."""

from math import exp, isnan, log, sqrt
from pathlib import Path

import pytest
from scipy.stats import chi2_contingency, fisher_exact

from errors import BadInputError
from fracture.features import FeatureTest, feature_tests, read_features

GROUPS = (("malignant", 30), ("benign", 70))


def write(path: Path, **ticked: tuple[int, int]) -> Path:
    """30 malignant and 70 benign patients; of each feature how many of either show it."""
    lines = [",".join(["patient", "cause", *ticked])]
    for group, (cause, of) in enumerate(GROUPS):
        for number in range(of):
            values = (str(int(number < counts[group])) for counts in ticked.values())
            lines.append(",".join([f"{cause}{number}", cause, *values]))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def figures_of(path: Path) -> dict[str, FeatureTest]:
    return {item.name: item for item in feature_tests(read_features(path))}


def test_a_feature_is_counted_tested_and_judged_as_a_sign(tmp_path: Path) -> None:
    found = figures_of(write(tmp_path / "features.csv", convex=(24, 14), fluid=(3, 35)))
    convex, fluid = found["convex"], found["fluid"]
    assert (convex.malignant, convex.of_malignant, convex.benign, convex.of_benign) == (24, 30, 14, 70)
    assert (convex.sign_of, convex.sensitivity, convex.specificity) == ("malignant", 0.8, 0.8)
    assert (fluid.sign_of, fluid.sensitivity, fluid.specificity) == ("benign", 0.5, 0.9)
    assert convex.test == "chi-square, as published"
    expected = chi2_contingency([[24, 6], [14, 56]], correction=False).pvalue
    assert convex.p == pytest.approx(expected)
    # Holm: the smaller p of two counts twice.
    assert convex.holm_p == pytest.approx(2 * convex.p)
    margin = 1.959964 * sqrt(1 / 24 + 1 / 6 + 1 / 14 + 1 / 56)
    assert convex.odds.estimate == pytest.approx(24 * 56 / (6 * 14))
    assert convex.odds.high == pytest.approx(exp(log(16) + margin))
    assert not convex.odds.corrected


def test_small_counts_get_fishers_test(tmp_path: Path) -> None:
    rare = figures_of(write(tmp_path / "features.csv", rare=(2, 0), common=(15, 35)))["rare"]
    assert rare.test == "Fisher's exact"
    assert rare.p == pytest.approx(fisher_exact([[2, 28], [0, 70]]).pvalue)
    assert rare.odds.corrected and rare.odds.estimate == pytest.approx(2.5 * 70.5 / (28.5 * 0.5))


def test_a_feature_that_all_show_says_nothing(tmp_path: Path) -> None:
    found = figures_of(write(tmp_path / "features.csv", always=(30, 70), even=(15, 35)))
    assert isnan(found["always"].p) and isnan(found["always"].holm_p) and found["always"].sign_of == ""
    assert found["even"].p == pytest.approx(1) and found["even"].sign_of == ""


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        ("patient,cause\np,benign\n", None, "no feature in it"),
        ("patient,cause,a\np,benign,2\n", 2, "a is none of 0, 1"),
        ("patient,cause,a\np,benign,\n", 2, "no a in this row"),
        ("patient,cause,a\np,harmless,1\n", 2, "cause is none of benign, malignant"),
        ("patient,cause,a\np,,1\n", 2, "no cause"),
        ("patient,cause,a\np,benign,1\np,malignant,1\n", 3, "stands twice"),
        ("patient,cause,a\np,benign,1\n", None, "no malignant fracture"),
        ("patient,a\np,1\n", None, "no column 'cause'"),
        ("patient,cause,a,a\np,benign,1,1\n", None, "there twice"),
    ],
)
def test_a_table_that_cannot_be_used_is_named_with_its_line(
    tmp_path: Path, content: str, line: int | None, reason: str
) -> None:
    path = tmp_path / "features.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(BadInputError, match=reason) as error:
        read_features(path)
    assert error.value.line == line
