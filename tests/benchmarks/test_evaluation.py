"""A model folder scored on other patients: as its benchmark scored it, and in several runtimes."""

import json
import re
import shutil
from pathlib import Path

import pytest
from command import SmallBenchmark

from benchmarks.evaluation import Evaluation, evaluate
from benchmarks.trial import Source
from errors import BadInputError
from models.runtimes import RuntimeName

FOLD = 0


def of_patients(cohort: Path, folder: Path, patients: list[str]) -> Path:
    """A cohort folder with some of the patients."""
    copied = Path(shutil.copytree(cohort, folder))
    first, *rows = (cohort / "images.csv").read_text().splitlines()
    kept = [row for row in rows if row.split(",")[1] in patients]
    (copied / "images.csv").write_text("\n".join([first, *kept]) + "\n", encoding="utf-8")
    return copied


def fold_patients(benchmark: SmallBenchmark) -> list[str]:
    return list(json.loads((benchmark.out / "folds.json").read_text())["test"][FOLD])


@pytest.fixture(scope="module")
def model(small_benchmark: SmallBenchmark) -> Path:
    return small_benchmark.out / "trials" / f"yolov5n-fold{FOLD}-seed0" / "model"


@pytest.fixture(scope="module")
def unseen(small_benchmark: SmallBenchmark, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unseen") / "cohort"
    return of_patients(small_benchmark.data, folder, fold_patients(small_benchmark))


def scored(model: Path, data: Path, *runtimes: RuntimeName, view: str = "anatomy") -> Evaluation:
    return evaluate(model, Source(data, None, None, view), runtimes, resamples=50)


def test_it_scores_as_the_benchmark_did(small_benchmark: SmallBenchmark, model: Path, unseen: Path) -> None:
    found = scored(model, unseen, "onnxruntime")
    trials = json.loads((small_benchmark.out / "results.json").read_text())["trials"]
    (own,) = (trial for trial in trials if trial["fold"] == FOLD)
    (runtime,) = found.runtimes
    mean, vertebra, disc = runtime.precision
    assert (mean.name, vertebra.name, disc.name) == ("mean", "vertebra", "disc")
    assert mean.ap50.estimate == pytest.approx(own["map50"])
    assert mean.coco_ap == pytest.approx(own["coco_map"])
    assert [vertebra.ap50.estimate, disc.ap50.estimate] == pytest.approx(own["ap50"])
    assert (found.images, found.patients, found.detector) == (8, 4, "yolov5n")
    assert runtime.difference == ()


def test_later_runtimes_differ_from_the_first_patient_by_patient(model: Path, unseen: Path) -> None:
    first, second = scored(model, unseen, "onnxruntime", "openvino").runtimes
    assert second.computed_by.startswith("OpenVINO")
    for one, other, difference in zip(first.precision, second.precision, second.difference, strict=True):
        assert difference.name == one.name == other.name
        assert difference.ap50.estimate == pytest.approx(other.ap50.estimate - one.ap50.estimate)
        assert difference.coco_ap == pytest.approx(other.coco_ap - one.coco_ap, abs=1e-12)
        assert difference.ap50.low <= difference.ap50.estimate <= difference.ap50.high
        assert abs(difference.coco_ap) < 0.01, "both compute in f32"


def test_patients_and_pictures_that_it_was_trained_on_are_refused(
    small_benchmark: SmallBenchmark, model: Path, tmp_path: Path
) -> None:
    with pytest.raises(BadInputError, match="the model was trained on 4 of its 8 patients"):
        scored(model, small_benchmark.data, "onnxruntime")
    renamed = Path(shutil.copytree(small_benchmark.data, tmp_path / "renamed"))
    rows = re.sub(r",p(\d)", r",other\1", (renamed / "images.csv").read_text())
    (renamed / "images.csv").write_text(rows, encoding="utf-8")
    with pytest.raises(BadInputError, match="the model was trained on 8 of its 16 pictures"):
        scored(model, renamed, "onnxruntime")


def test_another_view_than_the_models_is_refused(model: Path, unseen: Path) -> None:
    with pytest.raises(BadInputError, match="detects vertebra, disc; the view axial-roi has disc; give the"):
        scored(model, unseen, "onnxruntime", view="axial-roi")
