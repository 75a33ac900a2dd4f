"""The probability of malignancy, fitted on what was said of unseen patients."""

from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from errors import BadInputError
from fracture.calibration import FractureRules, fit_rules, read_rules


def said(count: int, lean: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Logits that tell the causes, all too sure, and that lean to benign; and the labels."""
    random = np.random.default_rng(3)
    true = random.normal(-1, 2, count)
    labels = (random.random(count) < expit(true)).astype(int)
    logits = np.column_stack([np.full(count, lean), 3 * true])
    return logits, labels


def test_many_patients_give_the_logistic_regression() -> None:
    logits, labels = said(20_000, lean=4)
    rules = fit_rules(logits, labels)
    oracle = LogisticRegression(C=1e9).fit(logits[:, [1]] - logits[:, [0]], labels)
    assert rules.slope == pytest.approx(oracle.coef_[0, 0], rel=0.01)
    assert rules.intercept == pytest.approx(oracle.intercept_[0], rel=0.01)
    assert rules.prevalence == pytest.approx(labels.mean())
    assert rules.probability(logits).mean() == pytest.approx(labels.mean(), abs=0.005)


def test_a_lean_to_the_more_frequent_cause_is_taken_back() -> None:
    called = []
    for lean in (0.0, 5.0):
        logits, labels = said(300, lean)
        rules = fit_rules(logits, labels)
        called.append(rules.probability(logits) >= rules.prevalence)
    np.testing.assert_array_equal(*called)


def test_patients_who_are_told_apart_at_once_give_no_certainty() -> None:
    logits = np.array([[5.0, -5.0]] * 20 + [[-5.0, 5.0]] * 5)
    rules = fit_rules(logits, [0] * 20 + [1] * 5)
    benign, malignant = rules.probability(logits)[[0, -1]]
    assert 0.01 < benign < 0.1 and 0.8 < malignant < 0.95


def test_rules_are_written_and_read(tmp_path: Path) -> None:
    rules = FractureRules(0.5, -1.25, 0.3)
    rules.write(tmp_path)
    assert read_rules(tmp_path) == rules
    (tmp_path / "fracture.json").write_text("{}", encoding="utf-8")
    with pytest.raises(BadInputError, match="how its logits are read"):
        read_rules(tmp_path)
