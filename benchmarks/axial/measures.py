"""How right the measures of a phantom's discs are: slip, height, and how far a herniation reaches."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotation.grades import LEAST_SLIP
from annotation.labels import DIAGNOSES
from axial.findings import Measure, Slip
from axial.reading import STAGES
from benchmarks.axial.scoring import (
    ComparedDisc,
    Figure,
    Floats,
    ReadStudy,
    Share,
    answers,
    compared_discs,
    over_patients,
    share_of,
    visible_discs,
    weighted_mean,
)
from benchmarks.bootstrap import Interval

_DETECTOR_STAGE, _STAGE = (STAGES.index(name) + 1 for name in ("sagittal discs", "measures"))
_HERNIATION = DIAGNOSES[-1]
_LIMITS = 1.96
"""Standard deviations to each side that hold 95 % of normal differences."""
_LIKELY = 0.5
_SIDES = {"left": "left", "right": "right", "midline": "central"}
"""The sides of a herniation that was found, in the words of the phantom's truth."""


@dataclass(frozen=True)
class MeasureAgreement:
    """How a measure in mm agrees with the truth (Bland and Altman, Lancet 1986;1:307-10).

    ``true``, ``measured``: of each disc. Of the differences, measured less true: ``bias``, their mean;
    ``deviation``, their standard deviation; ``lower`` and ``upper``, the limits of agreement, 1.96 deviations
    from the bias. ``near``: the share that is off by no more than ``tolerance``; ``covered``: the share whose
    stated 95 % interval holds the truth.
    """

    name: str
    tolerance: str
    true: tuple[float, ...]
    measured: tuple[float, ...]
    bias: Interval
    deviation: Interval
    lower: Interval
    upper: Interval
    near: Share
    covered: Share


def measure_agreements(studies: Sequence[ReadStudy]) -> tuple[MeasureAgreement, ...]:
    """Of each measure that was taken of a phantom's discs; of a herniation's extent among the discs that are
    herniated and were called so."""
    discs = compared_discs(studies)
    slips = [(disc.patient, disc.truth.slip, slip.distance) for disc, slip in _with_slip(discs)]
    heights = [
        (disc.patient, disc.truth.height, disc.found.height)
        for disc in discs
        if disc.found.height is not None
    ]
    extents = [
        (disc.patient, math.dist(disc.truth.foot, disc.truth.summit), disc.found.herniation.extent)
        for disc in _herniations(discs)
        if disc.found.herniation and disc.truth.foot and disc.truth.summit
    ]
    wanted = (
        ("Slip", "1 mm", 1.0, 0.0, slips),
        ("Disc height", "10 %", 0.0, 0.1, heights),
        ("Herniation’s extent", "1.5 mm", 1.5, 0.0, extents),
    )
    return tuple(
        _agreement(name, tolerance, rows, absolute, relative)
        for name, tolerance, absolute, relative, rows in wanted
        if rows
    )


def measure_figures(studies: Sequence[ReadStudy]) -> tuple[Figure, ...]:
    """What was measured at all, and what follows from the measures; none where no measures were to be taken,
    or where they cannot be compared with a phantom's truth."""
    if not any(study.reference.discs and study.result.stages[_STAGE - 1].ran for study in studies):
        return ()
    discs = compared_discs(studies)
    slipped = [(disc, slip.distance.value >= LEAST_SLIP) for disc, slip in _with_slip(discs)]
    named = {
        "Discs between whole vertebrae: found under their level and measured": _measured(studies),
        "Measured discs: between whole vertebrae, under their level": _comparable(studies),
        "Disc height: mean absolute error, of the true height": _height_error(discs),
        **_detection("Slips of 3 mm or more, by their measure", slipped),
        "Meyerding’s grade: kappa with quadratic weights, × 100": _grade_kappa(discs),
        "Herniations called so: their side is right": _right_side(discs),
    }
    return tuple(Figure(_STAGE, name, share) for name, share in named.items())


def slip_detection(studies: Sequence[ReadStudy]) -> tuple[Figure, ...]:
    """How well the sagittal detector alone sees slips of a phantom; none where there is no such detector."""
    likely = [
        (disc, disc.found.slip_probability >= _LIKELY)
        for disc in compared_discs(studies)
        if disc.found.slip_probability is not None
    ]
    named = _detection("Slips of 3 mm or more, by the detector", likely) if likely else {}
    return tuple(Figure(_DETECTOR_STAGE, name, share) for name, share in named.items())


def _with_slip(discs: Sequence[ComparedDisc]) -> list[tuple[ComparedDisc, Slip]]:
    return [(disc, disc.found.slip) for disc in discs if disc.found.slip is not None]


def _herniations(discs: Sequence[ComparedDisc]) -> list[ComparedDisc]:
    """Herniated, and called so."""
    return [disc for disc in discs if disc.truth.state == disc.found.verdict == _HERNIATION]


