"""The lesions of a cohort: of each study the one marked vertebra and its six pictures."""

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from annotation.boxes import Edges
from annotation.labels import named_label_set
from classifiers.samples import Sample
from data.cohort import Cohort, Exclusion
from data.cohort_studies import CohortSlice, CohortStudy, studies_of
from data.folder import read_cohort
from errors import BadInputError
from fracture.causes import CAUSES
from fracture.lesion import Lesion
from fracture.registration import LESION, registered, six_slices
from imaging.pictures import read_picture


@dataclass(frozen=True)
class CohortLesion:
    """``edges``: of the box around the abnormal vertebra, in pixels of the T2 lesion slice. ``slices``: in
    the order of ``fracture.registration.CHANNELS``."""

    study: str
    patient: str
    cause: str
    edges: Edges
    slices: tuple[CohortSlice, ...]

    def sample(self) -> Sample:
        """What the classifier learns from."""
        return Sample(
            pictures=tuple(item.image.path for item in self.slices),
            region=self.edges,
            patient=self.patient,
            label=CAUSES.index(self.cause),
            register=partial(registered, geometries=[item.geometry for item in self.slices]),
        )

    def mirrored(self) -> "CohortLesion":
        """The same with previous and next slices exchanged, as in the patient's mirror image: left and right
        tell nothing of the cause."""
        t1, t2 = self.slices[:3], self.slices[3:]
        return replace(self, slices=(*t1[::-1], *t2[::-1]))

    def read(self) -> Lesion:
        """Its pictures, read and registered. Raises BadInputError where one cannot be used."""
        pixels = [read_picture(item.image.path) for item in self.slices]
        try:
            on_grid = registered(pixels, [item.geometry for item in self.slices])
        except ValueError as error:
            raise BadInputError(self.slices[LESION].image.path, str(error)) from None
        names = tuple(item.image.name for item in self.slices)
        return Lesion(self.study, names, on_grid, self.edges, "a box")


@dataclass(frozen=True)
class LesionCohort:
    """``cohort``: the pictures of the lesions, no others. ``left_out``: studies that cannot be used, and
    why."""

    cohort: Cohort
    lesions: tuple[CohortLesion, ...]
    left_out: tuple[Exclusion, ...]

    def of_patients(self, patients: tuple[str, ...]) -> list[CohortLesion]:
        return [item for item in self.lesions if item.patient in patients]


@dataclass(frozen=True)
class LesionSource:
    """Where a trial's process reads its cohort."""

    folder: Path
    label_set: str

    def read(self) -> LesionCohort:
        """Raises BadInputError where the folder holds no study with one marked vertebra and its pictures."""
        cohort = read_cohort(self.folder, named_label_set(self.label_set), with_unannotated=True)
        lesions: dict[str, CohortLesion] = {}
        left_out: list[Exclusion] = []
        for study in studies_of(cohort, self.folder):
            try:
                lesion = lesion_of(study)
                if lesion.patient in lesions:
                    raise ValueError(
                        "another study of this patient is there already; one abnormal segment a patient"
                    )
                lesions[lesion.patient] = lesion
            except ValueError as error:
                left_out.append(Exclusion(study.study, str(error)))
        if not lesions:
            raise BadInputError(
                self.folder, f"no study in it can be used: {left_out[0].name}: {left_out[0].reason}"
            )
        used = {item.image.name for lesion in lesions.values() for item in lesion.slices}
        images = tuple(image for image in cohort.images if image.name in used)
        return LesionCohort(
            Cohort(cohort.label_set, images), tuple(lesions.values()), (*cohort.excluded, *left_out)
        )


def lesion_of(study: CohortStudy) -> CohortLesion:
    """The lesion of a study. Raises ValueError, with a sentence, where not exactly one vertebra is marked, on
    a sagittal T2 picture, or a picture is missing."""
    every = (*study.sagittal, *study.sagittal_t1, *study.axial)
    marked = [(item, box) for item in every for box in item.image.boxes if box.label in CAUSES]
    if len(marked) != 1:
        raise ValueError(
            f"{len(marked)} boxes of a fracture; mark the abnormal vertebra on one sagittal T2 picture alone"
        )
    ((lesion, box),) = marked
    if lesion not in study.sagittal:
        raise ValueError("the vertebra is marked on another picture than a sagittal T2 one; mark it there")
    series = [item for item in study.sagittal if item.series == lesion.series]
    slices = six_slices(series, _by_series(study.sagittal_t1), lesion, box.edges)
    return CohortLesion(study.study, study.patient, box.label, box.edges, slices)


def _by_series(slices: tuple[CohortSlice, ...]) -> list[list[CohortSlice]]:
    series: dict[str, list[CohortSlice]] = {}
    for item in slices:
        series.setdefault(item.series, []).append(item)
    return list(series.values())
