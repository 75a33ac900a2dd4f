"""Subcommands on reader studies: compare readers with the AI, and simulate a study from end to end."""

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from commands.console import complaints, console, progress_bar

if TYPE_CHECKING:
    from annotation.labels import Grading
    from reading.analysis.comparison import Comparison
    from reading.reference import Reference

app = typer.Typer()

Plan = Annotated[
    Path | None, typer.Option(help="The analysis plan, a YAML; the one that comes with it where not given.")
]
Out = Annotated[Path, typer.Option(help="The folder to make: tables, plots, report.html and report.pdf.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print plan and tables as JSON.")]


@app.command()
def compare(
    readings: Annotated[Path, typer.Argument(help="READINGS.csv: a row for each disc of each reading.")],
    reference: Annotated[Path, typer.Option(help="REFERENCE.csv, or a folder of phantom studies.")],
    out: Out,
    plan: Plan = None,
    plan_hash: Annotated[
        str | None, typer.Option(help="The SHA-256 of the plan that was noted before the first read.")
    ] = None,
    experts: Annotated[
        Path | None, typer.Option(help="What the experts said before their consensus, as READINGS.csv.")
    ] = None,
    ai: Annotated[
        Path | None, typer.Option(help="Results of `discern read-study`: the AI's readings are added.")
    ] = None,
    models: Annotated[
        Path | None, typer.Option(help="The AI's models: named, and checked for patients they learned from.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare readers with the AI, disc by disc, and arms with each other: tables, plots and a report.

    Example: `discern compare READINGS.csv --reference REFERENCE.csv --out comparison`
    """
    from annotation.labels import LUMBAR
    from errors import BadInputError
    from imaging.new_folder import new_folder
    from reading.ai_results import read_ai_results
    from reading.analysis.analysis_plan import DEFAULT_PLAN, read_plan
    from reading.analysis.comparison import compare as compare_readings
    from reading.readings import read_readings
    from reading.report.about import AboutModels, about_models
    from reading.report.study_folder import write_comparison

    analysis_plan = read_plan(plan or DEFAULT_PLAN, plan_hash)
    grading = analysis_plan.planned.grading
    right = _reference(reference, grading)
    read, about = read_readings(readings, grading), AboutModels()
    if ai is not None:
        if grading is not LUMBAR:
            raise BadInputError(
                ai, "results of lumbar studies, but the plan is of other discs; leave them out"
            )
        found, identities = read_ai_results(ai, right)
        read, about = read.with_ai(found), AboutModels(identities)
    if models is not None:
        about = about_models(models, right)
    before = read_readings(experts, grading) if experts else None
    with new_folder(out) as folder:
        comparison = compare_readings(read, right, analysis_plan, before)
        write_comparison(comparison, about, folder)
    _say(comparison, out, as_json)


@app.command(name="simulate-readers")
def simulate_readers(
    out: Annotated[Path, typer.Option(help="The folder to make: studies, tables of readings, comparison.")],
    protocol: Annotated[
        Path | None, typer.Argument(help="A YAML of simulated readers; the first paper's where not given.")
    ] = None,
    cases: Annotated[
        int | None, typer.Option(min=2, help="Phantom cases; the protocol's number if not given.")
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Another than the protocol's.")] = None,
    studies: Annotated[
        Path | None, typer.Option(help="Phantom studies to read; made in the folder where not given.")
    ] = None,
    plan: Plan = None,
    jobs: Annotated[int, typer.Option(min=1, help="Processes that make the studies.")] = 2,
    as_json: AsJson = False,
) -> None:
    """A whole reader study on phantoms: simulated surgeons, whose accuracies are assumed, and the real AI.

    Example: `discern simulate-readers --out simulated-study`
    """
    from axial.models import PHANTOM_MODELS
    from imaging.new_folder import new_folder
    from reading.analysis.analysis_plan import DEFAULT_PLAN, read_plan
    from reading.analysis.comparison import compare as compare_readings
    from reading.readings import read_readings
    from reading.reference import read_reference
    from reading.report.about import about_models
    from reading.report.study_folder import write_comparison
    from reading.simulation.simulated_readers import FIRST_PAPER, read_simulation
    from reading.simulation.simulated_study import simulate_study

    simulation = read_simulation(protocol or FIRST_PAPER)
    simulation = replace(simulation, cases=cases or simulation.cases)
    simulation = simulation if seed is None else replace(simulation, seed=seed)
    # The hash is noted before anything is read, as a study does it.
    noted = read_plan(plan or DEFAULT_PLAN).sha256
    with new_folder(out) as folder:
        with progress_bar("cases read by the AI", simulation.cases) as advance:
            study = simulate_study(simulation, folder, studies, workers=jobs, progress=advance)
        reference = read_reference(study.reference)
        comparison = compare_readings(
            read_readings(study.readings),
            reference,
            read_plan(plan or DEFAULT_PLAN, noted),
            read_readings(study.experts),
        )
        (folder / "comparison").mkdir()
        write_comparison(comparison, about_models(PHANTOM_MODELS, reference), folder / "comparison")
    _say(comparison, out / "comparison", as_json)


def _reference(path: Path, grading: "Grading") -> "Reference":
    """Of a table, or of a folder of phantom studies."""
    from reading.reference import read_reference, reference_of_phantoms

    return reference_of_phantoms(path, grading) if path.is_dir() else read_reference(path, grading)


def _say(comparison: "Comparison", out: Path, as_json: bool) -> None:
    from reading.report.report import SIMULATION, summary
    from reading.report.sides import simulated

    if as_json:
        print(json.dumps(_as_dict(comparison), indent=1, ensure_ascii=False, allow_nan=False))
    said = complaints if as_json else console
    if simulated(comparison):
        said.print(f"[yellow]{SIMULATION}[/yellow]", soft_wrap=True)
    for sentence in (*summary(comparison), *comparison.deviations):
        said.print(escape(sentence), soft_wrap=True, highlight=False)
    said.print(
        f"tables, plots and report in {out}; begin at {out / 'report.html'}", soft_wrap=True, highlight=False
    )


def _as_dict(comparison: "Comparison") -> dict[str, Any]:
    from benchmarks.results import without_nan

    plan = comparison.analysis_plan
    tables = {name: without_nan(table.to_dict("records")) for name, table in comparison.tables().items()}
    noted = {"sha256": plan.sha256, "registered": plan.registered, "deviations": comparison.deviations}
    return {"plan": noted, "tables": tables}
