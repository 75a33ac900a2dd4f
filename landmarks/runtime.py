"""Finding landmarks with a model folder: no training framework, no code from the model."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from errors import BadInputError
from imaging.coordinates import Pixel, Spacing
from imaging.windowing import Pixels
from landmarks.model_card import LandmarkCard, read_card
from landmarks.patch import Floats, axes, from_patch, in_mm, in_pixels, plane, square_of
from models.gray import normalise
from models.runtimes import DEFAULT, RuntimeName, open_graph

_DEVIATIONS_OF_SCALE = 2**0.5
"""Standard deviation of a Laplace distribution of scale 1."""
Outputs = Callable[[NDArray[np.float32]], tuple[NDArray[np.float32], NDArray[np.float32]]]
"""Points and log deviations (b, k, 2) of gray patches (b, 1, s, s) in [0, 1]."""


@dataclass(frozen=True)
class Landmarks:
    """Points of one place: ``points`` (k, 2) picture pixels, ``mm`` (k, 2) in the picture's plane, across and
    down, and ``covariances`` (k, 2, 2), mm2: how far off each is expected to be."""

    points: Floats
    mm: Floats
    covariances: Floats


class LandmarkModel:
    """A trained landmark model, on one processor thread or more."""

    def __init__(self, folder: Path, threads: int = 1, runtime: RuntimeName = DEFAULT) -> None:
        self.card: LandmarkCard = read_card(folder)
        path = folder / "model.onnx"
        self._graph = open_graph(path, threads, runtime)
        size, points = self.card.image_size, (1, len(self.card.points), 2)
        if self._graph.inputs != {"images": (1, 1, size, size)} or self._graph.outputs != {
            "points": points,
            "deviations": points,
        }:
            raise BadInputError(path, "takes or gives other sizes than model.json says: parts of two models")

    @property
    def runtime(self) -> str:
        """What computes the graph, in words."""
        return self._graph.runtime

    def find(self, picture: Pixels, spacing: Spacing, places: Sequence[Sequence[Pixel]]) -> list[Landmarks]:
        """The points at each of several places of a gray picture (height, width); a place is its guides, in
        picture pixels. Raises ValueError where a place has another number of guides than the card's."""
        if any(len(guides) != self.card.guides for guides in places):
            raise ValueError(f"this model takes {self.card.guides} guides for each place")
        return locate(self.raw, self.card, picture, spacing, places)

    def raw(self, images: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The graph's points and log deviations (1, k, 2) for (1, 1, s, s) gray in [0, 1]."""
        given = {"images": normalise(images, [self.card.mean], [self.card.std])}
        found = self._graph.run(given)
        return found["points"], found["deviations"]


def locate(
    outputs: Outputs,
    card: LandmarkCard,
    picture: Pixels,
    spacing: Spacing,
    places: Sequence[Sequence[Pixel]],
) -> list[Landmarks]:
    """The points that a network's ``outputs`` give at each place of a picture."""
    shrunk = plane(picture, spacing, card.window, card.resolution)
    found = []
    for guides in places:
        square = square_of(in_mm(guides, spacing), card.image_size * card.resolution)
        points, deviations = outputs(shrunk.patch(square, card.image_size)[None, None])
        mm = from_patch(points[0], square, card.image_size)
        spread = np.exp(deviations[0].astype(float)) * (_DEVIATIONS_OF_SCALE * card.resolution)
        directions = axes(square)
        covariances = np.einsum("ia,ki,ib->kab", directions, spread**2, directions)
        found.append(Landmarks(in_pixels(mm, spacing), mm, covariances))
    return found


def load(folder: Path, threads: int = 1, runtime: RuntimeName = DEFAULT) -> LandmarkModel:
    """Open a model folder. Raises BadInputError where something in it is missing or damaged, or this machine
    has no such runtime."""
    return LandmarkModel(folder, threads, runtime)
