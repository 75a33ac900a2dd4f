"""Subcommand on how many readers and cases a study needs."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.table import Table

from commands.console import complaints, console, progress_bar

if TYPE_CHECKING:
    import pandas as pd

    from stats.power import PairedStudy

app = typer.Typer()


@app.command()
def power(
    readers: Annotated[list[int], typer.Option(min=1, help="Once for each number of readers.")],
    cases: Annotated[list[int], typer.Option(min=2, help="Once for each number of patients.")],
    difference: Annotated[float, typer.Option(help="How much higher the other side's endpoint is.")],
    sensitivity: Annotated[float | None, typer.Option(help="Endpoint: of the readers, per disc.")] = None,
    specificity: Annotated[float | None, typer.Option(help="Endpoint, instead of the sensitivity.")] = None,
    against: Annotated[
        Literal["arm", "AI"],
        typer.Option(help="The other side: the same readers with the AI's help, or the AI alone."),
    ] = "arm",
    discs: Annotated[int, typer.Option(min=1, help="Discs of a patient.")] = 5,
    prevalence: Annotated[float, typer.Option(help="The share of diseased discs.")] = 0.3,
    within_patient: Annotated[
        float, typer.Option(help="Latent correlation of two discs of a patient in one read.")
    ] = 0.3,
    between_reads: Annotated[float, typer.Option(help="Latent correlation of two reads of one disc.")] = 0.5,
    reader_variance: Annotated[float, typer.Option(help="Of readers' skill, on the probit scale.")] = 0.05,
    reader_arm_variance: Annotated[
        float, typer.Option(help="Of each reader in either arm besides, on the probit scale.")
    ] = 0.01,
    repetitions: Annotated[int, typer.Option(min=1, help="Simulated studies for each row.")] = 1000,
    seed: Annotated[int, typer.Option(min=0)] = 1,
    out: Annotated[
        Path | None, typer.Option(help="The folder for power.csv, power.json and power.png.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print power.json instead of the table.")] = False,
) -> None:
    """How many readers and cases a study needs: the share of simulated studies with p < 0.05.

    Example: `discern power --readers 3 --readers 5 --cases 50 --cases 100 --sensitivity .85 --difference .08`
    """
    from stats.power import PairedStudy, power_table

    merit: Literal["sensitivity", "specificity"] = "specificity" if sensitivity is None else "sensitivity"
    first = specificity if sensitivity is None else sensitivity
    if first is None or (sensitivity is not None and specificity is not None):
        raise typer.BadParameter(
            "give one of the two, the endpoint", param_hint="--sensitivity, --specificity"
        )
    try:
        study = PairedStudy(
            first,
            round(first + difference, 9),
            merit,
            against,
            discs,
            prevalence,
            within_patient,
            between_reads,
            reader_variance,
            reader_arm_variance,
        )
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    with progress_bar("designs", len(readers) * len(cases)) as advance:
        table = power_table(study, readers, cases, repetitions, seed, advance)
    said = {
        "study": asdict(study),
        "repetitions": repetitions,
        "seed": seed,
        "power": table.to_dict("records"),
    }
    if as_json:
        print(json.dumps(said, indent=2))
    else:
        _print(table, study, repetitions)
    if out is not None:
        _write(out, table, study, json.dumps(said, indent=2) + "\n")
        (complaints if as_json else console).print(f"table and plot in {out}", soft_wrap=True)


def _print(table: "pd.DataFrame", study: "PairedStudy", repetitions: int) -> None:
    from reading.report.power_plot import endpoint_name
    from stats.mrmc import FIXED_READERS, RANDOM, claim

    title = f"power, {endpoint_name(study)}; {repetitions} simulated studies a row"
    shown = Table("readers", "cases", "power, % (95 %)", "note", title=title)
    for readers, cases, share, low, high in table.to_numpy().tolist():
        figures = f"{100 * share:.0f} ({100 * low:.0f} to {100 * high:.0f})"
        note = claim(int(readers), RANDOM if readers > 1 else FIXED_READERS)
        shown.add_row(f"{readers:g}", f"{cases:g}", figures, note)
    console.print(shown)


def _write(out: Path, table: "pd.DataFrame", study: "PairedStudy", said: str) -> None:
    from imaging.new_folder import write_whole
    from reading.report.power_plot import power_plot

    out.mkdir(parents=True, exist_ok=True)
    write_whole(out / "power.csv", table.to_csv(index=False))
    write_whole(out / "power.json", said)
    write_whole(out / "power.png", power_plot(table, study))
