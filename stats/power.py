"""How many readers and cases a study needs: the share of simulated studies whose primary test is significant.

In a study, the same discs are read on two sides: by readers without and with the AI's help, or by readers
and by the AI alone. Its endpoint is the sensitivity or the specificity of single discs.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from math import sqrt
from statistics import NormalDist
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import chdtrc

from stats.clustered import cells_by_cluster, obuchowski
from stats.jackknife import Reads, jackknifed_merits
from stats.mrmc import treatments_test
from stats.proportions import proportion_interval
from stats.standalone import standalone_test

_ALPHA = 0.05


@dataclass(frozen=True)
class PairedStudy:
    """What is assumed of a study.

    ``first`` and ``second``: the ``merit`` of the readers alone, and of the other side, the same readers
    with the AI's help (``against`` "arm"), or the AI alone ("AI"); of readers it is the mean over all there
    might be. Of the ``discs`` of a patient a share ``prevalence`` is diseased: sensitivity counts these,
    specificity the others. Correlations are those of the latent variable of ``draw_reads``:
    ``within_patient`` of two discs of a patient in one read, ``between_reads`` of two reads of one disc.
    Variances are on its scale, the probit's: ``reader_variance`` of readers' skill, the same on both
    sides, ``reader_arm_variance`` of each reader in either arm besides.

    ValueError: a share, a correlation or a variance out of its range.
    """

    first: float
    second: float
    merit: Literal["sensitivity", "specificity"] = "sensitivity"
    against: Literal["arm", "AI"] = "arm"
    discs: int = 5
    prevalence: float = 0.3
    within_patient: float = 0.3
    between_reads: float = 0.5
    reader_variance: float = 0.05
    reader_arm_variance: float = 0.01

    def __post_init__(self) -> None:
        merits = {f"first {self.merit}": self.first, f"second {self.merit}": self.second}
        for name, value in {**merits, "prevalence": self.prevalence}.items():
            if not 0 < value < 1:
                raise ValueError(f"the {name} is {value:g}; it must lie between 0 and 1")
        correlations = {"within patients": self.within_patient, "between reads": self.between_reads}
        for name, value in correlations.items():
            if not 0 <= value < 1:
                raise ValueError(
                    f"the correlation {name} is {value:g}; it must be 0 or more, and less than 1"
                )
        if min(self.reader_variance, self.reader_arm_variance) < 0:
            raise ValueError("a variance between readers is negative; it must be at least 0")
        if self.discs < 1:
            raise ValueError("a patient has no discs; at least one is needed")


@dataclass(frozen=True)
class Power:
    """The share of simulated studies with p < 0.05, with the 95 % interval of the simulation (Wilson)."""

    readers: int
    cases: int
    power: float
    low: float
    high: float


def power_table(
    study: PairedStudy,
    readers: Sequence[int],
    cases: Sequence[int],
    repetitions: int = 1000,
    seed: int = 1,
    advance: Callable[[int], None] | None = None,
) -> pd.DataFrame:
    """A ``Power`` row for each number of ``readers`` with each number of ``cases`` (patients).

    The tests: for one reader Obuchowski's clustered McNemar test, which speaks about this reader; for more
    the arms by Obuchowski and Rockette's analysis, or the readers' mean against the AI by its standalone
    form, readers and patients random. A simulated study that its test refuses is not significant. A row
    does not depend on the others asked for. ``advance`` is told the rows done.

    ValueError: no reader, fewer than two cases, no repetition.

    Sources: the tests' own; the design by simulation: Obuchowski and Hillis, AJR 2011; 197: W821-W828.

    >>> study = PairedStudy(first=0.7, second=0.9)
    >>> power_table(study, readers=[1], cases=[20, 100], repetitions=200)["power"].round(1).tolist()
    [0.4, 1.0]
    """
    if min(readers, default=0) < 1 or min(cases, default=0) < 2 or repetitions < 1:
        raise ValueError("a study needs a reader, two cases and a repetition at least")
    rows = []
    for reader_count in readers:
        for case_count in cases:
            random = np.random.default_rng([seed, reader_count, case_count])
            studies = (draw_reads(study, reader_count, case_count, random) for _ in range(repetitions))
            significant = sum(_p_value(*reads) < _ALPHA for reads in studies)
            interval = proportion_interval(significant, repetitions)
            share = significant / repetitions
            rows.append(Power(reader_count, case_count, share, interval.low, interval.high))
            if advance:
                advance(len(rows))
    return pd.DataFrame([asdict(row) for row in rows])


def draw_reads(
    study: PairedStudy, readers: int, cases: int, random: np.random.Generator
) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
    """The reads of one simulated study: whether each is right, and the discs' patients (discs,).

    The right ones are (arms, readers, discs): two arms, or one where the AI is the last of the readers. A
    read is right where its latent variable is below the reader's threshold::

        latent    = sqrt(b) (sqrt(w) patient + sqrt(1 - w) disc)
                    + sqrt(1 - b) (sqrt(w) patient × read + sqrt(1 - w) disc × read)
        threshold = sqrt(1 + reader variance + reader-arm variance) · normal quantile(merit)
                    + reader + reader × side

    with w within patient, b between reads and all parts standard normal but the last two, which have the
    readers' variances: the mean share of right reads is the merit exactly. The AI, and a single reader, are
    no sample of many: their threshold is the normal quantile itself.

    Source: Roe and Metz, Acad Radiol 1997; 4: 298-303, with patients that have several discs.
    """
    counted = study.prevalence if study.merit == "sensitivity" else 1 - study.prevalence
    patients = np.repeat(np.arange(cases), random.binomial(study.discs, counted, cases))
    threshold = _thresholds(study, readers, random)

    def difficulty(shape: tuple[int, ...]) -> NDArray[np.float64]:
        of_patient = random.standard_normal((*shape, cases))[..., patients]
        of_disc = random.standard_normal((*shape, len(patients)))
        return sqrt(study.within_patient) * of_patient + sqrt(1 - study.within_patient) * of_disc

    between = study.between_reads
    latent = sqrt(between) * difficulty(()) + sqrt(1 - between) * difficulty(threshold.shape)
    return latent < threshold[..., None], patients


def _thresholds(study: PairedStudy, readers: int, random: np.random.Generator) -> NDArray[np.float64]:
    variances = (study.reader_variance, study.reader_arm_variance) if readers > 1 else (0.0, 0.0)
    first, second = map(NormalDist().inv_cdf, (study.first, study.second))
    skill = random.normal(0, sqrt(variances[0]), readers) + random.normal(0, sqrt(variances[1]), (2, readers))
    arms = sqrt(1 + sum(variances)) * np.array([[first], [second]]) + skill
    return arms if study.against == "arm" else np.append(arms[:1], [[second]], axis=1)


def _p_value(right: NDArray[np.bool_], patients: NDArray[np.intp]) -> float:
    """Of the primary test; 1 where it refuses the data."""
    arms, readers, discs = right.shape
    try:
        if arms * readers == 2:
            first, second = right.reshape(2, discs)
            return float(chdtrc(1, obuchowski(cells_by_cluster(first, second, patients.tolist()))))
        # With all discs diseased, the share of right reads is a sensitivity, whatever the endpoint.
        truth, names = np.ones(discs, dtype=bool), (tuple(range(arms)), tuple(range(readers)))
        reads = Reads(right.astype(np.float64), truth, patients, *names)
        merits = jackknifed_merits(reads, "sensitivity")
        return (treatments_test(merits) if arms == 2 else standalone_test(merits, ai=readers - 1)).p
    except ValueError:
        return 1.0
