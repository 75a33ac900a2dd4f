"""PP-YOLOv2 as a Network: partial labels, weights, determinism, export."""

from pathlib import Path

import numpy as np
import onnxruntime
import paddle
import pytest

from detectors.network import Batch, Optimisation
from detectors.paddle import PaddleNetwork
from detectors.paddle.architecture import STRIDES
from detectors.paddle.loss import partial_label_loss
from detectors.paddle.targets import level_targets, padded_boxes

SIZE = 96
ANCHORS: list[list[list[float]]] = [
    [[30, 27], [50, 60], [110, 98]],
    [[9, 18], [19, 13], [18, 36]],
    [[3, 4], [5, 9], [10, 7]],
]
SMALL = "ppyolov2-r18"
OPTIMISATION = Optimisation(
    learning_rate=0.005, momentum=0.9, weight_decay=5e-4, ema_decay=0.99, clip_norm=35.0
)


def a_batch(seed: int = 0) -> Batch:
    random = np.random.default_rng(seed)
    gray = random.random((2, 1, SIZE, SIZE), dtype=np.float32)
    boxes = [np.array([[10, 12, 40, 30], [50, 50, 80, 90]], np.float32), np.zeros((0, 4), np.float32)]
    labels = [np.array([0, 1]), np.zeros(0, np.int64)]
    return Batch(np.repeat(gray, 3, axis=1), boxes, labels, np.ones((2, 2), np.bool_))


def normalised_images(count: int = 1) -> np.ndarray:
    return np.random.default_rng(1).normal(size=(count, 3, SIZE, SIZE)).astype(np.float32)


def gradients(annotated: list[bool]) -> list[np.ndarray]:
    """Of the loss of one image with one box of class 0, for each level's raw map of zeros:
    (anchors, 5 + classes, cells, cells)."""
    boxes, labels = [np.array([[10, 12, 40, 30]], np.float32)], [np.array([0])]
    targets = level_targets(boxes, labels, 2, SIZE, ANCHORS, STRIDES)
    given = {f"target{level}": paddle.to_tensor(target) for level, target in enumerate(targets)}
    given["gt_bbox"] = paddle.to_tensor(padded_boxes(boxes, SIZE))
    given["annotated"] = paddle.to_tensor([annotated], dtype="float32")
    maps = [paddle.zeros([1, 24, SIZE // stride, SIZE // stride]) for stride in STRIDES]
    for raw in maps:
        raw.stop_gradient = False
    partial_label_loss(2, STRIDES)(maps, given, ANCHORS)["loss"].backward()
    return [raw.grad.numpy()[0, 3:].reshape(3, 7, *raw.shape[2:]) for raw in maps]


def test_what_was_not_annotated_is_not_taught_as_background() -> None:
    whole, partial = gradients([True, True]), gradients([True, False])
    positive = [np.any(gradient[:, :4] != 0, axis=1) for gradient in whole]
    assert sum(cells.sum() for cells in positive) == 1
    for cells, all_classes, first_class in zip(positive, whole, partial, strict=True):
        objectness = all_classes[:, 4]
        assert np.count_nonzero(objectness) == objectness.size, "background is taught where all is annotated"
        np.testing.assert_array_equal(first_class[:, 4] != 0, cells)
        np.testing.assert_array_equal(first_class[:, 6], 0)
        np.testing.assert_array_equal(first_class[:, :4], all_classes[:, :4])
        np.testing.assert_array_equal(first_class[:, 5][cells], all_classes[:, 5][cells])


def test_it_repeats_bit_for_bit_and_another_network_does_not_disturb_it() -> None:
    first, second = (PaddleNetwork(SMALL, 2, SIZE, seed=3) for _ in range(2))
    first.start(OPTIMISATION)
    losses = [first.step(a_batch(number), 0.002) for number in range(3)]
    bystander = PaddleNetwork(SMALL, 2, SIZE, seed=9)
    bystander.start(OPTIMISATION)
    second.start(OPTIMISATION)
    for number, loss in enumerate(losses):
        assert second.step(a_batch(number), 0.002) == loss
        bystander.step(a_batch(7), 0.002)
    for name, value in first.weights().items():
        np.testing.assert_array_equal(value, second.weights()[name])


def test_the_weights_are_the_moving_average_and_come_back() -> None:
    network = PaddleNetwork(SMALL, 2, SIZE, seed=0)
    before = {name: value.copy() for name, value in network.weights().items()}
    network.start(OPTIMISATION)
    network.step(a_batch(), 0.002)
    after = network.weights()
    assert any(not np.array_equal(before[name], value) for name, value in after.items())
    other = PaddleNetwork(SMALL, 2, SIZE, seed=1)
    assert other.load(after) == []
    for ours, theirs in zip(
        network.outputs(normalised_images()), other.outputs(normalised_images()), strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)


def test_half_precision_weights_of_other_classes_leave_only_objectness_and_classes() -> None:
    given = PaddleNetwork(SMALL, 2, SIZE, seed=0).weights()
    network = PaddleNetwork(SMALL, 4, SIZE, seed=1)
    initial = {name: value.copy() for name, value in network.weights().items()}
    left = network.load({name: value.astype(np.float16) for name, value in given.items()})
    assert sorted(left) == sorted(
        f"yolo_head.yolo_output.{level}.{part}" for level in range(3) for part in ("weight", "bias")
    )
    name = "yolo_head.yolo_output.1.weight"
    theirs, ours, fresh = given[name], network.weights()[name], initial[name]
    np.testing.assert_allclose(ours[:3], theirs[:3], atol=1e-3)
    for anchor in range(3):
        own, other = 3 + anchor * 9, 3 + anchor * 7
        np.testing.assert_allclose(ours[own : own + 4], theirs[other : other + 4], atol=1e-3)
        np.testing.assert_array_equal(ours[own + 4 : own + 9], fresh[own + 4 : own + 9])


@pytest.mark.parametrize(
    ("name", "tolerance"), [(SMALL, 1e-3), pytest.param("ppyolov2", 5e-3, marks=pytest.mark.slow)]
)
def test_the_exported_graph_answers_as_paddle_does(name: str, tolerance: float, tmp_path: Path) -> None:
    network = PaddleNetwork(name, 2, SIZE, seed=0)
    network.start(OPTIMISATION)
    network.step(a_batch(), 0.001)
    network.export(tmp_path / "model.onnx", SIZE)
    assert [path.name for path in tmp_path.iterdir()] == ["model.onnx"]
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx", providers=["CPUExecutionProvider"])
    images = normalised_images()
    exported = session.run(None, {"images": images})
    for theirs, ours in zip(exported, network.outputs(images), strict=True):
        assert theirs.shape == ours.shape
        np.testing.assert_allclose(theirs, ours, atol=tolerance)
    assert np.isfinite(network.step(a_batch(1), 0.001)), "training goes on after an export"


def test_the_small_network_is_small() -> None:
    parameters = sum(value.size for value in PaddleNetwork(SMALL, 6, SIZE, seed=0).weights().values())
    assert parameters < 6e6


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown network 'ppyolov3'"):
        PaddleNetwork("ppyolov3", 1, SIZE, seed=0)
