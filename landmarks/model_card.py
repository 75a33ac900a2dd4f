"""``model.json``: how a landmark model is fed, and what its outputs mean."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from errors import BadInputError
from imaging.windowing import Window
from landmarks.patch import MEAN, STD
from landmarks.samples import Sample
from landmarks.settings import Settings
from models.identities import is_among, new_salt, patient_identities, picture_identities

FORMAT = 1
_LIBRARIES = ("torch", "onnx", "onnxruntime", "numpy")


@dataclass(frozen=True)
class LandmarkCard:
    """What ``model.json`` says.

    ``points``: their names, in the order of the outputs. ``guides``: how many points say where to look.
    ``image_size``: the patch's side in pixels, each of ``resolution`` mm. ``patients``: salted SHA-256
    identities of the training patients (``trained_on`` asks them), ``pictures``: of the training pictures
    (``models.identities``).
    """

    points: tuple[str, ...]
    guides: int
    image_size: int
    resolution: float
    window: Window
    mean: float
    std: float
    training: dict[str, Any]
    salt: str
    patients: tuple[str, ...]
    pictures: tuple[str, ...] = ()
    licence: str = "AGPL-3.0-only"
    versions: dict[str, str] = field(default_factory=lambda: {name: version(name) for name in _LIBRARIES})
    format: int = FORMAT

    def trained_on(self, patient: str) -> bool:
        """Whether this patient was among those it was trained on."""
        return is_among(patient, self.patients, self.salt)


def new_card(points: Sequence[str], samples: Sequence[Sample], settings: Settings) -> LandmarkCard:
    """The card of a model for these points, trained on these samples with these settings."""
    salt = new_salt()
    return LandmarkCard(
        points=tuple(points),
        guides=len(samples[0].guides),
        image_size=settings.image_size,
        resolution=settings.resolution,
        window=settings.window,
        mean=MEAN,
        std=STD,
        training=asdict(settings),
        salt=salt,
        patients=patient_identities((sample.patient for sample in samples), salt),
        pictures=picture_identities((sample.picture for sample in samples), salt),
    )


_CARD = TypeAdapter(LandmarkCard)


def read_card(folder: Path) -> LandmarkCard:
    """Read ``model.json``. Raises BadInputError where it is absent or not of this format."""
    path = folder / "model.json"
    try:
        card = _CARD.validate_json(path.read_bytes())
    except FileNotFoundError:
        raise BadInputError(path, "no landmark model here; give the folder of a trained one") from None
    except (OSError, ValidationError):
        raise BadInputError(path, "not a landmark model's description; train it again") from None
    if card.format != FORMAT:
        raise BadInputError(path, f"format {card.format}; this version reads {FORMAT}: train it again")
    return card
