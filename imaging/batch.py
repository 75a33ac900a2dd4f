"""A batch of studies: what cannot be read is named and left out, and the rest goes on."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from errors import BadInputError
from imaging.deidentify import identity
from imaging.dicom_file import files_of, silent_pydicom
from imaging.reading import read_studies
from imaging.study import Study

Task = TypeVar("Task")
Outcome = TypeVar("Outcome")


@dataclass
class Report:
    """What became of a batch: files ``written``, what was ``left_out`` and why, and ``warnings``."""

    written: int = 0
    left_out: list[BadInputError] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def each_study(sources: Sequence[Path], report: Report) -> Iterator[Study]:
    """The studies of all sources that can be read."""
    for source in sources:
        try:
            studies = read_studies(source)
        except BadInputError as error:
            report.left_out.append(error)
            continue
        for study in studies:
            report.left_out += study.left_out
            report.warnings += study.warnings
            yield study


def patients_apart(folder: Path) -> list[Path]:
    """The subfolders of a folder that holds a study of another patient in each; else the folder itself.

    One image of each subfolder says whose it is.
    """
    inside = sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    owners = set()
    for path in inside:
        try:
            file = next((file for file in files_of(path) if file.is_dicom()), None)
            whose = identity(file.read(pixels=False)) if file else ("", "")
        except BadInputError:
            continue  # named when it is read
        if whose[0]:  # a header that breaks off says nobody's
            owners.add(whose)
        if len(owners) > 1:  # of a hundred thousand folders the first few say it
            return inside
    return [folder]


def run_tasks(
    work: Callable[[Task], Outcome], tasks: Sequence[Task], workers: int
) -> Iterator[Outcome | BadInputError]:
    """The outcome of each task in order, or why it failed. Threads do: the encoders let go of Python."""

    def attempt(task: Task) -> Outcome | BadInputError:
        try:
            return work(task)
        except BadInputError as error:
            return error

    with ThreadPoolExecutor(workers) as pool, silent_pydicom():
        yield from pool.map(attempt, tasks)
