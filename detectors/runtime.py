"""Predicting from a model folder: no training framework, no code from the model."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detectors.decoding import DECODERS
from detectors.detections import Detections
from detectors.model_folder import ModelCard, read_card
from detectors.preprocessing import letterbox
from errors import BadInputError
from imaging.windowing import Pixels
from models.gray import normalise
from models.runtimes import DEFAULT, CpuRuntimeName, RuntimeName, open_graph

SCORE_FLOOR = 0.001
"""Detections below it are never returned: low enough that average precision sees the whole curve."""
_FASTER_ON_CPU: Final[Mapping[str, CpuRuntimeName]] = {"ppyolo": "openvino", "fasterrcnn": "openvino"}
"""By how a family is decoded, where it is not the default one; docs/runtimes.md has the times."""


class Detector:
    """A trained detector of any family, on one processor thread or more."""

    def __init__(
        self, folder: Path, threads: int = 1, runtime: RuntimeName = DEFAULT, at_once: int = 1
    ) -> None:
        self.card: ModelCard = read_card(folder)
        path = folder / "model.onnx"
        faster = _FASTER_ON_CPU.get(self.card.decoding, DEFAULT)
        self._graph = open_graph(path, threads, runtime, faster, at_once)
        side = next(iter(self._graph.inputs.values()))[-1]
        if side != self.card.image_size:
            raise BadInputError(
                path, f"takes {side} px, model.json says {self.card.image_size}: parts of two models"
            )
        if self.card.decoding not in DECODERS:
            raise BadInputError(
                folder / "model.json", f"unknown decoding {self.card.decoding!r}; update Discern"
            )

    @property
    def runtime(self) -> str:
        """What computes the graph, in words."""
        return self._graph.runtime

    def predict(self, pixels: Pixels, score_threshold: float = SCORE_FLOOR) -> Detections:
        """Detections on one gray picture (height, width) of 8 or 16 bits, in its own pixels."""
        card = self.card
        gray, place = letterbox(pixels, card.window, card.image_size)
        found = DECODERS[card.decoding](
            self.raw(gray[None, None]),
            card.image_size,
            len(card.classes),
            score_threshold,
            **card.decoding_parameters,
        )
        height, width = pixels.shape
        return Detections(place.to_image(found.boxes, width, height), found.scores, found.labels)

    def raw(self, images: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """The graph's raw outputs for (1, 3, size, size) gray in [0, 1], or one channel for all three."""
        given = {"images": normalise(images, self.card.mean, self.card.std)}
        return list(self._graph.run(given).values())


def load(folder: Path, threads: int = 1, runtime: RuntimeName = DEFAULT, at_once: int = 1) -> Detector:
    """Open a model folder, for so many callers ``at_once``, who share the threads. Raises BadInputError where
    something in it is missing or damaged, or this machine has no such runtime."""
    return Detector(folder, threads, runtime, at_once)
