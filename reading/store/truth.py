"""What is right of a case's discs where files tell it, as the store keeps it (``cases.truth``)."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from pydantic import ConfigDict, TypeAdapter
from pydantic.dataclasses import dataclass

from reading.store.form import Verdict
from reading.table import Edges


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class DiscTruth:
    """One disc. ``image``: a picture that shows it, a path from the case's folder; ``edges``: its box there,
    in pixels; None where no picture is named."""

    verdict: Verdict
    slip: bool = False
    image: str | None = None
    edges: Edges | None = None


_TRUTH = TypeAdapter(dict[str, DiscTruth])


def truth_as_json(truth: Mapping[str, DiscTruth]) -> dict[str, Any]:
    """By level, such as L4-L5."""
    return {level: asdict(disc) for level, disc in truth.items()}


def read_truth(content: Any) -> dict[str, DiscTruth]:
    """By level. Raises ValueError where it is none."""
    return _TRUTH.validate_python(content)
