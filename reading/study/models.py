"""Which models the AI of a study is, as one digest, and whether they can read what it shows."""

import hashlib
from pathlib import Path

from axial.models import RULES_FILE
from detectors.model_folder import read_card
from errors import BadInputError
from reading.study.design import StudyDesign

_CARD, _GRAPH = "model.json", "model.onnx"


def models_digest(folder: Path) -> str:
    """SHA-256 over the graphs of a set of models (by their paths in it), their cards and the set's rules, or
    over one model folder: whatever changes a reading changes it. Raises BadInputError where none is there."""
    rules = [folder / RULES_FILE] if (folder / RULES_FILE).exists() else []
    try:
        files = [*rules, *sorted(folder.rglob(_CARD)), *sorted(folder.rglob(_GRAPH))]
        parts = [(path, hashlib.sha256(path.read_bytes()).hexdigest()) for path in files]
    except OSError:
        parts = []
    is_model = bool(rules) or (folder / _CARD in {path for path, _ in parts})
    if not is_model or not any(path.name == _GRAPH for path, _ in parts):
        raise BadInputError(
            folder, "no models here; give a folder that `discern train-axial` made, or `discern train`"
        )
    lines = "".join(f"{path.relative_to(folder).as_posix()} {digest}\n" for path, digest in parts)
    return hashlib.sha256(lines.encode()).hexdigest()


def check_models(design: StudyDesign, folder: Path) -> None:
    """Whether models can read the cases of a study, and tell what it asks.

    Lumbar examinations need a set of models; everything else one detector of what is asked. Raises
    BadInputError.
    """
    if design.ai_has_levels:
        if not (folder / RULES_FILE).exists():
            raise BadInputError(
                folder, "one model, which reads single pictures alone; give a set of `discern train-axial`"
            )
        return
    if (folder / RULES_FILE).exists():
        raise BadInputError(
            folder, "a set of models for examinations; give one detector's folder, such as sagittal in it"
        )
    card = read_card(folder)
    unknown = [name for name in design.asked if name not in card.classes]
    if unknown:
        raise BadInputError(
            folder, f"does not know {', '.join(unknown)}; do not ask for it, or give another model"
        )
