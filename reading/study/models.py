"""Which models the AI of a study is, as one digest."""

import hashlib
from pathlib import Path

from axial.models import RULES_FILE
from errors import BadInputError

_GRAPH = "model.onnx"


def models_digest(folder: Path) -> str:
    """SHA-256 over the graphs of a set of models (by their paths in it) and its rules: whatever changes a
    reading changes it. Raises BadInputError where the set is not there."""
    try:
        files = [folder / RULES_FILE, *sorted(folder.rglob("model.json")), *sorted(folder.rglob(_GRAPH))]
        parts = [(path, hashlib.sha256(path.read_bytes()).hexdigest()) for path in files]
    except OSError:
        parts = []
    if not any(path.name == _GRAPH for path, _ in parts):
        raise BadInputError(folder, "no models here; give a folder that `discern train-axial` made")
    lines = "".join(f"{path.relative_to(folder).as_posix()} {digest}\n" for path, digest in parts)
    return hashlib.sha256(lines.encode()).hexdigest()
