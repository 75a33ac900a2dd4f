"""Readers of different experience against the model, on the same patients."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isnan, nan
from pathlib import Path

import pandas as pd

from benchmarks.bootstrap import Interval
from benchmarks.fracture.answers import Answer, Side, ratings, side
from errors import BadInputError
from fracture.readings import SIMULATED, FractureReading
from stats.multiplicity import holm
from stats.paired import MID_P, mcnemar
from stats.roc import compare_auc

SENSITIVITY, SPECIFICITY, AUC = "sensitivity", "specificity", "AUC"


@dataclass(frozen=True)
class ReaderTest:
    """The model against one reader.

    ``merit``: sensitivity, specificity or AUC; of ``patients`` who count for it. ``difference``: the model's
    less the reader's. ``model_only`` and ``reader_only``: patients on whom one alone was right. ``p``: of
    McNemar's test (mid-p), or DeLong's of the AUC; NaN, with a ``note``, where it cannot be made. ``holm_p``:
    adjusted for all readers' tests of sensitivity and specificity, or for all of the AUC.
    """

    reader: str
    merit: str
    patients: int
    difference: Interval
    test: str
    model_only: int | None = None
    reader_only: int | None = None
    p: float = nan
    holm_p: float = nan
    note: str = ""


@dataclass(frozen=True)
class ReaderComparison:
    """``readers``: in the order of their first readings. ``not_judged``: how many patients they read whom the
    model did not judge; their readings are left out. ``simulated``: whether any of them is no person."""

    readers: tuple[Side, ...]
    tests: tuple[ReaderTest, ...]
    not_judged: int
    simulated: bool


def compare_readers(
    path: Path, readings: Sequence[FractureReading], model: Sequence[Answer]
) -> ReaderComparison:
    """Readers against the model's answers, which say what is right too. ``path``: the file of the readings.

    Raises BadInputError where the model judged none of their patients, or of a reader's patients those of one
    cause alone.
    """
    by_patient = {item.patient: item for item in model}
    not_judged = {item.patient for item in readings} - by_patient.keys()
    readings = [item for item in readings if item.patient in by_patient]
    if not readings:
        raise BadInputError(path, "no patient in it is one of the cohort's; take the names of images.csv")
    readers: dict[str, list[FractureReading]] = {}
    for reading in readings:
        readers.setdefault(reading.reader, []).append(reading)
    sides, tests = [], []
    for name, own in readers.items():
        answers = [_answer(item, by_patient) for item in own]
        try:
            sides.append(side(name, answers, own[0].experience))
        except ValueError:
            raise BadInputError(
                path, f"{name} read patients of one cause alone; both are needed to compare"
            ) from None
        tests += _tests(name, answers, [by_patient[item.patient] for item in own])
    simulated = any(name.startswith(SIMULATED) for name in readers)
    return ReaderComparison(tuple(sides), tuple(_adjusted(tests)), len(not_judged), simulated)


def _answer(reading: FractureReading, model: Mapping[str, Answer]) -> Answer:
    cause = model[reading.patient].cause
    rating = None if reading.likelihood is None else float(reading.likelihood)
    return Answer(reading.patient, cause, reading.answer, rating)


def _tests(name: str, reader: Sequence[Answer], model: Sequence[Answer]) -> list[ReaderTest]:
    pairs = list(zip(model, reader, strict=True))
    malignant = [pair for pair in pairs if pair[0].is_malignant]
    benign = [pair for pair in pairs if not pair[0].is_malignant]
    tests = [_paired(name, SENSITIVITY, malignant), _paired(name, SPECIFICITY, benign)]
    if all(item.rating is not None for item in reader):
        tests.append(_areas(name, pairs))
    return tests


def _paired(name: str, merit: str, pairs: Sequence[tuple[Answer, Answer]]) -> ReaderTest:
    model, reader = [one.is_right for one, _ in pairs], [other.is_right for _, other in pairs]
    try:
        rows = {row["test"]: row for row in mcnemar(model, reader).to_dict("records")}
    except ValueError:
        note = "right and wrong on the same patients"
        return ReaderTest(name, merit, len(pairs), Interval(0.0, nan, nan), MID_P, 0, 0, note=note)
    wald = rows["McNemar, asymptotic"]
    return ReaderTest(
        name,
        merit,
        len(pairs),
        Interval(float(wald["estimate"]), float(wald["low"]), float(wald["high"])),
        MID_P,
        sum(one and not other for one, other in zip(model, reader, strict=True)),
        sum(other and not one for one, other in zip(model, reader, strict=True)),
        float(rows[MID_P]["p"]),
    )


def _areas(name: str, pairs: Sequence[tuple[Answer, Answer]]) -> ReaderTest:
    """On the patients on whom the model said something."""
    both = [pair for pair in pairs if pair[0].rating is not None]
    model, reader = (ratings([pair[place] for pair in both]) for place in (0, 1))
    try:
        row = compare_auc([pair[0].is_malignant for pair in both], model, reader).iloc[0]
    except ValueError as error:
        return ReaderTest(name, AUC, len(both), Interval(nan, nan, nan), "DeLong", note=str(error))
    difference = Interval(float(row["estimate"]), float(row["low"]), float(row["high"]))
    return ReaderTest(name, AUC, len(both), difference, "DeLong", p=float(row["p"]))


def _adjusted(tests: Sequence[ReaderTest]) -> list[ReaderTest]:
    """With Holm's p in two families, in the order that was given."""
    adjusted = list(tests)
    for family in ((SENSITIVITY, SPECIFICITY), (AUC,)):
        members = [place for place, item in enumerate(tests) if item.merit in family and not isnan(item.p)]
        if members:
            found = holm(pd.DataFrame({"p": [tests[place].p for place in members]}))["holm_p"]
            for place, p in zip(members, found, strict=True):
                adjusted[place] = replace(tests[place], holm_p=float(p))
    return adjusted
