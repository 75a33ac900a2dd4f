"""What readers said of discs: READINGS.csv, or the results of `discern read-study`.

A row for each disc, or box, of one reader's reading of one case in one arm. A reading that marked nothing
is one row without place and verdict: without it the case counts as not read.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from annotation.labels import LUMBAR, Grading
from axial.findings import Finding
from axial.result import StudyResult
from data.table import TableRow, read_table, write_table
from errors import BadInputError
from reading.table import PLACE_COLUMNS, DiscPlace, disc_place

AI = "AI"
"""The reader whose readings are the model's; its likelihoods are probabilities."""
AI_ARM = "standalone"
SIMULATED = "simulated "
"""So begin the names of all simulated readers."""
SCALE = (1, 2, 3, 4, 5)
"""The readers' scale of likelihood, from certainly not to certainly."""
LEAST_PROBABILITY = 0.5
"""From which a slip that nothing has measured counts as called."""
_READ = ("reader", "arm", "case", "patient")


def columns_of(grading: Grading) -> tuple[str, ...]:
    """The columns of READINGS.csv."""
    slip, slip_likelihood = (("slip",), ("slip_likelihood",)) if grading.slip else ((), ())
    likelihoods = (likelihood_column(grading), *slip_likelihood)
    return (*_READ, *PLACE_COLUMNS, "verdict", *slip, *likelihoods, "seconds", "indeterminate")


def likelihood_column(grading: Grading) -> str:
    """What tables call the likelihood of a grading's lesion."""
    return f"{grading.lesion}_likelihood"


@dataclass(frozen=True)
class DiscReading:
    """A reader's call of one disc.

    ``place`` is None in the one row of a reading that marked nothing. ``verdict``: one of the grading's
    states, such as normal, bulge or herniation; None there, and where the reader could not tell
    (``indeterminate``). ``slip``: None where nothing was said of it. Likelihoods, of the grading's lesion and
    of a slip: 1 to 5, of the AI 0 to 1; None where not given. ``seconds``: of the whole reading, the same in
    all of its rows. ``line``: in the file it is from, None where there is none.
    """

    reader: str
    arm: str
    case: str
    patient: str
    place: DiscPlace | None
    verdict: str | None
    slip: bool | None = None
    lesion_likelihood: float | None = None
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


def read_readings(path: Path, grading: Grading = LUMBAR) -> Readings:
    """Read READINGS.csv: the columns ``reader, arm, case, patient, verdict, slip``, and ``level`` or
    ``image, xmin, ymin, xmax, ymax``; optional ``herniation_likelihood, slip_likelihood, seconds,
    indeterminate``. So for lumbar discs; of a ``grading`` without slips nothing is said of them, and the
    first likelihood is called after its lesion.

    Raises BadInputError, with the line, where a cell is not what its column says, a disc stands twice in a
    reading, its rows differ in ``seconds``, a case is of two patients, or the AI has readings in two arms.
    """
    required = (*_READ, "verdict", *(("slip",) if grading.slip else ()))
    rows = read_table(path, required, columns_of(grading))
    discs = tuple(_disc(row, grading) for row in rows)
    _check_alike(rows, discs)
    return Readings(path, discs)


def write_readings(path: Path, discs: Iterable[DiscReading], grading: Grading = LUMBAR) -> None:
    """Write READINGS.csv, whole or not at all. Raises OSError."""
    write_table(path, columns_of(grading), (_cells(disc, grading) for disc in discs))


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
            lesion_probability(finding.probabilities, LUMBAR) if finding else None,
            finding.slip_probability if finding else None,
            took or None,
            indeterminate=finding is not None and finding.verdict is None,
        )
        for finding in found or [None]
    )


def lesion_probability(probabilities: Mapping[str, float], grading: Grading) -> float | None:
    """How probable a grading's lesion is; None where nothing is known of any of its states."""
    known = [probabilities[name] for name in grading.lesion_states if name in probabilities]
    return min(sum(known), 1.0) if known else None


def _slip(finding: Finding) -> bool | None:
    if finding.slip is not None:
        return finding.slip.grade > 0
    return None if finding.slip_probability is None else finding.slip_probability >= LEAST_PROBABILITY


def _disc(row: TableRow, grading: Grading) -> DiscReading:
    reader, place = row.text("reader"), disc_place(row)
    verdict, indeterminate = row.one_of("verdict", grading.states), row.flag("indeterminate") or False
    if verdict is not None and place is None:
        raise row.error("a verdict without a disc; give its level, or its image and box")
    if verdict is None and place is not None and not indeterminate:
        raise row.error(f"no verdict; write one of {', '.join(grading.states)}, or 1 under indeterminate")
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
        _likelihood(row, likelihood_column(grading), reader),
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


def _cells(disc: DiscReading, grading: Grading) -> list[str]:
    place = disc.place or DiscPlace()
    slip, slip_likelihood = (
        ([_cell(value)] if grading.slip else []) for value in (disc.slip, disc.slip_likelihood)
    )
    return [
        *disc.read,
        disc.patient,
        *place.cells(),
        disc.verdict or "",
        *slip,
        _cell(disc.lesion_likelihood),
        *slip_likelihood,
        _cell(disc.seconds),
        _cell(disc.indeterminate),
    ]


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:.10g}"
