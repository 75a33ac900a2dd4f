"""What the page of a reading sends: the form as it stands, and the time that it took."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, TypeAdapter
from pydantic.dataclasses import dataclass

from reading.store.form import STRICT, ReadingForm, Remark, read_strictly

ClientKind = Literal["opened", "draft", "paused", "resumed"]
"""What a page tells of itself while a case is read."""
Kind = Literal[ClientKind, "commit", "correct", "ai shown"]
_Whole = Annotated[int, Field(ge=0, lt=2**31)]


def _uuid(text: str) -> str:
    return str(UUID(text))


@dataclass(frozen=True, config=STRICT)
class Sent:
    """One thing that a page sends, in as many copies as it takes until one is answered.

    ``id``: a UUID that the page made, the same in all copies. ``sequence`` counts up what the page of an
    assignment sends, and goes on after a reload. ``form``: whole, as it stands; None where nothing was said
    yet. ``active_ms`` and ``idle_ms``: how long the assignment was read and lay open, from its first opening
    on, over reloads; ``client_ms``: since the page was loaded, by its clock that never goes back.
    """

    id: Annotated[str, AfterValidator(_uuid)]
    assignment: str
    kind: Kind
    sequence: _Whole
    form: ReadingForm | None
    active_ms: _Whole
    idle_ms: _Whole
    client_ms: Annotated[float, Field(ge=0, allow_inf_nan=False)]


_SENT = TypeAdapter(Sent)
_REASON = TypeAdapter(Remark)


def read_sent(content: dict[str, Any], assignment: str, kind: Any) -> Sent:
    """From the JSON of a page. Raises ValueError, a sentence, where a field is missing, strange or out of
    its range."""
    return read_strictly(_SENT, {"form": None, **content, "assignment": assignment, "kind": kind})


def read_reason(content: Any) -> str:
    """Of a correction. Raises ValueError, a sentence, where it is no text that can be kept."""
    return read_strictly(_REASON, content)
