"""The subcommand that scores a trained detector on patients whom it has not seen."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, cast, get_args

import typer

from commands.console import console, progress_bar, warn
from commands.detection import PatientPattern, Threads
from models.runtimes import DEFAULT, RuntimeName

app = typer.Typer()
_RUNTIMES = get_args(RuntimeName)


@app.command()
def evaluate(
    model: Annotated[Path, typer.Argument(help="A model folder, as `discern train` writes it.")],
    data: Annotated[Path, typer.Option(help="A cohort folder of other patients than the model's.")],
    runtime: Annotated[
        list[str] | None,
        typer.Option(
            help="What computes; give it again for more, and each is set beside the first. "
            f"One of {', '.join(_RUNTIMES)}; default: {DEFAULT}."
        ),
    ] = None,
    view: Annotated[
        str | None, typer.Option(help="The view it was trained in, where that is a YAML file of yours.")
    ] = None,
    kind: Annotated[
        list[str] | None, typer.Option(help="Only pictures of series of this kind; again for more.")
    ] = None,
    threads: Threads = 2,
    patient_pattern: PatientPattern = None,
    out: Annotated[Path | None, typer.Option(help="Write the figures as JSON.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print them as JSON instead of the table.")] = False,
) -> None:
    """Score a trained detector on patients whom it has not seen: AP of each class and their mean.

    In several runtimes it tells what the faster one costs: differences to the first, with their intervals.

    Example: `discern evaluate my-model --data other-patients --runtime onnxruntime --runtime openvino-bf16`
    """
    from benchmarks.evaluation import evaluate as score
    from benchmarks.results import without_nan
    from benchmarks.terminal import print_evaluation
    from benchmarks.trial import Source
    from detectors.model_folder import read_card
    from imaging.new_folder import check_writable, write_whole

    unknown = [name for name in runtime or [] if name not in _RUNTIMES]
    if unknown:
        raise typer.BadParameter(
            f"{unknown[0]!r} is not one of {', '.join(_RUNTIMES)}", param_hint="--runtime"
        )
    runtimes = cast(list[RuntimeName], list(dict.fromkeys(runtime or [DEFAULT])))
    source = Source(data, patient_pattern, None, view or read_card(model).view, tuple(kind or ()))
    if out is not None:
        check_writable(out)
    with progress_bar("images") as advance:
        evaluation = score(model, source, runtimes, threads, advance)
    if evaluation.left_out:
        warn(f"images that cannot be used: {evaluation.left_out}; `discern check` says why")
    said = json.dumps(without_nan(asdict(evaluation)), indent=1, ensure_ascii=False) + "\n"
    if out is not None:
        write_whole(out, said)
    if as_json:
        print(said, end="")
    else:
        print_evaluation(evaluation, console)
