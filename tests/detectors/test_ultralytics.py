"""YOLOv3 and YOLOv5 through the interface that every family has."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from scenery import CLASSES, scene, training_images
from ultralytics.nn.tasks import DetectionModel

from annotation.boxes import pairwise_iou
from benchmarks.precision import voc_ap
from benchmarks.scoring import ScoredImage, match
from detectors.decoding import DECODERS
from detectors.detections import Detections
from detectors.fitting import fit
from detectors.loading import TrainingSet
from detectors.model_folder import ModelCard, write_model_folder
from detectors.network import Batch, Network
from detectors.preprocessing import letterbox
from detectors.presets import preset
from detectors.registry import build
from detectors.runtime import load
from detectors.settings import Augmentation, Settings
from detectors.ultralytics import MultiLabelLoss

pytestmark = pytest.mark.filterwarnings("ignore:Constant folding")  # of ONNX's exporter, for yolov3-tiny

SMALL: Settings = replace(preset("quick", "yolov5n"), image_size=64, batch_size=4, start_weights=None)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def card(network: Network, settings: Settings, detector: str) -> ModelCard:
    return ModelCard(
        detector,
        CLASSES,
        "anatomy",
        CLASSES,
        settings.image_size,
        settings.window,
        network.mean,
        network.std,
        network.decoding,
        network.decoding_parameters,
        {},
        "salt",
        (),
    )


@pytest.fixture(scope="module", params=["yolov5n", "yolov3-tiny"])
def exported(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Network, Path]:
    """A network after a few training steps, and its model folder."""
    folder = tmp_path_factory.mktemp(request.param)
    images = training_images(folder, range(8))
    network = fit(request.param, CLASSES, images, replace(SMALL, epochs=3))
    write_model_folder(folder / "model", network, card(network, SMALL, request.param))
    return network, folder / "model"


def alike(first: Detections, second: Detections) -> bool:
    """Whether each detection of one has a counterpart: 0.5 px, 1e-3 in score."""
    near = (
        (first.labels[:, None] == second.labels[None])
        & (np.abs(first.scores[:, None] - second.scores[None]) < 1e-3)
        & (np.abs(first.boxes[:, None] - second.boxes[None]).max(axis=2) < 0.5)
    )
    return bool(near.any(axis=0).all() and near.any(axis=1).all())


def in_framework(network: Network, pixels: np.ndarray, settings: Settings, floor: float) -> Detections:
    """Detections by the training framework's own outputs, in image pixels."""
    gray, place = letterbox(pixels, settings.window, settings.image_size)
    raw = network.outputs(np.repeat(gray[None, None], 3, axis=1))
    found = DECODERS[network.decoding](
        raw, settings.image_size, len(CLASSES), floor, **network.decoding_parameters
    )
    height, width = pixels.shape
    return Detections(place.to_image(found.boxes, width, height), found.scores, found.labels)


def test_exported_graph_gives_the_frameworks_outputs(exported: tuple[Network, Path]) -> None:
    network, folder = exported
    detector = load(folder)
    for seed in range(3):
        images = np.random.default_rng(seed).random((1, 3, 64, 64), np.float32)
        for ours, theirs in zip(detector.raw(images), network.outputs(images), strict=True):
            assert ours.shape == theirs.shape
            np.testing.assert_allclose(ours, theirs, atol=1e-3)


def test_model_folder_gives_the_frameworks_boxes(exported: tuple[Network, Path]) -> None:
    network, folder = exported
    detector = load(folder)
    found = [detector.predict(scene(seed, 80)[0]) for seed in range(3)]
    assert all(len(item) for item in found)
    for seed, item in enumerate(found):
        assert alike(item, in_framework(network, scene(seed, 80)[0], SMALL, 0.001))


def test_weights_come_back_whole(exported: tuple[Network, Path]) -> None:
    network, _ = exported
    name = load(exported[1]).card.detector
    other = build(name, len(CLASSES), 64, seed=9)
    assert other.load(network.weights()) == []
    for tensor, value in other.weights().items():
        assert (value == network.weights()[tensor]).all()


def test_weights_of_other_classes_in_half_precision_fit_but_for_the_class_layer(
    exported: tuple[Network, Path],
) -> None:
    network, _ = exported
    given = {name: value.astype(np.float16) for name, value in network.weights().items()}
    other = build(load(exported[1]).card.detector, 5, 64, seed=9)
    fresh = other.weights()
    left = other.load(given)
    taken = other.weights()
    assert left
    assert len(left) <= 6
    for name, value in taken.items():
        assert value.dtype == fresh[name].dtype
        expected = fresh[name] if name in left else given[name].astype(value.dtype)
        assert (value == expected).all(), name


def test_two_fits_by_one_seed_are_equal_bit_for_bit(tmp_path: Path) -> None:
    images = training_images(tmp_path, range(6))

    def weights(seed: int) -> dict[str, np.ndarray]:
        return dict(fit("yolov5n", CLASSES, images, replace(SMALL, epochs=2, seed=seed)).weights())

    first, again, other = weights(1), weights(1), weights(2)
    assert all((first[name] == again[name]).all() for name in first)
    assert not all((first[name] == other[name]).all() for name in first)


def batch_of(boxes: Sequence[Sequence[float]], labels: Sequence[int], annotated: Sequence[bool]) -> Batch:
    """Two noisy images with the same boxes."""
    images = np.random.default_rng(0).random((2, 3, 64, 64), np.float32)
    edges = np.array(boxes, np.float32).reshape(-1, 4)
    return Batch(images, [edges] * 2, [np.array(labels, np.int64)] * 2, np.array([annotated] * 2))


