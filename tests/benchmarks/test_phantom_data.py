"""The phantoms of a protocol: made once, gone on with, and never taken for others."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.phantom_data import PhantomData
from errors import BadInputError


def test_phantoms_are_made_once_and_gone_on_with(tmp_path: Path) -> None:
    data, counted = PhantomData(patients=1, slices=1), list[int]()
    cohort = data.make(tmp_path / "phantom", 1, counted.append)
    made = {path.relative_to(cohort): path.read_bytes() for path in cohort.rglob("*.png")}
    assert len(made) == 1 and counted == [1]
    assert data.make(tmp_path / "phantom", 1, counted.append) == cohort and counted == [1]

    # Killed after the studies were made, in the middle of the export.
    shutil.rmtree(cohort)
    (tmp_path / "phantom/.unlabelled/images").mkdir(parents=True)
    assert data.make(tmp_path / "phantom", 1, counted.append) == cohort and counted == [1]
    assert {path.relative_to(cohort): path.read_bytes() for path in cohort.rglob("*.png")} == made

    with pytest.raises(BadInputError, match="holds other phantoms"):
        replace(data, seed=5).make(tmp_path / "phantom", 1, counted.append)
