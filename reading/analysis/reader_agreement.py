"""How far readers agree with each other, and the experts before their consensus."""

from collections.abc import Sequence
from itertools import combinations
from typing import get_args

import pandas as pd

from annotation.labels import LUMBAR, Grading
from reading.analysis.matching import NOT_CALLED
from reading.analysis.result_tables import BOOTSTRAP, Part, joined, people
from stats.agreement import (
    Bootstrap,
    Coefficient,
    Weights,
    cohen_kappa,
    fleiss_kappa,
    gwet_ac1,
    krippendorff_alpha,
    observed_agreement,
    weighted_kappa,
)

_SLIP = (False, True)


def agreement_of_readers(
    calls: pd.DataFrame, bootstrap: Bootstrap = BOOTSTRAP, grading: Grading = LUMBAR
) -> pd.DataFrame:
    """Agreement in every arm, the AI aside: of every two readers, and of all together.

    ``calls``: of ``MatchedReadings``. A row for each arm, pair (or "all") and coefficient, on ``said``: the
    verdict, or the slip. Two readers are compared on the discs of which both said something, all together by
    Fleiss' kappa on those of which all did, and by Krippendorff's alpha on all. 95 % intervals by patients
    (``low``, ``high``) and as if discs were independent (``asymptotic_low``, ``asymptotic_high``).
    """
    parts: list[Part] = []
    patients = calls.drop_duplicates("disc").set_index("disc")["patient"]
    for arm, rows in people(calls).groupby("arm", sort=False):
        verdicts = rows.assign(said=rows["call"].where(rows["call"] != NOT_CALLED))
        asked: list[tuple[str, pd.DataFrame, Sequence[object]]] = [("verdict", verdicts, grading.states)]
        if grading.slip:
            asked.append(("slip", rows.assign(said=rows["slip_call"].astype(object)), _SLIP))
        for said, table, scale in asked:
            wide = table.pivot(index="disc", columns="reader", values="said")
            found = _coefficients(wide, patients.loc[wide.index], scale, bootstrap)
            parts.append(({"arm": arm, "said": said}, pd.DataFrame(found)))
    return joined(parts)


def _coefficients(
    wide: pd.DataFrame, patients: pd.Series, scale: Sequence[object], bootstrap: Bootstrap
) -> list[dict[str, object]]:
    rows = []
    for one, other in combinations(wide.columns, 2):
        both = wide[[one, other]].dropna()
        first, second, clusters = both[one].tolist(), both[other].tolist(), patients[both.index].tolist()
        found = [
            observed_agreement(first, second, clusters, bootstrap),
            cohen_kappa(first, second, scale, clusters, bootstrap),
            gwet_ac1(first, second, scale, clusters, bootstrap),
        ]
        if len(scale) > 2:
            found += [
                weighted_kappa(first, second, scale, weights, clusters, bootstrap)
                for weights in get_args(Weights)
            ]
        rows += [_row(f"{one} and {other}", item) for item in found]
    if len(wide.columns) > 2:
        whole = wide.dropna()
        said = wide.astype(object).where(wide.notna(), None).to_numpy().tolist()
        complete = whole.to_numpy().tolist(), scale, patients[whole.index].tolist(), bootstrap
        rows.append(_row("all", fleiss_kappa(*complete)))
        rows.append(_row("all", krippendorff_alpha(said, scale, patients.tolist(), bootstrap)))
    return rows


def _row(readers: str, found: Coefficient) -> dict[str, object]:
    return {
        "readers": readers,
        "coefficient": found.name,
        "estimate": found.estimate,
        "low": found.by_cluster.low,
        "high": found.by_cluster.high,
        "asymptotic_low": found.asymptotic.low,
        "asymptotic_high": found.asymptotic.high,
        "discs": found.items,
        "patients": found.clusters,
        "note": found.undefined,
    }
