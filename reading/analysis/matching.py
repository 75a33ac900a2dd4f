"""Which call of a reading belongs to which reference disc: by level where levels exist, else by boxes."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from annotation.boxes import pairwise_iou
from errors import BadInputError
from reading.readings import DiscReading, Readings
from reading.reference import Reference, ReferenceDisc

NOT_CALLED = "not called"
LEAST_IOU = 0.5
_READ = ["reader", "arm", "case", "patient"]
_CALLS = [
    *_READ,
    "disc",
    "level",
    "truth",
    "truth_slip",
    "call",
    "slip_call",
    "lesion_likelihood",
    "slip_likelihood",
    "indeterminate",
]


@dataclass(frozen=True)
class MatchedReadings:
    """Readings held against their reference.

    ``calls``: a row for each reference disc of each reading: ``reader, arm, case, patient``; ``disc`` (its
    number in the reference) and ``level`` (None where there is none); what is right, ``truth`` and
    ``truth_slip``; what was said, ``call`` (a verdict, or NOT_CALLED) and ``slip_call`` (<NA> where nothing
    was said); likelihoods, NaN where none; ``indeterminate``.
    ``reads``: a row for each reading: ``reader, arm, case, patient, seconds``.
    ``extra``: for each image of each reading (``image`` is "" where levels are matched, for the whole case)
    how many calls belong to no reference disc.
    """

    calls: pd.DataFrame
    reads: pd.DataFrame
    extra: pd.DataFrame


def match_readings(readings: Readings, reference: Reference, iou: float = LEAST_IOU) -> MatchedReadings:
    """Match every reading to the discs of its case, one to one.

    Where the reference has levels, by level. Else by boxes on the same image: of all matchings of pairs that
    overlap by ``iou`` or more, the one with the largest sum of IoU. Raises BadInputError for a case that is
    not in the reference or of another patient there, and for a call that lacks what is matched by.
    """
    by_case = reference.by_case()
    reads: dict[tuple[str, str, str], list[DiscReading]] = {}
    for row in readings.discs:
        _check(row, readings, reference, by_case)
        reads.setdefault(row.read, []).append(row)
    calls: list[list[object]] = []
    extra: list[list[object]] = []
    for (reader, arm, case), rows in reads.items():
        said = [row for row in rows if row.place]
        truth = [reference.discs[number] for number in by_case[case]]
        place = [reader, arm, case, truth[0].patient]
        matched = _by_level(truth, said) if truth[0].place.level else _by_box(truth, said, iou)
        for index, (number, disc) in enumerate(zip(by_case[case], truth, strict=True)):
            call = said[matched[index]] if index in matched else None
            calls.append([*place, number, *_row(disc, call)])
        extra += [[*place, image, count] for image, count in _unmatched(truth, said, matched).items()]
    first = [[*key, rows[0].patient, rows[0].seconds] for key, rows in reads.items()]
    return MatchedReadings(
        pd.DataFrame(calls, columns=_CALLS).astype({"slip_call": "boolean"}),
        pd.DataFrame(first, columns=[*_READ, "seconds"]).astype({"seconds": float}),
        pd.DataFrame(extra, columns=[*_READ, "image", "extra"]),
    )


def _check(
    disc: DiscReading, readings: Readings, reference: Reference, by_case: dict[str, list[int]]
) -> None:
    if disc.case not in by_case:
        raise BadInputError(
            readings.path,
            "a case that the reference does not have; add it there or remove the row",
            disc.line,
        )
    known = reference.discs[by_case[disc.case][0]]
    if known.patient != disc.patient:
        raise BadInputError(readings.path, "another patient than in the reference; correct one", disc.line)
    if disc.place is None:
        return
    if known.place.level and not disc.place.level:
        raise BadInputError(readings.path, "no level, but the reference has levels; fill it in", disc.line)
    if not known.place.level and not disc.place.edges:
        raise BadInputError(
            readings.path, "no box, but the reference has no levels; give image and box", disc.line
        )


def _by_level(truth: Sequence[ReferenceDisc], said: Sequence[DiscReading]) -> dict[int, int]:
    """The call of each reference disc, both by their index."""
    calls = {row.place.level: index for index, row in enumerate(said) if row.place}
    return {index: calls[disc.place.level] for index, disc in enumerate(truth) if disc.place.level in calls}


def _by_box(truth: Sequence[ReferenceDisc], said: Sequence[DiscReading], least: float) -> dict[int, int]:
    """As ``_by_level``, by the largest sum of IoU."""
    images = [row.place.image for row in said if row.place]
    overlaps = pairwise_iou(
        [disc.place.edges for disc in truth if disc.place.edges],
        [row.place.edges for row in said if row.place and row.place.edges],
    )
    same = np.array([[disc.place.image == image for image in images] for disc in truth], bool)
    counted = np.where(same.reshape(overlaps.shape) & (overlaps >= least), overlaps, 0)
    rows, columns = linear_sum_assignment(counted, maximize=True)
    pairs = zip(rows.tolist(), columns.tolist(), strict=True)
    return {row: column for row, column in pairs if counted[row, column] > 0}


def _row(disc: ReferenceDisc, call: DiscReading | None) -> list[object]:
    right = [disc.place.level, disc.verdict, disc.slip]
    if call is None:
        return [*right, NOT_CALLED, None, np.nan, np.nan, False]
    likelihoods = [
        np.nan if value is None else value for value in (call.lesion_likelihood, call.slip_likelihood)
    ]
    return [*right, call.verdict or NOT_CALLED, call.slip, *likelihoods, call.indeterminate]


def _unmatched(
    truth: Sequence[ReferenceDisc], said: Sequence[DiscReading], matched: dict[int, int]
) -> Counter[str]:
    """How many calls of each image belong to no reference disc; 0 counts too."""
    by_level = truth[0].place.level is not None
    counts = Counter({"" if by_level else disc.place.image or "": 0 for disc in truth})
    used = set(matched.values())
    for index, row in enumerate(said):
        image = "" if by_level or row.place is None else row.place.image or ""
        counts[image] += index not in used
    return counts
