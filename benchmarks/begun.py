"""The folder of a benchmark that is begun once and gone on with: which one it is, and its folds."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from data.cohort import Cohort
from data.folds import Folds, read_folds, write_folds
from errors import BadInputError
from imaging.new_folder import write_whole


def begun_folds(
    folder: Path, identity: dict[str, Any], cohort: Cohort, make: Callable[[], Folds], data: Path
) -> Folds:
    """The folds of the benchmark in a folder; made, with what the benchmark is (``benchmark.json``), where it
    is not begun yet.

    Raises BadInputError where the folder holds another benchmark, or the cohort in ``data`` cannot be dealt
    into folds.
    """
    started, folds_file = folder / "benchmark.json", folder / "folds.json"
    if started.exists():
        if _begun_as(started) != identity:
            raise BadInputError(
                folder,
                "holds a benchmark of another protocol, data, thread count or version; choose another --out",
            )
        return read_folds(folds_file, cohort)
    try:
        folds = make()
    except ValueError as error:
        raise BadInputError(data, str(error)) from None
    folder.mkdir(parents=True, exist_ok=True)
    write_folds(folds, folds_file)
    write_whole(started, json.dumps(identity, indent=2) + "\n")
    return folds


def _begun_as(started: Path) -> object:
    try:
        return json.loads(started.read_text(encoding="utf-8"))
    except ValueError:
        raise BadInputError(started, "damaged; choose another --out, or remove this folder") from None
