"""How a reader study was done: cases, reference standard, readers, models, and the analysis plan."""

from collections import Counter
from collections.abc import Sequence

from annotation.labels import Grading
from reading.analysis.comparison import Comparison
from reading.readings import AI
from reading.reference import ReferenceDisc
from reading.report.about import AboutModels
from reading.report.blocks import Block, Bullets, Grid, Note, Paragraph, Plate, Rows, Section
from reading.report.cells import number, percent
from reading.report.flow import flow_diagram
from reading.report.grids import agreement_grid, readings_grid
from reading.report.sides import sides, simulated
from reporting.documents import VERSION

_FLOW = (
    "The unit of analysis is the reference disc. Right and wrong are verdicts ({states}). "
    "No verdict: left out, or looked at and unclear. Extra: calls that belong to no reference disc."
)
AGREEMENT = (
    "Kappa and alpha are chance-corrected; kappa falls where a finding is rare, AC1 does not. Intervals by "
    "bootstrap over patients; those that take discs as independent are in the tables' files."
)

NOT_IN_THE_TABLES = (
    "The tables cannot say where cases and readers come from. A publication adds, by STARD-AI and CLAIM: how "
    "and when patients were chosen, sites and scanners, age and sex, the readers' training, blinding, order "
    "and washout, ethics, registration and funding."
)


def method_sections(comparison: Comparison, models: AboutModels) -> tuple[Section, ...]:
    flow = _FLOW.format(states=", ".join(comparison.grading.states))
    return (
        Section("Flow of cases and discs", (Plate(flow_diagram(comparison), flow),)),
        _participants(comparison, models),
        _reference(comparison),
        _readers(comparison),
        _models(comparison, models),
        _plan(comparison),
    )


def _participants(comparison: Comparison, models: AboutModels) -> Section:
    discs = comparison.reference.discs
    cases, patients = ({getattr(disc, name) for disc in discs} for name in ("case", "patient"))
    by_level: dict[str, list[int]] = {}
    for number_, disc in enumerate(discs):
        by_level.setdefault(disc.place.level or "all", []).append(number_)
    grading = comparison.grading
    rows = [
        (level, *_states([discs[item] for item in by_level[level]], grading)) for level in sorted(by_level)
    ]
    if len(rows) > 1:
        rows.append(("all", *_states(discs, grading)))
    slipped = ("slipped",) if grading.slip else ()
    table = Grid(("Level", "discs", *grading.states, *slipped), (Rows(tuple(rows)),))
    return Section(
        "Participants and partitions",
        (
            Paragraph(
                f"{len(patients):,} patients with {len(cases):,} cases and {len(discs):,} discs. All of "
                f"them are the test set; nothing is fitted to them. {_partition(models, len(patients))}"
            ),
            table,
            Note("Discs, and in brackets their share in percent: the prevalence that PPV and NPV hold for."),
        ),
    )


def _states(discs: Sequence[ReferenceDisc], grading: Grading) -> tuple[str, ...]:
    counts = Counter(disc.verdict for disc in discs)
    numbers = [counts[name] for name in grading.states]
    numbers += [sum(disc.slip for disc in discs)] if grading.slip else []
    return f"{len(discs):,}", *(f"{item:,} ({percent(item / len(discs))})" for item in numbers)


def _partition(models: AboutModels, patients: int) -> str:
    if models.learned_from is None:
        return (
            "Whether the models were trained on any of them was not looked up (give the models): they must "
            "not have been."
        )
    if models.learned_from:
        return (
            f"The models were trained on {len(models.learned_from)} of them: these patients do not test "
            "anything, and the AI's figures below are too good."
        )
    return (
        f"The models' salted list of training patients has none of the {patients:,} in it, by the names "
        "used here; a patient under another pseudonym would not be recognised."
    )


def _reference(comparison: Comparison) -> Section:
    experts = comparison.experts
    *others, last = comparison.grading.states
    slips = "; beside it, whether the vertebra above has slipped" if comparison.grading.slip else ""
    what = f"Of each disc: {', '.join(others)} or {last}{slips}."
    blocks: list[Block] = [Paragraph(f"{_source(comparison)} {what}")]
    if len(experts):
        who = "simulated experts" if simulated(comparison) else "experts"
        blocks += [Paragraph(f"How far the {who} agreed before their consensus:"), agreement_grid(experts)]
        blocks.append(Note(AGREEMENT))
    elif not simulated(comparison):
        blocks.append(
            Paragraph("What experts said before a consensus was not given: how sure it is, is not known.")
        )
    return Section("Reference standard", tuple(blocks))


def _source(comparison: Comparison) -> str:
    if simulated(comparison):
        return "The phantom's own truth, which needs no experts."
    return "The experts' consensus." if len(comparison.experts) else "As the reference table says."


def _readers(comparison: Comparison) -> Section:
    people = [side for side in sides(comparison) if side.reader != AI]
    readers, arms = (len({getattr(side, name) for side in people}) for name in ("reader", "arm"))
    words = (
        f"{readers} {'reader' if readers == 1 else 'readers'}, {arms} {'arm' if arms == 1 else 'arms'}, and "
        "the AI."
    )
    return Section("Readers", (Paragraph(words), readings_grid(comparison)))


def _models(comparison: Comparison, models: AboutModels) -> Section:
    text = f"Analysed by Discern {VERSION}."
    if not models.identities:
        text += " Which models the AI's readings are of was not given."
        return Section("Models and versions", (Paragraph(text),))
    rows = [(item.stage, item.folder, item.network, f"{item.digest}…") for item in models.identities]
    grid = Grid(("Stage", "model", "network", "SHA-256"), (Rows(tuple(rows)),), (1, 2, 3))
    return Section("Models and versions", (Paragraph(f"{text} The AI was these models:"), grid))


def _plan(comparison: Comparison) -> Section:
    plan, planned = comparison.analysis_plan, comparison.analysis_plan.planned
    rows = (
        (
            "primary endpoint",
            f"{planned.primary_endpoint}: {' and '.join(planned.primary_measures)}, per disc",
        ),
        ("primary test", planned.primary_test),
        (
            "alpha",
            f"{number(planned.alpha)}, two-sided; Holm over the primary tests, and over the secondary ones",
        ),
        ("pre-specified endpoints", ", ".join(planned.endpoints)),
        ("pre-specified tables", ", ".join(name.replace("_", " ") for name in planned.tables)),
        ("a disc without a call", f"counts as {planned.not_called}"),
        ("boxes of one disc", f"overlap by IoU {number(planned.iou)} or more (where there are no levels)"),
        ("bootstrap", f"{planned.resamples:,} draws of patients, seed {planned.seed}"),
        ("file", plan.path.name),
        ("SHA-256", plan.sha256),
        ("noted before the first read", plan.registered or "nothing"),
    )
    grid = Grid(("", ""), (Rows(rows),), (1,))
    deviations = Bullets(comparison.deviations or ("No deviation from the plan.",))
    words = f"{planned.title}. What the plan does not name is marked exploratory: a hint, no evidence."
    return Section("Analysis plan", (Paragraph(words), grid, deviations))
