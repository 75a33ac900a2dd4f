"""Predicting from a model folder with ONNX Runtime: no training framework, no code from the model."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from detectors.decoding import DECODERS
from detectors.detections import Detections
from detectors.model_folder import ModelCard, read_card
from detectors.preprocessing import letterbox
from errors import BadInputError
from imaging.windowing import Pixels
from models.gray import normalise
from models.session import open_session

SCORE_FLOOR = 0.001
"""Detections below it are never returned: low enough that average precision sees the whole curve."""


class Detector:
    """A trained detector of any family, on one processor thread or more."""

    def __init__(self, folder: Path, threads: int = 1) -> None:
        self.card: ModelCard = read_card(folder)
        path = folder / "model.onnx"
        self._session = open_session(path, threads)
        side = self._session.get_inputs()[0].shape[-1]
        if side != self.card.image_size:
            raise BadInputError(
                path, f"takes {side} px, model.json says {self.card.image_size}: parts of two models"
            )
        if self.card.decoding not in DECODERS:
            raise BadInputError(
                folder / "model.json", f"unknown decoding {self.card.decoding!r}; update Discern"
            )

    def predict(self, pixels: Pixels, score_threshold: float = SCORE_FLOOR) -> Detections:
        """Detections on one gray picture (height, width) of 8 or 16 bits, in its own pixels."""
        card = self.card
        gray, place = letterbox(pixels, card.window, card.image_size)
        found = DECODERS[card.decoding](
            self.raw(np.repeat(gray[None, None], 3, axis=1)),
            card.image_size,
            len(card.classes),
            score_threshold,
            **card.decoding_parameters,
        )
        height, width = pixels.shape
        return Detections(place.to_image(found.boxes, width, height), found.scores, found.labels)

    def raw(self, images: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """The graph's raw outputs for (1, 3, size, size) gray in [0, 1]."""
        return self._session.run(None, {"images": normalise(images, self.card.mean, self.card.std)})


def load(folder: Path, threads: int = 1) -> Detector:
    """Open a model folder. Raises BadInputError where something in it is missing or damaged."""
    return Detector(folder, threads)
