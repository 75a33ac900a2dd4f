"""The design of a reader study: who reads what in which arm, what is asked, and what is right."""

from dataclasses import asdict
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, TypeAdapter, model_validator
from pydantic.dataclasses import dataclass

from annotation.labels import GRADINGS, LUMBAR, SLIP, Grading
from reading.store.form import Questions

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
    experts' consensus. ``label_set``: in whose words discs are called; ``verdicts`` are of its states, and
    ``slip`` may be asked for where it has them. ``verdicts``, ``slip``, ``likelihoods``: what is asked of
    each disc. ``chair``: the account of the expert who enters the consensus; the first expert where None.
    ``pictures``: a case is an examination, or a single picture (*images*) on which readers draw a box around
    each disc.
    """

    kind: Kind
    washout_weeks: Annotated[float, Field(ge=0, le=104)] = LEAST_WASHOUT
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0
    reference: Literal["truth", "experts"] = "truth"
    verdicts: Annotated[tuple[str, ...], Field(min_length=2)] = LUMBAR.states
    slip: bool = True
    likelihoods: bool = True
    chair: str | None = None
    pictures: Pictures = "examinations"
    label_set: str = LUMBAR.label_set

    @model_validator(mode="after")
    def _in_the_words_of_the_label_set(self) -> Self:
        if self.label_set not in GRADINGS:
            raise ValueError(f"unknown label set; choose of {', '.join(GRADINGS)}")
        if not set(self.verdicts) <= set(self.grading.states) or (self.slip and not self.grading.slip):
            raise ValueError(f"asks for what the label set {self.label_set} does not have")
        return self

    @property
    def grading(self) -> Grading:
        return GRADINGS[self.label_set]

    @property
    def asked(self) -> tuple[str, ...]:
        """The classes that are asked for."""
        return (*self.verdicts, SLIP) if self.slip else self.verdicts

    @property
    def boxes(self) -> bool:
        """Whether readers draw the discs, which have no levels then."""
        return self.pictures == "images"

    @property
    def ai_has_levels(self) -> bool:
        """Whether the AI is a set of models, which says what each level has; else it is one detector, which
        marks boxes on a sagittal picture."""
        return not self.boxes and self.grading is LUMBAR

    @property
    def arms(self) -> tuple[str, ...]:
        """The readers' arms."""
        return (WITHOUT_AI,) if self.kind == "standalone" else (WITHOUT_AI, WITH_AI)

    def questions(self, levels: tuple[str, ...]) -> Questions:
        """What is asked of a case with these discs; with none where they are drawn."""
        return Questions(levels, self.verdicts, self.slip, self.likelihoods, self.boxes, self.grading.lesion)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


_DESIGN = TypeAdapter(StudyDesign)


def read_design(content: Any) -> StudyDesign:
    """As the store keeps it. Raises ValueError where it is none."""
    return _DESIGN.validate_python(content)
