"""Epochs of training, beside each framework's own loop on the same pictures, at the same settings."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.speed.framework_loops import CLASSES, Epochs, paddle_epochs, torchvision_epochs, yolo_epochs
from benchmarks.speed.goal import Outcome, Setting, Target, outcome
from detectors.fitting import fit
from detectors.loading import TrainingImage
from detectors.network import Optimisation
from detectors.settings import Settings
from imaging.windowing import Window

TARGET = Target("cost", 1.05)
EPOCHS = 4
"""Of one training. The first one is not counted."""
_BOXES = 12
"""Of a picture."""
_MOST_ROUNDS = 3


@dataclass(frozen=True)
class Subject:
    """What is trained: a detector, in steps of ``batch`` pictures of ``side`` pixels, and by ``epochs`` the
    loop that ``against`` describes."""

    detector: str
    side: int
    batch: int
    pictures: int
    epochs: Epochs
    against: str
    note: str


_OUR_BATCHES = "both sides are fed by our loader"
SUBJECTS = (
    Subject("yolov5n", 256, 8, 32, yolo_epochs, "ultralytics' trainer", "each side has its own loader"),
    Subject(
        "ppyolov2-r18",
        192,
        4,
        16,
        paddle_epochs,
        "PaddleDetection's loss, targets and moving average in the steps of its trainer",
        _OUR_BATCHES,
    ),
    Subject(
        "fasterrcnn-r50",
        224,
        4,
        8,
        torchvision_epochs,
        "torchvision's model in the steps of its reference",
        f"{_OUR_BATCHES}; torchvision keeps no moving average and clips nothing",
    ),
)


def measure(setting: Setting) -> list[Outcome]:
    """Of one training step. The sides' trainings take turns; a round's figure is the median of the epochs of
    one training. Neither side validates or writes anything."""
    rounds = min(setting.rounds, _MOST_ROUNDS)
    return [_measured(subject, replace(setting, rounds=rounds)) for subject in SUBJECTS]


def _measured(subject: Subject, setting: Setting) -> Outcome:
    import torch

    torch.set_num_threads(setting.threads)
    steps = setting.count(subject.pictures // subject.batch)
    images = write_pictures(setting.folder / subject.detector, steps * subject.batch, subject.side)
    settings = training_settings(subject, setting.threads)
    loops = (our_epochs, subject.epochs)
    seconds = np.empty((len(loops), setting.rounds))
    for number in range(setting.rounds):
        setting.tell(f"{subject.detector}, round {number + 1} of {setting.rounds}")
        for side in (0, 1) if number % 2 == 0 else (1, 0):
            seconds[side, number] = _median_epoch(loops[side], subject.detector, images, settings) / steps
    return outcome(
        f"training-{subject.detector}",
        f"a step of {subject.detector} on {subject.batch} pictures of {subject.side} px, {steps} an epoch",
        subject.against,
        seconds[0],
        seconds[1],
        TARGET,
        note=f"the median of epochs 2 to {EPOCHS} of each training; ours computes repeatably, which the "
        f"other side is not asked to; {subject.note}",
    )


def _median_epoch(
    epochs: Epochs, detector: str, images: Sequence[TrainingImage], settings: Settings
) -> float:
    """Seconds. Ours computes repeatably, as ``fit`` asks of torch; the others as they come."""
    import torch

    torch.use_deterministic_algorithms(epochs is our_epochs)
    ended: list[float] = []
    epochs(detector, images, settings, lambda: ended.append(time.perf_counter()))
    return float(np.median(np.diff(ended)))


def our_epochs(
    detector: str, images: Sequence[TrainingImage], settings: Settings, ended: Callable[[], None]
) -> None:
    """The trainings of ``discern train`` and of benchmarks."""
    fit(detector, CLASSES, images, settings, lambda epoch, loss: ended())


def training_settings(subject: Subject, threads: int) -> Settings:
    """Gradient descent with momentum, by which every framework trains."""
    optimisation = Optimisation(0.001, momentum=0.9, weight_decay=5e-4, ema_decay=0.9998, clip_norm=10.0)
    return Settings(
        subject.side, EPOCHS, subject.batch, optimisation, window=Window("range"), threads=threads
    )


def write_pictures(folder: Path, number: int, side: int) -> list[TrainingImage]:
    """Smooth noise, with boxes anywhere."""
    folder.mkdir(parents=True)
    random = np.random.default_rng(0)
    images = []
    for index in range(number):
        shapes = cv2.GaussianBlur(random.normal(0, 1, (side, side)), (0, 0), 4)
        path = folder / f"{index:03d}.png"
        cv2.imwrite(str(path), ((shapes - shapes.min()) / np.ptp(shapes) * 255).astype(np.uint8))
        corners = random.uniform(0, side * 0.7, (_BOXES, 2))
        boxes: NDArray[np.float32] = np.hstack(
            [corners, corners + random.uniform(0.1, 0.25, (_BOXES, 2)) * side]
        ).astype(np.float32)
        labels = random.integers(0, len(CLASSES), _BOXES)
        images.append(TrainingImage(path, boxes, labels, np.ones(len(CLASSES), bool)))
    return images
