"""Training in half precision, as on a GPU, tried in bf16 on the processor."""

import numpy as np
import pytest
import torch

import models.torch_training
from classifiers.network import Network as ClassifierNetwork
from classifiers.samples import Batch as ClassifierBatch
from classifiers.settings import Settings as ClassifierSettings
from detectors.network import Batch, Network, Optimisation
from detectors.registry import build
from landmarks.network import Network as LandmarkNetwork
from landmarks.samples import Batch as LandmarkBatch
from landmarks.settings import Settings as LandmarkSettings

OPTIMISATION = Optimisation(0.002, momentum=0.9, weight_decay=0.0, ema_decay=0.9, clip_norm=10.0)


@pytest.fixture
def half(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the processor gained by half precision."""
    monkeypatch.setattr(models.torch_training, "half_type", lambda device: torch.bfloat16)


def batch(side: int) -> Batch:
    random = np.random.default_rng(0)
    images = np.repeat(random.random((2, 1, side, side), np.float32), 3, axis=1)
    boxes = np.array([[4, 4, 30, 20], [20, 30, 50, 60]], np.float32)
    return Batch(images, [boxes, boxes], [np.array([0, 1])] * 2, np.array([[True, True], [True, False]]))


def losses(network: Network, mixed: bool, steps: int, side: int) -> list[float]:
    network.start(Optimisation(**{**vars(OPTIMISATION), "mixed_precision": mixed}))
    return [network.step(batch(side), 0.002) for _ in range(steps)]


@pytest.mark.parametrize(("name", "steps"), [("yolov5n", 6), ("fasterrcnn-r50", 3)])
def test_a_detector_learns_in_half_precision(name: str, steps: int, half: None) -> None:
    trained = build(name, 2, 64, seed=0)
    found = losses(trained, mixed=True, steps=steps, side=64)
    (exact,) = losses(build(name, 2, 64, seed=0), mixed=False, steps=1, side=64)
    assert found[0] == pytest.approx(exact, rel=0.05)
    assert found[0] != exact, "some of it was computed in bf16"
    assert found[-1] < found[0]
    assert {value.dtype for value in trained.weights().values() if value.dtype.kind == "f"} == {
        np.dtype("f4")
    }


def test_a_classifier_learns_in_half_precision(half: None) -> None:
    random = np.random.default_rng(0)
    given = ClassifierBatch(
        random.random((4, 1, 32, 32), np.float32), np.zeros((4, 0), np.float32), np.array([0, 1, 0, 1])
    )
    network = ClassifierNetwork("resnet18-slim", 2, 0, 1, seed=0)
    network.start(np.ones(2, np.float32), ClassifierSettings(image_size=32))
    found = [network.step(given, 1e-3) for _ in range(8)]
    assert found[-1] < found[0]


def test_a_landmark_model_learns_in_half_precision(half: None) -> None:
    random = np.random.default_rng(0)
    given = LandmarkBatch(random.random((4, 1, 32, 32), np.float32), np.full((4, 2, 2), 12, np.float32))
    network = LandmarkNetwork(2, seed=0)
    network.start(LandmarkSettings(image_size=32))
    found = [network.step(given, 3e-3) for _ in range(8)]
    assert found[-1] < found[0]


def test_f16_steps_once_its_scaled_gradients_are_finite(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models.torch_training, "half_type", lambda device: torch.float16)
    model, before = torch.nn.Linear(4, 1, bias=False), torch.zeros(1, 4)
    torch.nn.init.zeros_(model.weight)
    precision = models.torch_training.Precision(torch.device("cpu"), mixed=True)
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
    moves = []
    for _ in range(6):
        with precision.computing():
            loss = (model(torch.ones(2, 4)).float() - 3).square().mean()
        assert precision.step(loss, model, optimiser, 0.1, largest_gradient=1.0) == float(loss.detach())
        moves.append(float((model.weight.detach() - before).norm()))
        before = model.weight.detach().clone()
    assert moves[0] == 0, "of the first scale the gradient overflows, and the step is left out"
    assert moves[-1] == pytest.approx(0.1, rel=0.01), "it is clipped in its own scale, not in the scaled one"


@pytest.mark.parametrize("mixed", [True, False])
def test_a_processor_trains_in_f32(mixed: bool) -> None:
    precision = models.torch_training.Precision(torch.device("cpu"), mixed)
    with precision.computing():
        assert torch.nn.Linear(4, 1)(torch.ones(2, 4)).dtype == torch.float32
