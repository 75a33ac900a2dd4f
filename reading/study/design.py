"""The design of a reader study: who reads what in which arm, what is asked, and what is right."""

from dataclasses import asdict
from typing import Annotated, Any, Literal, get_args

from pydantic import ConfigDict, Field, TypeAdapter
from pydantic.dataclasses import dataclass

from reading.store.form import Questions, Verdict

Kind = Literal["standalone", "sequential", "crossover"]
Pictures = Literal["examinations", "images"]
WITHOUT_AI, WITH_AI, EXPERT, CONSENSUS = "without AI", "with AI", "expert", "consensus"
"""The arms."""
EXPERTS = 3
"""Who make a reference standard together."""
LEAST_WASHOUT = 4
"""Weeks between two readings of a case that the field asks for (FDA, Clinical Performance Assessment:
Considerations for Computer-Assisted Detection Devices, 2022)."""


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class StudyDesign:
    """``kind``: readers read every case without the AI (*standalone*: the AI is compared with them), or each
    without and at once with it (*sequential*), or half of the cases so and half so, and the other way round
    after ``washout_weeks`` (*crossover*). ``seed``: of all orders. ``reference``: from files, or three
    experts' consensus. ``verdicts``, ``slip``, ``likelihoods``: what is asked of each disc. ``chair``: the
    account of the expert who enters the consensus; the first expert where None. ``pictures``: a case is an
    examination, or a single picture (*images*) on which readers draw a box around each disc.
    """

    kind: Kind
    washout_weeks: Annotated[float, Field(ge=0, le=104)] = LEAST_WASHOUT
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0
    reference: Literal["truth", "experts"] = "truth"
    verdicts: Annotated[tuple[Verdict, ...], Field(min_length=2)] = get_args(Verdict)
    slip: bool = True
    likelihoods: bool = True
    chair: str | None = None
    pictures: Pictures = "examinations"

    @property
    def boxes(self) -> bool:
        """Whether readers draw the discs, which have no levels then."""
        return self.pictures == "images"

    @property
    def arms(self) -> tuple[str, ...]:
        """The readers' arms."""
        return (WITHOUT_AI,) if self.kind == "standalone" else (WITHOUT_AI, WITH_AI)

    def questions(self, levels: tuple[str, ...]) -> Questions:
        """What is asked of a case with these discs; with none where they are drawn."""
        return Questions(levels, self.verdicts, self.slip, self.likelihoods, self.boxes)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


_DESIGN = TypeAdapter(StudyDesign)


def read_design(content: Any) -> StudyDesign:
    """As the store keeps it. Raises ValueError where it is none."""
    return _DESIGN.validate_python(content)
