"""One fold of an axial benchmark: models trained on its training patients read its test patients."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from annotation.labels import named_label_set
from axial.models import DISCS, AxialModels, open_models
from axial.reading import read_pictures
from benchmarks.axial.cohort_pictures import pictures_of_cohort
from benchmarks.axial.protocol import AxialProtocol
from benchmarks.axial.training import epochs_of, train_models
from benchmarks.trial import predict_images
from data.cohort import Cohort
from data.cohort_studies import CohortStudy, studies_of
from data.folder import read_cohort
from detectors.fitting import Progress
from imaging.study import SeriesKind


@dataclass(frozen=True)
class StudySource:
    """Where an axial trial's process reads its cohort."""

    folder: Path
    label_set: str

    def read(self) -> tuple[Cohort, tuple[CohortStudy, ...]]:
        """Raises BadInputError where the folder holds no exported studies with annotations."""
        cohort = read_cohort(self.folder, named_label_set(self.label_set))
        return cohort, studies_of(cohort, self.folder)


@dataclass(frozen=True)
class AxialTrial:
    """``fold`` None trains on all of its patients and tests on none. ``training``, ``test``: patients."""

    protocol: AxialProtocol
    fold: int | None
    training: tuple[str, ...]
    test: tuple[str, ...]
    threads: int

    @property
    def name(self) -> str:
        return "refit" if self.fold is None else f"fold{self.fold}"

    @property
    def epochs(self) -> int:
        return epochs_of(self.protocol)

    def run(self, source: StudySource, folder: Path, progress: Progress) -> None:
        """Train, then read each test study from the exported models: ``results/``, and the boxes of
        stage 3 at every score for its average precision."""
        cohort, studies = source.read()
        models = folder / "models"
        models.mkdir()
        training = [study for study in studies if study.patient in self.training]
        train_models(
            cohort.of_patients(self.training),
            training,
            source.folder,
            self.protocol,
            self.threads,
            models,
            progress,
        )
        test = [study for study in studies if study.patient in self.test]
        read_studies_of_cohort(test, open_models(models, self.threads), folder / "results")
        axial = cohort.of_patients(self.test).of_kinds([SeriesKind.AXIAL_T2])
        predict_images(models / DISCS, axial, self.threads, folder)


def read_studies_of_cohort(studies: Sequence[CohortStudy], models: AxialModels, folder: Path) -> None:
    """Read each study and write its result as ``<study>.json`` into a folder."""
    folder.mkdir()
    for study in studies:
        read_pictures(study.study, pictures_of_cohort(study), models).write(folder / f"{study.study}.json")
