"""What a reader says of a case: a call of each disc, as the page sends it and the store keeps it.

A single picture's discs have no levels: the reader draws a box around each, and they are called "1", "2", …
"""

import json
from dataclasses import field
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from annotation.labels import GRADINGS, LUMBAR
from reading.table import Edges

LONGEST_REMARK = 2000
"""Characters."""
STRICT = ConfigDict(extra="forbid", strict=True)
Likelihood = Annotated[int, Field(ge=1, le=5)]
LEAST_BOX = 4
"""Pixels of a drawn box's side; anything smaller is a slip of the hand."""
_LARGEST_PICTURE = 2**15
"""Pixels of a side."""
Edge = Annotated[float, Field(ge=0, le=_LARGEST_PICTURE, allow_inf_nan=False)]
Number = Annotated[str, Field(pattern="^[1-9][0-9]?$")]
_Read = TypeVar("_Read")


def _without_nul(text: str) -> str:
    """PostgreSQL keeps no text with a NUL in it."""
    if "\0" in text:
        raise ValueError("a NUL character")
    return text


def _known_state(name: str) -> str:
    if not any(name in grading.states for grading in GRADINGS.values()):
        raise ValueError("a state of no label set")
    return name


def _with_area(edges: Edges) -> Edges:
    xmin, ymin, xmax, ymax = edges
    if min(xmax - xmin, ymax - ymin) < LEAST_BOX:
        raise ValueError("a box without area")
    return edges


Remark = Annotated[str, Field(max_length=LONGEST_REMARK), AfterValidator(_without_nul)]
Verdict = Annotated[str, AfterValidator(_known_state)]
"""A state of a disc; of which label set, its study says."""
Drawn = Annotated[tuple[Edge, Edge, Edge, Edge], AfterValidator(_with_area)]
"""A box that a reader drew: xmin, ymin, xmax, ymax in pixels of the picture."""


@dataclass(frozen=True, config=STRICT)
class DiscCall:
    """One disc. ``verdict`` is None while nothing was said, and where the reader cannot tell
    (``indeterminate``). ``slip``: None while nothing was said; ``slip_grade``: Meyerding's, 0 where there is
    none. Likelihoods, of the lesion that the study rates and of a slip: 1 (certainly not) to 5."""

    verdict: Verdict | None = None
    indeterminate: bool = False
    slip: bool | None = None
    slip_grade: Annotated[int, Field(ge=0, le=5)] | None = None
    lesion_likelihood: Likelihood | None = None
    slip_likelihood: Likelihood | None = None
    remark: Remark = ""


@dataclass(frozen=True)
class Questions:
    """What is asked of every disc of a case. ``verdicts``: which may be given; ``slip`` and ``likelihoods``:
    whether these are asked for. ``boxes``: the reader draws the discs, and there are no ``levels``.
    ``lesion``: what the likelihood of a verdict is of, in a word."""

    levels: tuple[str, ...]
    verdicts: tuple[str, ...] = LUMBAR.states
    slip: bool = True
    likelihoods: bool = True
    boxes: bool = False
    lesion: str = LUMBAR.lesion


@dataclass(frozen=True, config=STRICT)
class ReadingForm:
    """The whole form: the ``discs`` by level, and a ``remark`` on the case. On a single picture the discs go
    by the numbers of their ``boxes``; ``nothing``: the reader says that there is none to mark."""

    discs: dict[str, DiscCall] = field(default_factory=dict)
    remark: Remark = ""
    boxes: dict[Number, Drawn] = field(default_factory=dict)
    nothing: bool = False

    def missing(self, questions: Questions) -> tuple[str, ...]:
        """What a commit still wants, a few words each: of every disc what is asked, and nothing that
        contradicts itself. A verdict is there too where it cannot be told."""
        if questions.boxes and self.nothing == bool(self.boxes):
            return ("the picture: a box around each disc, or else that there is nothing to mark",)
        levels = sorted(self.boxes, key=int) if questions.boxes else questions.levels
        return tuple(
            f"{level}: {word}"
            for level in levels
            for word in _missing(self.discs.get(level) or DiscCall(), questions)
        )

    def strange(self, questions: Questions) -> str | None:
        """What in it was not asked, as a sentence; None where there is nothing."""
        known = self.boxes if questions.boxes else questions.levels
        level = next((level for level in self.discs if level not in known), None)
        if level is not None:
            return f"this case has no disc {level[:16]}; reload the page"
        if (self.boxes or self.nothing) and not questions.boxes:
            return "no boxes are drawn in this study; reload the page"
        if any(call.verdict not in (None, *questions.verdicts) for call in self.discs.values()):
            return f"a verdict of this study is one of {', '.join(questions.verdicts)}; reload the page"
        return None

    def as_json(self) -> dict[str, Any]:
        return _FORM.dump_python(self, mode="json")


_FORM = TypeAdapter(ReadingForm)


def read_form(content: Any) -> ReadingForm:
    """The form from its JSON. Raises ValueError, a sentence, where it is none."""
    return read_strictly(_FORM, content)


def read_strictly(kind: TypeAdapter[_Read], content: Any) -> _Read:
    """From JSON that was read already. Raises ValueError, a sentence that quotes nothing but the place."""
    try:
        return kind.validate_json(json.dumps(content))
    except ValidationError as error:
        place = ".".join(map(str, error.errors()[0]["loc"]))[:80]
        raise ValueError(f"not what can be stored ({place or 'the whole'}); reload the page") from None


def _missing(call: DiscCall, questions: Questions) -> list[str]:
    wanted = []
    if call.indeterminate == (call.verdict is not None):
        wanted.append("a verdict, or else that it cannot be told")
    if questions.slip and call.slip is None:
        wanted.append("whether there is a slip")
    if call.slip_grade is not None and call.slip != (call.slip_grade > 0):
        wanted.append("a grade that goes with the slip")
    if questions.likelihoods and call.lesion_likelihood is None:
        wanted.append(f"the likelihood of a {questions.lesion}")
    if questions.likelihoods and questions.slip and call.slip_likelihood is None:
        wanted.append("the likelihood of a slip")
    return wanted
