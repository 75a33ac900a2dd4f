"""What readers said of discs: READINGS.csv, or the results of `discern read-study`.

A row for each disc, or box, of one reader's reading of one case in one arm. A reading that marked nothing
is one row without place and verdict: without it the case counts as not read.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from annotation.labels import DIAGNOSES
from axial.findings import Finding
from axial.result import StudyResult
from errors import BadInputError
from reading.table import PLACE_COLUMNS, DiscPlace, TableRow, read_table, write_table

AI = "AI"
"""The reader whose readings are the model's; its likelihoods are probabilities."""
AI_ARM = "standalone"
SIMULATED = "simulated "
"""So begin the names of all simulated readers."""
SCALE = (1, 2, 3, 4, 5)
"""The readers' scale of likelihood, from certainly not to certainly."""
LEAST_PROBABILITY = 0.5
"""From which a slip that nothing has measured counts as called."""
_REQUIRED = ("reader", "arm", "case", "patient", "verdict", "slip")
COLUMNS = (
    *_REQUIRED[:4],
    *PLACE_COLUMNS,
    *_REQUIRED[4:],
    "herniation_likelihood",
    "slip_likelihood",
    "seconds",
    "indeterminate",
)


@dataclass(frozen=True)
class DiscReading:
    """A reader's call of one disc.

    ``place`` is None in the one row of a reading that marked nothing. ``verdict``: normal, bulge or
    herniation; None there, and where the reader could not tell (``indeterminate``). ``slip``: None where
    nothing was said of it. Likelihoods: 1 to 5, of the AI 0 to 1; None where not given. ``seconds``: of the
    whole reading, the same in all of its rows. ``line``: in the file it is from, None where there is none.
    """

    reader: str
    arm: str
    case: str
    patient: str
    place: DiscPlace | None
    verdict: str | None
    slip: bool | None = None
    herniation_likelihood: float | None = None
    slip_likelihood: float | None = None
    seconds: float | None = None
    indeterminate: bool = False
    line: int | None = field(default=None, compare=False)

    @property
    def read(self) -> tuple[str, str, str]:
        """The reading that this is of: reader, arm and case."""
        return self.reader, self.arm, self.case


@dataclass(frozen=True)
class Readings:
    """All rows of a table; ``path`` is the file that errors name."""

    path: Path
    discs: tuple[DiscReading, ...]

    def with_ai(self, discs: tuple[DiscReading, ...]) -> "Readings":
        """The same with readings of the AI. Raises BadInputError where it has some already."""
        own = next((disc for disc in self.discs if disc.reader == AI), None)
        if own is not None:
            raise BadInputError(
                self.path, f"has readings of the {AI} already; give its results or these", own.line
            )
        return Readings(self.path, (*self.discs, *discs))


def read_readings(path: Path) -> Readings:
    """Read READINGS.csv: the columns ``reader, arm, case, patient, verdict, slip``, and ``level`` or
    ``image, xmin, ymin, xmax, ymax``; optional ``herniation_likelihood, slip_likelihood, seconds,
    indeterminate``.

    Raises BadInputError, with the line, where a cell is not what its column says, a disc stands twice in a
    reading, its rows differ in ``seconds``, a case is of two patients, or the AI has readings in two arms.
    """
    rows = read_table(path, _REQUIRED, COLUMNS)
    discs = tuple(_disc(row) for row in rows)
    _check_alike(rows, discs)
    return Readings(path, discs)


def write_readings(path: Path, discs: Iterable[DiscReading]) -> None:
    """Write READINGS.csv, whole or not at all. Raises OSError."""
    write_table(path, COLUMNS, (_cells(disc) for disc in discs))


