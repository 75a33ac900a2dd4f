"""The folder of a trained classifier or landmark model: nothing in it is code, and nothing is a pickle.

``model.onnx`` is the graph, ``model.json`` says how to feed and read it (its card) and
``weights.safetensors`` is what training goes on from.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from imaging.new_folder import new_folder, write_whole


class Network(Protocol):
    """A trained network that can be written."""

    def export(self, path: Path, image_size: int) -> None: ...

    def weights(self) -> dict[str, NDArray[np.generic]]: ...


class Card(Protocol):
    """A dataclass that ``model.json`` holds."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def image_size(self) -> int: ...


def write_model_folder(folder: Path, network: Network, card: Card) -> None:
    """Export the network beside its card, in a folder that appears whole or not at all.

    Raises BadInputError where the folder is there already and not empty.
    """
    with new_folder(folder) as partial:
        network.export(partial / "model.onnx", card.image_size)
        save_file(network.weights(), partial / "weights.safetensors")
        write_card(partial, card)


def write_card(folder: Path, card: Card) -> None:
    """Write ``model.json`` atomically."""
    write_whole(folder / "model.json", json.dumps(asdict(card), indent=2, sort_keys=True) + "\n")
