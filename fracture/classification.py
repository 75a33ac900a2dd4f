"""Benign or malignant: the classifier over a lesion's six pictures."""

from dataclasses import dataclass
from pathlib import Path

from axial.models import model_identity
from axial.result import ActivationMap, ModelIdentity
from classifiers.runtime import Classification, Classifier, load
from errors import BadInputError
from fracture.calibration import FractureRules, read_rules
from fracture.causes import BENIGN, CAUSES, MALIGNANT
from fracture.lesion import Lesion
from fracture.registration import CHANNELS
from fracture.result import FractureResult
from models.runtimes import DEFAULT, RuntimeName


@dataclass(frozen=True)
class FractureModel:
    """A classifier of fractures, loaded, how its logits are read, and which one it is."""

    classifier: Classifier
    rules: FractureRules
    identity: ModelIdentity


def open_fracture_model(folder: Path, threads: int = 1, runtime: RuntimeName = DEFAULT) -> FractureModel:
    """Load a model folder. Raises BadInputError where it is damaged or a classifier of something else, or
    this machine has no such runtime."""
    classifier = load(folder, threads, runtime)
    if (classifier.card.classes, classifier.card.channels) != (CAUSES, CHANNELS):
        raise BadInputError(
            folder, "no classifier of fractures; give a folder that `discern train-fracture` made"
        )
    identity = model_identity("fracture", folder, classifier.card.classifier)
    return FractureModel(classifier, read_rules(folder), identity)


def classify(
    model: FractureModel,
    lesion: Lesion,
    vertebrae: ModelIdentity | None = None,
    with_activation: bool = False,
) -> FractureResult:
    """Say whether a fracture is benign or malignant. ``vertebrae``: the detector that found the vertebra, if
    one did. Raises ValueError where the vertebra does not lie in the pictures."""
    said = model.classifier.classify(lesion.pixels, lesion.edges)
    malignant = float(model.rules.probability(said.logits))
    cause = MALIGNANT if malignant >= model.rules.prevalence else BENIGN
    return FractureResult(
        study=lesion.study,
        pictures=lesion.pictures,
        edges=lesion.edges,
        marked_by=lesion.marked_by,
        cause=cause,
        models=(model.identity, *([vertebrae] if vertebrae else [])),
        probabilities={BENIGN: round(1 - malignant, 4), MALIGNANT: round(malignant, 4)},
        called_from=round(model.rules.prevalence, 4),
        activation=_activation(said, cause) if with_activation else None,
        warnings=lesion.warnings,
    )


def activation_map(model: FractureModel, lesion: Lesion, cause: str) -> ActivationMap:
    """What speaks for a cause in the classifier. Raises ValueError where the vertebra does not lie in the
    pictures."""
    return _activation(model.classifier.classify(lesion.pixels, lesion.edges), cause)


def _activation(said: Classification, cause: str) -> ActivationMap:
    own = said.activation[CAUSES.index(cause)].round(4)
    return ActivationMap(tuple(tuple(map(float, row)) for row in own.tolist()), said.seen)
