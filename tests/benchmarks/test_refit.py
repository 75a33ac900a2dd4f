import json
import shutil
from pathlib import Path

import pytest
from command import SmallBenchmark, discern
from rich.console import Console

from benchmarks.refit import refit_benchmark
from detectors.model_folder import read_card
from errors import BadInputError


@pytest.fixture(scope="module")
def model(small_benchmark: SmallBenchmark, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The refit model of the small benchmark, made by the command line from another folder."""
    folder = tmp_path_factory.mktemp("refit")
    done = discern(
        "train",
        "yolov5n",
        "--benchmark",
        small_benchmark.out,
        "--out",
        "model",
        "--threads",
        1,
        folder=folder,
    )
    assert done.returncode == 0, done.stderr
    return folder / "model"


def test_it_was_trained_on_every_patient_and_names_none(model: Path, small_benchmark: SmallBenchmark) -> None:
    card = read_card(model)
    patients = [f"p{number}" for number in range(8)]
    assert card.folds == "all development patients"
    assert len(card.patients) == 8
    assert all(card.trained_on(patient) for patient in patients)
    assert not card.trained_on("p8")
    assert not any(f'"{patient}"' in (model / "model.json").read_text() for patient in patients)


def test_its_thresholds_and_metrics_are_those_out_of_fold(
    model: Path, small_benchmark: SmallBenchmark
) -> None:
    card = read_card(model)
    detector = json.loads((small_benchmark.out / "results.json").read_text())["detectors"][0]
    assert card.metrics["mAP50 out of fold"] == pytest.approx(detector["map50"]["estimate"], abs=1e-6)
    for found in detector["classes"]:
        assert card.metrics[f"AP50 {found['name']}"] == pytest.approx(found["ap50"]["estimate"], abs=1e-6)
        operating = found["operating"][0]
        assert (found["name"] in card.thresholds) == (operating is not None)
        if operating is not None:
            assert card.thresholds[found["name"]] == pytest.approx(operating["threshold"], abs=1e-6)
    assert card.thresholds


def test_beside_the_model_lies_its_log_and_nothing_else(model: Path) -> None:
    assert sorted(path.name for path in model.parent.iterdir()) == ["model", "model.log"]
    assert "epoch 24/24" in (model.parent / "model.log").read_text()


def test_a_detector_of_another_benchmark_is_refused(small_benchmark: SmallBenchmark, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="no yolov3 in this protocol; it has yolov5n"):
        refit_benchmark("yolov3", small_benchmark.out, tmp_path / "model", 0, 1, Console(quiet=True))
    assert list(tmp_path.iterdir()) == []


def test_an_unfinished_benchmark_is_refused(small_benchmark: SmallBenchmark, tmp_path: Path) -> None:
    unfinished = Path(shutil.copytree(small_benchmark.out, tmp_path / "unfinished"))
    shutil.rmtree(unfinished / "trials" / "yolov5n-fold1-seed0")
    with pytest.raises(BadInputError, match="yolov5n-fold1-seed0 is missing; finish the benchmark first"):
        refit_benchmark("yolov5n", unfinished, tmp_path / "model", 0, 1, Console(quiet=True))
    with pytest.raises(BadInputError, match="no benchmark here"):
        refit_benchmark("yolov5n", tmp_path, tmp_path / "model", 0, 1, Console(quiet=True))


def test_a_training_that_fails_says_where_its_log_is(small_benchmark: SmallBenchmark, tmp_path: Path) -> None:
    protocol = tmp_path / "failing.yaml"
    protocol.write_text(
        "view: anatomy\nfolds: 2\n"
        "detectors:\n  yolov5n: {image_size: 64, start_weights: nowhere.safetensors}\n"
    )
    done = discern(
        "train",
        "yolov5n",
        "--protocol",
        protocol,
        "--data",
        small_benchmark.data,
        "--out",
        tmp_path / "model",
    )
    assert done.returncode == 1
    assert "model.log" in done.stderr
    assert "nowhere.safetensors: no such weights file" in (tmp_path / "model.log").read_text()
    assert not (tmp_path / "model").exists()
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith(".")]
