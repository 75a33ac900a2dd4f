"""Results of studies beside what is right of them, made by hand."""

from dataclasses import dataclass

from annotation.labels import DIAGNOSES
from axial.result import DiscResult, SliceResult, StageRun, StudyResult, VertebraResult
from benchmarks.axial.reference import DiscOnSlice, StudyReference
from benchmarks.axial.scoring import ReadStudy
from imaging.geometry import SliceGeometry

Edges = tuple[float, float, float, float]
BOX: Edges = (10.0, 10.0, 30.0, 30.0)
NAMES = ("S1", "L5", "L4", "L3")
STAGES = ("vertebrae", "levels", "disc regions", "classification")


def body(step: int, shift: float = 0.0) -> Edges:
    """The box of a vertebra so many steps above S1."""
    return (50.0 + shift, 300.0 - 34 * step, 80.0 + shift, 324.0 - 34 * step)


def place(level: str | None) -> SliceGeometry:
    """An axial slice half-way between two vertebrae; far below them where there is no level."""
    steps = [NAMES.index(name) for name in level.split("-")] if level else [-10]
    height = 34.0 * sum(steps) / len(steps)
    return SliceGeometry((-40, -40, height), (1, 0, 0), (0, 1, 0), (1, 1), 80, 80, 4)


@dataclass(frozen=True)
class Slice:
    """What a slice shows (None: no disc), and what was said of it (None: nothing)."""

    level: str | None
    state: str = "normal"
    said_level: str | None = None
    said: str | None = None


def right(level: str, state: str) -> Slice:
    """A slice of which all that was said is right."""
    return Slice(level, state, level, state)


def study(
    *slices: Slice,
    patient: str = "p",
    doubtful: str = "",
    doubts: tuple[str, ...] = (),
    vertebrae: tuple[VertebraResult, ...] | None = None,
    partly: frozenset[str] = frozenset(),
    verdicts: dict[str, str] | None = None,
    states: dict[str, str] | None = None,
    object_states: dict[str, str] | None = None,
) -> ReadStudy:
    """A study with slices "1", "2", … in the middle of their discs; its vertebrae are right unless given."""
    named = {str(number): item for number, item in enumerate(slices, start=1)}
    found = tuple(VertebraResult(name, body(step), None, 0.9) for step, name in enumerate(NAMES))
    return ReadStudy(
        StudyResult(
            study=patient,
            sagittal="middle",
            vertebrae=found if vertebrae is None else vertebrae,
            doubts=doubts,
            slices=tuple(_result(name, item) for name, item in named.items()),
            discs=tuple(DiscResult(level, state, {}, (), 0.9) for level, state in (verdicts or {}).items()),
            stages=tuple(StageRun(name, True, seconds=0.1) for name in STAGES),
            models=(),
        ),
        StudyReference(
            study=patient,
            patient=patient,
            vertebrae={name: body(step) for step, name in enumerate(NAMES)},
            partly=partly,
            centres={name: (0.0, 0.0, 34.0 * step) for step, name in enumerate(NAMES)},
            doubtful=doubtful,
            slices={
                name: DiscOnSlice(item.level, item.state, BOX) if item.level else None
                for name, item in named.items()
            },
            states=states or {},
            object_states=object_states or {},
        ),
        {name: place(item.level) for name, item in named.items()},
    )


def _result(name: str, item: Slice) -> SliceResult:
    if item.said is None:
        return SliceResult(name, "", item.said_level)
    shares = {state: 0.9 if state == item.said else 0.05 for state in DIAGNOSES}
    return SliceResult(name, "", item.said_level, edges=BOX, verdict=item.said, probabilities=shares)
