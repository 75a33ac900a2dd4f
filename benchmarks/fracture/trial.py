"""One fold of a fracture benchmark: a classifier trained on its training patients judges its test
patients."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from axial.models import model_identity
from axial.pictures import StudyPicture
from benchmarks.fracture.lesions import CohortLesion, LesionSource
from benchmarks.fracture.protocol import FractureProtocol
from classifiers.calibration import fit_calibrated
from classifiers.model_card import new_card
from fracture.calibration import fit_rules
from fracture.causes import CAUSES
from fracture.classification import classify, open_fracture_model
from fracture.registration import CHANNELS, LESION
from fracture.result import FractureResult
from fracture.vertebra import open_vertebra_detector, vertebra_around
from models.epochs import Progress
from models.model_folder import write_model_folder

MODEL = "model"
"""The folder that a trial's training leaves, in its own."""
RESULTS = "results"


@dataclass(frozen=True)
class FractureTrial:
    """``fold`` None trains on all of its patients and tests on none. ``training``, ``test``: patients."""

    protocol: FractureProtocol
    fold: int | None
    training: tuple[str, ...]
    test: tuple[str, ...]
    threads: int

    @property
    def name(self) -> str:
        return "refit" if self.fold is None else f"fold{self.fold}"

    @property
    def epochs(self) -> int:
        settings = self.protocol.settings
        return (settings.inner_folds + 1) * settings.epochs

    def run(self, source: LesionSource, folder: Path, progress: Progress) -> None:
        """Train, then judge each test patient by the exported model: ``results/<study>.json``."""
        lesions = source.read()
        protocol = self.protocol
        settings = replace(protocol.settings, seed=protocol.seed, threads=self.threads)
        training = lesions.of_patients(self.training)
        samples = [sample for item in training for sample in (item.sample(), item.mirrored().sample())]
        trained = fit_calibrated(protocol.classifier, CAUSES, (), samples, settings, progress)
        card = new_card(protocol.classifier, CAUSES, (), CHANNELS, samples, settings, trained.temperature)
        write_model_folder(folder / MODEL, trained.network, card)
        fit_rules(trained.logits, [item.label for item in samples]).write(folder / MODEL)
        (folder / RESULTS).mkdir()
        judge = _by_detector if protocol.segment == "detector" else _by_box
        for result in judge(self, lesions.of_patients(self.test), folder / MODEL):
            result.write(folder / RESULTS / f"{result.study}.json")


def _by_box(trial: FractureTrial, lesions: Sequence[CohortLesion], folder: Path) -> list[FractureResult]:
    """Each fracture judged in its annotated box."""
    model = open_fracture_model(folder, trial.threads)
    return [classify(model, item.read()) for item in lesions]


def _by_detector(trial: FractureTrial, lesions: Sequence[CohortLesion], folder: Path) -> list[FractureResult]:
    """Each fracture judged in the detector's box that holds the annotated box's centre."""
    model = open_fracture_model(folder, trial.threads)
    path = Path(trial.protocol.vertebrae)
    detector = open_vertebra_detector(path, with_names=False, threads=trial.threads)
    identity = model_identity("vertebrae", path, detector.card.detector)
    results = []
    for item in lesions:
        lesion = replace(item.read(), marked_by="a detector")
        picture = StudyPicture(lesion.pictures[LESION], lesion.pixels[LESION], item.slices[LESION].geometry)
        edges = vertebra_around(detector, picture, item.edges)
        if edges is None:
            reason = "the detector found no vertebra there"
            models = (model.identity, identity)
            results.append(
                FractureResult(item.study, lesion.pictures, None, "a detector", None, models, reason)
            )
        else:
            results.append(classify(model, replace(lesion, edges=edges), identity))
    return results
