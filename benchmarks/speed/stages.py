"""The four stages over a study, from its DICOM files to the result, beside the same stages in torch."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from axial.models import ANY_LEVEL, CLASSIFIER, DISCS, PHANTOM_MODELS, VERTEBRAE, AxialModels, open_models
from axial.pictures import pictures_of
from axial.reading import read_pictures
from axial.result import StudyResult
from benchmarks.speed.goal import NotMeasurableError, Outcome, Setting, Target, below, outcome, seconds_of
from benchmarks.speed.rehearsal import (
    NotingDetector,
    RehearsedDetector,
    TorchClassifier,
    TorchDetector,
    write_classifier,
    write_detector,
)
from classifiers.runtime import Classifier
from data.phantom.ranges import TEST_SEED
from data.phantom.studies import StudyPlan, generate_studies
from detectors.detections import Detections
from detectors.runtime import Detector
from detectors.runtime import load as load_detector
from errors import BadInputError
from imaging.reading import read_studies
from imaging.study import SeriesKind
from imaging.windowing import Pixels
from models.runtimes import DEFAULT, RuntimeName

SPEED_UP, SPEED_UP_BF16 = Target("speed-up", 2), Target("speed-up", 3.5)
SECONDS = 2.0
"""In which a study is to be read."""
SLICES = 15
"""Sagittal ones, of which the middle one is read, and as many axial ones, which are all read."""
_SAME_PROBABILITY, _SAME_EDGE = 1e-3, 0.5
_SAME_SHARE = 0.9
"""Of the boxes: one whose score is that of the threshold or of its neighbour may be on one side alone."""
_MOST_ROUNDS = 3
_MOST_ROUNDS_PUBLISHED = 2
"""Of the published networks, which take several times as long as the others."""


@dataclass(frozen=True)
class Networks:
    """What computes stages 1 and 3 (a detector, with the side of its input on ``sagittal`` and on ``axial``
    pictures) and stage 4 (a classifier of a ``crop``), in pixels; ``runtime``: in f32."""

    detector: str
    sagittal: int
    axial: int
    classifier: str
    crop: int
    runtime: RuntimeName = DEFAULT

    def __str__(self) -> str:
        sides = " and ".join(map(str, dict.fromkeys([self.sagittal, self.axial])))
        return f"{self.detector} at {sides} px, {self.classifier} at {self.crop} px"


LARGE = Networks("yolov5s", 640, 640, "resnet50", 224)
PHANTOM = Networks("yolov5n-slim", 256, 160, "resnet18-slim", 96)
"""The sizes of the models that come with Discern."""
PUBLISHED = Networks("fasterrcnn-r50", 640, 640, "resnet101", 224, "openvino")
_BF16: Final = "openvino-bf16"
_OTHER = "the same stages in torch, inference_mode, slice by slice"
_NOTE = (
    "the middle sagittal slice and every axial one go through the networks; random weights: each network's "
    "boxes are computed, then replaced by those that the phantom's trained model finds on the same picture, "
    "so that as many slices go through each stage as in a real study; opening the models is not counted on "
    "either side"
)
_NOT_COMPARED = "in bf16 the sides' answers are not compared here: docs/runtimes.md tells what bf16 changes"


def measure(setting: Setting) -> list[Outcome]:
    """In f32, with networks of two sizes."""
    setting = _with_rounds(setting, _MOST_ROUNDS)
    study = write_study(setting.folder)
    found = []
    for name, networks in (("stages", LARGE), ("stages-phantom", PHANTOM)):
        ours, other = _seconds(study, networks, networks.runtime, setting)
        what = _what(networks, "f32")
        found.append(outcome(name, what, _OTHER, ours, other, SPEED_UP, note=_NOTE))
        found.append(below(f"{name}-time", what, ours, SECONDS, "the goal's", "s"))
    return found


def measure_bf16(setting: Setting) -> list[Outcome]:
    """In bf16, torch in f32. NotMeasurableError where the processor has none."""
    try:
        load_detector(PHANTOM_MODELS / DISCS, runtime=_BF16)
    except BadInputError as error:
        raise NotMeasurableError(error.reason) from None
    few = _with_rounds(setting, _MOST_ROUNDS)
    ours, other = _seconds(write_study(setting.folder), LARGE, _BF16, few)
    what, note = _what(LARGE, "bf16"), f"{_NOTE}; {_NOT_COMPARED}"
    return [outcome("stages-bf16", what, f"{_OTHER}, f32", ours, other, SPEED_UP_BF16, note=note)]


def measure_published(setting: Setting) -> list[Outcome]:
    """With the networks of the published system."""
    few = _with_rounds(setting, _MOST_ROUNDS_PUBLISHED)
    ours, other = _seconds(write_study(setting.folder), PUBLISHED, PUBLISHED.runtime, few)
    what = _what(PUBLISHED, "f32")
    return [outcome("stages-published", what, _OTHER, ours, other, SPEED_UP, note=_NOTE)]


def _with_rounds(setting: Setting, most: int) -> Setting:
    return replace(setting, rounds=min(setting.rounds, most))


def _what(networks: Networks, precision: str) -> str:
    slices = f"{SLICES} sagittal and {SLICES} axial slices"
    return f"four stages, {slices}, files to result, {networks}, {precision}"


@dataclass(frozen=True)
class StagesCase:
    """A study, and the models that read it: ours in a runtime, and torch's with the same weights."""

    study: Path
    ours: Callable[[RuntimeName], AxialModels] = field(repr=False)
    torch: AxialModels = field(repr=False)

    def read(self, models: AxialModels) -> StudyResult:
        """From the files to the result."""
        (study,) = read_studies(self.study)
        return read_pictures("study", pictures_of(study), models)


