"""What the classifier says of a study's fracture, as it is written to JSON."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final, Literal

from pydantic import TypeAdapter, ValidationError

from annotation.boxes import Edges
from axial.result import ActivationMap, ModelIdentity
from errors import BadInputError
from imaging.new_folder import write_whole

FORMAT: Final = 1


@dataclass(frozen=True)
class FractureResult:
    """The result of one study.

    ``pictures``: what was looked at, in the order of ``registration.CHANNELS``. ``edges``: of the vertebra
    that was judged, in pixels of the T2 lesion slice, None where it was not found; ``marked_by``: who said
    so. ``cause``: benign or malignant, None with a ``reason`` where nothing can be said. ``probabilities``:
    by cause, calibrated; malignant is called from the probability ``called_from`` on
    (``fracture.calibration``).
    ``activation``: the class activation map of that cause, where it was asked for.
    """

    study: str
    pictures: tuple[str, ...]
    edges: Edges | None
    marked_by: str
    cause: str | None
    models: tuple[ModelIdentity, ...]
    reason: str = ""
    probabilities: dict[str, float] = field(default_factory=dict)
    called_from: float | None = None
    activation: ActivationMap | None = None
    warnings: tuple[str, ...] = ()
    format: Literal[1] = FORMAT

    def as_json(self) -> str:
        return json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"

    def write(self, path: Path) -> None:
        """Write it as JSON, whole or not at all. Raises OSError."""
        write_whole(path, self.as_json())


_RESULT = TypeAdapter(FractureResult)


def read_fracture_result(path: Path) -> FractureResult:
    """Raises BadInputError where the file is absent or no result of this format."""
    try:
        return _RESULT.validate_json(path.read_bytes())
    except OSError:
        raise BadInputError(path, "cannot be read; give a result of `discern classify-fracture`") from None
    except ValidationError:
        raise BadInputError(
            path, "not the result of a fracture; make it anew with `discern classify-fracture`"
        ) from None
