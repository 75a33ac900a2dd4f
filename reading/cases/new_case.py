"""A case on its way into a study: what is looked up of it, and how its folder is filled."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from imaging.deidentified_studies import deidentify_studies
from imaging.pseudonyms import PseudonymKey
from imaging.reading import read_studies
from models.identities import TrainingIdentities
from reading.cases.examination import KINDS, CaseRefused, Examination
from reading.cases.leaks import training_leak
from reading.reference import ReferenceDisc
from reading.store.truth import DiscTruth, read_truth


@dataclass(frozen=True)
class Copied:
    """What the case's folder holds: what is right of its discs, with their pictures, and the ``levels`` that
    are asked of it, None where nobody knows them. ``unusable``: how many pictures were left out;
    ``burned_in``: some may have text burned into them."""

    truth: Mapping[str, DiscTruth]
    levels: Sequence[str] | None
    unusable: int = 0
    burned_in: bool = False


class NewCase(Protocol):
    """``digests``: of its pictures; two cases of a study share none."""

    @property
    def digests(self) -> frozenset[str]: ...

    def leak(self, models: Sequence[TrainingIdentities], keys: Collection[PseudonymKey]) -> str | None:
        """Why it may not be read with these models, a sentence; None where nothing is known against it."""
        ...

    def copied(self, folder: Path, key: PseudonymKey) -> Copied:
        """Write it, without its patient, into a new ``folder``. Raises CaseRefused."""
        ...


@dataclass(frozen=True)
class ExaminationCase:
    """``names``: under which a cohort may hold its patient. ``truth``: its images are named from the folder
    ``reference``."""

    path: Path
    names: frozenset[str]
    truth: Sequence[ReferenceDisc]
    reference: Path
    examination: Examination

    @property
    def digests(self) -> frozenset[str]:
        return self.examination.digests

    def leak(self, models: Sequence[TrainingIdentities], keys: Collection[PseudonymKey]) -> str | None:
        return training_leak(models, self.examination, self.names, keys)

    def copied(self, folder: Path, key: PseudonymKey) -> Copied:
        written = deidentify_studies([self.path], folder, key, workers=1, kinds=KINDS)
        if not written.written:
            raise CaseRefused("cannot be de-identified; export it again from the archive")
        truth = self._truth(folder, key)
        unusable = self.examination.unusable
        return Copied(
            truth, sorted(truth, key=_from_above) or None, unusable, burned_in=bool(written.warnings)
        )

    def _truth(self, folder: Path, key: PseudonymKey) -> dict[str, DiscTruth]:
        """What is right of the discs, each with its picture among the copies where one is named."""
        copies = {
            item.uid: item.file.path.relative_to(folder).as_posix()
            for study in read_studies(folder)
            for series in study.series
            for item in series.slices
        }
        slices = self.examination.slices
        pictures = {item.file.path.resolve(): copies.get(key.uid(item.uid)) for item, _ in slices}
        truth = {}
        for disc in self.truth:
            named = disc.place.image
            image = pictures.get((self.reference / named).resolve()) if named else None
            edges = disc.place.edges if image else None
            right = {"verdict": disc.verdict, "slip": disc.slip, "image": image, "edges": edges}
            truth[disc.place.level] = right
        return read_truth(truth)


def _from_above(level: str) -> tuple[int, str]:
    """In the order of the spine: cervical discs first, then thoracic ones."""
    return "CTL".find(level[0]), level
