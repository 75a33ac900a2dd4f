"""A phantom cohort in a folder, and what is promised of its patients."""

import json
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest

from data.folder import read_cohort
from data.phantom import generate
from data.phantom.ceiling import reading_ceiling
from data.phantom.generate import generate_cohort
from data.phantom.patient import draw_patient
from data.phantom.ranges import DEMO_SEED, LABELS, SCANNERS, START_WEIGHTS_SEED, TEST_SEED
from errors import BadInputError

SEEDS = (DEMO_SEED, START_WEIGHTS_SEED, TEST_SEED)


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("phantom") / "cohort"
    generate_cohort(folder, patients=3, seed=DEMO_SEED, slices_per_patient=2, workers=1)
    return folder


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_cohort_reads_as_any_other(cohort: Path) -> None:
    read = read_cohort(cohort)
    assert len(read.images) == 6
    assert not read.excluded
    assert {image.patient for image in read.images} == {f"phantom{DEMO_SEED}-000{i}" for i in range(3)}
    assert all(image.boxes for image in read.images)


def test_images_are_gray_and_of_real_sizes(cohort: Path) -> None:
    for path in (cohort / "images").iterdir():
        image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        assert image is not None and image.dtype == np.uint8 and image.ndim == 2
        assert min(SCANNERS.rows) <= min(image.shape) and max(image.shape) <= max(SCANNERS.rows)
        assert image.max() == 255 and image.std() > 20


def test_the_truth_agrees_with_the_annotations(cohort: Path) -> None:
    truths = json.loads((cohort / "truth.json").read_text())
    boxes = {image.path.name: image.boxes for image in read_cohort(cohort).images}
    for truth in truths:
        slips = {disc["level"] for disc in truth["discs"] if disc["disease"]["slip"] >= LABELS.slip}
        states = {disc["level"]: disc["state"] for disc in truth["discs"]}
        for seen in truth["slices"]:
            labels = Counter(box.label for box in boxes[seen["image"]])
            assert labels["disc"] == len(seen["discs"])
            for state, count in Counter(disc["label"] for disc in seen["discs"]).items():
                assert labels[state] == count
            levels = {disc["level"] for disc in seen["discs"]}
            assert labels["spondylolisthesis"] == len(slips & levels)
            for disc in seen["discs"]:
                # A slice never shows what the disc does not have.
                assert disc["label"] in ("normal", states[disc["level"]]) or (
                    disc["label"] == "bulge" and states[disc["level"]] == "herniation"
                )


def test_a_patient_depends_on_seed_and_number_alone(cohort: Path, tmp_path: Path) -> None:
    generate_cohort(tmp_path / "other", patients=2, seed=DEMO_SEED, slices_per_patient=2, workers=2)
    other = files_of(tmp_path / "other")
    known = files_of(cohort)
    pictures = [name for name in other if name.startswith(("images/", "annotations/"))]
    assert len(pictures) == 8
    assert all(other[name] == known[name] for name in pictures)
    assert json.loads(other["truth.json"]) == json.loads(known["truth.json"])[:2]


def test_a_folder_with_something_in_it_is_left_alone(cohort: Path) -> None:
    before = files_of(cohort)
    with pytest.raises(BadInputError, match="not empty"):
        generate_cohort(cohort, patients=1, seed=1, workers=1)
    assert files_of(cohort) == before


def test_a_folder_that_cannot_be_made_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInputError, match="name another folder"):
        generate_cohort(tmp_path / "file" / "cohort", patients=1, seed=1, workers=1)


def test_a_failure_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the scanner broke")

    monkeypatch.setattr(generate, "acquire", fail)
    with pytest.raises(RuntimeError):
        generate_cohort(tmp_path / "cohort", patients=1, seed=1, workers=1)
    assert list(tmp_path.iterdir()) == []


def test_the_seeds_share_no_patient() -> None:
    patients = [draw_patient(seed, index) for seed in SEEDS for index in range(100)]
    assert len({patient.name for patient in patients}) == len(patients)
    assert len({patient.texture_seed for patient in patients}) == len(patients)
    assert len({patient.segments for patient in patients}) == len(patients)


def test_the_prevalences_are_plausible() -> None:
    patients = [draw_patient(seed, index) for seed in SEEDS for index in range(150)]
    lumbar = [segment.disease for patient in patients for segment in patient.segments[:5]]
    states = Counter(disease.state for disease in lumbar)
    total = sum(states.values())
    assert 0.45 < states["normal"] / total < 0.65
    assert 0.15 < states["herniation"] / total < 0.32
    assert 0.12 < states["bulge"] / total < 0.30
    slipped = sum(
        any(segment.disease.slip >= LABELS.slip for segment in patient.segments) for patient in patients
    )
    assert 0.2 < slipped / len(patients) < 0.4


def test_worn_discs_are_the_displaced_and_the_low_ones() -> None:
    patients = [draw_patient(TEST_SEED, index) for index in range(200)]
    grades = {
        state: np.mean(
            [
                segment.disease.degeneration
                for patient in patients
                for segment in patient.segments[:5]
                if segment.disease.state == state
            ]
        )
        for state in ("normal", "bulge", "herniation")
    }
    assert grades["normal"] + 0.8 < min(grades["bulge"], grades["herniation"])


def test_a_perfect_reader_of_one_slice_stays_below_the_ceiling() -> None:
    ceiling = reading_ceiling(patients=1500)
    assert 0.88 < ceiling.lumbar < ceiling.all_discs < 0.97
    # Merged, the two that look alike are one class, and nearly always told from a normal disc.
    assert ceiling.lumbar_merged > 0.97
