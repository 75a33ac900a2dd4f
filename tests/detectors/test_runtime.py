import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from command import SmallBenchmark
from scenery import scene

import detectors
from detectors.model_folder import read_card, write_card
from detectors.runtime import SCORE_FLOOR
from errors import BadInputError
from imaging.windowing import Window


@pytest.fixture
def model(small_benchmark: SmallBenchmark, tmp_path: Path) -> Path:
    trial = small_benchmark.out / "trials" / "yolov5n-fold0-seed0" / "model"
    return Path(shutil.copytree(trial, tmp_path / "model"))


def test_predictions_lie_in_the_picture_best_first(model: Path) -> None:
    found = detectors.load(model).predict(np.pad(scene(3)[0], ((0, 0), (0, 50))))
    assert len(found)
    assert (found.boxes[:, [0, 2]] <= 146).all()
    assert (found.boxes[:, [1, 3]] <= 96).all()
    assert (found.boxes >= 0).all()
    assert (np.diff(found.scores) <= 0).all()
    assert found.scores.min() > SCORE_FLOOR
    assert set(found.labels.tolist()) <= {0, 1}


def test_eight_and_sixteen_bits_of_one_picture_give_the_same_boxes(model: Path) -> None:
    detector = detectors.load(model)
    pixels = scene(3)[0]
    shallow, deep = detector.predict(pixels), detector.predict(pixels.astype(np.uint16) * 257)
    np.testing.assert_allclose(shallow.boxes, deep.boxes, atol=0.01)
    np.testing.assert_allclose(shallow.scores, deep.scores, atol=1e-4)


def test_a_threshold_keeps_what_is_above_it(model: Path) -> None:
    detector = detectors.load(model)
    everything = detector.predict(scene(3)[0])
    middle = float(np.median(everything.scores))
    assert len(detector.predict(scene(3)[0], middle)) < len(everything)
    assert len(detector.predict(scene(3)[0], 1.0)) == 0


def test_the_models_own_window_is_applied(model: Path) -> None:
    write_card(model, replace(read_card(model), window=Window("values", 300, 400)))
    detector = detectors.load(model)
    black = detector.predict(np.zeros((96, 96), np.uint8))
    found = detector.predict(scene(3)[0])
    assert np.array_equal(found.scores, black.scores)


@pytest.mark.parametrize("content", [None, b"", b"not a graph"])
def test_graphs_that_cannot_be_read_are_named(model: Path, content: bytes | None) -> None:
    (model / "model.onnx").unlink()
    if content is not None:
        (model / "model.onnx").write_bytes(content)
    with pytest.raises(BadInputError, match=r"model\.onnx: not a readable ONNX graph"):
        detectors.load(model)


def test_a_graph_of_another_size_is_refused(model: Path) -> None:
    write_card(model, replace(read_card(model), image_size=96))
    with pytest.raises(BadInputError, match=r"model\.onnx: .*64.*96"):
        detectors.load(model)


def test_an_unknown_decoding_is_refused(model: Path) -> None:
    write_card(model, replace(read_card(model), decoding="telepathy"))
    with pytest.raises(BadInputError, match="unknown decoding 'telepathy'"):
        detectors.load(model)


def test_reading_a_model_imports_no_training_framework(model: Path) -> None:
    code = (
        "import sys, numpy, detectors; from pathlib import Path\n"
        f"detectors.load(Path({str(model)!r})).predict(numpy.zeros((80, 60), numpy.uint8))\n"
        "print([name for name in ('torch', 'ultralytics', 'paddle', 'ppdet') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
