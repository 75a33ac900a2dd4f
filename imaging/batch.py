"""A batch of studies: what cannot be read is named and left out, and the rest goes on."""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

import cv2

from errors import BadInputError
from imaging.reading import read_studies
from imaging.study import Study

Task = TypeVar("Task")
Outcome = TypeVar("Outcome")
_FEW = 64
"""So many slices are done before further processes have started."""


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


def run_tasks(
    work: Callable[[Task], Outcome], tasks: Sequence[Task], workers: int
) -> Iterator[Outcome | BadInputError]:
    """The outcome of each task in order, or why it failed; over processes where there are many."""
    attempt = _Attempt(work)
    if workers == 1 or len(tasks) <= _FEW:
        yield from map(attempt, tasks)
        return
    # A fresh process: a fork would carry along the threads of whatever is loaded here.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, cv2.setNumThreads, (1,)) as pool:
        yield from pool.map(attempt, tasks, chunksize=8)


@dataclass(frozen=True)
class _Attempt(Generic[Task, Outcome]):
    work: Callable[[Task], Outcome]

    def __call__(self, task: Task) -> Outcome | BadInputError:
        try:
            return self.work(task)
        except BadInputError as error:
            return error
