"""What readers said of fractures: readings.csv, a row for each reader and patient.

Columns ``reader``, ``experience`` (such as "resident, first year"), ``patient``, ``answer`` (benign or
malignant) and, where it was asked, ``likelihood`` of malignancy from 1 to 5. Readers whose name begins with
"simulated " are no people.
"""

from dataclasses import dataclass
from pathlib import Path

from data.table import TableRow, read_table
from fracture.causes import CAUSES

READINGS_FILE = "readings.csv"
"""In a cohort folder."""
SIMULATED = "simulated "
SCALE = ("1", "2", "3", "4", "5")
"""The readers' scale of likelihood, from certainly benign to certainly malignant."""
_REQUIRED = ("reader", "experience", "patient", "answer")
COLUMNS = (*_REQUIRED, "likelihood")


@dataclass(frozen=True)
class FractureReading:
    """``likelihood``: 1 to 5, None where it was not asked."""

    reader: str
    experience: str
    patient: str
    answer: str
    likelihood: int | None = None


def read_fracture_readings(path: Path) -> tuple[FractureReading, ...]:
    """Read readings.csv. Raises BadInputError, with the line, where a cell is not what its column says or a
    reader has two answers on a patient or two experiences."""
    rows = read_table(path, _REQUIRED, COLUMNS)
    readings = tuple(_reading(row) for row in rows)
    seen: set[tuple[str, str]] = set()
    experience: dict[str, str] = {}
    for row, reading in zip(rows, readings, strict=True):
        if (reading.reader, reading.patient) in seen:
            raise row.error("this reader has answered on this patient already; remove one row")
        if experience.setdefault(reading.reader, reading.experience) != reading.experience:
            raise row.error("this reader has another experience above; write the same in all rows")
        seen.add((reading.reader, reading.patient))
    return readings


def _reading(row: TableRow) -> FractureReading:
    answer, likelihood = row.one_of("answer", CAUSES), row.one_of("likelihood", SCALE)
    if answer is None:
        raise row.error("no answer in this row; write benign or malignant")
    return FractureReading(
        row.text("reader"),
        row.text("experience"),
        row.text("patient"),
        answer,
        None if likelihood is None else int(likelihood),
    )
