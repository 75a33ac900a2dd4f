"""The vertebra that a reader marks in an open reading: whether its fracture is benign or malignant, as it is
kept, shown and reported."""

import os
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from axial.pictures import StudyPicture
from errors import BadInputError
from fracture.classification import FractureModel, classify, open_fracture_model
from fracture.registration import LESION
from fracture.result import FractureResult
from fracture.study_lesion import lesion_on_slice
from imaging.new_folder import write_whole
from imaging.pixels import read_pixels
from imaging.reading import read_studies
from imaging.study import SeriesKind, Study
from reading.cases.activation_maps import SliceMap
from reading.cases.examination import without_names
from reading.cases.marks import Mark
from reading.cases.pictures import CaseSeries, series_of
from reading.open.kept_result import ai_result
from reading.store.form import STRICT, Drawn, read_strictly
from reporting.fracture import ReportedFracture

FRACTURE_FILE = "fracture.json"
"""In the folder of an open reading."""
FRACTURE_MODEL_VARIABLE = "DISCERN_FRACTURE_MODEL"
"""In the environment: the folder of the classifier of fractures; where not given, none are judged."""
_NEEDED = {SeriesKind.SAGITTAL_T2, SeriesKind.SAGITTAL_T1}
_BY_READER = "a reader"
_LOCKS: dict[str, Lock] = {}
"""By folder: one vertebra is judged or taken away at a time, so that none comes back that was taken away."""
_UNREADABLE = "what was said of the marked vertebra cannot be read any more; mark it again, or remove it"


class UnreadableFracture(BadInputError):
    """What is kept of a marked vertebra; everything else of its open reading can be read."""


@dataclass(frozen=True, config=STRICT)
class MarkedVertebra:
    """The box around the abnormal vertebra as the page sends it: the number of its ``series``, the place of
    its ``slice`` in it, from 0, and its ``edges`` in the slice's pixels."""

    series: int
    slice: Annotated[int, Field(ge=0)]
    edges: Drawn


@dataclass(frozen=True)
class KeptFracture:
    """``instance``: the SOPInstanceUID of the slice on which the vertebra is marked."""

    instance: str
    result: FractureResult


@dataclass(frozen=True, config=STRICT)
class _Sent:
    """A page that leaves ``marked`` out has taken nothing away."""

    marked: MarkedVertebra | None


_SENT = TypeAdapter(_Sent)
_KEPT = TypeAdapter(KeptFracture)


def fracture_model() -> Path | None:
    """The folder of the classifier of fractures; None where fractures are not judged."""
    named = os.environ.get(FRACTURE_MODEL_VARIABLE)
    return Path(named) if named else None


def check_fracture_model() -> None:
    """Raises BadInputError where one is named that cannot be opened, or judges something else."""
    folder = fracture_model()
    if folder is not None:
        open_fracture_model(folder)


def can_be_judged(series: Sequence[CaseSeries]) -> bool:
    """Whether there is a model, and the series that it needs are among these."""
    return fracture_model() is not None and {item.kind for item in series} >= _NEEDED


def read_marked(content: Any) -> MarkedVertebra | None:
    """From JSON with the one key ``marked``; None: no vertebra is marked any more. Raises ValueError, a
    sentence, where it is something else."""
    return read_strictly(_SENT, content).marked


def judge_fracture(folder: Path, marked: MarkedVertebra) -> KeptFracture:
    """What the model says of the marked vertebra; kept in the place of what was kept before.

    ``folder``: of the open reading. Raises ValueError, a sentence, where it cannot be judged, and then
    nothing is changed; KeyError where there is no such slice; FileNotFoundError where the reading was
    removed meanwhile; CaseRefused and BadInputError where its files cannot be read.
    """
    model, name = _opened(fracture_model()), ai_result(folder).study
    instance = _instance(series_of(folder), marked)
    with _lock(folder):
        (study,) = read_studies(folder)
        try:
            lesion = lesion_on_slice(study, name, instance, marked.edges, _BY_READER)
        except BadInputError as error:
            raise ValueError(without_names(error)) from None
        # Where the files lie on the server is nobody's business.
        warnings = tuple(text.replace(f"{folder}{os.sep}", "") for text in lesion.warnings)
        said = classify(model, replace(lesion, warnings=warnings), with_activation=True)
        kept = KeptFracture(instance, said)
        write_whole(folder / FRACTURE_FILE, fracture_json(kept))
    return kept


def kept_fracture(folder: Path) -> KeptFracture | None:
    """None where no vertebra is marked. Raises UnreadableFracture."""
    path = folder / FRACTURE_FILE
    try:
        return _KEPT.validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError:
        raise UnreadableFracture(path, _UNREADABLE) from None


def remove_fracture(folder: Path) -> None:
    """Nothing where no vertebra is marked; one that is being judged is waited for."""
    with _lock(folder):
        (folder / FRACTURE_FILE).unlink(missing_ok=True)


def fracture_json(kept: KeptFracture) -> str:
    return _KEPT.dump_json(kept, indent=1).decode() + "\n"


def mark_of_fracture(kept: KeptFracture, series: Sequence[CaseSeries]) -> Mark | None:
    """The box over its slice; None where the slice is not among ``series``."""
    place = _place(kept, series)
    label = f"fracture: {kept.result.cause}"
    return None if place is None else Mark(*place, "finding", label, edges=kept.result.edges)


def map_of_fracture(kept: KeptFracture, series: Sequence[CaseSeries]) -> SliceMap | None:
    """What spoke for the cause that was called, over its slice."""
    place, activation = _place(kept, series), kept.result.activation
    if place is None or activation is None:
        return None
    return SliceMap(*place, activation.rows, activation.seen)


def reported_fracture(folder: Path, study: Study) -> ReportedFracture | None:
    """What is kept, with the slice on which the vertebra is marked, for the report of the folder's study.
    Raises UnreadableFracture, and BadInputError where the slice cannot be read."""
    kept = kept_fracture(folder)
    if kept is None:
        return None
    slices = [item for series in study.series for item in series.slices if item.uid == kept.instance]
    if not slices:
        raise UnreadableFracture(folder / FRACTURE_FILE, _UNREADABLE)
    name, pixels = kept.result.pictures[LESION], read_pixels(slices[0]).values
    return ReportedFracture(kept.result, StudyPicture(name, pixels, slices[0].geometry, kept.instance))


def _lock(folder: Path) -> Lock:
    return _LOCKS.setdefault(str(folder), Lock())


def _place(kept: KeptFracture, series: Sequence[CaseSeries]) -> tuple[int, int] | None:
    """The number of its series, and the place of its slice in it."""
    for one in series:
        for number, item in enumerate(one.slices):
            if item.instance == kept.instance:
                return one.number, number
    return None


def _instance(series: Sequence[CaseSeries], marked: MarkedVertebra) -> str:
    for one in series:
        if one.number == marked.series and marked.slice < len(one.slices):
            return one.slices[marked.slice].instance
    raise KeyError(marked.series)


def _opened(folder: Path | None) -> FractureModel:
    """Raises ValueError, a sentence, where there is none."""
    if folder is None:
        raise ValueError("fractures are not judged on this server; ask the coordinator")
    try:
        return _opened_once(folder)
    except BadInputError:
        raise ValueError("the model of fractures cannot be opened; tell the coordinator") from None


@lru_cache(maxsize=1)
def _opened_once(folder: Path) -> FractureModel:
    """As long as the server runs."""
    return open_fracture_model(folder)
