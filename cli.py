"""The command line: ``discern``, its subcommands by theme in ``commands/``."""

import sys

import typer

from commands import (
    agree,
    annotate,
    annotation,
    axial,
    benchmark,
    compare,
    convert,
    demonstration,
    detection,
    evaluate,
    fracture,
    imports,
    invite,
    machine_help,
    power,
    read_study,
    scale,
    simulate_null,
    speed,
    studies,
    teamwork,
)
from commands import app as serve
from commands.console import complain, complaints
from errors import BadInputError

_INTERRUPTED = 130
"""Typer's exit code after Ctrl-C."""

app = typer.Typer(
    name="discern",
    help="Spine MR lesion detection: DICOM studies and LabelImg boxes in, honest detector benchmarks out.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
for theme in (
    studies,
    imports,
    convert,
    annotate,
    annotation,
    teamwork,
    agree,
    machine_help,
    benchmark,
    detection,
    evaluate,
    axial,
    fracture,
    read_study,
    compare,
    power,
    simulate_null,
    speed,
    scale,
    demonstration,
    invite,
    serve,
):
    app.add_typer(theme.app)


def main() -> None:
    """Run the command line: bad input is one sentence on stderr and exit code 1."""
    try:
        app()
    except BadInputError as error:
        complain(error)
        sys.exit(1)
    except OSError as error:
        if error.filename is None:
            raise
        complain(BadInputError(error.filename, f"{error.strerror}; check the path and its permissions"))
        sys.exit(1)
    except SystemExit as end:
        if end.code == _INTERRUPTED:
            complaints.print(
                "interrupted; a benchmark, an import or a batch of studies goes on with the same command",
                soft_wrap=True,
            )
        raise


if __name__ == "__main__":
    main()