def _agreement(
    name: str,
    tolerance: str,
    rows: Sequence[tuple[str, float, Measure]],
    absolute: float,
    relative: float,
) -> MeasureAgreement:
    """Of (patient, truth, measure); the tolerance in mm and as a part of the truth."""
    patients = [patient for patient, _, _ in rows]
    true = np.array([value for _, value, _ in rows])
    measured, low, high = np.array([(item.value, item.low, item.high) for *_, item in rows]).T
    differences = measured - true

    def bias(weights: Floats) -> Floats:
        return weighted_mean(weights, differences)

    def deviation(weights: Floats) -> Floats:
        return _deviation(weights, differences)

    def share(hit: NDArray[np.bool_]) -> Share:
        return share_of(patients, lambda weights: weighted_mean(weights, hit))

    return MeasureAgreement(
        name,
        tolerance,
        tuple(true.tolist()),
        tuple(measured.tolist()),
        bias=over_patients(patients, bias),
        deviation=over_patients(patients, deviation),
        lower=over_patients(patients, lambda weights: bias(weights) - _LIMITS * deviation(weights)),
        upper=over_patients(patients, lambda weights: bias(weights) + _LIMITS * deviation(weights)),
        near=share(np.abs(differences) <= absolute + relative * true),
        covered=share((low <= true) & (true <= high)),
    )


def _deviation(weights: Floats, values: Floats) -> Floats:
    """The standard deviation of a sample; NaN of a single value."""
    count = weights.sum(axis=-1)
    # About a value near the mean: sums of large squares would lose the digits that matter.
    centred = values - values.mean()
    variance = weighted_mean(weights, centred**2) - weighted_mean(weights, centred) ** 2
    corrected = np.divide(count, count - 1, out=np.full_like(count, np.nan), where=count > 1)
    deviation: Floats = np.sqrt(np.maximum(variance, 0.0) * corrected)
    return deviation


def _measured(studies: Sequence[ReadStudy]) -> Share:
    """Of the discs between whole vertebrae, the share that was measured and can be compared."""
    discs = [(study.reference.patient, found) for study in studies for _, found in visible_discs(study)]
    return _share([(patient, found is not None and found.slip is not None) for patient, found in discs])


def _comparable(studies: Sequence[ReadStudy]) -> Share:
    """Of the discs that were measured, the share that can be compared with the truth."""
    rows = []
    for study in studies:
        known = [found for _, found in visible_discs(study) if found]
        rows += [
            (study.reference.patient, finding in known)
            for finding in study.result.findings
            if finding.slip is not None
        ]
    return _share(rows)


def _height_error(discs: Sequence[ComparedDisc]) -> Share:
    rows = [
        (disc.patient, abs(disc.found.height.value / disc.truth.height - 1))
        for disc in discs
        if disc.found.height is not None
    ]
    return _share(rows)


def _grade_kappa(discs: Sequence[ComparedDisc]) -> Share:
    """Cohen's kappa with quadratic weights: 1 less the mean squared difference of the grades over that of the
    same grades if they were independent (Cohen, Psychol Bull 1968;70:213-20)."""
    rows = _with_slip(discs)
    true = np.array([disc.truth.meyerding for disc, _ in rows], np.float64)
    graded = np.array([slip.grade for _, slip in rows], np.float64)

    def kappa(weights: Floats) -> Floats:
        apart = weighted_mean(weights, (graded - true) ** 2)
        squares = weighted_mean(weights, graded**2) + weighted_mean(weights, true**2)
        by_chance = squares - 2 * weighted_mean(weights, graded) * weighted_mean(weights, true)
        return 1 - np.divide(apart, by_chance, out=np.full_like(apart, np.nan), where=by_chance > 1e-9)

    return share_of([disc.patient for disc, _ in rows], kappa)


def _right_side(discs: Sequence[ComparedDisc]) -> Share:
    rows = [
        (disc.patient, _SIDES[disc.found.herniation.side] == disc.truth.side)
        for disc in _herniations(discs)
        if disc.found.herniation is not None
    ]
    return _share(rows)


def _detection(name: str, discs: Sequence[tuple[ComparedDisc, bool]]) -> dict[str, Share]:
    """Sensitivity and specificity of what was said of slips forwards."""
    found = answers(
        (disc.patient, int(disc.truth.slip >= LEAST_SLIP), int(said), disc.truth.name) for disc, said in discs
    )
    return {f"{name}: sensitivity": found.recall(1), f"{name}: specificity": found.recall(0)}


def _share(rows: Sequence[tuple[str, float]]) -> Share:
    """The mean of (patient, value)."""
    values = [value for _, value in rows]
    return share_of([patient for patient, _ in rows], lambda weights: weighted_mean(weights, values))
