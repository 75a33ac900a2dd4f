"""Small generated pictures whose boxes are known, as training images or as a cohort folder."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from annotation.boxes import Box
from annotation.voc import new_voc, write_voc
from detectors.loading import TrainingImage

CLASSES = ("vertebra", "disc")
"""Bright rectangles with round corners, and ellipses; the classes of the embedded view "anatomy"."""


def scene(seed: int, size: int = 96) -> tuple[NDArray[np.uint8], list[Box]]:
    """A picture (size, size) of up to four shapes on noise, and their boxes."""
    random = np.random.default_rng(seed)
    pixels = random.normal(60, 12, (size, size))
    boxes = []
    for column, row in ((0, 0), (1, 0), (0, 1), (1, 1)):
        if random.random() < 0.2:
            continue
        width, height = random.integers(size // 5, size * 2 // 5, 2)
        left = column * size // 2 + int(random.integers(1, size // 2 - width))
        top = row * size // 2 + int(random.integers(1, size // 2 - height))
        label = CLASSES[int(random.integers(2))]
        _paint(pixels, label, left, top, int(width), int(height), float(random.uniform(150, 220)))
        boxes.append(Box(label, left, top, left + int(width), top + int(height)))
    return np.clip(pixels, 0, 255).astype(np.uint8), boxes


def _paint(
    pixels: NDArray[np.float64], label: str, left: int, top: int, width: int, height: int, gray: float
) -> None:
    y, x = np.mgrid[0:height, 0:width] + 0.5
    distance = np.abs(x / width * 2 - 1), np.abs(y / height * 2 - 1)
    power = 2 if label == "disc" else 8
    shape = distance[0] ** power + distance[1] ** power <= 1
    pixels[top : top + height, left : left + width][shape] = gray


def training_images(folder: Path, seeds: range, size: int = 96) -> list[TrainingImage]:
    """The scenes of these seeds, written into a folder, as the training loop takes them."""
    images = []
    for seed in seeds:
        pixels, boxes = scene(seed, size)
        path = folder / f"scene-{seed}.png"
        cv2.imwrite(str(path), pixels)
        images.append(
            TrainingImage(
                path,
                np.array([box.edges for box in boxes], np.float32).reshape(-1, 4),
                np.array([CLASSES.index(box.label) for box in boxes], np.int64),
                np.ones(len(CLASSES), np.bool_),
            )
        )
    return images


def write_cohort(
    folder: Path, patients: int, size: int = 64, images: int = 1, relabel: Callable[[Box], Box] = lambda b: b
) -> Path:
    """A cohort folder of patients p0, p1, … with pictures p0-0.png, …, their XML and images.csv."""
    (folder / "images").mkdir(parents=True)
    (folder / "annotations").mkdir()
    rows = ["image,patient"]
    for patient in range(patients):
        for image in range(images):
            name = f"p{patient}-{image}.png"
            pixels, boxes = scene(100 * patient + image, size)
            cv2.imwrite(str(folder / "images" / name), pixels)
            write_voc(
                new_voc(
                    (folder / "annotations" / name).with_suffix(".xml"),
                    Path("images") / name,
                    (size, size, 1),
                    map(relabel, boxes),
                )
            )
            rows.append(f"{name},p{patient}")
    (folder / "images.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder
