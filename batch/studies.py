"""One study of a batch: from its pictures to its results and reports, which appear whole or not at all."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from axial.models import AxialModels
from axial.reading import read_pictures
from axial.result import StudyResult
from batch.decoding import DecodedStudy
from batch.manifest import Manifest, ReadingOptions
from batch.sources import StudySource
from cluster.storage import Storage
from errors import BadInputError
from reporting.contact import StudyCard, study_card


@dataclass(frozen=True)
class Outcome:
    """What became of a source: the results of its studies, most often one, or why it could not be read."""

    source: StudySource
    results: tuple[StudyResult, ...] = ()
    error: BadInputError | None = None


@dataclass(frozen=True)
class Task:
    """What to do with every study. ``storage``: where its files go, None for nowhere; ``manifest``: where it
    is noted, None for nowhere; ``taken``: names of other sources that a numbered study must not take."""

    options: ReadingOptions
    storage: Storage | None = None
    manifest: Manifest | None = None
    taken: frozenset[str] = frozenset()


class Executor(Protocol):
    """Where studies are read."""

    def read(self, sources: Sequence[StudySource], task: Task) -> Iterator[Outcome]:
        """What became of each source, in whatever order; its files are there by then."""


def read(
    source: StudySource, studies: Sequence[DecodedStudy], models: AxialModels, task: Task
) -> tuple[StudyResult, ...]:
    """Read the studies of a source and write what is wanted of them. Raises BadInputError and OSError.

    The note in the manifest comes last, when every file of all of them is there.
    """
    results: list[StudyResult] = []
    cards: list[StudyCard] = []
    options = task.options
    if task.storage is not None:
        _check_names(source, studies, task.taken)
    for item in studies:
        result = read_pictures(
            item.name, item.pictures, models, options.with_levels, activations=options.activation_maps
        )
        results.append(result)
        if task.storage is not None and options.reports:
            cards.append(_write_reports(result, item, options.activation_maps, task.storage))
        if task.storage is not None:
            task.storage.write(f"{result.study}.json", result.as_json().encode())
    if task.manifest is not None:
        task.manifest.note(source, [item.name for item in studies], cards)
    return tuple(results)


def _check_names(source: StudySource, studies: Sequence[DecodedStudy], taken: frozenset[str]) -> None:
    """Raises BadInputError where files of these names would be hidden, or overwrite another source's."""
    if source.name.startswith("."):
        raise BadInputError(source.path, "its name begins with a dot, which hides results; rename it")
    for item in studies:
        if item.name != source.name and item.name in taken:
            raise BadInputError(
                source.path,
                f"it holds {len(studies)} studies, and {item.name} is another study's name; rename one",
            )


def _write_reports(result: StudyResult, item: DecodedStudy, maps: bool, storage: Storage) -> StudyCard:
    """Write a study's reports; its card on the page."""
    # They take a second to import, which reading without reports is spared.
    from reporting.encapsulated import write_encapsulated_pdf
    from reporting.pdf import write_pdf
    from reporting.source import read_source
    from reporting.structured import write_structured_report

    name, pictures = result.study, item.pictures
    source, now = read_source(item.study, pictures), datetime.now().astimezone()
    with TemporaryDirectory(prefix="discern-report-") as temporary:
        folder = Path(temporary)
        pdf = write_pdf(result, pictures, folder / f"{name}.pdf", source, now, maps=maps)
        write_encapsulated_pdf(pdf, source, folder / f"{name}.pdf.dcm", now)
        write_structured_report(result, source, folder / f"{name}.sr.dcm", now)
        for path in sorted(folder.iterdir()):
            storage.write(path.name, path.read_bytes())
    return study_card(result, pictures, f"{name}.pdf", f"{name}.json", maps=maps)
