"""The protocol of an axial benchmark: the models of the stages and how they are trained, in a YAML file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from annotation.labels import DIAGNOSES, SLIP, LabelSet, named_label_set
from annotation.views import named_view
from axial.chain import SACRUM
from axial.discs import DISC
from benchmarks.protocol import changed
from benchmarks.protocol_file import ProtocolFile, beside, mistakes_in, open_protocol
from benchmarks.typed import changed_settings, typed
from classifiers.registry import CLASSIFIERS
from classifiers.settings import Settings as ClassifierSettings
from detectors.presets import preset
from detectors.registry import DETECTORS
from detectors.settings import Settings as DetectorSettings
from errors import BadInputError
from landmarks.settings import Settings as LandmarkSettings


@dataclass(frozen=True)
class DetectorStage:
    """A stage done by a detector: its name, the view that it learns, and how it is trained."""

    detector: str
    view: str
    settings: DetectorSettings


@dataclass(frozen=True)
class ClassifierStage:
    """The stage done by a classifier. ``per_level``: one for each level as published, or else one for all
    that is told the level."""

    classifier: str
    per_level: bool
    settings: ClassifierSettings


@dataclass(frozen=True)
class AxialProtocol:
    """``vertebrae``, ``discs`` and ``states`` are stages 1, 3 and 4; stage 2 needs no training. Beyond the
    four, where they are wanted: ``sagittal``, a detector of the discs' states on sagittal pictures, whose
    part in a verdict is fitted on ``inner_folds``, and the landmark models of the measures."""

    title: str
    label_set: str
    vertebrae: DetectorStage
    discs: DetectorStage
    states: ClassifierStage
    sagittal: DetectorStage | None = None
    endplates: LandmarkSettings | None = None
    herniations: LandmarkSettings | None = None
    inner_folds: int = 2
    folds: int = 4
    seed: int = 0


@dataclass(frozen=True)
class _Detector:
    detector: str
    view: str
    preset: str = "quick"
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Classifier:
    classifier: str
    per_level: bool = False
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Content:
    vertebrae: _Detector
    discs: _Detector
    states: _Classifier
    sagittal: _Detector | None = None
    endplates: dict[str, Any] | None = None
    herniations: dict[str, Any] | None = None
    label_set: str = "axial"
    inner_folds: int = 2
    folds: int = 4
    seed: int = 0


def read_axial_protocol(name: str, quick: bool = False) -> AxialProtocol:
    """Read a protocol by its embedded name or its path. Raises BadInputError."""
    file = open_protocol(name, quick)
    if file.system != "axial":
        raise BadInputError(file.path, "no protocol of the axial path; name `axial` or `study`")
    with mistakes_in(file.path):
        return _protocol(file)


def _protocol(file: ProtocolFile) -> AxialProtocol:
    path = file.path
    given: _Content = typed(_Content, file.content, "an axial protocol")
    for name in ("folds", "inner_folds"):
        if getattr(given, name) < 2:
            raise ValueError(f"{name} is {getattr(given, name)}; give 2 or more")
    label_set_name = beside(path, given.label_set)
    label_set = named_label_set(label_set_name)
    return AxialProtocol(
        title=file.title,
        label_set=label_set_name,
        vertebrae=_detector(given.vertebrae, (SACRUM,), label_set, path),
        discs=_detector(given.discs, (DISC,), label_set, path),
        states=_classifier(given.states, path),
        sagittal=_detector(given.sagittal, (*DIAGNOSES, SLIP), label_set, path) if given.sagittal else None,
        endplates=_landmarks(given.endplates),
        herniations=_landmarks(given.herniations),
        inner_folds=given.inner_folds,
        folds=given.folds,
        seed=given.seed,
    )


def _detector(given: _Detector, needed: Sequence[str], label_set: LabelSet, path: Path) -> DetectorStage:
    if given.detector not in DETECTORS:
        raise ValueError(f"unknown detector {given.detector!r}; choose one of {', '.join(DETECTORS)}")
    view = beside(path, given.view)
    missing = [name for name in needed if name not in named_view(view, label_set).names]
    if missing:
        raise ValueError(f"the view {given.view!r} has no class {missing[0]!r}; choose one that has")
    settings = changed(preset(given.preset, given.detector), given.settings, path.parent)
    return DetectorStage(given.detector, view, settings)


def _classifier(given: _Classifier, path: Path) -> ClassifierStage:
    if given.classifier not in CLASSIFIERS:
        raise ValueError(f"unknown classifier {given.classifier!r}; choose one of {', '.join(CLASSIFIERS)}")
    settings = changed_settings(ClassifierSettings(), given.settings, path.parent)
    return ClassifierStage(given.classifier, given.per_level, settings)


def _landmarks(given: Mapping[str, Any] | None) -> LandmarkSettings | None:
    return None if given is None else changed_settings(LandmarkSettings(), given)
