"""Where the cases of a study come from: phantoms, a folder on the server, an upload."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from annotation.labels import LUMBAR, Grading
from data.phantom.studies import WHOLE_STUDY, StudyPlan, generate_studies
from data.phantom.variants import VARIANTS
from errors import BadInputError
from reading.cases.examination import CaseRefused, read_examination, without_names
from reading.cases.new_case import ExaminationCase, NewCase
from reading.cases.uploads import check_zip
from reading.reference import Reference, ReferenceDisc, read_reference, reference_of_phantoms

CASES_FOLDER, IMPORT_FOLDER = "cases", "import"
"""In the data folder. The coordinator fills the second on the server; a case's folder in the first has its id
for a name."""
IMPORT_KEY = "key"
"""In that folder: the key of pseudonyms under which training cohorts were exported, where there is one."""
REFERENCE_FILE = "REFERENCE.csv"
UNFINISHED = ".new-"
"""So begin the names of folders that are still being filled."""


@dataclass(frozen=True)
class Phantoms:
    """So many phantom patients of a seed, with their truth."""

    count: int
    seed: int
    plan: StudyPlan = WHOLE_STUDY

    def name(self, number: int) -> str:
        """As the coordinator knows one of them, by its number from 0."""
        return f"phantom {number + 1} of seed {self.seed}"

    def of_grading(self, grading: Grading) -> "Phantoms":
        """Such patients as a grading is about. Raises CaseRefused where there are none."""
        known = (name for name, item in VARIANTS.items() if item.label_set == grading.label_set)
        variant = next(known, None)
        if variant is None:
            raise CaseRefused(f"there are no {grading.label_set} phantoms; import a folder")
        return replace(self, plan=replace(self.plan, variant=variant))

    @contextmanager
    def study(self, number: int, space: Path) -> Iterator[Path]:
        """The DICOM study of one of them, made below the folder ``space`` for the block."""
        with TemporaryDirectory(prefix=UNFINISHED, dir=space) as made:
            studies = Path(made) / "studies"
            # One process: a pool's children would outlive a worker that is killed.
            generate_studies(studies, 1, self.seed, self.plan, workers=1, first=number)
            (study,) = studies.iterdir()
            yield study


@dataclass(frozen=True)
class Folder:
    """A folder in ``import/`` of the data folder: an examination in each subfolder or ZIP, and REFERENCE.csv
    beside them where there is truth, its cases called as these."""

    name: str


@dataclass(frozen=True)
class Upload:
    """A ZIP of one examination, from outside."""

    path: Path


CasesOf = Phantoms | Folder | Upload


class CaseSource(Protocol):
    """``name``: as the coordinator knows it."""

    @property
    def name(self) -> str: ...

    def opened(self) -> AbstractContextManager[NewCase]:
        """The case to be; its files are there for the block. Raises CaseRefused where they cannot be used."""
        ...


def sources_of(data: Path, cases: CasesOf, grading: Grading = LUMBAR) -> tuple[list[CaseSource], list[str]]:
    """The cases to be, and sentences on what of a reference is none. ``grading``: in whose words it is.

    Raises CaseRefused where there is no such folder, or its reference cannot be used.
    """
    if isinstance(cases, Phantoms):
        phantoms = cases.of_grading(grading)
        return [_Phantom(phantoms, grading, number, data) for number in range(cases.count)], []
    if isinstance(cases, Upload):
        return [_Files("the upload", cases.path)], []
    folder = import_folder(data, cases.name)
    inside = [path for path in sorted(folder.iterdir()) if path.is_dir() or path.suffix.lower() == ".zip"]
    shown = {_case_name(path): path for path in inside if not path.name.startswith(".")}
    if not shown:
        raise CaseRefused(f"{cases.name}: no subfolder and no ZIP in it; give each examination one")
    reference = _reference(folder, cases.name, grading)
    truth: dict[str, list[ReferenceDisc]] = {}
    for disc in reference.discs:
        truth.setdefault(disc.case, []).append(disc)
    sources = [_Files(name, path, tuple(truth.get(name, ()))) for name, path in shown.items()]
    return [*sources], [
        f"{name}: in {REFERENCE_FILE}, but no such folder or ZIP"
        for name in sorted(truth.keys() - shown.keys())
    ]


@dataclass(frozen=True)
class _Phantom:
    """Made when it is wanted, and removed afterwards."""

    phantoms: Phantoms
    grading: Grading
    number: int
    space: Path

    @property
    def name(self) -> str:
        return self.phantoms.name(self.number)

    @contextmanager
    def opened(self) -> Iterator[NewCase]:
        with self.phantoms.study(self.number, self.space) as study:
            yield _examination(self.name, study, reference_of_phantoms(study.parent, self.grading).discs)


@dataclass(frozen=True)
class _Files:
    name: str
    path: Path
    truth: tuple[ReferenceDisc, ...] = ()

    @contextmanager
    def opened(self) -> Iterator[NewCase]:
        if any(path.is_symlink() for path in (self.path, *self.path.rglob("*"))):
            raise CaseRefused("has a link in it; put the files themselves there")
        if self.path.is_file():
            check_zip(self.path)
        yield _examination(self.name, self.path, self.truth)


def _examination(name: str, path: Path, truth: Sequence[ReferenceDisc]) -> ExaminationCase:
    """``truth``: its images are named from the folder of ``path``."""
    names = frozenset((name, *(disc.patient for disc in truth)))
    return ExaminationCase(path, names, truth, path.parent, read_examination(path))


def import_folder(data: Path, name: str) -> Path:
    """Raises CaseRefused where it is not below the folder for imports."""
    space = (data / IMPORT_FOLDER).resolve()
    folder = (space / name).resolve()
    if not folder.is_relative_to(space) or folder == space:
        raise CaseRefused(f"not a folder in {IMPORT_FOLDER}/ of the server's data folder; give one's name")
    if not folder.is_dir():
        raise CaseRefused(f"{name}: no such folder in {IMPORT_FOLDER}/ of the server's data folder")
    return folder


def _case_name(path: Path) -> str:
    return path.name if path.is_dir() else path.stem


def _reference(folder: Path, name: str, grading: Grading) -> Reference:
    path = folder / REFERENCE_FILE
    if not path.exists():
        return Reference(folder, ())
    try:
        reference = read_reference(path, grading)
    except BadInputError as error:
        raise CaseRefused(f"{name}: {error.path.name}: {without_names(error)}") from None
    if not all(disc.place.level for disc in reference.discs):
        raise CaseRefused(f"{name}: {REFERENCE_FILE} has discs without a level; add the levels")
    return reference
