"""What a reader study found disc by disc: the primary result, secondary ones, classes, levels, slips."""

from collections.abc import Sequence

import pandas as pd

from annotation.labels import LUMBAR
from reading.analysis.analysis_plan import EXPLORATORY
from reading.analysis.comparison import Comparison
from reading.analysis.endpoints import SLIPPED, endpoints_of
from reading.report.blocks import Block, Drawing, Grid, Note, Paragraph, Plate, Section
from reading.report.grids import (
    CLASS_MEASURES,
    MEASURES,
    accuracy_grid,
    intervals_grid,
    level_grid,
    mark_of,
    measures_grid,
    p_values_grid,
    published_grid,
    tests_grid,
)
from reading.report.plots import accuracy_forest, differences_forest

_COMPARISONS = ("The AI less each reader:", "Arm less arm, of each reader:")
_PLOTS = ("primary-differences", "primary-arms")
_DIFFERENCES = "In percentage points with 95 % intervals; a filled mark is significant after Holm."
_SAME = "The same by every test. The primary one decides; the others are for comparison."
_OTHER_TESTS = (
    "As published: the first paper's chi-square, and Fisher's test where an expected count is below 5; "
    "both take paired reads, and the discs of a patient, as independent, which is wrong. So do the four of "
    "McNemar, but for the pairing."
)

FEW = 20
"""Of fewer discs that have a finding a sensitivity says little."""
_BY_PATIENT = (
    "Intervals: 95 %, by bootstrap over patients, whose discs are not independent. Where every disc is right "
    "it has no width; read Wilson's there."
)


def accuracy_sections(comparison: Comparison) -> tuple[Section | None, ...]:
    """What was found disc by disc, the primary result first; None for what this study does not have."""
    return (
        _primary(comparison),
        _secondary(comparison),
        _classes(comparison),
        _levels(comparison),
        _slips(comparison),
        _published(comparison),
    )


def _primary(comparison: Comparison) -> Section:
    planned = comparison.analysis_plan.planned
    endpoint, measures = planned.primary_endpoint, planned.primary_measures
    blocks: list[Block] = [
        Paragraph(
            f"{endpoint.capitalize()} or not, disc by disc; a disc without a call counts as "
            f"{planned.not_called}. The test is {planned.primary_test}, which takes the discs of a patient "
            "as dependent."
        )
    ]
    blocks += _plates((accuracy_forest(comparison, endpoint, measures, "primary"), _BY_PATIENT))
    blocks.append(intervals_grid(comparison, endpoint, measures))
    refused = comparison.accuracy.loc[comparison.accuracy["endpoint"] == endpoint, "note"].unique()
    blocks += [Note(f"Not computed: {note}.") for note in refused if note]
    tested = [tests[tests["endpoint"] == endpoint] for tests in (compared(comparison), arms(comparison))]
    primary = [tests[tests["role"] == "primary"] for tests in tested]
    for words, name, tests, all_tests in zip(_COMPARISONS, _PLOTS, primary, tested, strict=True):
        if len(tests):
            blocks.append(Paragraph(words))
            blocks += _plates((differences_forest(tests, measures, name), _DIFFERENCES))
            blocks += [tests_grid(tests, "measure"), Paragraph(_SAME), _all_tests(all_tests, measures)]
    if any(map(len, primary)):
        blocks.append(Note(_OTHER_TESTS))
    marks = {mark_of(tests) for tests in primary if len(tests)} or {EXPLORATORY}
    mark = marks.pop() if len(marks) == 1 else ""
    return Section("Primary result", tuple(blocks), mark)


def _all_tests(tests: pd.DataFrame, measures: Sequence[str]) -> Grid:
    """The p values of every test of the primary endpoint."""
    shown = tests[tests["measure"].isin(measures)]
    named = shown.assign(test=shown["test"].mask(shown["role"] == "as published", "as published"))
    return p_values_grid(named, "measure", "test", "row")


