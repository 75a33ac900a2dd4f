"""How often tests reject where two readers are equally good: on simulated discs of simulated patients."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from stats import clustered
from stats.chi_square import AS_PUBLISHED, pearson
from stats.clustered import Cells
from stats.marginal_model import GEE_BIAS_REDUCED, gee_odds_ratios
from stats.paired import CORRECTED, MID_P, mcnemar_statistic, mid_p
from stats.proportions import proportion_interval

Reads = NDArray[np.bool_]
"""Whether a read is right: (repetitions, readers, patients, discs)."""

Values = NDArray[np.float64]

_BATCH = 500
"""Data sets drawn at once."""

_ALPHA = 0.05


@dataclass(frozen=True)
class Clustering:
    """What a read hangs on: shares of the variance of a latent difficulty; the rest is the read's own.

    ``patient``: the patient, for both readers alike. ``patient_and_reader``: the patient, for each reader
    in another way. ``disc``: the disc, for both readers alike.
    """

    name: str
    patient: float
    patient_and_reader: float
    disc: float


SCENARIOS = (
    Clustering("no clustering", patient=0.0, patient_and_reader=0.0, disc=0.3),
    Clustering("patients differ, readers alike", patient=0.5, patient_and_reader=0.0, disc=0.2),
    Clustering("patients differ for each reader", patient=0.3, patient_and_reader=0.3, disc=0.2),
)


@dataclass(frozen=True)
class NullDesign:
    """Two readers who are right on the same share of discs, ``accuracy``."""

    patients: int = 50
    discs: int = 5
    accuracy: float = 0.85


@dataclass(frozen=True)
class RejectionRate:
    """How often ``test`` rejected at 0.05, with the 95 % interval of the simulation (Wilson)."""

    clustering: str
    reads: str
    test: str
    repetitions: int
    rejected: float
    low: float
    high: float


def simulate_null(
    repetitions: int = 4000,
    seed: int = 1,
    gee_repetitions: int = 4000,
    design: NullDesign = NullDesign(),
    advance: Callable[[int], None] | None = None,
) -> pd.DataFrame:
    """The rejection rates of the tests under the null: a ``RejectionRate`` row for each test and scenario.

    A read is right where a standard normal latent difficulty, the weighted sum of ``Clustering``'s parts,
    lies below the normal quantile of ``accuracy``: both readers' accuracies are equal exactly, whatever the
    clustering. "same patients" are paired reads; "different patients" two readers of a set of patients
    each. The marginal model is slow: it sees the first ``gee_repetitions`` data sets. What a test refuses,
    it does not reject. ``advance`` is told the data sets done, of ``repetitions`` in each of ``SCENARIOS``.

    Source of the latent model: Emrich and Piedmonte, Am Stat 1991; 45: 302-304.

    >>> table = simulate_null(repetitions=200, gee_repetitions=0)
    >>> rates = table[table["clustering"] == "no clustering"].set_index("test")["rejected"]
    >>> 0 < float(rates["clustered McNemar, Obuchowski"]) < 0.12
    True
    """
    rows = []
    for number, clustering in enumerate(SCENARIOS):
        generator = np.random.default_rng([seed, number])
        rejections: defaultdict[tuple[str, str], list[NDArray[np.bool_]]] = defaultdict(list)
        for start in range(0, repetitions, _BATCH):
            size = min(_BATCH, repetitions - start)
            reads = draw_reads(clustering, design, size, generator)
            others = draw_reads(clustering, design, size, generator)
            # A data set without disagreement has no statistic: 0 / 0, which is not below 0.05.
            with np.errstate(invalid="ignore"):
                for test, p in _p_values(reads, others, gee_repetitions - start):
                    rejections[test].append(p < _ALPHA)
            if advance:
                advance(number * repetitions + start + size)
        rows += [_rate(clustering, *test, np.concatenate(parts)) for test, parts in rejections.items()]
    return pd.DataFrame([asdict(row) for row in rows], columns=[*RejectionRate.__dataclass_fields__])


def draw_reads(
    clustering: Clustering, design: NullDesign, repetitions: int, generator: np.random.Generator
) -> Reads:
    """Two readers' reads of the same discs: (repetitions, 2, patients, discs).

    >>> draw_reads(SCENARIOS[0], NullDesign(patients=3, discs=2), 4, np.random.default_rng(0)).shape
    (4, 2, 3, 2)
    """
    patients, discs = design.patients, design.discs
    own = 1 - clustering.patient - clustering.patient_and_reader - clustering.disc
    parts = {
        (1, patients, 1): clustering.patient,
        (2, patients, 1): clustering.patient_and_reader,
        (1, patients, discs): clustering.disc,
        (2, patients, discs): own,
    }
    difficulty = np.zeros((repetitions, 2, patients, discs))
    for shape, share in parts.items():
        difficulty += np.sqrt(share) * generator.standard_normal((repetitions, *shape))
    return difficulty < NormalDist().inv_cdf(design.accuracy)


def _p_values(reads: Reads, others: Reads, for_gee: int) -> Iterator[tuple[tuple[str, str], Values]]:
    """The p of every test: of ``reads``, and of its first reader against the second of ``others``."""
    cells, patients = _cells(reads), reads.shape[2]
    first_only, second_only = cells[..., 1].sum(axis=1), cells[..., 2].sum(axis=1)
    corrected = mcnemar_statistic(first_only, second_only, correction=1)
    paired = {
        AS_PUBLISHED: _published(reads[:, 0], reads[:, 1]),
        CORRECTED: _p(corrected),
        MID_P: mid_p(first_only, second_only),
        clustered.OBUCHOWSKI: _p(clustered.obuchowski(cells)),
        clustered.F_REFERENCE: stats.f.sf(clustered.difference_f(cells), 1, patients - 1),
        clustered.DURKALSKI: _p(clustered.durkalski(cells)),
        clustered.ELIASZIW_DONNER: _p(clustered.eliasziw_donner(cells)),
    }
    if for_gee > 0:
        paired[GEE_BIAS_REDUCED] = np.array([_gee(one) for one in reads[:for_gee]])
    unpaired = {
        AS_PUBLISHED: _published(reads[:, 0], others[:, 1]),
        clustered.RAO_SCOTT: _rao_scott(reads[:, 0], others[:, 1]),
    }
    for test, p in paired.items():
        yield ("same patients", test), p
    for test, p in unpaired.items():
        yield ("different patients", test), p


def _p(statistic: Values) -> Values:
    return np.asarray(stats.chi2.sf(statistic, 1))


def _cells(reads: Reads) -> Cells:
    first, second = reads[:, 0], reads[:, 1]
    pairs = (first & second, first & ~second, ~first & second, ~first & ~second)
    return np.stack([pair.sum(axis=-1, dtype=np.float64) for pair in pairs], axis=-1)


def _published(first: Reads, second: Reads) -> Values:
    """Pearson's, of readers' reads, (repetitions, patients, discs) each: right and wrong of each reader."""
    right = np.stack([reads.sum(axis=(1, 2)) for reads in (first, second)], axis=1)
    return _p(pearson(np.stack([right, first[0].size - right], axis=-1)))


def _gee(reads: Reads) -> float:
    """Of one data set, (readers, patients, discs); 1 where the model refuses it."""
    readers, patients, _ = np.indices(reads.shape).reshape(3, -1).tolist()
    try:
        return float(gee_odds_ratios(reads.ravel(), readers, patients)["p"].iloc[0])
    except ValueError:
        return 1.0


def _rao_scott(first: Reads, second: Reads) -> Values:
    right = [reads.sum(axis=-1, dtype=np.float64) for reads in (first, second)]
    items = np.full_like(right[0], first.shape[-1])
    return _p(clustered.rao_scott_statistic(right[0], items, right[1], items))


def _rate(clustering: Clustering, reads: str, test: str, rejected: NDArray[np.bool_]) -> RejectionRate:
    count = int(rejected.sum())
    interval = proportion_interval(count, len(rejected))
    share = count / len(rejected)
    return RejectionRate(clustering.name, reads, test, len(rejected), share, interval.low, interval.high)
