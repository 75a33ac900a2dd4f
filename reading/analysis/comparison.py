"""The comparison of a reader study: readings held against their reference, in tables."""

from dataclasses import dataclass, fields

import pandas as pd

from annotation.labels import Grading
from errors import BadInputError
from reading.analysis.accuracy import accuracy_of_readers, class_accuracy_of_readers, published_table
from reading.analysis.analysis_plan import AnalysisPlan
from reading.analysis.endpoints import NotCalled, compared_endpoints, endpoints_of
from reading.analysis.many_readers import (
    areas_against_ai,
    areas_under_curves,
    arms_over_readers,
    curves,
    readers_mean_against_ai,
)
from reading.analysis.matching import NOT_CALLED, MatchedReadings, match_readings
from reading.analysis.paired_tests import all_readers_together, arms_against_each_other, readers_against_ai
from reading.analysis.reader_agreement import agreement_of_readers
from reading.analysis.reading_times import time_tests, times_of_readers
from reading.analysis.result_tables import READER, by_reader, joined
from reading.readings import AI, Readings
from reading.reference import Reference
from stats.agreement import Bootstrap


@dataclass(frozen=True)
class Comparison:
    """All tables of a comparison; each has ``note``, which says in a sentence what could not be computed, and
    ``plan``, pre-specified or exploratory.

    ``readings``: how many cases and discs each reader read, left out and found indeterminate. ``extra``:
    calls that belong to no reference disc, an image. ``other_rule_…``: the sensitivity analysis, the primary
    endpoint with discs that were not called counted by the other rule (as normal, where the plan says wrong).
    ``by_level`` is empty without levels, ``experts`` without what the experts said before their consensus.
    The other tables: see the functions of this room that make them.
    """

    analysis_plan: AnalysisPlan
    deviations: tuple[str, ...]
    reference: Reference
    matched: MatchedReadings
    readings: pd.DataFrame
    extra: pd.DataFrame
    published: pd.DataFrame
    accuracy: pd.DataFrame
    class_accuracy: pd.DataFrame
    by_level: pd.DataFrame
    reader_against_ai: pd.DataFrame
    arm_against_arm: pd.DataFrame
    all_readers: pd.DataFrame
    arms_over_readers: pd.DataFrame
    standalone: pd.DataFrame
    roc: pd.DataFrame
    roc_points: pd.DataFrame
    roc_against_ai: pd.DataFrame
    times: pd.DataFrame
    time_tests: pd.DataFrame
    agreement: pd.DataFrame
    experts: pd.DataFrame
    other_rule_accuracy: pd.DataFrame
    other_rule_against_ai: pd.DataFrame

    @property
    def grading(self) -> Grading:
        return self.analysis_plan.planned.grading

    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables by name."""
        return {name: getattr(self, name) for name in TABLES}


TABLES = tuple(item.name for item in fields(Comparison) if item.type is pd.DataFrame)


def compare(
    readings: Readings, reference: Reference, plan: AnalysisPlan, experts: Readings | None = None
) -> Comparison:
    """Match the readings to the reference and compute every table. ``experts``: what they said before their
    consensus.

    Raises BadInputError where the readings do not fit the reference, or the plan names an unknown table.
    """
    planned = plan.planned
    for name in planned.tables:
        if name not in TABLES:
            raise BadInputError(plan.path, f"unknown table {name!r}; choose of {', '.join(TABLES)}")
    matched = match_readings(readings, reference, planned.iou)
    expert_calls = match_readings(experts, reference, planned.iou).calls if experts else matched.calls[:0]
    calls, rule, bootstrap = matched.calls, planned.not_called, Bootstrap(planned.resamples, planned.seed)
    other_rule: NotCalled = "normal" if rule == "wrong" else "wrong"
    grading = planned.grading
    endpoints, tested = endpoints_of(grading), compared_endpoints(grading)
    primary = [endpoints[planned.primary_endpoint]]
    tables = {
        "readings": _readings(matched, reference),
        "extra": _extra(matched),
        "published": joined(({}, published_table(matched, item, rule)) for item in endpoints.values()),
        "accuracy": accuracy_of_readers(calls, rule, bootstrap, endpoints.values()),
        "class_accuracy": class_accuracy_of_readers(calls, bootstrap, grading),
        "by_level": accuracy_of_readers(calls, rule, bootstrap, endpoints.values(), by=["level"]),
        "reader_against_ai": readers_against_ai(calls, planned, rule, tested),
        "arm_against_arm": arms_against_each_other(calls, planned, rule, tested),
        "all_readers": all_readers_together(calls, rule, tested),
        "arms_over_readers": arms_over_readers(calls, rule, tested),
        "standalone": readers_mean_against_ai(calls, rule, tested),
        "roc": areas_under_curves(calls, rule, tested),
        "roc_points": curves(calls, rule, tested),
        "roc_against_ai": areas_against_ai(calls, rule, tested),
        "times": times_of_readers(matched.reads),
        "time_tests": time_tests(matched.reads),
        "agreement": agreement_of_readers(calls, bootstrap, grading),
        "experts": agreement_of_readers(expert_calls, bootstrap, grading),
        "other_rule_accuracy": accuracy_of_readers(calls, other_rule, bootstrap, primary),
        "other_rule_against_ai": readers_against_ai(calls, planned, other_rule, primary),
    }
    deviations = plan.deviations(set(matched.reads["reader"]) - {AI})
    marked = {name: plan.marked(name, table) for name, table in tables.items()}
    return Comparison(plan, deviations, reference, matched, **marked)


def _readings(matched: MatchedReadings, reference: Reference) -> pd.DataFrame:
    """How much every reader read in every arm."""
    cases = len(reference.by_case())
    rows = [
        {
            "reader": reader,
            "arm": arm,
            "cases": calls["case"].nunique(),
            "cases_not_read": cases - calls["case"].nunique(),
            "patients": calls["patient"].nunique(),
            "discs": len(calls),
            "not_called": int((calls["call"] == NOT_CALLED).sum()),
            "indeterminate": int(calls["indeterminate"].sum()),
        }
        for (reader, arm), calls in by_reader(matched.calls).items()
    ]
    return joined([({}, pd.DataFrame(rows))])


def _extra(matched: MatchedReadings) -> pd.DataFrame:
    """The calls of every reader in every arm that belong to no reference disc."""
    images = matched.extra.groupby(READER, sort=False)["extra"]
    counted = images.agg(images="size", extra="sum", per_image="mean").reset_index()
    return joined([({}, counted)])
