"""One trial: a detector trained on a fold's training patients in a process of its own, exported, and
then run from its model folder on the fold's test patients."""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from annotation.labels import named_label_set
from annotation.views import View, named_view
from benchmarks.truth import training_images
from data.cohort import Cohort
from data.folder import read_cohort
from detectors.detections import Detections
from detectors.fitting import Progress, fit
from detectors.model_folder import ModelCard, write_model_folder
from detectors.network import Network
from detectors.runtime import load
from detectors.settings import Settings
from errors import BadInputError
from imaging.pictures import read_picture
from models.identities import new_salt, patient_identities, picture_identities


@dataclass(frozen=True)
class Source:
    """Where a trial's process reads its cohort, and what it learns of it."""

    folder: Path
    patient_pattern: str | None
    label_set: str | None
    view: str
    kinds: tuple[str, ...] = ()

    def read(self) -> tuple[Cohort, View]:
        cohort = read_cohort(
            self.folder, named_label_set(self.label_set) if self.label_set else None, self.patient_pattern
        )
        if self.kinds:
            cohort = cohort.of_kinds(self.kinds)
            if not cohort.images:
                kinds = ", ".join(self.kinds)
                raise BadInputError(self.folder / "images.csv", f"no picture of a series {kinds} in it")
        return cohort, named_view(self.view, cohort.label_set)


@dataclass(frozen=True)
class Trial:
    """One training run. ``training`` and ``test`` are patients. A refit has no fold and no test;
    start weights untouched have no fold and no training, and are tested on every fold's patients."""

    detector: str
    fold: int | None
    seed: int
    settings: Settings
    training: tuple[str, ...]
    test: tuple[str, ...]
    note: str = ""

    @property
    def name(self) -> str:
        without_fold = "refit" if self.settings.epochs else "untouched"
        part = without_fold if self.fold is None else f"fold{self.fold}"
        return f"{self.detector}-{part}-seed{self.seed}"

    @property
    def epochs(self) -> int:
        return self.settings.epochs

    @property
    def threads(self) -> int:
        return self.settings.threads

    def run(self, source: Source, folder: Path, progress: Progress) -> None:
        """Train, export and predict into a folder."""
        _run(self, source, folder, progress)


@dataclass(frozen=True)
class TrialRecord:
    """What a finished trial measured besides its predictions: ``trial.json``."""

    detector: str
    fold: int | None
    seed: int
    epochs: int
    note: str
    parameters: int
    model_bytes: int
    train_seconds: float
    milliseconds_an_image: float


def _run(trial: Trial, source: Source, folder: Path, progress: Progress) -> None:
    cohort, view = source.read()
    began = time.perf_counter()
    images = training_images(cohort.of_patients(trial.training), view)
    network = fit(trial.detector, view.names, images, trial.settings, progress)
    train_seconds = time.perf_counter() - began
    model = folder / "model"
    card = model_card(trial.detector, trial.settings, trial.training, cohort, view, network)
    write_model_folder(model, network, replace(card, folds=_training_side(trial)))
    milliseconds = predict_images(model, cohort.of_patients(trial.test), trial.settings.threads, folder)
    record = TrialRecord(
        trial.detector,
        trial.fold,
        trial.seed,
        trial.settings.epochs,
        trial.note,
        sum(int(value.size) for value in network.weights().values()),
        (model / "model.onnx").stat().st_size,
        round(train_seconds, 1),
        round(milliseconds, 2),
    )
    (folder / "trial.json").write_text(json.dumps(asdict(record), indent=2) + "\n", encoding="utf-8")


def model_card(
    detector: str,
    settings: Settings,
    patients: Sequence[str],
    cohort: Cohort,
    view: View,
    network: Network,
) -> ModelCard:
    """The card of a network trained on these patients of a cohort."""
    salt = new_salt()
    training = json.loads(json.dumps(asdict(settings), default=lambda path: path.name))
    return ModelCard(
        detector=detector,
        classes=view.names,
        view=view.name,
        label_set=cohort.label_set.classes,
        image_size=settings.image_size,
        window=settings.window,
        mean=network.mean,
        std=network.std,
        decoding=network.decoding,
        decoding_parameters=network.decoding_parameters,
        training=training,
        salt=salt,
        patients=patient_identities(patients, salt),
        pictures=picture_identities((image.path for image in cohort.of_patients(patients).images), salt),
    )


def _training_side(trial: Trial) -> str:
    if not trial.training:
        return "none: start weights untouched"
    return "all development patients" if trial.fold is None else f"all but fold {trial.fold}"


def predict_images(model: Path, cohort: Cohort, threads: int, folder: Path) -> float:
    """Predict a cohort from a model folder into ``predictions.npz``; returns milliseconds an image
    (reading the picture included), 0 where there is none."""
    detector = load(model, threads)
    found: list[Detections] = []
    began = time.perf_counter()
    for image in cohort.images:
        found.append(detector.predict(read_picture(image.path)))
    elapsed = time.perf_counter() - began
    write_predictions(folder / "predictions.npz", [image.name for image in cohort.images], found)
    return elapsed * 1000 / max(len(found), 1)


def write_predictions(path: Path, names: Sequence[str], found: Sequence[Detections]) -> None:
    """Detections by image name, boxes in image pixels, as one compressed NumPy archive."""
    empty = Detections.none()
    np.savez_compressed(
        path,
        names=np.array(names, dtype=np.str_),
        counts=np.array([len(item) for item in found], np.int64),
        boxes=np.concatenate([empty.boxes, *(item.boxes for item in found)]),
        scores=np.concatenate([empty.scores, *(item.scores for item in found)]),
        labels=np.concatenate([empty.labels, *(item.labels for item in found)]),
    )


def read_predictions(path: Path) -> dict[str, Detections]:
    """What ``write_predictions`` wrote."""
    with np.load(path, allow_pickle=False) as content:
        ends = np.cumsum(content["counts"])
        columns = [np.split(content[name], ends)[:-1] for name in ("boxes", "scores", "labels")]
        parts = zip(*columns, strict=True)
        return {str(name): Detections(*part) for name, part in zip(content["names"], parts, strict=True)}
