"""Faster R-CNN as a Network: partial labels, several classes on a box, weights, determinism, export."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from numpy.typing import NDArray

from detectors.decoding import DECODERS
from detectors.detections import Detections
from detectors.network import Batch, Network, Optimisation
from detectors.registry import build
from detectors.torchvision import FasterRCNN, targets
from models.gray import normalise

SIZE = 64
CLASS_LAYER = "roi_heads.box_predictor.cls_score"
R50, VGG16 = "fasterrcnn-r50", "fasterrcnn-vgg16"
OPTIMISATION = Optimisation(
    learning_rate=0.005, momentum=0.9, weight_decay=5e-4, ema_decay=0.99, clip_norm=10.0
)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def batch_of(
    boxes: Sequence[Sequence[float]], labels: Sequence[int], annotated: Sequence[bool], size: int = SIZE
) -> Batch:
    """Two noisy images with the same boxes, which are bright."""
    images = np.random.default_rng(0).uniform(0.3, 0.5, (2, 3, size, size)).astype(np.float32)
    edges = np.array(boxes, np.float32).reshape(-1, 4)
    for xmin, ymin, xmax, ymax in edges.astype(int):
        images[:, :, ymin:ymax, xmin:xmax] = 0.8
    return Batch(images, [edges] * 2, [np.array(labels, np.int64)] * 2, np.array([annotated] * 2))


BOX = [8.0, 8.0, 40.0, 24.0]


@pytest.fixture(scope="module")
def untrained() -> FasterRCNN:
    torch.manual_seed(0)
    return FasterRCNN(R50, 3, SIZE)


@dataclass(frozen=True)
class Gradients:
    """Of the loss, for the biases of the second stage's classes and of the first stage's objectness."""

    classes: NDArray[np.float32]
    objectness: float


def gradients(model: FasterRCNN, batch: Batch) -> Gradients:
    torch.manual_seed(0)
    model.zero_grad()
    what, where = model.train().losses(torch.from_numpy(batch.images), targets(batch, 3, torch.device("cpu")))
    (what + where).backward()
    classes, objectness = model.roi_heads.box_predictor.cls_score.bias, model.rpn.head.cls_logits.bias
    return Gradients(classes.grad.numpy().copy(), float(objectness.grad.sum()))


def test_a_class_that_was_not_annotated_learns_nothing(untrained: FasterRCNN) -> None:
    found = gradients(untrained, batch_of([BOX], [0], [True, False, True]))
    assert found.classes[0] != 0
    assert found.classes[1] == 0


def test_a_class_that_was_annotated_and_is_not_there_is_background(untrained: FasterRCNN) -> None:
    as_first = gradients(untrained, batch_of([BOX], [0], [True, True, True]))
    as_second = gradients(untrained, batch_of([BOX], [1], [True, True, True]))
    assert 0 < as_first.classes[0] < as_second.classes[0]
    assert 0 < as_second.classes[1] < as_first.classes[1]


def test_an_image_without_boxes_is_background_where_all_was_annotated(untrained: FasterRCNN) -> None:
    everything = gradients(untrained, batch_of([], [], [True, True, True]))
    assert (everything.classes > 0).all()
    assert everything.objectness > 0
    partly = gradients(untrained, batch_of([], [], [True, True, False]))
    assert (partly.classes[:2] > 0).all()
    assert partly.classes[2] == partly.objectness == 0


def test_objects_are_taught_where_not_all_was_annotated(untrained: FasterRCNN) -> None:
    assert gradients(untrained, batch_of([BOX], [0], [True, False, True])).objectness < 0


def test_two_classes_on_one_box_are_both_targets(untrained: FasterRCNN) -> None:
    one = gradients(untrained, batch_of([BOX], [0], [True, True, True]))
    two = gradients(untrained, batch_of([BOX, BOX], [2, 0], [True, True, True]))
    assert two.objectness == one.objectness
    assert (two.classes[:2] == one.classes[:2]).all()
    assert two.classes[2] < one.classes[2]


def test_it_repeats_bit_for_bit_whatever_else_draws_random_numbers() -> None:
    batch = batch_of([BOX, [30, 40, 50, 60]], [0, 1], [True, True])
    weights = []
    for disturbance in (0, 1):
        network = build(R50, 2, SIZE, seed=3)
        network.start(OPTIMISATION)
        for _ in range(2):
            torch.rand(disturbance)
            network.step(batch, 0.005)
        weights.append(network.weights())
    for name, value in weights[0].items():
        np.testing.assert_array_equal(value, weights[1][name])
    other = build(R50, 2, SIZE, seed=4).weights()
    assert not np.array_equal(other["rpn.head.cls_logits.weight"], weights[0]["rpn.head.cls_logits.weight"])


def test_half_precision_weights_of_other_classes_leave_only_the_class_layer() -> None:
    given = {name: value.astype(np.float16) for name, value in build(R50, 2, SIZE, seed=0).weights().items()}
    network = build(R50, 5, SIZE, seed=1)
    assert network.load(given) == [f"{CLASS_LAYER}.weight", f"{CLASS_LAYER}.bias"]
    for name, value in network.weights().items():
        if "cls_score" not in name:
            np.testing.assert_array_equal(value, given[name].astype(value.dtype))


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown network 'fasterrcnn-r18'"):
        FasterRCNN("fasterrcnn-r18", 1, SIZE)


def decoded(network: Network, outputs: list[np.ndarray], size: int) -> Detections:
    return DECODERS[network.decoding](outputs, size, 2, 0.05, **network.decoding_parameters)


def alike(first: Detections, second: Detections) -> bool:
    """Whether each detection of one has a counterpart: 0.5 px, 1e-3 in score."""
    near = (
        (first.labels[:, None] == second.labels[None])
        & (np.abs(first.scores[:, None] - second.scores[None]) < 1e-3)
        & (np.abs(first.boxes[:, None] - second.boxes[None]).max(axis=2) < 0.5)
    )
    return bool(near.any(axis=0).all() and near.any(axis=1).all())


@pytest.mark.filterwarnings("ignore::UserWarning:torch", "ignore::UserWarning:torchvision")
@pytest.mark.parametrize("name", [R50, VGG16])
def test_the_exported_graph_gives_the_frameworks_boxes(name: str, tmp_path: Path) -> None:
    size = 128
    network = build(name, 2, size, seed=0)
    network.start(OPTIMISATION)
    batch = batch_of([[10, 10, 60, 30], [70, 60, 110, 100]], [0, 1], [True, True], size)
    for _ in range(4):
        network.step(batch, 0.005)
    network.export(tmp_path / "model.onnx", size)
    assert [path.name for path in tmp_path.iterdir()] == ["model.onnx"]
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx", providers=["CPUExecutionProvider"])
    for image in batch.images:
        images = normalise(image[None], network.mean, network.std)
        exported, ours = session.run(None, {"images": images}), network.outputs(images)
        assert [item.shape for item in exported] == [item.shape for item in ours]
        found = decoded(network, ours, size)
        assert len(found)
        assert alike(decoded(network, exported, size), found)
    assert np.isfinite(network.step(batch, 0.001)), "training goes on after an export"
