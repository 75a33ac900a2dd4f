"""The trained models of the four stages, together in one folder.

``vertebrae/`` and ``disc/`` are model folders of detectors; ``classifier/`` is one of a classifier that is
told the level, or ``classifiers/`` has one for each level. Where they are there, ``sagittal/`` is a
detector of the discs' states on sagittal pictures, ``endplates/`` and ``herniations/`` are landmark models.
``axial.json`` says the rest: the rules of stages 1 and 2, how the pictures of a disc are combined, and how
wide the intervals of measures are.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from annotation.labels import DIAGNOSES
from axial.chain import ChainRules
from axial.discs import DISC
from axial.fusion import FusionRules
from axial.levels import LevelRules
from axial.measures import CORNERS, DISPLACED, IntervalWidths
from axial.result import ModelIdentity
from axial.sagittal import knows_diagnoses
from axial.vertebrae import names_vertebrae
from classifiers.runtime import Classifier
from classifiers.runtime import load as load_classifier
from detectors.runtime import Detector
from detectors.runtime import load as load_detector
from errors import BadInputError
from imaging.new_folder import write_whole
from landmarks.runtime import LandmarkModel
from landmarks.runtime import load as load_landmarks
from models.runtimes import DEFAULT, RuntimeName

PHANTOM_MODELS = Path(__file__).parent / "phantom_models"
"""The set that comes with the project, trained on phantom patients alone (docs/axial.md)."""
RULES_FILE = "axial.json"
VERTEBRAE, DISCS, CLASSIFIER, CLASSIFIERS = "vertebrae", "disc", "classifier", "classifiers"
SAGITTAL, ENDPLATES, HERNIATIONS = "sagittal", "endplates", "herniations"
"""The folders of the models."""
ANY_LEVEL = ""
"""Stands for every level where one classifier serves them all."""


@dataclass(frozen=True)
class AxialRules:
    """What ``axial.json`` holds."""

    fusion: FusionRules
    widths: IntervalWidths = field(default_factory=IntervalWidths)
    chain: ChainRules = field(default_factory=ChainRules)
    levels: LevelRules = field(default_factory=LevelRules)

    def write(self, folder: Path) -> None:
        write_whole(folder / RULES_FILE, _RULES.dump_json(self, indent=1).decode() + "\n")


@dataclass(frozen=True)
class AxialModels:
    """The models, loaded. ``classifiers``: by level, or one under ANY_LEVEL that is told the level; those
    beyond the four stages are None where the set has none. ``runtimes``: what computes them, each named
    once. ``at_once``: how many slices they read side by side."""

    vertebrae: Detector
    discs: Detector
    classifiers: Mapping[str, Classifier]
    rules: AxialRules
    identities: tuple[ModelIdentity, ...]
    sagittal: Detector | None = None
    endplates: LandmarkModel | None = None
    herniations: LandmarkModel | None = None
    runtimes: tuple[str, ...] = ()
    at_once: int = 1

    def classifier(self, level: str | None) -> Classifier | None:
        """The classifier of a level; None where there is none for it."""
        return self.classifiers.get(ANY_LEVEL) or self.classifiers.get(level or "")


_RULES = TypeAdapter(AxialRules)


def open_models(folder: Path, threads: int = 2, runtime: RuntimeName = DEFAULT) -> AxialModels:
    """Load a set of models. Those that look at many slices read as many of them side by side as there are
    ``threads``. Raises BadInputError where one is missing, damaged or of another kind, or this machine has no
    such runtime."""
    rules = _read_rules(folder / RULES_FILE)
    vertebrae = load_detector(folder / VERTEBRAE, threads, runtime)
    discs = load_detector(folder / DISCS, threads, runtime, at_once=threads)
    if not names_vertebrae(vertebrae.card.classes):
        raise BadInputError(folder / VERTEBRAE, "a model that does not know S1; train it on an axial view")
    if DISC not in discs.card.classes:
        raise BadInputError(
            folder / DISCS, "a model that does not know `disc`; train it on the view axial-roi"
        )
    paths = {ANY_LEVEL: folder / CLASSIFIER}
    if not paths[ANY_LEVEL].is_dir():
        paths = {path.name: path for path in sorted((folder / CLASSIFIERS).glob("*/"))} or paths
    classifiers = {level: load_classifier(path, threads, runtime, threads) for level, path in paths.items()}
    _check_classifiers(folder, list(classifiers.values()))
    _check_rules(folder / RULES_FILE, rules)
    sagittal = None
    if (folder / SAGITTAL).is_dir():
        sagittal = load_detector(folder / SAGITTAL, threads, runtime, at_once=threads)
    if sagittal and not knows_diagnoses(sagittal.card.classes):
        raise BadInputError(
            folder / SAGITTAL, "a model without every state and the slip; train it on the view axial-sagittal"
        )
    identities = [
        model_identity("vertebrae", folder / VERTEBRAE, vertebrae.card.detector),
        model_identity("disc regions", folder / DISCS, discs.card.detector),
        *(
            model_identity(f"classification {level}".strip(), paths[level], item.card.classifier)
            for level, item in classifiers.items()
        ),
    ]
    if sagittal:
        identities.append(model_identity("sagittal discs", folder / SAGITTAL, sagittal.card.detector))
    landmarks = {
        name: _landmark_model(folder / name, points, threads, runtime, identities)
        for name, points in ((ENDPLATES, CORNERS), (HERNIATIONS, DISPLACED))
    }
    models = (vertebrae, discs, *classifiers.values(), sagittal, *landmarks.values())
    return AxialModels(
        vertebrae,
        discs,
        classifiers,
        rules,
        tuple(identities),
        sagittal,
        landmarks[ENDPLATES],
        landmarks[HERNIATIONS],
        tuple(dict.fromkeys(model.runtime for model in models if model)),
        threads,
    )


def _landmark_model(
    folder: Path,
    points: tuple[str, ...],
    threads: int,
    runtime: RuntimeName,
    identities: list[ModelIdentity],
) -> LandmarkModel | None:
    """The model in a folder, added to the ``identities``; None where there is no folder."""
    if not folder.is_dir():
        return None
    model = load_landmarks(folder, threads, runtime)
    if model.card.points != points:
        raise BadInputError(
            folder, f"a model of other points than {', '.join(points)}; train the models again"
        )
    identities.append(model_identity("measures", folder, "landmarks"))
    return model


def _check_classifiers(folder: Path, classifiers: Sequence[Classifier]) -> None:
    if {item.card.classes for item in classifiers} != {DIAGNOSES}:
        raise BadInputError(
            folder / CLASSIFIERS, f"a classifier of other classes than {', '.join(DIAGNOSES)}; train it again"
        )
    if any(len(item.card.channels) != 1 for item in classifiers):
        raise BadInputError(folder, "a classifier of several pictures at once; train it on axial T2 alone")


def _check_rules(path: Path, rules: AxialRules) -> None:
    fusion = rules.fusion
    features = len(DIAGNOSES) - 1
    for combination, sides in ((fusion.axial, 1), (fusion.sagittal, 1), (fusion.both, 2)):
        if combination is None:
            continue
        sizes = {len(row) for row in combination.coefficients}
        rows = {len(combination.coefficients), len(combination.intercepts), len(combination.frequencies)}
        if sizes != {sides * features} or rows != {len(DIAGNOSES)}:
            raise BadInputError(path, "combines other classes than the classifier's; train the models again")


def _read_rules(path: Path) -> AxialRules:
    try:
        return _RULES.validate_json(path.read_bytes())
    except OSError:
        raise BadInputError(path, "no models here; give a folder that `discern train-axial` made") from None
    except ValidationError:
        raise BadInputError(path, "not the rules of the axial path; train the models again") from None


def model_identity(stage: str, folder: Path, network: str) -> ModelIdentity:
    """Of a model folder."""
    digest = hashlib.sha256((folder / "model.onnx").read_bytes()).hexdigest()
    return ModelIdentity(stage, folder.name, network, digest[:12])
