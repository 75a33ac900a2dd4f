import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.boxes import Box
from annotation.labels import named_label_set
from annotation.views import named_view
from data.cohort import Cohort, CohortImage
from data.folds import Folds, checked, make_folds, read_folds, write_folds
from errors import BadInputError

LABELS = named_label_set("lumbar")
VIEW = named_view("diagnosis+bulge", LABELS)


def cohort(*labels_of_patients: tuple[str, ...], images: int = 1) -> Cohort:
    """One patient for each tuple, whose images all show these labels."""
    return Cohort(
        LABELS,
        tuple(
            CohortImage(
                f"p{number}-{image}.png",
                Path(f"p{number}-{image}.png"),
                f"p{number}",
                tuple(Box(label, 1, 1, 9, 9) for label in labels),
                frozenset(LABELS.classes),
                64,
                64,
            )
            for number, labels in enumerate(labels_of_patients)
            for image in range(images)
        ),
    )


patients = st.lists(st.lists(st.sampled_from(LABELS.classes), max_size=4).map(tuple), min_size=6, max_size=40)


@given(patients, st.integers(2, 6), st.integers(0, 99), st.integers(1, 3))
def test_every_patient_is_tested_once_and_never_trained_on(
    labels: list[tuple[str, ...]], count: int, seed: int, images: int
) -> None:
    whole = cohort(*labels, images=images)
    folds = make_folds(whole, VIEW, count, seed)
    tested = [patient for side in folds.test for patient in side]
    assert sorted(tested) == sorted(whole.patients)
    assert len(folds.test) == count
    for fold in range(count):
        training, test = folds.split(whole, fold)
        assert not set(training.patients) & set(test.patients)
        assert len(training.images) + len(test.images) == len(whole.images)
        assert training.images
        assert test.images


@given(patients, st.integers(0, 99))
def test_folds_repeat_by_seed(labels: list[tuple[str, ...]], seed: int) -> None:
    assert make_folds(cohort(*labels), VIEW, 3, seed) == make_folds(cohort(*labels), VIEW, 3, seed)


def test_another_seed_deals_otherwise() -> None:
    whole = cohort(*[("normal",)] * 20)
    assert make_folds(whole, VIEW, 5, 0).test != make_folds(whole, VIEW, 5, 1).test


@pytest.mark.parametrize("seed", range(5))
def test_a_rare_class_is_spread_over_the_folds(seed: int) -> None:
    whole = cohort(*[("normal",)] * 30, *[("normal", "bulge")] * 10, *[("normal", "herniation")] * 5)
    folds = make_folds(whole, VIEW, 5, seed)
    for side in folds.test:
        shown = [
            label for image in whole.of_patients(side).images for label in {b.label for b in image.boxes}
        ]
        assert (shown.count("herniation"), shown.count("bulge")) == (1, 2)
        assert len(side) == 9
    assert not folds.warnings


def test_a_class_that_a_fold_lacks_is_named() -> None:
    whole = cohort(*[("normal",)] * 8, ("normal", "herniation"))
    folds = make_folds(whole, VIEW, 3, 0)
    lacking = [n for n, side in enumerate(folds.test) if "p8" not in side]
    assert folds.warnings == tuple(f"fold {n}: no herniation among its test patients" for n in lacking)


def test_a_class_nobody_has_needs_no_warning(recwarn: pytest.WarningsRecorder) -> None:
    assert make_folds(cohort(*[("normal",)] * 8), VIEW, 4, 0).warnings == ()
    assert not recwarn.list


@given(patients, st.sets(st.integers(0, 3), min_size=1, max_size=3))
def test_held_out_patients_enter_no_fold(labels: list[tuple[str, ...]], chosen: set[int]) -> None:
    whole = cohort(*labels)
    held_out = [f"p{number}" for number in sorted(chosen)]
    folds = make_folds(whole, VIEW, 2, 0, held_out)
    assert folds.held_out == tuple(held_out)
    for fold in range(2):
        for side in folds.split(whole, fold):
            assert not set(side.patients) & set(held_out)


@pytest.mark.parametrize(
    ("count", "held_out", "reason"),
    [
        (5, ["p0"], "4 patients are too few for 5 folds"),
        (2, ["nobody"], "1 held-out patients are not in the cohort"),
    ],
)
def test_impossible_folds_are_refused(count: int, held_out: list[str], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        make_folds(cohort(*[("normal",)] * 5), VIEW, count, 0, held_out)


def test_a_patient_on_both_sides_is_an_error() -> None:
    whole = cohort(*[("normal",)] * 3)
    for folds in (Folds(0, (("p0", "p1"), ("p1", "p2"))), Folds(0, (("p0", "p1"), ("p2",)), ("p2",))):
        with pytest.raises(ValueError, match="both sides"):
            checked(folds, whole)


def test_folds_are_written_and_read_back(tmp_path: Path) -> None:
    whole = cohort(*[("normal",), ("bulge",)] * 5)
    folds = make_folds(whole, VIEW, 3, 4, ["p2"])
    write_folds(folds, tmp_path / "folds.json")
    assert read_folds(tmp_path / "folds.json", whole) == folds
    assert [path.name for path in tmp_path.iterdir()] == ["folds.json"]


def test_folds_of_another_cohort_are_refused(tmp_path: Path) -> None:
    write_folds(make_folds(cohort(*[("normal",)] * 6), VIEW, 2, 0), tmp_path / "folds.json")
    with pytest.raises(BadInputError, match=r"folds\.json.*made for other patients"):
        read_folds(tmp_path / "folds.json", cohort(*[("normal",)] * 7))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"[1, 2]",
        b"{}",
        b'{"seed": 0, "test": 3, "held_out": [], "warnings": []}',
        b'{"seed": null, "test": [], "held_out": [], "warnings": []}',
        b'{"seed": 0, "test": [["p0", "p1"], []], "held_out": [], "warnings": []}',
        b'{"seed": 0, "test": [["p0"], ["p0"]], "held_out": [], "warnings": []}',
        b'{"seed": 0, "test": [[["p0"]], ["p1"]], "held_out": [], "warnings": []}',
    ],
)
def test_damaged_folds_are_one_sentence_with_the_file(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "folds.json").write_bytes(content)
    with pytest.raises(BadInputError, match=r"folds\.json: [^\n]+$"):
        read_folds(tmp_path / "folds.json", cohort(("normal",), ("normal",)))
    with pytest.raises(BadInputError, match=r"absent\.json"):
        read_folds(tmp_path / "absent.json", cohort(("normal",), ("normal",)))


def test_the_real_sample_splits_by_patient(shared: Path, tmp_path: Path) -> None:
    from data.folder import read_cohort

    whole = read_cohort(shared / "spider-sample")
    folds = make_folds(whole, VIEW, 5, 0)
    assert (len(whole.images), len(whole.patients)) == (150, 69)
    assert not folds.warnings
    sizes = [len(side) for side in folds.test]
    assert max(sizes) - min(sizes) <= 3
    assert np.sum(sizes) == 69
    write_folds(folds, tmp_path / "folds.json")
    assert json.loads((tmp_path / "folds.json").read_text())["seed"] == 0
