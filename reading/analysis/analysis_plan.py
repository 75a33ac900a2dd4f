"""The analysis plan: a YAML file, fixed before the first read, that says what will be compared and how.

Its SHA-256, noted before the first read, shows later that it is the same file. What it does not name is
exploratory.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd
import yaml

from annotation.labels import CERVICAL, GRADINGS, LUMBAR, Grading
from benchmarks.typed import typed
from errors import BadInputError
from reading.analysis.endpoints import NotCalled, endpoints_of
from reading.analysis.matching import LEAST_IOU
from reading.readings import AI

_PLANS = Path(__file__).parents[1] / "protocols"
DEFAULT_PLANS = {
    LUMBAR.label_set: _PLANS / "default_plan.yaml",
    CERVICAL.label_set: _PLANS / "cervical_plan.yaml",
}
"""By label set."""
DEFAULT_PLAN = DEFAULT_PLANS[LUMBAR.label_set]
PRE_SPECIFIED, EXPLORATORY = "pre-specified", "exploratory"
Measure = Literal["sensitivity", "specificity", "accuracy"]
PairedTest = Literal[
    "clustered McNemar, Obuchowski", "clustered McNemar, F reference", "clustered McNemar, Durkalski"
]


@dataclass(frozen=True)
class PlannedAnalysis:
    """What stands in the file.

    ``label_set``: whose states are compared (annotation.labels.GRADINGS). ``primary_endpoint`` with its
    ``primary_measures`` is the one endpoint that is not corrected for the others; ``primary_test`` decides
    it, and the others too. ``endpoints`` (by their names in ``endpoints_of``) and ``tables`` are
    pre-specified, others exploratory. ``readers``: who was to read, the AI aside; none for whoever did.
    ``not_called``: how a disc without a call counts. ``alpha``: two-sided, of all primary tests and of all
    others (Holm). ``iou``: least overlap of boxes of the same disc. ``resamples`` and ``seed``: of the
    bootstrap over patients.
    """

    title: str
    tables: tuple[str, ...]
    label_set: str = LUMBAR.label_set
    primary_endpoint: str = "herniation"
    primary_measures: tuple[Measure, ...] = ("sensitivity", "specificity")
    primary_test: PairedTest = "clustered McNemar, Obuchowski"
    endpoints: tuple[str, ...] = ("herniation",)
    readers: tuple[str, ...] = ()
    not_called: NotCalled = "wrong"
    alpha: float = 0.05
    iou: float = LEAST_IOU
    resamples: int = 2000
    seed: int = 0

    @property
    def grading(self) -> Grading:
        return GRADINGS[self.label_set]


@dataclass(frozen=True)
class AnalysisPlan:
    """A plan with the ``sha256`` of its file. ``registered``: the one that was noted before the first read;
    None where none was."""

    path: Path
    planned: PlannedAnalysis
    sha256: str
    registered: str | None = None

    @property
    def changed(self) -> bool:
        """Whether the file is another than the one that was registered."""
        return self.registered is not None and self.registered != self.sha256

    def marked(self, name: str, table: pd.DataFrame) -> pd.DataFrame:
        """The table with a column ``plan``: pre-specified or exploratory, by the table's name and, where
        it has these columns, by each row's ``endpoint`` and ``reader``."""
        known = pd.Series(name in self.planned.tables and not self.changed, index=table.index, dtype=bool)
        if "endpoint" in table:
            known &= table["endpoint"].isin([*self.planned.endpoints, self.planned.primary_endpoint, ""])
        if "reader" in table and self.planned.readers:
            known &= table["reader"].isin([*self.planned.readers, AI, ""])
        return table.assign(plan=known.map({True: PRE_SPECIFIED, False: EXPLORATORY}))

    def deviations(self, readers: set[str]) -> tuple[str, ...]:
        """How the study differs from its plan, a sentence each. ``readers``: who read, the AI aside."""
        found = []
        if self.registered is None:
            found.append("No SHA-256 of the plan was noted before the first read: nothing shows its age.")
        elif self.changed:
            found.append("The plan is not the file whose SHA-256 was noted: everything is exploratory.")
        planned = set(self.planned.readers)
        if planned - readers:
            found.append(f"Planned, but did not read: {', '.join(sorted(planned - readers))}.")
        if planned and readers - planned:
            found.append(f"Read, but were not planned: {', '.join(sorted(readers - planned))}.")
        return tuple(found)


def read_plan(path: Path = DEFAULT_PLAN, registered: str | None = None) -> AnalysisPlan:
    """Read a plan; ``registered``: the SHA-256, in hexadecimal, noted before the first read.

    Raises BadInputError where it is no plan.
    """
    try:
        content = path.read_bytes()
        planned: PlannedAnalysis = typed(PlannedAnalysis, yaml.safe_load(content), "an analysis plan")
        _check(planned)
    except OSError:
        raise BadInputError(path, "cannot be read; give an analysis plan, a YAML file") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadInputError(path, f"not YAML: {' '.join(str(error).split())}") from None
    except ValueError as error:
        raise BadInputError(path, str(error)) from None
    sha256 = hashlib.sha256(content).hexdigest()
    return AnalysisPlan(path, planned, sha256, registered and registered.strip().lower())


def _check(planned: PlannedAnalysis) -> None:
    if planned.label_set not in GRADINGS:
        raise ValueError(f"unknown label_set {planned.label_set!r}; choose of {', '.join(GRADINGS)}")
    known = endpoints_of(planned.grading)
    for name in (planned.primary_endpoint, *planned.endpoints):
        if name not in known:
            raise ValueError(f"unknown endpoint {name!r}; choose of {', '.join(known)}")
    if not planned.primary_measures:
        raise ValueError("primary_measures is empty; name sensitivity, specificity or accuracy")
    if not 0 < planned.alpha < 1 or not 0 < planned.iou <= 1 or planned.resamples < 100:
        raise ValueError("alpha lies between 0 and 1, iou too, and resamples is 100 or more; correct them")
