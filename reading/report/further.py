"""What else a reader study found: readers together, ROC, times, agreement, what is unclear, wrong calls."""

import pandas as pd

from reading.analysis.comparison import Comparison
from reading.analysis.result_tables import people
from reading.report.accuracy import named_tests
from reading.report.blocks import Block, Bullets, Cards, ErrorCard, Note, Paragraph, Plate, Section
from reading.report.grids import (
    MEASURES,
    accuracy_grid,
    agreement_grid,
    analyses_grid,
    areas_grid,
    mark_of,
    p_values_grid,
    tests_grid,
    times_grid,
)
from reading.report.methods import AGREEMENT
from reading.report.plots import roc_curves, time_distributions
from stats.mrmc import FEWEST_READERS

_MRMC = (
    "Obuchowski and Rockette's model with Hillis's degrees of freedom, jackknifed by patient. Random "
    "readers and cases: for readers and patients like these. Fixed readers: for these readers alone. Fixed "
    "cases: for these cases alone."
)
_FEW_READERS = (
    f"With fewer than {FEWEST_READERS} readers a claim about readers in general is not supported. Where "
    "three readers read clustered discs, the comparison of their mean with the AI, readers and cases random, "
    "finds a difference in 7 to 8 % of simulated studies that have none (it should be 5 %); with six readers "
    "it holds its level "
    "(docs/reader-studies.md)."
)

_MODEL = "log-normal mixed model: "


def further_sections(
    comparison: Comparison, cards: tuple[ErrorCard, ...], wrong_discs: int
) -> tuple[Section | None, ...]:
    """None for what this study does not have."""
    return (
        _many_readers(comparison),
        _curves(comparison),
        _times(comparison),
        _agreement(comparison),
        _unclear(comparison),
        _other_rule(comparison),
        _errors(cards, wrong_discs),
    )


def _many_readers(comparison: Comparison) -> Section:
    blocks: list[Block] = [Paragraph(_MRMC)]
    few = people(comparison.readings)["reader"].nunique() < FEWEST_READERS
    if few:
        blocks.append(Note(_FEW_READERS))
    for words, table in (
        ("The AI less the readers' mean (standalone):", _standalone(comparison)),
        ("Arms over all readers:", _over_readers(comparison)),
    ):
        if len(table):
            blocks += [Paragraph(words), analyses_grid(table)]
    together = comparison.all_readers[comparison.all_readers["p"].notna()]
    if len(together):
        blocks += [
            Paragraph("Cochran's Q over all readers and the AI, which takes discs as independent:"),
            p_values_grid(together, "arm", "endpoint", "measure"),
        ]
    return Section("Many readers, many cases", tuple(blocks))


def _curves(comparison: Comparison) -> Section | None:
    drawing = roc_curves(comparison)
    if drawing is None:
        return None
    text = (
        "From the likelihoods, readers' 1 to 5 and the AI's probability. A disc without a call lies below "
        "all others, or, where it counts as wrong and is healthy, above. Intervals for the discs of "
        "patients (Obuchowski 1997), logit."
    )
    return Section("ROC", (Plate(drawing, text), areas_grid(comparison)), mark_of(comparison.roc))


def _times(comparison: Comparison) -> Section | None:
    drawing = time_distributions(comparison)
    if drawing is None:
        return None
    tests = comparison.time_tests
    models = tests[tests["test"].str.startswith(_MODEL)]
    ratios = models.assign(row=models["test"].str.removeprefix(_MODEL))
    caption = (
        "Each dot is a case; the bar goes from quartile to quartile, its mark is the median. The AI's time "
        "is computing time, and no time to check it."
    )
    ranks = tests[~tests["test"].str.startswith(_MODEL) & tests["p"].notna()]
    blocks: list[Block] = [Plate(drawing, caption), times_grid(comparison)]
    if len(ratios):
        words = "Ratios of geometric means, by a log-normal mixed model (reader, case):"
        blocks += [Paragraph(words), tests_grid(ratios, "compared", "ratio of times", 3)]
    if len(ranks):
        differences = ranks.assign(row=ranks["test"])
        words = "Rank tests, paired by case; differences in seconds (Hodges and Lehmann):"
        blocks += [Paragraph(words), tests_grid(differences, "compared", "seconds", 1)]
    return Section("Times", tuple(blocks))


def _agreement(comparison: Comparison) -> Section | None:
    if "coefficient" not in comparison.agreement:
        return None
    mark = mark_of(comparison.agreement)
    return Section("Agreement of the readers", (agreement_grid(comparison.agreement), Note(AGREEMENT)), mark)


def _unclear(comparison: Comparison) -> Section:
    lines = []
    for row in comparison.readings.to_dict("records"):
        extra = comparison.extra[
            (comparison.extra["reader"] == row["reader"]) & (comparison.extra["arm"] == row["arm"])
        ]["extra"].sum()
        lines.append(
            f"{row['reader']}, {row['arm']}: {row['not_called']:,} of {row['discs']:,} discs without a "
            f"verdict; {row['indeterminate']:,} indeterminate; {extra:,} calls of no reference disc."
        )
    rule = comparison.analysis_plan.planned.not_called
    words = (
        f"A disc without a verdict stays in every figure and counts as {rule}; extra calls count nowhere "
        "else."
    )
    return Section("Indeterminate and uncalled discs", (Paragraph(words), Bullets(tuple(lines))))


def _other_rule(comparison: Comparison) -> Section:
    planned = comparison.analysis_plan.planned
    other = "normal" if planned.not_called == "wrong" else "wrong"
    tests = named_tests(comparison.other_rule_against_ai)
    primary = tests[tests["role"] == "primary"]
    blocks: list[Block] = [
        Paragraph(f"The primary result once more, with discs without a verdict counted as {other}."),
        accuracy_grid(comparison, comparison.other_rule_accuracy, MEASURES, [planned.primary_endpoint]),
    ]
    if len(primary):
        blocks.append(tests_grid(primary, "measure"))
    return Section("Sensitivity analysis", tuple(blocks))


def _errors(cards: tuple[ErrorCard, ...], wrong_discs: int) -> Section:
    if not cards:
        return Section("Wrong calls", (Paragraph("Every disc was called right by everybody."),))
    words = f"{wrong_discs:,} discs were called wrong by somebody, those that most got wrong first"
    words += "." if len(cards) == wrong_discs else f"; {len(cards):,} are shown."
    if all(card.jpeg is None for card in cards):
        words += " The reference names no pictures."
    return Section("Wrong calls", (Paragraph(words), Cards(cards)))


def _standalone(comparison: Comparison) -> pd.DataFrame:
    """The differences, one a merit and analysis."""
    tests = comparison.standalone
    if "merit" not in tests:
        return tests[:0]
    chosen = tests[tests["test"].str.startswith("AI − ")]
    arms = ", " + chosen["arm"] if chosen["arm"].nunique() > 1 else ""
    return chosen.assign(part=chosen["endpoint"] + arms, row=chosen["merit"].replace("auc", "AUC"))


def _over_readers(comparison: Comparison) -> pd.DataFrame:
    """The differences of every two arms, one a merit and analysis."""
    tests = comparison.arms_over_readers
    if "merit" not in tests:
        return tests[:0]
    chosen = tests[tests["test"].str.contains(" − ", regex=False)]
    merits = chosen["merit"].replace("auc", "AUC")
    return chosen.assign(part=chosen["endpoint"], row=merits + ": " + chosen["test"])
