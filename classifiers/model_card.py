"""``model.json``: how a classifier is fed, and what its logits mean."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from classifiers.preprocessing import MEAN, STD
from classifiers.samples import Sample, class_frequencies
from classifiers.settings import Settings
from errors import BadInputError
from imaging.windowing import Window
from models.identities import is_among, new_salt, patient_identities, picture_identities

FORMAT = 1
_LIBRARIES = ("torch", "torchvision", "onnx", "onnxruntime", "numpy")


@dataclass(frozen=True)
class ClassifierCard:
    """What ``model.json`` says.

    ``channels``: what each picture is, in the order in which they are given. ``categories``: the values of
    the attribute that the classifier is told; empty where it takes none. ``frequencies``: the share of
    each class among the training samples. ``patients``: salted SHA-256 identities of the training
    patients (``trained_on`` asks them), ``pictures``: of the training pictures (``models.identities``).
    ``metrics``: figures measured out of fold, each with its name.

    The loss weighs a class by frequency ** -``cost``, so the logits z speak of a population in which the
    classes are that much more even. Back in the population of the training samples the probabilities are
    softmax(z / ``temperature`` + cost · log frequency): Bayes' theorem with the priors exchanged (Elkan,
    The Foundations of Cost-Sensitive Learning, IJCAI 2001, theorem 2), and a temperature that takes back
    overconfidence (Guo et al., ICML 2017). The verdict is the class with the largest z: where missing a
    class costs frequency ** -cost, that is the decision of the least expected cost (Elkan, section 1). So
    the verdict need not be the most probable class.
    """

    classifier: str
    classes: tuple[str, ...]
    categories: tuple[str, ...]
    channels: tuple[str, ...]
    image_size: int
    margin: float
    window: Window
    mean: tuple[float, ...]
    std: tuple[float, ...]
    temperature: float
    cost: float
    frequencies: tuple[float, ...]
    training: dict[str, Any]
    salt: str
    patients: tuple[str, ...]
    pictures: tuple[str, ...] = ()
    local_window: bool = False
    metrics: dict[str, float] = field(default_factory=dict)
    licence: str = "AGPL-3.0-only"
    versions: dict[str, str] = field(default_factory=lambda: {name: version(name) for name in _LIBRARIES})
    format: int = FORMAT

    def probabilities(self, logits: NDArray[np.floating]) -> NDArray[np.float64]:
        """(…, classes) logits -> the classes' probabilities."""
        log_prior = self.cost * np.log(self.frequencies)
        calibrated: NDArray[np.float64] = softmax(
            np.asarray(logits, np.float64) / self.temperature + log_prior, axis=-1
        )
        return calibrated

    def trained_on(self, patient: str) -> bool:
        """Whether this patient was among those it was trained on."""
        return is_among(patient, self.patients, self.salt)


def new_card(
    name: str,
    classes: Sequence[str],
    categories: Sequence[str],
    channels: Sequence[str],
    samples: Sequence[Sample],
    settings: Settings,
    temperature: float,
) -> ClassifierCard:
    """The card of a classifier trained on these samples with these settings."""
    salt = new_salt()
    training = asdict(settings)
    training["start_weights"] = settings.start_weights.name if settings.start_weights else None
    return ClassifierCard(
        classifier=name,
        classes=tuple(classes),
        categories=tuple(categories),
        channels=tuple(channels),
        image_size=settings.image_size,
        margin=settings.margin,
        window=settings.window,
        local_window=settings.local_window,
        mean=(MEAN,) * len(channels),
        std=(STD,) * len(channels),
        temperature=temperature,
        cost=settings.cost,
        frequencies=class_frequencies(samples, classes),
        training=training,
        salt=salt,
        patients=patient_identities((sample.patient for sample in samples), salt),
        pictures=picture_identities((path for sample in samples for path in sample.pictures), salt),
    )


def read_card(folder: Path) -> ClassifierCard:
    """Read ``model.json``. Raises BadInputError where it is absent or not of this format."""
    path = folder / "model.json"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        written = content["format"]
        content["window"] = Window(**content["window"])
        for name in ("classes", "categories", "channels", "mean", "std", "frequencies", "patients"):
            content[name] = tuple(content[name])
        content["pictures"] = tuple(content.get("pictures", ()))
        card = ClassifierCard(**content)
    except FileNotFoundError:
        raise BadInputError(path, "no classifier here; give the folder of a trained one") from None
    except (ValueError, TypeError, KeyError, AttributeError):
        raise BadInputError(path, "not a classifier's description; train it again") from None
    if written != FORMAT:
        raise BadInputError(path, f"format {written}; this version reads {FORMAT}: train it again")
    return card