def class_biases(network: Network) -> np.ndarray:
    """The last layer's biases, (levels, classes)."""
    weights = network.weights()
    return np.stack(
        [weights[name] for name in sorted(weights) if ".cv3." in name and name.endswith(".2.bias")]
    )


def test_a_class_that_was_not_annotated_learns_nothing() -> None:
    network = build("yolov5n", 2, 64, seed=0)
    before = class_biases(network)
    network.start(replace(SMALL.optimisation, method="sgd"))
    network.step(batch_of([[8, 8, 40, 40]], [0], [True, False]), 0.01)
    change = np.abs(class_biases(network) - before).max(axis=0)
    assert change[0] > 1e-4
    assert change[1] == 0


def test_a_class_that_was_annotated_and_is_not_there_is_background() -> None:
    network = build("yolov5n", 2, 64, seed=0)
    before = class_biases(network)
    network.start(replace(SMALL.optimisation, method="sgd"))
    network.step(batch_of([[8, 8, 40, 40]], [0], [True, True]), 0.01)
    assert (class_biases(network)[:, 1] < before[:, 1]).all()


def test_boxes_of_a_class_that_was_not_annotated_do_not_change_the_loss(tmp_path: Path) -> None:
    image = next(
        image for image in training_images(tmp_path, range(9)) if len(set(image.labels.tolist())) == 2
    )
    image = replace(image, annotated=np.array([True, False]))
    vertebrae = image.labels == 0
    without = replace(image, boxes=image.boxes[vertebrae], labels=image.labels[vertebrae])
    losses = []
    for shown in (image, without):
        network = build("yolov5n", 2, 64, seed=0)
        network.start(SMALL.optimisation)
        losses.append(network.step(next(TrainingSet([shown], SMALL).epoch(0)), 0.001))
    assert losses[0] == losses[1]


def test_an_image_without_boxes_trains() -> None:
    network = build("yolov3-tiny", 2, 64, seed=0)
    network.start(SMALL.optimisation)
    assert np.isfinite(network.step(batch_of([], [], [True, True]), 0.001))


def test_two_classes_on_one_box_are_both_targets() -> None:
    network = build("yolov5n", 3, 64, seed=0)
    before = class_biases(network)
    network.start(replace(SMALL.optimisation, method="sgd"))
    disc = [16.0, 16.0, 48.0, 48.0]
    network.step(batch_of([disc, disc], [0, 2], [True, True, True]), 0.01)
    change = (class_biases(network) - before).sum(axis=0)
    assert change[0] > 0
    assert change[2] > 0
    assert change[1] < 0


@pytest.mark.slow
def test_yolov5n_from_scratch_finds_shapes_it_has_not_seen(tmp_path: Path) -> None:
    settings = replace(
        SMALL, image_size=96, batch_size=4, epochs=24, augmentation=Augmentation(scale=0.1, translation=0.1)
    )
    network = fit("yolov5n", CLASSES, training_images(tmp_path, range(24)), settings)
    write_model_folder(tmp_path / "model", network, card(network, settings, "yolov5n"))
    detector = load(tmp_path / "model")
    found, truth = {}, []
    for seed in range(1000, 1020):
        pixels, boxes = scene(seed)
        found[f"{seed}"] = detector.predict(pixels)
        truth.append(
            ScoredImage(
                f"{seed}",
                f"{seed}",
                np.array([box.edges for box in boxes], np.float32).reshape(-1, 4),
                np.array([CLASSES.index(box.label) for box in boxes], np.int64),
                np.ones(2, bool),
                np.zeros(len(boxes), bool),
            )
        )
        assert alike(found[f"{seed}"].above(0.05), in_framework(network, pixels, settings, 0.05))
    ap = voc_ap(match(truth, found, CLASSES))
    assert ap.min() >= 0.8, ap


def test_the_loss_teaches_the_box_that_decoding_gives() -> None:
    """Free outputs under the loss alone, for a box of 6 px that lies between two middles of
    YOLOv3-tiny's finest cells (16 px): measured outwards from one of them, without a margin, no answer
    would overlap it by more than 6 / 11."""
    network = build("yolov3-tiny", len(CLASSES), 64, seed=0)
    box = np.array([[18, 13, 46, 19]], np.float32)
    batch = Batch(
        np.zeros((2, 3, 64, 64), np.float32), [box, box], [np.array([1])] * 2, np.ones((2, 2), np.bool_)
    )
    model = DetectionModel("yolov3-tiny.yaml", nc=len(CLASSES), verbose=False)
    model.args = SimpleNamespace(box=7.5, cls=0.5, dfl=1.5)
    outputs = {
        key: [item.detach() for item in value] if isinstance(value, list) else value.detach().requires_grad_()
        for key, value in model.train()(torch.from_numpy(batch.images)).items()
    }
    loss = MultiLabelLoss(model)
    optimiser = torch.optim.Adam([outputs["boxes"], outputs["scores"]], lr=0.2)
    for _ in range(150):
        optimiser.zero_grad()
        loss.of_batch(outputs, batch).backward()
        optimiser.step()
    raw = [outputs[key][:1].detach().numpy() for key in ("boxes", "scores")]
    found = DECODERS[network.decoding](raw, 64, len(CLASSES), 0.3, **network.decoding_parameters)
    assert found.labels.tolist() == [1]
    assert pairwise_iou(found.boxes, box)[0, 0] > 0.9
