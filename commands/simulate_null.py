"""Subcommand on what the tests of reader studies do where there is nothing to find."""

from pathlib import Path
from typing import Annotated

import typer

from commands.console import console, progress_bar

_FORMATS = (".csv", ".md")

app = typer.Typer()


@app.command()
def simulate_null(
    out: Annotated[Path, typer.Option(help="The table to write: .csv or .md.")],
    repetitions: Annotated[int, typer.Option(min=1, help="Simulated studies a scenario.")] = 4000,
    gee_repetitions: Annotated[int, typer.Option(min=0, help="Those of the slow marginal model.")] = 4000,
    patients: Annotated[int, typer.Option(min=2, help="Patients of a study.")] = 50,
    discs: Annotated[int, typer.Option(min=1, help="Discs of a patient.")] = 5,
    accuracy: Annotated[float, typer.Option(min=0.01, max=0.99, help="Of both readers.")] = 0.85,
    seed: Annotated[int, typer.Option(min=0)] = 1,
) -> None:
    """How often each test finds a difference between two equally good readers: it should be 5 %.

    Example: `discern simulate-null --repetitions 4000 --seed 1 --out null.md`
    """
    from stats.null_simulation import SCENARIOS, NullDesign
    from stats.null_simulation import simulate_null as simulate

    if out.suffix not in _FORMATS:
        raise typer.BadParameter(f"name a file that ends in {' or '.join(_FORMATS)}", param_hint="--out")
    design = NullDesign(patients, discs, accuracy)
    with progress_bar("simulated studies", repetitions * len(SCENARIOS)) as advance:
        table = simulate(repetitions, seed, gee_repetitions, design, advance)
    out.parent.mkdir(parents=True, exist_ok=True)
    rounded = table.round({"rejected": 4, "low": 4, "high": 4})
    if out.suffix == ".csv":
        rounded.to_csv(out, index=False)
    else:
        lines = [list(rounded.columns), ["---"] * rounded.shape[1], *rounded.astype(str).to_numpy().tolist()]
        out.write_text("".join(f"| {' | '.join(line)} |\n" for line in lines), encoding="utf-8")
    console.print(f"{len(table)} rejection rates in {out}", soft_wrap=True)
