"""Models of random weights for timing: they compute all they would, and the path goes on with what a trained
model found."""

import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from axial.models import CLASSIFIER, PHANTOM_MODELS
from benchmarks.speed.predict import lively
from classifiers.model_card import read_card as read_classifier_card
from classifiers.network import Network as ClassifierNetwork
from classifiers.runtime import Classifier
from detectors.detections import Detections
from detectors.model_folder import read_card, write_card, write_model_folder
from detectors.network import Network
from detectors.registry import build
from detectors.runtime import SCORE_FLOOR, Detector
from imaging.windowing import Pixels
from models.gray import normalise
from models.model_folder import write_model_folder as write_classifier_folder
from models.runtimes import DEFAULT, RuntimeName

Answers = Mapping[int, Detections]
"""What a trained detector found on pictures, by their checksums."""
Outputs = Callable[[NDArray[np.float32]], list[NDArray[np.float32]]]
"""A network's raw outputs for normalised images."""
_BOXES = 20
"""Of a picture of noise, over the threshold; of a phantom's some ten."""
_THRESHOLD = "threshold"


class NotingDetector(Detector):
    """Keeps what it finds, in ``noted``."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.noted: dict[int, Detections] = {}

    def predict(self, pixels: Pixels, score_threshold: float = SCORE_FLOOR) -> Detections:
        found = super().predict(pixels, score_threshold)
        self.noted[_checksum(pixels)] = found
        return found


class RehearsedDetector(Detector):
    """Detects by a network of random weights, with some boxes of a picture over its threshold, and then
    answers what a trained detector found there."""

    def __init__(
        self,
        folder: Path,
        answers: Answers,
        threads: int = 1,
        runtime: RuntimeName = DEFAULT,
        at_once: int = 1,
    ) -> None:
        super().__init__(folder, threads, runtime, at_once)
        self._answers = answers

    def predict(self, pixels: Pixels, score_threshold: float = SCORE_FLOOR) -> Detections:
        self.detect(pixels)
        return self._answers[_checksum(pixels)]

    def detect(self, pixels: Pixels) -> Detections:
        """What its own network finds."""
        return super().predict(pixels, self.card.metrics[_THRESHOLD])


class TorchDetector(RehearsedDetector):
    """The same by torch."""

    def __init__(self, folder: Path, answers: Answers, outputs: Outputs) -> None:
        super().__init__(folder, answers)
        self._outputs = outputs

    def raw(self, images: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        return self._outputs(normalise(images, self.card.mean, self.card.std))


class TorchClassifier(Classifier):
    """A classifier by torch; its network stands channels last from the start."""

    def __init__(self, folder: Path, network: ClassifierNetwork) -> None:
        super().__init__(folder)
        self._network = network

    def raw(
        self, images: NDArray[np.float32], category: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        import torch

        with torch.inference_mode():
            return self._network.outputs(images, category)


def write_detector(folder: Path, name: str, side: int) -> Outputs:
    """Write a detector of random weights for the phantom's model of the same folder name, with an input of
    ``side`` pixels; returns what computes the same in torch."""
    trained = read_card(PHANTOM_MODELS / folder.name)
    network = build(name, len(trained.classes), side, seed=0)
    if network.decoding == "yolo":
        network.load(lively(network.weights()))
    card = replace(
        trained,
        detector=name,
        image_size=side,
        mean=network.mean,
        std=network.std,
        decoding=network.decoding,
        decoding_parameters=network.decoding_parameters,
        training={},
        patients=(),
    )
    write_model_folder(folder, network, card)
    noise = np.random.default_rng(0).integers(0, 1000, (side, side)).astype(np.uint16)
    reached = np.sort(Detector(folder).predict(noise).scores)[-_BOXES:]
    write_card(folder, replace(card, metrics={_THRESHOLD: float(reached[0])}))
    if network.decoding == "yolo":
        return _fused_yolo(name, network)
    return _faster_rcnn(name, len(trained.classes), side, network)


def write_classifier(folder: Path, name: str, side: int) -> ClassifierNetwork:
    """Write a classifier of random weights in the place of the phantom's; returns its network."""
    trained = read_classifier_card(PHANTOM_MODELS / CLASSIFIER)
    network = ClassifierNetwork(
        name, len(trained.classes), len(trained.categories), len(trained.channels), seed=0
    )
    card = replace(trained, classifier=name, image_size=side, training={}, patients=())
    write_classifier_folder(folder, network, card)
    return network


def _faster_rcnn(name: str, classes: int, side: int, network: Network) -> Outputs:
    """Channels last, which is faster on a processor."""
    import torch

    from detectors.torchvision import FasterRCNN

    model = FasterRCNN(name, classes, side)
    model.load_state_dict({key: torch.from_numpy(value) for key, value in network.weights().items()})
    model = model.eval().to(memory_format=torch.channels_last)

    def outputs(images: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        with torch.inference_mode():
            raw = model(torch.from_numpy(images).to(memory_format=torch.channels_last))
        return [output.numpy() for output in raw]

    return outputs


def _fused_yolo(name: str, network: Network) -> Outputs:
    """As ultralytics itself predicts: its normalisations are fused into the convolutions. The head ends at
    its raw outputs, for decoding is ours on both sides."""
    import torch
    from ultralytics.nn.tasks import DetectionModel

    from detectors.ultralytics import description

    weights = {key: torch.from_numpy(value) for key, value in network.weights().items()}
    classes = next(len(value) for key, value in weights.items() if key.endswith("cv3.0.2.bias"))
    model = DetectionModel(description(name), nc=classes, verbose=False)
    model.load_state_dict(weights)
    model = model.fuse(verbose=False).eval().to(memory_format=torch.channels_last)
    model.model[-1].training = True

    def outputs(images: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        with torch.inference_mode():
            raw = model(torch.from_numpy(images).to(memory_format=torch.channels_last))
        return [raw["boxes"].numpy(), raw["scores"].numpy()]

    return outputs


def _checksum(pixels: Pixels) -> int:
    return zlib.crc32(np.ascontiguousarray(pixels).tobytes())
