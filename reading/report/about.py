"""What readings do not say of the AI: which models it was, and whom they were trained on."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from axial.models import AxialModels, model_identity, open_models
from axial.result import ModelIdentity
from detectors.model_folder import read_card
from reading.reference import Reference


@dataclass(frozen=True)
class AboutModels:
    """``identities``: the models of the AI; none where they are not known. ``learned_from``: patients of the
    study on whom one of them was trained, by the names that both use; None where that was not looked up."""

    identities: tuple[ModelIdentity, ...] = ()
    learned_from: tuple[str, ...] | None = None


def about_models(folder: Path, reference: Reference) -> AboutModels:
    """Of a set of models, or of one detector, and the patients of a reference. Raises BadInputError where it
    is neither."""
    identities: tuple[ModelIdentity, ...]
    knows: Callable[[str], bool]
    if (folder / "model.json").exists():
        card = read_card(folder)
        identities, knows = (model_identity("discs", folder, card.detector),), card.trained_on
    else:
        models = open_models(folder)
        identities, knows = models.identities, partial(_knows, models)
    patients = sorted({disc.patient for disc in reference.discs})
    return AboutModels(identities, tuple(patient for patient in patients if knows(patient)))


def _knows(models: AxialModels, patient: str) -> bool:
    """Whether any of the models was trained on a patient."""
    detectors = [models.vertebrae, models.discs, models.sagittal]
    others = [*models.classifiers.values(), models.endplates, models.herniations]
    return any(item is not None and item.card.trained_on(patient) for item in (*detectors, *others))
