"""What lies in the folder of an open reading beside its pictures: the AI's result, and the reader's form."""

import json
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Annotated, Any

from pydantic import Field, TypeAdapter
from pydantic.dataclasses import dataclass

from axial.models import PHANTOM_MODELS
from axial.result import StudyResult, read_result
from errors import BadInputError
from imaging.new_folder import write_whole
from reading.open.corrections import corrected, form_of, questions_of
from reading.store.form import STRICT, ReadingForm, read_strictly

RESULT_FILE, FORM_FILE = "result.json", "form.json"
_WRITING = Lock()


class CorrectedElsewhere(ValueError):
    """The form was changed from another window since; a sentence."""


@dataclass(frozen=True, config=STRICT)
class KeptForm:
    """The form as it was sent last: under which id, at which place in the order of its page's messages."""

    id: Annotated[str, Field(max_length=36)]
    sequence: Annotated[int, Field(ge=0, lt=2**31)]
    form: ReadingForm


_KEPT = TypeAdapter(KeptForm)


def read_kept_form(content: Any) -> KeptForm:
    """From its JSON. Raises ValueError, a sentence, where it is none."""
    return read_strictly(_KEPT, content)


def kept_form(folder: Path, result: StudyResult) -> KeptForm:
    """What the reader left; what the AI says where nothing was sent yet. Raises BadInputError."""
    path = folder / FORM_FILE
    if not path.exists():
        return KeptForm("", 0, form_of(result))
    try:
        return read_kept_form(json.loads(path.read_bytes()))
    except ValueError:
        raise BadInputError(
            path, "not what the page sent; remove it to begin with what the AI says"
        ) from None


def keep_form(folder: Path, sent: KeptForm) -> None:
    """Keep it; the same id again changes nothing.

    Raises ValueError, a sentence, where the form is not about this result's discs; CorrectedElsewhere;
    BadInputError; and FileNotFoundError where the reading was removed meanwhile.
    """
    with _WRITING:
        result = ai_result(folder)
        strange = sent.form.strange(questions_of(result))
        if strange is not None:
            raise ValueError(strange)
        kept = kept_form(folder, result)
        if sent.id == kept.id:
            return
        if sent.sequence <= kept.sequence:
            raise CorrectedElsewhere("it was changed in another window meanwhile; reload this page")
        write_whole(folder / FORM_FILE, _KEPT.dump_json(sent))


def ai_result(folder: Path) -> StudyResult:
    """The AI's own. Raises FileNotFoundError where there is none (any more), BadInputError."""
    if not (folder / RESULT_FILE).exists():
        raise FileNotFoundError(folder.name)
    return read_result(folder / RESULT_FILE)


def final_result(folder: Path) -> StudyResult:
    """The AI's, as its reader put it right. Raises FileNotFoundError, BadInputError."""
    result = ai_result(folder)
    return corrected(result, kept_form(folder, result).form)


def of_phantoms_alone(result: StudyResult) -> bool:
    """Whether every model that read it is of the set that was trained on phantoms alone."""
    return {item.digest for item in result.models} <= _phantom_digests()


@lru_cache(maxsize=1)
def _phantom_digests() -> frozenset[str]:
    graphs = PHANTOM_MODELS.glob("*/model.onnx")
    return frozenset(sha256(path.read_bytes()).hexdigest()[:12] for path in graphs)
