"""The figures of the model and of readers, by hand and against scikit-learn."""

import json
from dataclasses import replace
from math import isnan
from pathlib import Path

import pytest
from fracture_answers import answers
from sklearn.metrics import roc_auc_score

from benchmarks.fracture.answers import Answer, side
from benchmarks.fracture.reader_comparison import ReaderComparison, compare_readers
from benchmarks.fracture.report import write_fracture_report
from benchmarks.fracture.results import summarise
from data.cohort import Exclusion
from errors import BadInputError
from fracture.readings import read_fracture_readings
from stats.proportions import proportion_interval


def readings(path: Path, **readers: list[tuple[str, str, str]]) -> Path:
    """(patient, answer, likelihood) of each reader."""
    lines = ["reader,experience,patient,answer,likelihood"]
    lines += [f"{name},senior,{','.join(row)}" for name, rows in readers.items() for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def compare(path: Path, model: list[Answer]) -> ReaderComparison:
    return compare_readers(path, read_fracture_readings(path), model)


def called(
    model: list[Answer], wrong: tuple[str, ...] = (), likelihood: bool = False
) -> list[tuple[str, str, str]]:
    """A reader who is right but on these patients."""
    other = {"benign": "malignant", "malignant": "benign"}
    rows = []
    for item in model:
        said = other[item.cause] if item.patient in wrong else item.cause
        rows.append((item.patient, said, str(4 if said == "malignant" else 2) if likelihood else ""))
    return rows


def test_shares_intervals_and_area() -> None:
    made = answers()
    found = side("model", made)
    assert (found.sensitivity.right, found.sensitivity.of) == (8, 10)
    assert (found.specificity.right, found.specificity.of) == (18, 20)
    assert found.accuracy.value.estimate == pytest.approx(26 / 30)
    assert found.balanced_accuracy.value.estimate == pytest.approx((0.8 + 0.9) / 2)
    assert found.balanced_accuracy.value.low < 0.85 < found.balanced_accuracy.value.high
    wilson = proportion_interval(8, 10)
    assert (found.sensitivity.value.low, found.sensitivity.value.high) == (wilson.low, wilson.high)
    area = roc_auc_score([item.is_malignant for item in made], [item.rating for item in made])
    assert found.auc is not None and found.auc.estimate == pytest.approx(area)


def test_no_answer_counts_as_wrong_and_not_in_the_area() -> None:
    made = answers()
    silent = [replace(made[0], said=None, rating=None), *made[1:]]
    found = side("model", silent)
    assert found.sensitivity.right == 7 and found.sensitivity.of == 10
    assert found.auc is not None
    assert found.auc.estimate == pytest.approx(
        roc_auc_score([item.is_malignant for item in made[1:]], [item.rating for item in made[1:]])
    )
    results = summarise("Fractures", silent, [], [], None, [])
    assert results.confusion == ((18, 2), (2, 7)) and results.unanswered == (0, 1)
    assert results.calibration.patients == 29


def test_a_reader_is_compared_on_the_patients_that_both_have(tmp_path: Path) -> None:
    model = answers(right_malignant=10, right_benign=20)
    own = called(model, wrong=("m0", "m1", "m2", "m3", "m4", "b0"), likelihood=True)[:25]
    found = compare(readings(tmp_path / "readings.csv", Anna=own), model)
    (reader,) = found.readers
    assert (reader.name, reader.experience, reader.patients) == ("Anna", "senior", 25)
    assert reader.sensitivity.value.estimate == 0.5 and reader.specificity.of == 15
    sensitivity, specificity, area = found.tests
    assert (sensitivity.merit, sensitivity.model_only, sensitivity.reader_only) == ("sensitivity", 5, 0)
    assert sensitivity.difference.estimate == 0.5
    # McNemar's mid-p of 5 against 0: two times (half of 1/32).
    assert sensitivity.p == pytest.approx(1 / 32)
    assert specificity.p == pytest.approx(1 / 2)
    assert sensitivity.holm_p == pytest.approx(2 / 32) and specificity.holm_p == pytest.approx(1 / 2)
    assert area.merit == "AUC" and area.difference.estimate > 0 and area.holm_p == pytest.approx(area.p)
    assert not found.simulated


def test_readers_who_differ_on_no_patient_have_no_test(tmp_path: Path) -> None:
    model = answers(right_malignant=10, right_benign=20)
    found = compare(readings(tmp_path / "readings.csv", Anna=called(model)), model)
    assert [item.merit for item in found.tests] == ["sensitivity", "specificity"]
    assert all(isnan(item.p) and item.note for item in found.tests)


def test_simulated_readers_are_told_by_their_names(tmp_path: Path) -> None:
    model = answers()
    path = readings(tmp_path / "readings.csv", **{"simulated senior": called(model)})
    assert compare(path, model).simulated


def test_patients_whom_the_model_did_not_judge_are_left_out_and_counted(tmp_path: Path) -> None:
    model = answers()
    own = [*called(model), ("left-out", "malignant", "")]
    found = compare(readings(tmp_path / "readings.csv", Anna=own, Ben=own), model)
    assert found.not_judged == 1 and {item.patients for item in found.readers} == {len(model)}


def test_readings_of_unknown_patients_or_of_one_cause_are_refused(tmp_path: Path) -> None:
    model = answers()
    path = readings(tmp_path / "readings.csv", Anna=[("nobody", "benign", "")])
    with pytest.raises(BadInputError, match="no patient in it is one of the cohort's"):
        compare(path, model)
    path = readings(tmp_path / "readings.csv", Anna=called(model)[:10])
    with pytest.raises(BadInputError, match="Anna read patients of one cause alone"):
        compare(path, model)


def test_a_report_of_the_bare_minimum_is_whole(tmp_path: Path) -> None:
    """No features, no readers; a study left out; nobody rated."""
    silent = [replace(item, said=None, rating=None) for item in answers()]
    results = summarise("A <title>", silent, [Exclusion("study", "no <T1>")], [], None, [("folds", "2")])
    write_fracture_report(results, tmp_path)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert (
        "A &lt;title&gt;" in page
        and "no &lt;T1&gt;" in page
        and "http" not in page.replace("http://www.w3.org", "")
    )
    content = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert content["model"]["auc"] is None and content["calibration"]["brier"] is None
    assert not (tmp_path / "feature_tests.csv").exists()
