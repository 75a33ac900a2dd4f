"""Subcommands on annotations."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from commands.console import complaints, console

app = typer.Typer()


@app.command()
def check(
    folder: Annotated[
        Path, typer.Argument(help="Images and LabelImg's XML, side by side or in images/ and annotations/.")
    ],
    labels: Annotated[str, typer.Option(help="Label set: an embedded name or a .txt file.")] = "lumbar",
    fix: Annotated[
        bool, typer.Option("--fix", help="Mend what is safe; every changed file is backed up first.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the problems as JSON.")] = False,
) -> None:
    """Find every problem in a folder of annotations; exit code 1 where there are errors.

    Example: `discern check data/lumbar --fix`
    """
    from annotation.checking.fixing import fix_folder
    from annotation.checking.folder import check_folder
    from annotation.checking.rendering import as_dict, print_fixes, print_report
    from annotation.labels import named_label_set

    label_set = named_label_set(labels)
    if fix:
        print_fixes(fix_folder(folder, label_set), complaints if as_json else console)
    report = check_folder(folder, label_set)
    if as_json:
        print(json.dumps(as_dict(report), indent=2, ensure_ascii=False))
    else:
        print_report(report, console)
    if report.count("error"):
        sys.exit(1)
