"""From two readers' annotations and a senior's decisions to a consensus, image by image.

Of each image the opinions of its two readers are merged (``consensus``). Where they differ
the senior is shown ``adjudication/<senior>/opinions/<image stem>.xml`` and saves the decision as
``adjudication/<senior>/<image stem>.xml``. Running it again takes what was saved and goes on.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from annotation.adjudication.image import Outcome, outcome_of
from annotation.adjudication.panel import Panel
from annotation.adjudication.provenance import ImageRecord, digest, read_provenance, write_provenance
from annotation.status import done_by
from annotation.voc import write_voc
from errors import BadInputError


@dataclass(frozen=True)
class Awaiting:
    """An image on which the senior has still to decide, and the names of the boxes that say so."""

    image: Path
    unresolved: tuple[str, ...]


@dataclass(frozen=True)
class Report:
    """What became of the images of a workplace.

    ``records`` are those of this run, by image name; ``passed_over`` are the images that were not taken,
    by the reason; ``errors`` are those that could not be.
    """

    records: Mapping[str, ImageRecord]
    awaiting: tuple[Awaiting, ...]
    passed_over: Mapping[str, str]
    errors: tuple[BadInputError, ...]

    @property
    def complete(self) -> bool:
        return not self.awaiting and not self.errors


def adjudicate(panel: Panel) -> Report:
    """Merge what agrees, take what the senior has decided, show the senior the rest, and write the
    consensus with its provenance.

    No annotation is ever overwritten: neither a reader's nor the senior's, nor one in the consensus
    that this function did not write. Raises BadInputError, with nothing written, where one of the
    last kind stands in the way.
    """
    previous = read_provenance(panel.out)
    done = done_by(panel.workplace)
    outcomes: dict[Path, Outcome] = {}
    passed_over: dict[str, str] = {}
    errors: list[BadInputError] = []
    for image in panel.workplace.images:
        record = previous.get(image.name)
        reason = _passed_over(panel, image, done, record)
        if reason:
            passed_over[image.name] = reason
            continue
        try:
            outcomes[image] = outcome_of(panel, image, record)
        except BadInputError as error:
            errors.append(error)
    _write(panel, outcomes, previous)
    return Report(
        {image.name: outcome.record for image, outcome in outcomes.items()},
        tuple(Awaiting(image, item.unresolved) for image, item in outcomes.items() if item.unresolved),
        passed_over,
        tuple(errors),
    )


def _passed_over(
    panel: Panel, image: Path, done: Mapping[str, Collection[str]], previous: ImageRecord | None
) -> str:
    """Why an image is not taken; "" where it is."""
    names = {reader.name for reader in panel.readers}
    readers = tuple(panel.readings(image))
    others = tuple(name for name, images in done.items() if name not in names and image.name in images)
    if previous and not names.issuperset(previous.readers):
        return f"adjudicated between {' and '.join(previous.readers)}"
    if previous and previous.state == "adjudicated" and previous.senior != panel.senior:
        return f"adjudicated by {previous.senior}"
    if len(readers) > 2:
        return f"annotated by {', '.join(readers)}; name two of them"
    if len(readers) == 2 or (len(readers) == 1 and panel.accept_single and not others):
        return ""
    if others:
        return f"annotated by {', '.join((*readers, *others))}; name them"
    return f"annotated by {readers[0]} alone" if readers else "annotated by nobody"


def _write(panel: Panel, outcomes: Mapping[Path, Outcome], previous: Mapping[str, ImageRecord]) -> None:
    for image, outcome in outcomes.items():
        _refuse_to_overwrite(panel, image, {outcome.record.consensus, _written(previous.get(image.name))})
    for image, outcome in outcomes.items():
        if outcome.consensus is None:
            panel.consensus(image).unlink(missing_ok=True)  # written by a run before: no longer so
        for voc in filter(None, (outcome.consensus, outcome.shown)):
            voc.path.parent.mkdir(parents=True, exist_ok=True)
            write_voc(voc)
    if outcomes:
        records = {image.name: outcome.record for image, outcome in outcomes.items()}
        write_provenance(panel.out, {**previous, **records})


def _written(record: ImageRecord | None) -> str | None:
    return record.consensus if record else None


def _refuse_to_overwrite(panel: Panel, image: Path, ours: set[str | None]) -> None:
    """Raises BadInputError for an annotation in the consensus that is of another making."""
    path = panel.consensus(image)
    if panel.out == panel.workplace.folder and not path.parent.exists():
        path = image.with_suffix(".xml")  # beside the picture, where the cohort reads it until now
    if path.exists() and digest(path.read_bytes()) not in ours:
        raise BadInputError(
            path, "was not written by adjudication, it is kept; name a folder for the consensus with --out"
        )
