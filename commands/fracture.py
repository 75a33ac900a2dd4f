"""Subcommands of the fracture system: train and use its classifier, and test a radiologist's features."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from commands.console import console, say_runtime
from commands.detection import Runtime, Threads
from errors import BadInputError
from models.runtimes import DEFAULT, RuntimeName

if TYPE_CHECKING:
    from axial.result import ModelIdentity
    from fracture.lesion import Lesion
    from fracture.result import FractureResult
    from imaging.study import Study

app = typer.Typer()


@app.command(name="train-fracture")
def train_fracture(
    data: Annotated[
        Path, typer.Option(help="Exported sagittal T1 and T2 series with the label set `fracture`.")
    ],
    out: Annotated[Path, typer.Option(help="The model folder to make.")],
    protocol: Annotated[str, typer.Option(help="An embedded name or a YAML file.")] = "fracture",
    quick: Annotated[bool, typer.Option("--quick", help="The protocol's quick form.")] = False,
    threads: Threads = 2,
) -> None:
    """Train the classifier of benign and malignant fractures on all patients of a cohort.

    Example: `discern train-fracture --data cohort --out fracture-model`
    """
    from benchmarks.fracture.benchmark import train_fracture as train
    from benchmarks.fracture.protocol import read_fracture_protocol

    train(read_fracture_protocol(protocol, quick), data, out, threads, console)


@app.command(name="classify-fracture")
def classify_fracture(
    study: Annotated[
        Path, typer.Argument(help="A study: a folder, ZIP or DICOMDIR with sagittal T1 and T2.")
    ],
    model: Annotated[Path, typer.Option(help="A folder that `discern train-fracture` made.")],
    box: Annotated[
        Path | None,
        typer.Option(
            help="LabelImg's XML with one box, around the abnormal vertebra on a sagittal T2 slice."
        ),
    ] = None,
    vertebrae: Annotated[
        Path | None,
        typer.Option(help="Instead: the model folder of a detector of vertebrae; give --level too."),
    ] = None,
    level: Annotated[str | None, typer.Option(help="Which vertebra is abnormal, such as L1.")] = None,
    number: Annotated[
        int | None,
        typer.Option(
            "--slice",
            min=1,
            help="The lesion slice, counted from the patient's right; by default the number at the end of "
            "the XML's name, or with --vertebrae the middle slice.",
        ),
    ] = None,
    activation: Annotated[
        Path | None, typer.Option(help="Write a PNG of the class activation map over the lesion slice.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write the result as JSON.")] = None,
    threads: Threads = 2,
    runtime: Runtime = DEFAULT,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Say whether a vertebral fracture is benign or malignant, from T1 and T2 of its slice and the two beside
    it.

    Example: `discern classify-fracture study --model fracture-model --box annotations/p1_s2_005.xml`
    """
    from fracture.activation import activation_picture
    from fracture.classification import classify, open_fracture_model
    from imaging.new_folder import write_whole

    if (box is None) == (vertebrae is None) or (vertebrae is None) != (level is None):
        raise typer.BadParameter("give --box, or --vertebrae and --level")
    opened = open_fracture_model(model, threads, runtime)
    say_runtime(runtime, [opened.classifier.runtime])
    read = _read_study(study)
    lesion, detector = _lesion(read, study, box, vertebrae, level, number, threads, runtime)
    try:
        result = classify(opened, lesion, detector, with_activation=activation is not None)
    except ValueError as error:
        raise BadInputError(study, str(error)) from None
    if activation is not None:
        write_whole(activation, activation_picture(lesion, result))
    if out is not None:
        result.write(out)
    if as_json:
        print(result.as_json(), end="")
    else:
        _print(result)


@app.command(name="fracture-features")
def fracture_features(
    features: Annotated[
        Path, typer.Argument(help="A table: patient, cause (benign, malignant), and features as 0 and 1.")
    ],
    out: Annotated[Path | None, typer.Option(help="Write the figures as a CSV table.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Test each binary feature of a radiologist: how it tells malignant from benign fractures.

    Example: `discern fracture-features features.csv`
    """
    from benchmarks.fracture.tables import write_features_csv
    from benchmarks.fracture.terminal import print_features
    from benchmarks.results import without_nan
    from fracture.features import feature_tests, read_features

    if out is not None and out.resolve() == features.resolve():
        raise typer.BadParameter("is the table that is read; name another file", param_hint="--out")
    tests = feature_tests(read_features(features))
    if out is not None:
        write_features_csv(tests, out)
    if as_json:
        print(json.dumps(without_nan([asdict(item) for item in tests]), indent=1, ensure_ascii=False))
    else:
        print_features(tests, console)


def _read_study(source: Path) -> "Study":
    from imaging.reading import read_studies

    found = read_studies(source)
    if len(found) > 1:
        raise BadInputError(source, f"holds {len(found)} studies; give the folder of one")
    return found[0]


def _lesion(
    study: "Study",
    source: Path,
    box: Path | None,
    vertebrae: Path | None,
    level: str | None,
    number: int | None,
    threads: int,
    runtime: RuntimeName,
) -> "tuple[Lesion, ModelIdentity | None]":
    """The lesion, and the detector that found it if one did."""
    from axial.models import model_identity
    from fracture.study_lesion import lesion_by_box, lesion_by_level
    from fracture.vertebra import open_vertebra_detector

    name = source.stem if source.is_file() else source.resolve().name
    if box is not None:
        return lesion_by_box(study, name, box, number), None
    assert vertebrae is not None and level is not None, "the options were checked"
    detector = open_vertebra_detector(vertebrae, with_names=True, threads=threads, runtime=runtime)
    say_runtime(runtime, [detector.runtime])
    identity = model_identity("vertebrae", vertebrae, detector.card.detector)
    return lesion_by_level(study, name, detector, level, number), identity


def _print(result: "FractureResult") -> None:
    probability = result.probabilities.get("malignant", 0.0)
    called = f" (called from {result.called_from:.2f} on)" if result.called_from is not None else ""
    said = f"[bold]{result.cause}[/bold], probability of malignancy {probability:.2f}{called}"
    console.print(f"{escape(result.study)}: {said}", highlight=False)
    console.print(
        f"vertebra marked by {escape(result.marked_by)}; {'; '.join(result.pictures)}", highlight=False
    )
    for warning in result.warnings:
        console.print(f"[yellow]warning:[/yellow] {escape(warning)}", highlight=False)
