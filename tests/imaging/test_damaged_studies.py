"""More than a hundred damaged studies: each is named, nothing is half-written, and the batch goes on."""

import csv
from pathlib import Path

import pytest
from damaged_studies import Case, cases, healthy_study

from imaging.deidentified_studies import deidentify_studies
from imaging.export import export_studies
from imaging.pseudonyms import PseudonymKey

CASES = list(cases())
KEY = PseudonymKey(bytes(32))
HEALTHY = 6
"""Images of a healthy study."""


def test_there_are_more_than_a_hundred() -> None:
    assert len(CASES) >= 100
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_damaged_study_is_named_and_the_batch_goes_on(case: Case, tmp_path: Path) -> None:
    healthy_study(tmp_path / "damaged")
    named = case.damage(tmp_path / "damaged")
    source = named if case.whole else tmp_path / "damaged"
    healthy_study(tmp_path / "healthy", "patient-9")
    out = tmp_path / "out"
    report = export_studies([source, tmp_path / "healthy"], out, KEY)
    complaints = [str(error) for error in report.left_out]
    assert complaints
    assert any(str(named) in complaint for complaint in complaints), complaints
    # Of the damaged study the images that are not damaged are there too.
    assert report.written == HEALTHY if case.whole else report.written >= 2 * HEALTHY - 1
    with (out / "images.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert sorted(row["image"] for row in rows) == sorted(path.name for path in (out / "images").iterdir())
    assert {path.name for path in tmp_path.iterdir()} <= {"damaged", "damaged.zip", "healthy", "out"}


@pytest.mark.parametrize("case", [case for case in CASES if case.whole], ids=lambda case: case.name)
def test_nothing_is_written_of_a_study_that_cannot_be_used(case: Case, tmp_path: Path) -> None:
    healthy_study(tmp_path / "damaged")
    named = case.damage(tmp_path / "damaged")
    for batch in (export_studies, deidentify_studies):
        report = batch([named], tmp_path / "out", KEY)
        assert report.written == 0
        assert report.left_out
        assert not (tmp_path / "out").exists()
