"""The report of a reader study, in the order of STARD-AI and CLAIM.

Sources: Sounderajah et al., Nat Med 2025 (STARD-AI); Tejani et al., Radiol Artif Intell 2024;
6: e240300 (CLAIM 2024).
"""

from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from imaging.new_folder import write_whole
from reading.analysis.comparison import Comparison
from reading.analysis.endpoints import SLIPPED
from reading.analysis.result_tables import people, records
from reading.readings import AI
from reading.report.about import AboutModels
from reading.report.accuracy import FEW, accuracy_sections, arms, compared
from reading.report.blocks import Bullets, ErrorCard, Plate, Report, Section
from reading.report.cells import counted, p_value, percent, points, seconds
from reading.report.further import further_sections
from reading.report.methods import NOT_IN_THE_TABLES, method_sections
from reading.report.sides import simulated
from reporting.wording import RESEARCH_ONLY
from stats.mrmc import FEWEST_READERS

_TEMPLATES = Path(__file__).parents[2]
_BLOCKS = '{% from "blocks.html" import blocks %}{{ blocks(section) }}'
SIMULATION = (
    "Simulated readers. No surgeon has read anything here: their accuracies and times are assumed, and the "
    "figures say nothing of surgeons. They show that the analysis runs."
)


def report_of(
    comparison: Comparison, models: AboutModels, cards: tuple[ErrorCard, ...], wrong_discs: int
) -> Report:
    """``cards`` show some of the ``wrong_discs``."""
    sections = (
        Section("In short", (Bullets(summary(comparison)),)),
        *method_sections(comparison, models),
        *accuracy_sections(comparison),
        *further_sections(comparison, cards, wrong_discs),
        Section("Limits", (Bullets(_limits(comparison, models)),)),
    )
    present = tuple(section for section in sections if section)
    readers = people(comparison.readings)["reader"].nunique()
    who = counted(readers, f"{'simulated ' if simulated(comparison) else ''}reader")
    ai = f" and the {AI}" if AI in set(comparison.readings["reader"]) else ""
    discs = comparison.reference.discs
    lead = f"{who}{ai}; {len({disc.case for disc in discs}):,} cases, {len(discs):,} discs. {RESEARCH_ONLY}"
    title = comparison.analysis_plan.planned.title
    return Report(title, lead, SIMULATION if simulated(comparison) else "", present)


def write_html(report: Report, path: Path) -> None:
    """Write it as one page that needs no network, whole or not at all. Raises OSError."""
    write_whole(path, _templates(_inline).get_template("report.html").render(report=report))


def section_html(section: Section) -> str:
    """The blocks of a section as part of another page: without a script, drawings as pictures."""
    return _templates(_picture).from_string(_BLOCKS).render(section=section)


def _templates(drawn: Callable[[Plate], Markup]) -> Environment:
    environment = Environment(
        loader=FileSystemLoader([_TEMPLATES / "reading" / "report", _TEMPLATES / "benchmarks"]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"data_url": _jpeg_url, "drawn": drawn}
    return environment


def _inline(plate: Plate) -> Markup:
    return Markup(plate.drawing.svg)


def _picture(plate: Plate) -> Markup:
    address = _data_url("image/svg+xml", plate.drawing.svg.encode())
    return Markup('<img class="drawing" src="{}" alt="{}">').format(address, plate.drawing.name)


def _jpeg_url(jpeg: bytes) -> str:
    return _data_url("image/jpeg", jpeg)


def _data_url(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{b64encode(content).decode()}"


def summary(comparison: Comparison) -> tuple[str, ...]:
    """The primary result and the times, in sentences."""
    planned = comparison.analysis_plan.planned
    accuracy = comparison.accuracy[comparison.accuracy["endpoint"] == planned.primary_endpoint]
    lines = []
    for measure in planned.primary_measures:
        shares = accuracy[accuracy["measure"] == measure]
        ai, readers = (
            shares[(shares["reader"] == AI) == chosen]["estimate"].dropna() for chosen in (True, False)
        )
        parts = []
        if len(ai):
            parts.append(f"the {AI} {percent(ai.iloc[0])} %")
        if len(readers):
            ends = " to ".join(dict.fromkeys((percent(readers.min()), percent(readers.max()))))
            parts.append(f"the readers {ends} %")
        if parts:
            lines.append(f"{planned.primary_endpoint.capitalize()}, {measure}: {', '.join(parts)}.")
    lines += _tested(comparison)
    times = comparison.times
    if "median" in times and AI in set(times["reader"]) and len(people(times)):
        medians = people(times)["median"]
        ends = " to ".join(dict.fromkeys((seconds(medians.min()), seconds(medians.max()))))
        ai_median = times.loc[times["reader"] == AI, "median"].iloc[0]
        lines.append(
            f"Median time of a case: the {AI} {seconds(ai_median)} s (computing), the readers {ends} s."
        )
    return tuple(lines) or ("Nothing could be computed; the notes below say why.",)


def _tested(comparison: Comparison) -> list[str]:
    """How many of the primary tests are significant, and which."""
    alpha, lines = comparison.analysis_plan.planned.alpha, []
    for what, tests in (
        (f"of the {AI} against a reader", compared(comparison)),
        ("of arm against arm", arms(comparison)),
    ):
        primary = tests[(tests["role"] == "primary") & tests["p"].notna()]
        found = records(primary[primary["significant"]])
        if len(primary):
            number = f"{len(found)} of {len(primary)}" if found else f"none of {len(primary)}"
            lines.append(f"Significant at {alpha:g} after Holm: {number} primary tests {what}.")
        lines += [
            f"{row['measure'].capitalize()}, {row['row']}: {points(row['estimate'])} points, Holm p "
            f"{p_value(row['holm_p'])}."
            for row in found
        ]
    return lines


def _limits(comparison: Comparison, models: AboutModels) -> tuple[str, ...]:
    discs, lines = comparison.reference.discs, []
    if simulated(comparison):
        lines.append(SIMULATION)
    readers = people(comparison.readings)["reader"].nunique()
    if readers < FEWEST_READERS:
        lines.append(f"{counted(readers, 'reader')}: what holds for them need not hold for others.")
    lines += comparison.deviations
    grading = comparison.grading
    found = {grading.lesion: sum(disc.verdict in grading.lesion_states for disc in discs)}
    found |= {SLIPPED: sum(disc.slip for disc in discs)} if grading.slip else {}
    for what, number in found.items():
        if number < FEW:
            lines.append(f"{counted(number, what)}: the sensitivity is known only roughly.")
    not_read = comparison.readings["cases_not_read"]
    if not_read.any():
        lines.append("Not everybody read every case; comparisons are on the cases that both sides read.")
    if models.learned_from:
        lines.append("The models have seen some of these patients in training.")
    lines.append("PPV, NPV and accuracy hold for the prevalence in this study alone.")
    if AI in set(comparison.readings["reader"]):
        lines.append("The AI's seconds are computing time on one machine; readers' seconds are of reading.")
    lines.append(NOT_IN_THE_TABLES)
    return tuple(lines)
