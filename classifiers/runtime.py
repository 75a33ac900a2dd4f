"""Classifying from a model folder: no training framework, no code from the model."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from classifiers.model_card import ClassifierCard, read_card
from classifiers.preprocessing import Region, square_around, surroundings, whole_picture
from errors import BadInputError
from imaging.windowing import Pixels
from models.graph import Shape
from models.gray import normalise
from models.runtimes import DEFAULT, RuntimeName, open_graph


@dataclass(frozen=True)
class Classification:
    """What a classifier says of one region.

    ``logits`` and ``probabilities``: (classes,). ``verdict``: the class with the largest logit, which may
    be another than the most probable one (``ClassifierCard`` says why). ``activation``: (classes, h, w),
    the class activation map: how much each place speaks for a class. It covers ``seen``, the square that
    the classifier saw, in picture pixels, which may reach beyond the picture; ``models.activation`` says
    where in it each place lies.
    """

    logits: NDArray[np.float32]
    probabilities: NDArray[np.float64]
    verdict: str
    activation: NDArray[np.float32]
    seen: Region


class Classifier:
    """A trained classifier, on one processor thread or more."""

    def __init__(
        self, folder: Path, threads: int = 1, runtime: RuntimeName = DEFAULT, at_once: int = 1
    ) -> None:
        self.card: ClassifierCard = read_card(folder)
        path = folder / "model.onnx"
        self._graph = open_graph(path, threads, runtime, at_once=at_once)
        given: dict[str, Shape] = {
            "images": (1, len(self.card.channels), self.card.image_size, self.card.image_size)
        }
        if self.card.categories:
            given["category"] = (1, len(self.card.categories))
        classes = self._graph.outputs.get("logits")
        if self._graph.inputs != given or classes != (1, len(self.card.classes)):
            raise BadInputError(
                path, "takes other images or classes than model.json says: parts of two models"
            )

    @property
    def runtime(self) -> str:
        """What computes the graph, in words."""
        return self._graph.runtime

    def classify(
        self, pictures: Sequence[Pixels], region: Region | None = None, category: str | None = None
    ) -> Classification:
        """Classify one region of gray pictures (height, width), one for each channel.

        ``region``: in picture pixels, None for the whole picture. ``category``: one of the card's, None
        where it is not known. Raises ValueError where the pictures or the category are not the card's,
        or the region does not lie in the pictures.
        """
        card = self.card
        if len(pictures) != len(card.channels):
            raise ValueError(f"{len(pictures)} pictures; give one for each of {', '.join(card.channels)}")
        square = square_around(region or whole_picture(pictures[0]), card.margin)
        around = surroundings(pictures, card.window, square, card.image_size, local_window=card.local_window)
        gray = around.crop(square, card.image_size)
        logits, activation = self.raw(gray[None], self._one_hot(category))
        return Classification(
            logits=logits[0],
            probabilities=card.probabilities(logits[0]),
            verdict=card.classes[int(logits[0].argmax())],
            activation=activation[0],
            seen=square.edges,
        )

    def raw(
        self, images: NDArray[np.float32], category: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The graph's logits and activation for (1, channels, s, s) gray in [0, 1] and (1, categories)."""
        inputs = {"images": normalise(images, self.card.mean, self.card.std)}
        if self.card.categories:
            inputs["category"] = category
        found = self._graph.run(inputs)
        return found["logits"], found["activation"]

    def _one_hot(self, category: str | None) -> NDArray[np.float32]:
        if category is not None and category not in self.card.categories:
            known = ", ".join(self.card.categories) or "none"
            raise ValueError(f"unknown category {category!r}; this classifier knows {known}")
        return np.array([[name == category for name in self.card.categories]], np.float32)


def load(folder: Path, threads: int = 1, runtime: RuntimeName = DEFAULT, at_once: int = 1) -> Classifier:
    """Open a model folder, for so many callers ``at_once``, who share the threads. Raises BadInputError where
    something in it is missing or damaged, or this machine has no such runtime."""
    return Classifier(folder, threads, runtime, at_once)