def readings_of_result(
    result: StudyResult, patient: str, case: str | None = None, seconds: float | None = None
) -> tuple[DiscReading, ...]:
    """The AI's reading of a case, from the result of reading its study.

    ``case``: the study's name where not given; ``seconds``: where not given, those of the stages together,
    without the reading of files. Discs without a level are left out, and those of which nothing is said. A
    slip is called by its measure, where there is one, else from LEAST_PROBABILITY on.
    """
    took = sum(stage.seconds for stage in result.stages) if seconds is None else seconds
    found: list[Finding | None] = [
        item for item in result.findings if item.level and (item.verdict or _slip(item) is not None)
    ]
    return tuple(
        DiscReading(
            AI,
            AI_ARM,
            case or result.study,
            patient,
            DiscPlace(finding.level) if finding else None,
            finding.verdict if finding else None,
            _slip(finding) if finding else None,
            finding.probabilities.get(DIAGNOSES[-1]) if finding else None,
            finding.slip_probability if finding else None,
            took or None,
            indeterminate=finding is not None and finding.verdict is None,
        )
        for finding in found or [None]
    )


def _slip(finding: Finding) -> bool | None:
    if finding.slip is not None:
        return finding.slip.grade > 0
    return None if finding.slip_probability is None else finding.slip_probability >= LEAST_PROBABILITY


def _disc(row: TableRow) -> DiscReading:
    reader, place = row.text("reader"), row.place()
    verdict, indeterminate = row.one_of("verdict", DIAGNOSES), row.flag("indeterminate") or False
    if verdict is not None and place is None:
        raise row.error("a verdict without a disc; give its level, or its image and box")
    if verdict is None and place is not None and not indeterminate:
        raise row.error(f"no verdict; write one of {', '.join(DIAGNOSES)}, or 1 under indeterminate")
    seconds = row.number("seconds")
    if seconds is not None and seconds <= 0:
        raise row.error("seconds is not above 0; write how long the case took, or leave it empty")
    return DiscReading(
        reader,
        row.text("arm"),
        row.text("case"),
        row.text("patient"),
        place,
        verdict,
        row.flag("slip"),
        _likelihood(row, "herniation_likelihood", reader),
        _likelihood(row, "slip_likelihood", reader),
        seconds,
        indeterminate,
        row.line,
    )


def _likelihood(row: TableRow, column: str, reader: str) -> float | None:
    value = row.number(column)
    if value is None or (0 <= value <= 1 if reader == AI else value in SCALE):
        return value
    form = "a probability from 0 to 1" if reader == AI else f"a whole number from {SCALE[0]} to {SCALE[-1]}"
    raise row.error(f"{column} is not {form}; write one, or leave it empty")


def _check_alike(rows: Iterable[TableRow], discs: Iterable[DiscReading]) -> None:
    """What the rows of one reading, one case and the AI must have in common."""
    levels: set[tuple[str, ...]] = set()
    seconds: dict[tuple[str, ...], float | None] = {}
    patients: dict[str, str] = {}
    arms: set[str] = set()
    for row, disc in zip(rows, discs, strict=True):
        if disc.place is not None and disc.place.level is not None:
            level = (*disc.read, disc.place.level)
            if level in levels:
                raise row.error("the same level twice in one reading; remove one row")
            levels.add(level)
        if seconds.setdefault(disc.read, disc.seconds) != disc.seconds:
            raise row.error(
                "other seconds than in the reading's first row; write the same in all of its rows"
            )
        if patients.setdefault(disc.case, disc.patient) != disc.patient:
            raise row.error("another patient than in the case's first row; a case is of one patient")
        arms.update([disc.arm] if disc.reader == AI else [])
        if len(arms) > 1:
            raise row.error("readings of the AI in two arms; it reads alone, in one")


def _cells(disc: DiscReading) -> list[str]:
    place = disc.place or DiscPlace()
    return [
        *disc.read,
        disc.patient,
        *place.cells(),
        disc.verdict or "",
        _cell(disc.slip),
        _cell(disc.herniation_likelihood),
        _cell(disc.slip_likelihood),
        _cell(disc.seconds),
        _cell(disc.indeterminate),
    ]


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:.10g}"