def _secondary(comparison: Comparison) -> Section | None:
    blocks: list[Block] = []
    for words, tests in zip(_COMPARISONS, (compared(comparison), arms(comparison)), strict=True):
        secondary = tests[(tests["role"] == "secondary") & (tests["measure"] != "")]
        if len(secondary):
            refused = dict.fromkeys(secondary.loc[secondary["p"].isna(), "note"])
            blocks += [Paragraph(words), measures_grid(secondary, ("sensitivity", "specificity", "accuracy"))]
            blocks += [Note(f"Where there is no p: {'; '.join(refused)}.")] if refused else []
    words = (
        "The primary test on everything else, corrected by Holm, each table as one family. A dash stands "
        "where the primary result has the figure, or where there is none."
    )
    return Section("Secondary results", (Paragraph(words), *blocks)) if blocks else None


def _classes(comparison: Comparison) -> Section:
    names = [name for name in endpoints_of(comparison.grading) if name != SLIPPED]
    return Section(
        "Per class",
        (
            Paragraph("All three classes together, then each against the others."),
            accuracy_grid(comparison, comparison.class_accuracy, CLASS_MEASURES),
            accuracy_grid(comparison, comparison.accuracy, MEASURES, names),
            Note(_BY_PATIENT),
        ),
    )


def _levels(comparison: Comparison) -> Section | None:
    planned = comparison.analysis_plan.planned
    grid = level_grid(comparison, planned.primary_endpoint, ("sensitivity", "specificity"))
    if grid is None:
        return None
    text = Note("Below each share its count; intervals are in by_level.csv.")
    return Section("Per level", (grid, text), mark_of(comparison.by_level))


def _slips(comparison: Comparison) -> Section | None:
    if not comparison.grading.slip:
        return None
    forest = accuracy_forest(comparison, SLIPPED, ("sensitivity", "specificity"), "slips")
    slipped = sum(disc.slip for disc in comparison.reference.discs)
    words = (
        f"Whether the vertebra above a disc has slipped: {slipped:,} of {len(comparison.reference.discs):,} "
        "discs."
    )
    if slipped < FEW:
        words += " So few that no figure of sensitivity below says much."
    grid = accuracy_grid(comparison, comparison.accuracy, MEASURES, [SLIPPED])
    return Section("Slip", (Paragraph(words), *_plates((forest, _BY_PATIENT)), grid))


def _published(comparison: Comparison) -> Section | None:
    if comparison.grading is not LUMBAR:
        return None  # the paper's readers read lumbar discs
    return Section(
        "As the first paper has it",
        (
            Paragraph(
                "Its Table 3, with bulges counted as herniations, and its chi-square test of the accuracies."
            ),
            published_grid(comparison, "bulge or herniation"),
            Note(
                "For comparison with publications; the test takes paired reads of clustered discs as "
                "independent."
            ),
        ),
        mark_of(comparison.published),
    )


def _plates(*drawings: tuple[Drawing | None, str]) -> list[Plate]:
    return [Plate(drawing, caption) for drawing, caption in drawings if drawing is not None]


def compared(comparison: Comparison) -> pd.DataFrame:
    """Readers against the AI, their lines named."""
    return named_tests(comparison.reader_against_ai)


def named_tests(tests: pd.DataFrame) -> pd.DataFrame:
    arms = tests["arm"].nunique() > 1 if "arm" in tests else False
    row = tests["reader"] + (", " + tests["arm"] if arms else "")
    return tests.assign(row="AI − " + row)


def arms(comparison: Comparison) -> pd.DataFrame:
    """Arms against each other, their lines named; none where there is one arm."""
    tests = comparison.arm_against_arm
    if "first" not in tests:
        return tests[:0].assign(row="")
    chosen = tests[tests["first"].notna()]
    return chosen.assign(row=chosen["reader"] + ": " + chosen["first"] + " − " + chosen["second"])
