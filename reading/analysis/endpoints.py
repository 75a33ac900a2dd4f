"""What is asked of a disc, yes or no, and what readers answered: the endpoints of a comparison."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from annotation.labels import LUMBAR, Grading
from reading.analysis.matching import NOT_CALLED

NotCalled = Literal["wrong", "normal"]
"""How a reference disc that a reader did not call counts: as wrongly called, or as called normal and not
slipped."""
NORMAL, SLIPPED = "normal", "slip"
_BELOW, _ABOVE = -1.0, 6.0
"""Ratings beyond both scales, the readers' and the AI's."""


@dataclass(frozen=True)
class Endpoint:
    """Whether a disc has one of ``verdicts``; with none of them, whether it has slipped. ``likelihood``: the
    column with the readers' likelihood of it, "" where there is none."""

    name: str
    verdicts: tuple[str, ...]
    likelihood: str = ""


def endpoints_of(grading: Grading) -> dict[str, Endpoint]:
    """By name: each state, the severest first, then any but normal, such as "bulge or herniation", as which
    the first paper counts both; then the slip."""
    abnormal = grading.states[1:]
    asked = [*((state,) for state in reversed(grading.states)), *([abnormal] if len(abnormal) > 1 else [])]
    found = [
        Endpoint(" or ".join(states), states, "lesion_likelihood" if states == grading.lesion_states else "")
        for states in asked
    ]
    slip = [Endpoint(SLIPPED, (), "slip_likelihood")] if grading.slip else []
    return {item.name: item for item in (*found, *slip)}


def compared_endpoints(grading: Grading) -> list[Endpoint]:
    """Those that are tested: normal is what any other state is not, and its tests are the same."""
    return [item for item in endpoints_of(grading).values() if item.verdicts != (NORMAL,)]


ENDPOINTS = endpoints_of(LUMBAR)
TESTED = compared_endpoints(LUMBAR)


def outcomes(calls: pd.DataFrame, endpoint: Endpoint, not_called: NotCalled = "wrong") -> pd.DataFrame:
    """The calls (``MatchedReadings.calls``) as answers to an endpoint.

    The columns ``reader, arm, case, patient, disc, level``, and ``truth``, ``called`` and ``correct`` (bool)
    and ``rating``: the likelihood, NaN where none is given. Of a disc that was not called the rating is
    below all others, or, where ``not_called`` is wrong and the answer right were no, above. Readers who said
    nothing of the endpoint on any disc in an arm are left out.
    """
    truth = calls["truth"].isin(endpoint.verdicts) if endpoint.verdicts else calls["truth_slip"]
    said = calls["call"] != NOT_CALLED if endpoint.verdicts else calls["slip_call"].notna()
    positive = (
        calls["call"].isin(endpoint.verdicts) if endpoint.verdicts else calls["slip_call"].fillna(False)
    )
    as_missed = NORMAL in endpoint.verdicts if not_called == "normal" else ~truth
    found = calls[["reader", "arm", "case", "patient", "disc", "level"]].assign(
        truth=truth.astype(bool), called=np.where(said, positive, as_missed).astype(bool)
    )
    found["correct"] = found["truth"] == found["called"]
    found["rating"] = np.nan
    if endpoint.likelihood:
        ends = np.where(found["called"], _ABOVE, _BELOW)
        found["rating"] = calls[endpoint.likelihood].where(said, pd.Series(ends, index=calls.index))
    return found[said.groupby([calls["reader"], calls["arm"]]).transform("any")].reset_index(drop=True)
