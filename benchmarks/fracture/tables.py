"""The tables of a fracture benchmark, to read (``table.md``) and to compute with (``table.csv``)."""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict
from math import isnan
from pathlib import Path

from benchmarks.bootstrap import Interval
from benchmarks.fracture.answers import Rate, Side
from benchmarks.fracture.reader_comparison import ReaderComparison, ReaderTest
from benchmarks.fracture.results import FractureResults
from benchmarks.published import NOTE, PUBLISHED_FRACTURE
from benchmarks.tables import NOT_DEFINED, Table, TableRow, interval, markdown, percent
from fracture.features import FeatureTest
from imaging.new_folder import write_whole

_P = 0.001
"""The published level below which a feature counted as different."""
SIMULATED_NOTE = (
    "The readers are simulated, not people: features of the phantoms' truth with errors on top, weighed. "
    "They show what the comparison prints, and say nothing of any reader."
)


def lead(results: FractureResults) -> str:
    """What was judged, in one sentence or two."""
    benign, malignant = results.patients
    said = (
        f"{benign + malignant:,} patients with one fractured vertebra each, {malignant:,} malignant and "
        f"{benign:,} benign; each judged by a model that was not trained on them. Malignant is positive."
    )
    if results.left_out:
        said += f" Studies or pictures that could not be used: {len(results.left_out):,}."
    return said


def figures(results: FractureResults) -> Table:
    """The model's figures, the published ones beside them."""
    model, paper = results.model, PUBLISHED_FRACTURE
    rows = [
        ("Sensitivity", model.sensitivity, paper.sensitivity),
        ("Specificity", model.specificity, paper.specificity),
        ("Accuracy", model.accuracy, paper.accuracy),
        ("Balanced accuracy", model.balanced_accuracy, (paper.sensitivity + paper.specificity) / 2),
    ]
    lines = [TableRow(name, (interval(rate.value), _of(rate), percent(value))) for name, rate, value in rows]
    lines.append(TableRow("AUC", (_area(model.auc), _answered(results), "")))
    return Table(("% (95 % interval)", "Patients", f"%, {NOTE}"), tuple(lines))


def calibration(results: FractureResults) -> Table:
    """Whether the probability of malignancy means what it says."""
    found = results.calibration
    brier = NOT_DEFINED if isnan(found.brier) else f"{found.brier:.3f}"
    headings = ("Patients", "Expected calibration error, points", "Brier score")
    return Table(
        headings, (TableRow("Malignancy", (f"{found.patients:,}", percent(found.expected_error), brier)),)
    )


def readers(comparison: ReaderComparison, model: Side) -> Table:
    """The readers and the model, then the published ones."""
    headings = ("Patients", "Sensitivity, %", "Specificity, %", "Accuracy, %", "AUC, %")
    paper = PUBLISHED_FRACTURE
    published = [
        _published("model", paper.sensitivity, paper.specificity, paper.accuracy),
        *(
            _published(name, paper.first_year_sensitivity, paper.first_year_specificity, accuracy)
            if name == "resident, first year"
            else _published(name, None, None, accuracy)
            for name, accuracy in paper.readers.items()
        ),
    ]
    return Table(headings, (*map(_reader_row, (*comparison.readers, model)), *published))


def reader_tests(comparison: ReaderComparison) -> Table:
    """The model's less each reader's sensitivity, specificity and AUC."""
    headings = (
        "Patients",
        "Difference, points (95 % interval)",
        "Model alone right",
        "Reader alone right",
        "p",
        "p, Holm",
    )
    return Table(headings, tuple(map(_test_row, comparison.tests)))


def features(tests: Sequence[FeatureTest]) -> Table:
    """Each feature in the two groups."""
    headings = (
        "Malignant, % (n)",
        "Benign, % (n)",
        "A sign of",
        "Sensitivity, %",
        "Specificity, %",
        "Odds ratio (95 % interval)",
        "p",
        "p, Holm",
    )
    return Table(headings, tuple(map(_feature_row, tests)))


def feature_note(tests: Sequence[FeatureTest]) -> str:
    """How many features differ, as published and after Holm's adjustment."""
    different = sum(item.p <= _P for item in tests)
    adjusted = sum(item.holm_p <= _P for item in tests)
    exact = [item.name for item in tests if item.test == "Fisher's exact"]
    said = (
        f"{different} of {len(tests)} features differ between the causes at p ≤ .001, {adjusted} after "
        f"Holm's adjustment for all of them ({NOTE}: {PUBLISHED_FRACTURE.features} of 15 at p ≤ .001). "
        "Chi-square"
    )
    return f"{said}; Fisher's exact test for {', '.join(exact)}." if exact else f"{said}."


