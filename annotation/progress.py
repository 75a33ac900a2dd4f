"""How fast annotators work, with and without pre-labels, from the records of their sessions.

``annotators/<name>/log.jsonl`` has a JSON line a save: ``image``, ``saved`` (ISO time, UTC), ``seconds``
(active, since the image was opened), ``boxes`` and ``prelabelled`` (whether a model's boxes were the start).
"""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from annotation.workplace import Workplace
from errors import BadInputError
from stats.intervals import Interval, cluster_draws, percentile_interval


@dataclass(frozen=True)
class ImageWork:
    """One annotator's work on one image: active seconds over all saves, boxes at the last of them,
    and whether it began from pre-labels."""

    image: str
    seconds: float
    boxes: int
    prelabelled: bool


@dataclass(frozen=True)
class Pace:
    """What was done in how many active hours; per hour NaN where there is no time."""

    images: int
    boxes: int
    hours: float
    images_per_hour: float
    boxes_per_hour: float


@dataclass(frozen=True)
class AnnotatorProgress:
    """One annotator's pace, or everyone's (``annotator`` is then "all").

    ``ratio``: boxes per hour with pre-labels over those without, NaN where one of the two was not done;
    ``interval``: its 95 % interval by bootstrap over images. ``damaged``: lines of the record that could
    not be read, as a kill leaves them.
    """

    annotator: str
    without: Pace
    prelabelled: Pace
    ratio: float
    interval: Interval
    damaged: int


def measure_progress(workplace: Workplace, resamples: int = 2000, seed: int = 0) -> list[AnnotatorProgress]:
    """The progress of everyone who has a record, by name; of several, then of all together.

    The ratio of all is the geometric mean of the annotators' own ratios: each is compared with himself or
    herself, so that who was given the pre-labels does not count. Raises BadInputError where nobody has a
    record, or one cannot be read.
    """
    paths = {name: workplace.folder_of(name) / "log.jsonl" for name in workplace.annotators}
    logs = {name: read_log(path) for name, path in paths.items() if path.exists()}
    if not logs:
        raise BadInputError(
            workplace.folder, "no record of any annotator's session; annotate with `discern annotate`"
        )
    ratios = {
        name: _resampled_ratios(work, resamples, seed + 2 * number)
        for number, (name, (work, _)) in enumerate(logs.items())
    }
    rows = [_progress(name, work, ratios[name], damaged) for name, (work, damaged) in logs.items()]
    if len(rows) > 1:
        everything = [item for work, _ in logs.values() for item in work]
        own = [ratio for ratio in ratios.values() if not math.isnan(ratio[0])]
        mean = np.exp(np.mean(np.log(own), axis=0)) if own else np.full(resamples + 1, math.nan)
        rows.append(_progress("all", everything, mean, sum(row.damaged for row in rows)))
    return rows


def read_log(path: Path) -> tuple[list[ImageWork], int]:
    """The work on each image, and how many lines were damaged and so left out. Raises BadInputError."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise BadInputError(path, f"cannot be read ({error.strerror}); check its permissions") from None
    work: dict[str, ImageWork] = {}
    damaged = 0
    for line in lines:
        save = _save(line)
        if save is None:
            damaged += 1
            continue
        before = work.get(save.image, ImageWork(save.image, 0.0, 0, False))
        work[save.image] = ImageWork(
            save.image, before.seconds + save.seconds, save.boxes, before.prelabelled or save.prelabelled
        )
    return list(work.values()), damaged


def _save(line: bytes) -> ImageWork | None:
    """One save, or None for a line that is none."""
    try:
        content = json.loads(line)
        save = ImageWork(
            str(content["image"]),
            float(content["seconds"]),
            int(content["boxes"]),
            bool(content["prelabelled"]),
        )
    except (ValueError, KeyError, TypeError):
        return None
    return save if math.isfinite(save.seconds) and save.seconds >= 0 and save.boxes >= 0 else None


def _progress(
    annotator: str, work: Sequence[ImageWork], ratios: NDArray[np.float64], damaged: int
) -> AnnotatorProgress:
    return AnnotatorProgress(
        annotator,
        _pace(item for item in work if not item.prelabelled),
        _pace(item for item in work if item.prelabelled),
        float(ratios[0]),
        percentile_interval(ratios[1:]),
        damaged,
    )


def _pace(work: Iterable[ImageWork]) -> Pace:
    done = list(work)
    hours = sum(item.seconds for item in done) / 3600
    boxes = sum(item.boxes for item in done)
    images_per_hour, boxes_per_hour = (count / hours if hours else math.nan for count in (len(done), boxes))
    return Pace(len(done), boxes, hours, images_per_hour, boxes_per_hour)


def _resampled_ratios(work: Sequence[ImageWork], resamples: int, seed: int) -> NDArray[np.float64]:
    """(1 + resamples,) the ratio of boxes per hour on all images, then on images drawn with replacement,
    as many as there are of each kind; NaN where it is not defined."""
    plain = _resampled_speeds([item for item in work if not item.prelabelled], resamples, seed)
    helped = _resampled_speeds([item for item in work if item.prelabelled], resamples, seed + 1)
    return helped / plain


def _resampled_speeds(work: Sequence[ImageWork], resamples: int, seed: int) -> NDArray[np.float64]:
    """(1 + resamples,) boxes per second in the same way; NaN without boxes or time."""
    if not work:
        return np.full(resamples + 1, math.nan)
    drawn = np.vstack([np.ones(len(work)), cluster_draws(len(work), resamples, seed)])
    boxes = drawn @ np.array([item.boxes for item in work])
    seconds = drawn @ np.array([item.seconds for item in work])
    defined = (boxes > 0) & (seconds > 0)
    return np.divide(boxes, seconds, out=np.full(resamples + 1, math.nan), where=defined)
