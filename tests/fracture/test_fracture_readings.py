"""The table of what readers said of fractures."""

from pathlib import Path

import pytest

from errors import BadInputError
from fracture.readings import FractureReading, read_fracture_readings

HEAD = "reader,experience,patient,answer,likelihood\n"


def test_a_table_is_read(tmp_path: Path) -> None:
    readings = (
        FractureReading("Anna", "senior radiologist", "p1", "malignant", 5),
        FractureReading("Ben", "resident, first year", "p1", "benign"),
    )
    path = tmp_path / "readings.csv"
    path.write_text(
        HEAD + 'Anna,senior radiologist,p1,malignant,5\nBen,"resident, first year",p1,benign,\n',
        encoding="utf-8",
    )
    assert read_fracture_readings(path) == readings


def test_likelihoods_may_be_left_out(tmp_path: Path) -> None:
    path = tmp_path / "readings.csv"
    path.write_text("reader,experience,patient,answer\nAnna,senior,p1,benign\n", encoding="utf-8")
    assert read_fracture_readings(path)[0].likelihood is None


@pytest.mark.parametrize(
    ("rows", "line", "reason"),
    [
        ("Anna,senior,p1,perhaps,3\n", 2, "answer is none of benign, malignant"),
        ("Anna,senior,p1,,3\n", 2, "no answer"),
        ("Anna,senior,p1,benign,6\n", 2, "likelihood is none of 1, 2"),
        ("Anna,,p1,benign,1\n", 2, "no experience"),
        ("Anna,senior,p1,benign,1\nAnna,senior,p1,malignant,4\n", 3, "answered on this patient already"),
        ("Anna,senior,p1,benign,1\nAnna,junior,p2,benign,1\n", 3, "another experience"),
        ("", None, "no rows"),
    ],
)
def test_a_table_that_cannot_be_used_is_named_with_its_line(
    tmp_path: Path, rows: str, line: int | None, reason: str
) -> None:
    path = tmp_path / "readings.csv"
    path.write_text(HEAD + rows, encoding="utf-8")
    with pytest.raises(BadInputError, match=reason) as error:
        read_fracture_readings(path)
    assert error.value.line == line