def notes(results: FractureResults) -> list[str]:
    """What a reader must know about the figures."""
    said = [
        "Of predictions by the exported models of the folds, all folds together, each patient by the model "
        "that was not trained on them. Intervals are conditional on the trained models: another training, "
        "on other patients, would vary more.",
        "95 % intervals: Wilson's for shares of patients; for the balanced accuracy by bootstrap over "
        "patients; for the AUC DeLong's, on the logit's scale.",
        "The cause that is called weighs what missing the rarer cause costs; it need not be the more "
        "probable one.",
        "Published, other data: ResNet50 on 190 patients' private images (50 malignant), ten folds; beside "
        "ours, no target. Its sensitivity and specificity are those of the comparison with the first-year "
        "resident, and the balanced accuracy is their mean, taken here.",
    ]
    if results.comparison and results.comparison.not_judged:
        said.append(
            f"Patients whom readers read and the model did not judge: {results.comparison.not_judged:,}. "
            "Their study could not be used, or a fold is missing: they are left out of the comparison."
        )
    unanswered = sum(results.unanswered)
    if unanswered:
        said.append(
            f"{unanswered:,} patients were given no answer, as no vertebra was found where one was marked: "
            "they count as wrong, and are not in AUC and calibration."
        )
    return said


def write_fracture_md(results: FractureResults, path: Path) -> None:
    """The tables in Markdown, with their notes below."""
    blocks = [f"# {results.title}", lead(results), markdown("Model", figures(results))]
    blocks += ["## Calibration", markdown("Probability of", calibration(results))]
    if results.comparison:
        blocks += ["## Readers", *([SIMULATED_NOTE] if results.comparison.simulated else [])]
        blocks += [markdown("Reader", readers(results.comparison, results.model))]
        blocks += [markdown("Model less reader", reader_tests(results.comparison))]
    if results.features:
        blocks += [
            "## Features",
            markdown("Feature", features(results.features)),
            feature_note(results.features),
        ]
    blocks.append("\n".join(f"- {note}" for note in notes(results)))
    blocks += [f"Left out: {item.name}: {item.reason}" for item in results.left_out]
    write_whole(path, "\n\n".join(blocks) + "\n")


def write_fracture_csv(results: FractureResults, path: Path) -> None:
    """One line a figure of the model and of each reader; shares as fractions, empty where not defined."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["side", "experience", "figure", "value", "low", "high", "right", "of"])
    for one in (results.model, *(results.comparison.readers if results.comparison else ())):
        for name in ("sensitivity", "specificity", "accuracy", "balanced_accuracy"):
            rate: Rate = getattr(one, name)
            writer.writerow([one.name, one.experience, name, *_cells(rate.value), rate.right, rate.of])
        if one.auc is not None:
            writer.writerow([one.name, one.experience, "auc", *_cells(one.auc), "", one.patients])
    write_whole(path, stream.getvalue())


def write_features_csv(tests: Sequence[FeatureTest], path: Path) -> None:
    """One line a feature; empty where not defined."""
    stream = io.StringIO()
    rows = [_flat(item) for item in tests]
    writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_whole(path, stream.getvalue())


def p_value(value: float) -> str:
    """A dash where there is none."""
    if isnan(value):
        return NOT_DEFINED
    return "< .001" if value < _P else f"{value:.3f}".lstrip("0")


def _flat(item: FeatureTest) -> dict[str, object]:
    content = asdict(item)
    odds = content.pop("odds")
    content |= {
        "odds_ratio": odds["estimate"],
        "odds_ratio_low": odds["low"],
        "odds_ratio_high": odds["high"],
    }
    return {
        name: "" if isinstance(value, float) and isnan(value) else value for name, value in content.items()
    }


def _feature_row(item: FeatureTest) -> TableRow:
    odds = f"{item.odds.estimate:.1f} ({item.odds.low:.1f} to {item.odds.high:.1f})"
    cells = (
        f"{percent(item.malignant / item.of_malignant)} ({item.malignant})",
        f"{percent(item.benign / item.of_benign)} ({item.benign})",
        item.sign_of or NOT_DEFINED,
        percent(item.sensitivity),
        percent(item.specificity),
        NOT_DEFINED if isnan(item.p) else f"{odds}{' *' if item.odds.corrected else ''}",
        p_value(item.p),
        p_value(item.holm_p),
    )
    return TableRow(item.name.replace("_", " "), cells)


def _reader_row(one: Side) -> TableRow:
    name = f"{one.name} ({one.experience})" if one.experience else one.name
    shares = (interval(rate.value) for rate in (one.sensitivity, one.specificity, one.accuracy))
    return TableRow(name, (f"{one.patients:,}", *shares, _area(one.auc)))


def _published(name: str, sensitivity: float | None, specificity: float | None, accuracy: float) -> TableRow:
    shares = ("" if value is None else percent(value) for value in (sensitivity, specificity, accuracy))
    return TableRow(f"{name} ({NOTE})", ("", *shares, ""), published=True)


def _test_row(item: ReaderTest) -> TableRow:
    alone = (NOT_DEFINED if count is None else f"{count}" for count in (item.model_only, item.reader_only))
    cells = (f"{item.patients:,}", interval(item.difference), *alone, p_value(item.p), p_value(item.holm_p))
    return TableRow(f"{item.reader}: {item.merit}", cells)


def _of(rate: Rate) -> str:
    return f"{rate.of:,}" if rate.right is None else f"{rate.right:,} of {rate.of:,}"


def _answered(results: FractureResults) -> str:
    return f"{results.calibration.patients:,}"


def _area(value: Interval | None) -> str:
    return NOT_DEFINED if value is None else interval(value)


def _cells(value: Interval) -> list[str]:
    return ["" if isnan(number) else f"{number:.6f}" for number in (value.estimate, value.low, value.high)]
