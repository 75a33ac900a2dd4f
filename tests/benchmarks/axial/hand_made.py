"""Results of studies beside what is right of them, made by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from annotation.labels import DIAGNOSES
from axial.findings import Finding, Measure, Opinion, Side, Slip
from axial.reading import STAGES
from axial.result import SliceResult, StageRun, StudyResult, VertebraResult
from benchmarks.axial.reference import DiscOnSlice, StudyReference
from benchmarks.axial.scoring import ReadStudy
from data.phantom.disease import State
from data.phantom.landmarks import DiscLandmarks
from imaging.geometry import SliceGeometry

Edges = tuple[float, float, float, float]
BOX: Edges = (10.0, 10.0, 30.0, 30.0)
NAMES = ("S1", "L5", "L4", "L3")


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


def finding(level: str, state: str) -> Finding:
    """A disc of which the axial pictures alone say something."""
    return Finding(level, level, state, {}, (Opinion("axial", state, {}, ()),), False, 0.9)


def disc(level: str, state: State = "normal", **truth: Any) -> DiscLandmarks:
    """What is true of a disc: no slip, 10 mm high and a herniation of 6 mm, unless given."""
    ends = {"foot": (0.0, 0.0, 0.0), "summit": (0.0, 6.0, 0.0)} if state == "herniation" else {}
    ordinary = DiscLandmarks(
        level, (0, 0, 0), (0, 0, 1), 10.0, state, "central" if ends else "none", 0.0, 0.0, 0, 2.0, **ends
    )
    return replace(ordinary, **truth)


def opinion(side: Side, state: str, share: float = 0.8) -> Opinion:
    """A side's verdict, with the probability of that state."""
    rest = (1 - share) / 2
    return Opinion(side, state, {name: share if name == state else rest for name in DIAGNOSES}, ())


def slip(distance: float, grade: int = 0) -> Slip:
    """A slip whose interval reaches 1 mm to each side."""
    return Slip(measure(distance), measure(2.5 * distance), grade)


def measure(value: float, width: float = 1.0) -> Measure:
    return Measure(value, value - width, value + width)


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
    object_states: Mapping[str, State] | None = None,
    discs: Mapping[str, DiscLandmarks] | None = None,
    findings: Sequence[Finding] | None = None,
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
            findings=tuple(findings or (finding(level, state) for level, state in (verdicts or {}).items())),
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
            discs=discs or {level: disc(level, state) for level, state in (object_states or {}).items()},
        ),
        {name: place(item.level) for name, item in named.items()},
    )


def _result(name: str, item: Slice) -> SliceResult:
    if item.said is None:
        return SliceResult(name, "", item.said_level)
    shares = {state: 0.9 if state == item.said else 0.05 for state in DIAGNOSES}
    return SliceResult(name, "", item.said_level, edges=BOX, verdict=item.said, probabilities=shares)
