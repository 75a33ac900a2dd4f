"""What a model folder finds in each runtime, beside what its training framework finds."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from scenery import CLASSES, scene, training_images

from detectors.decoding import DECODERS
from detectors.detections import Detections
from detectors.fitting import fit
from detectors.model_folder import ModelCard, write_model_folder
from detectors.network import Network
from detectors.preprocessing import letterbox
from detectors.presets import preset
from detectors.runtime import load
from imaging.windowing import Window
from models.gray import normalise
from models.runtimes import RuntimeName

pytestmark = pytest.mark.filterwarnings(
    "ignore:Constant folding",
    "ignore::UserWarning:torch",
    "ignore:overflow encountered",  # networks that have learnt nothing
)

SIZE = 96  # of less the larger PP-YOLOv2 cannot learn
FLOOR = 0.001
PICTURES = [scene(seed, SIZE)[0] for seed in (0, 1)]


@dataclass(frozen=True)
class Trained:
    """A network after a few steps, and its model folder."""

    network: Network
    folder: Path


@pytest.fixture(
    scope="module", params=["yolov5n", "yolov3-tiny", "ppyolov2-r18", "ppyolov2", "fasterrcnn-r50"]
)
def trained(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """ppyolov2 is the one with deformable convolutions."""
    folder = tmp_path_factory.mktemp(request.param)
    quick = preset("quick", request.param)
    settings = replace(quick, image_size=SIZE, batch_size=2, epochs=1, start_weights=None)
    network = fit(request.param, CLASSES, training_images(folder, range(2), SIZE), settings)
    card = ModelCard(
        request.param,
        CLASSES,
        "anatomy",
        CLASSES,
        SIZE,
        Window(),
        network.mean,
        network.std,
        network.decoding,
        network.decoding_parameters,
        {},
        "salt",
        (),
    )
    write_model_folder(folder / "model", network, card)
    return Trained(network, folder / "model")


def in_framework(network: Network, pixels: np.ndarray) -> Detections:
    gray, _ = letterbox(pixels, Window(), SIZE)
    images = normalise(np.repeat(gray[None, None], 3, axis=1), network.mean, network.std)
    return DECODERS[network.decoding](
        network.outputs(images), SIZE, len(CLASSES), FLOOR, **network.decoding_parameters
    )


def without_counterpart(some: Detections, others: Detections) -> int:
    """How many have none of their label within 0.5 px and 1e-3 of score."""
    near = (
        (some.labels[:, None] == others.labels[None])
        & (np.abs(some.scores[:, None] - others.scores[None]) < 1e-3)
        & (np.abs(some.boxes[:, None] - others.boxes[None]).max(axis=2) < 0.5)
    )
    return int((~near.any(axis=1)).sum())


@pytest.mark.parametrize("runtime", ["onnxruntime", "openvino"])
def test_f32_finds_what_the_framework_finds(trained: Trained, runtime: RuntimeName) -> None:
    detector = load(trained.folder, runtime=runtime)
    for pixels in PICTURES:
        expected, found = in_framework(trained.network, pixels), detector.predict(pixels, FLOOR)
        assert len(expected)
        assert without_counterpart(expected, found) == without_counterpart(found, expected) == 0


def test_auto_says_what_it_took(trained: Trained) -> None:
    detector = load(trained.folder, runtime="auto")
    slow_in_onnxruntime = detector.card.decoding in ("ppyolo", "fasterrcnn")
    on_cpu = "OpenVINO" if slow_in_onnxruntime else "ONNX Runtime"
    assert "CUDA" in detector.runtime or detector.runtime.startswith(on_cpu)
    assert detector.runtime.endswith("f32")
