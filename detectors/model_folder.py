"""The model folder: everything needed to predict, the same for every family.

``model.onnx`` is the graph, ending at the head's raw outputs; ``model.json`` says how to feed it and
read it; ``weights.safetensors`` is what training goes on from. Nothing in it is code, and nothing is
a pickle.
"""

import gzip
import json
import os
import shutil
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save, save_file

from detectors.network import Network
from errors import BadInputError
from imaging.new_folder import write_whole
from imaging.windowing import Window
from models.identities import is_among

FORMAT = 1
DEFAULT_THRESHOLD = 0.25
"""The score from which a box counts where a model has no operating threshold of its own."""
_LIBRARIES = (
    "torch",
    "torchvision",
    "ultralytics",
    "paddlepaddle",
    "paddledet",
    "onnx",
    "onnxruntime",
    "numpy",
)


@dataclass(frozen=True)
class ModelCard:
    """What ``model.json`` says.

    ``classes``: the view's class names in the order of the outputs. ``thresholds``: operating score
    per class, from out-of-fold predictions; empty until they are known. ``patients``: salted SHA-256
    identities of the training patients (``trained_on`` asks them), ``pictures``: of the training pictures
    (``models.identities``). ``metrics``: figures measured on predictions of this folder's family out of
    fold, each with its name.
    """

    detector: str
    classes: tuple[str, ...]
    view: str
    label_set: tuple[str, ...]
    image_size: int
    window: Window
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    decoding: str
    decoding_parameters: dict[str, Any]
    training: dict[str, Any]
    salt: str
    patients: tuple[str, ...]
    pictures: tuple[str, ...] = ()
    folds: str = ""
    thresholds: dict[str, float] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)
    licence: str = "AGPL-3.0-only"
    versions: dict[str, str] = field(default_factory=lambda: {name: version(name) for name in _LIBRARIES})
    format: int = FORMAT

    def threshold(self, name: str) -> float:
        """The score from which a box of this class counts."""
        return self.thresholds.get(name, DEFAULT_THRESHOLD)

    def trained_on(self, patient: str) -> bool:
        """Whether this patient was among those it was trained on."""
        return is_among(patient, self.patients, self.salt)


def write_model_folder(folder: Path, network: Network, card: ModelCard) -> None:
    """Export the network beside its card, in a folder that appears whole or not at all."""
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    network.export(partial / "model.onnx", card.image_size)
    save_file(
        {name: value.copy() for name, value in network.weights().items()}, partial / "weights.safetensors"
    )
    write_card(partial, card)
    shutil.rmtree(folder, ignore_errors=True)
    os.replace(partial, folder)


def write_card(folder: Path, card: ModelCard) -> None:
    """Write ``model.json`` atomically."""
    write_whole(folder / "model.json", json.dumps(asdict(card), indent=2, sort_keys=True) + "\n")


def read_card(folder: Path) -> ModelCard:
    """Read ``model.json``. Raises BadInputError where it is absent or not of this format."""
    path = folder / "model.json"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["format"] != FORMAT:
            raise BadInputError(
                path, f"format {content['format']}; this version reads {FORMAT}: train it again"
            )
        for name in ("classes", "label_set", "mean", "std", "patients"):
            content[name] = tuple(content[name])
        content["pictures"] = tuple(content.get("pictures", ()))
        content["window"] = Window(**content["window"])
        return ModelCard(**content)
    except FileNotFoundError:
        raise BadInputError(path, "no model here; give a folder that `discern train` wrote") from None
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        if isinstance(error, BadInputError):
            raise
        raise BadInputError(path, "not a model description; train the model again") from None


def write_start_weights(folder: Path, path: Path) -> None:
    """Write a model folder's weights as a start weights file: float16 safetensors, for ``Settings``; packed
    by gzip where ``path`` ends so.

    Raises BadInputError where the folder has no readable weights, or one that float16 cannot hold.
    """
    source = folder / "weights.safetensors"
    try:
        weights = load_file(source)
    except (FileNotFoundError, SafetensorError):
        raise BadInputError(source, "no readable weights; give a folder that `discern train` wrote") from None
    halves = {
        name: value.astype(np.float16) if np.issubdtype(value.dtype, np.floating) else value
        for name, value in weights.items()
    }
    if not all(np.isfinite(value).all() for value in halves.values()):
        raise BadInputError(source, "a weight is too large for float16; train with a lower learning rate")
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.partial")
    content = save(halves)
    temporary.write_bytes(gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)
    os.replace(temporary, path)