def write_study(folder: Path, sagittal_slices: int = SLICES) -> Path:
    """A phantom patient's folder of DICOM files: so many sagittal slices, and 15 axial ones."""
    kinds = (SeriesKind.SAGITTAL_T2, SeriesKind.AXIAL_T2)
    plan = StudyPlan(kinds, sagittal_slices, ("five lumbar vertebrae",))
    generate_studies(folder / "studies", 1, TEST_SEED, plan, workers=1)
    (patient,) = (path for path in (folder / "studies").iterdir() if path.is_dir())
    return patient


def make_case(folder: Path, study: Path, networks: Networks, threads: int) -> StagesCase:
    """Models of random weights, as model folders and in torch; torch computes on so many threads, too."""
    import torch

    torch.set_num_threads(threads)
    answers, rules = trained_answers(study), open_models(PHANTOM_MODELS).rules
    vertebrae = write_detector(folder / VERTEBRAE, networks.detector, networks.sagittal)
    discs = write_detector(folder / DISCS, networks.detector, networks.axial)
    classifier = write_classifier(folder / CLASSIFIER, networks.classifier, networks.crop)
    torch.use_deterministic_algorithms(False)  # which building for training asked for

    def ours(runtime: RuntimeName) -> AxialModels:
        return AxialModels(
            RehearsedDetector(folder / VERTEBRAE, answers, threads, runtime),
            RehearsedDetector(folder / DISCS, answers, threads, runtime, threads),
            {ANY_LEVEL: Classifier(folder / CLASSIFIER, threads, runtime, threads)},
            rules,
            (),
            at_once=threads,
        )

    by_torch = AxialModels(
        TorchDetector(folder / VERTEBRAE, answers, vertebrae),
        TorchDetector(folder / DISCS, answers, discs),
        {ANY_LEVEL: TorchClassifier(folder / CLASSIFIER, classifier)},
        rules,
        (),
    )
    return StagesCase(study, ours, by_torch)


def trained_answers(study: Path) -> dict[int, Detections]:
    """What the phantom's trained models find on the pictures of a study that the four stages show them."""
    vertebrae, discs = (NotingDetector(PHANTOM_MODELS / name) for name in (VERTEBRAE, DISCS))
    trained = replace(open_models(PHANTOM_MODELS), vertebrae=vertebrae, discs=discs)
    (read,) = read_studies(study)
    read_pictures(
        "study", pictures_of(read), replace(trained, sagittal=None, endplates=None, herniations=None)
    )
    return vertebrae.noted | discs.noted


def _seconds(study: Path, networks: Networks, runtime: RuntimeName, setting: Setting) -> NDArray[np.float64]:
    """(2, rounds): ours and torch's. ValueError where the two do not say the same of the study."""
    case = make_case(setting.folder / str(networks), study, networks, setting.threads)
    models = case.ours(runtime)
    if runtime != _BF16:
        check_same(case, models)
    works = (lambda: case.read(models), lambda: case.read(case.torch))
    return seconds_of(works, setting.rounds, setting.tell)


def check_same(case: StagesCase, models: AxialModels) -> None:
    """ValueError where torch says something else of a slice than these models do, or finds other boxes on the
    sagittal picture or the middle axial one."""
    for one, same in zip(case.read(models).slices, case.read(case.torch).slices, strict=True):
        if (one.level, one.edges, one.verdict) != (same.level, same.edges, same.verdict):
            raise ValueError(f"{one.picture} has another level, disc or verdict by torch")
        if any(
            abs(one.probabilities[name] - same.probabilities[name]) > _SAME_PROBABILITY
            for name in one.probabilities
        ):
            raise ValueError(f"{one.picture} has other probabilities by torch")
    (study,) = read_studies(case.study)
    pictures = pictures_of(study)
    assert pictures.sagittal is not None, "a phantom has one"
    middle = pictures.axial[len(pictures.axial) // 2]
    _check_boxes(models.vertebrae, case.torch.vertebrae, pictures.sagittal.pixels)
    _check_boxes(models.discs, case.torch.discs, middle.pixels)


def _check_boxes(ours: Detector, other: Detector, pixels: Pixels) -> None:
    assert isinstance(ours, RehearsedDetector) and isinstance(other, RehearsedDetector)
    found, same = ours.detect(pixels), other.detect(pixels)
    if min(_shared(found, same), _shared(same, found)) < _SAME_SHARE:
        raise ValueError(f"{ours.card.detector} finds other boxes by torch")


def _shared(found: Detections, same: Detections) -> float:
    """How much of ``found`` stands in ``same``, too."""
    near = np.abs(found.boxes[:, None] - same.boxes).max(axis=2) <= _SAME_EDGE
    alike = np.abs(found.scores[:, None] - same.scores) <= _SAME_PROBABILITY
    return float((near & alike).any(axis=1).mean()) if len(found) else float(len(same) == 0)
