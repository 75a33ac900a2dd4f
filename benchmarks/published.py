"""What published systems reported, to print beside ours; other data, never a target.

A system of detectors brings its numbers in its protocol (``Paper``). Those of the other two are bound to
their stages and stand here:

- ``PUBLISHED_AXIAL``: the axial four-stage path on 500 patients' private images (3,555 axial): bulge and
  herniation; 4-fold cross-validation; JMIR.
- ``PUBLISHED_FRACTURE``: benign or malignant vertebral fracture on T1 and T2 images of 190 patients (50
  malignant); ResNet50; 10-fold cross-validation.
"""

from dataclasses import dataclass, field

NOTE = "published, other data"
"""How every number of this module is marked wherever it is shown."""


@dataclass(frozen=True)
class PublishedResult:
    """A detector's mAP and, where reported, AP per class, as fractions, and seconds an image."""

    mean_ap: float
    ap: dict[str, float] = field(default_factory=dict)
    seconds: float | None = None


@dataclass(frozen=True)
class Paper:
    """A published system: its ``title`` with where it appeared, and its ``data``. ``classes`` and
    ``detectors``: what its detectors found, and how well, by name; our classes must be these for the two to
    stand in one table."""

    title: str
    data: str
    classes: tuple[str, ...] = ()
    detectors: dict[str, PublishedResult] = field(default_factory=dict)


@dataclass(frozen=True)
class PublishedAxial:
    """Accuracy of stages 1 and 2, mAP of stage 3, and accuracy of stage 4 per level, as fractions."""

    vertebrae: float = 1.0
    levels: float = 1.0
    disc_map: float = 1.0
    accuracy: dict[str, float] = field(
        default_factory=lambda: {
            "L1-L2": 0.927,
            "L2-L3": 0.844,
            "L3-L4": 0.921,
            "L4-L5": 0.904,
            "L5-S1": 0.842,
        }
    )


PUBLISHED_AXIAL = PublishedAxial()


@dataclass(frozen=True)
class PublishedFracture:
    """The model's accuracy, and its readers': accuracy of each, and the sensitivity and specificity of the
    one whom the model was tested against, the resident of the first year, with the model's; fractions.
    ``features``: how many of the 15 binary features differed between the groups (p <= .001)."""

    accuracy: float = 0.92
    readers: dict[str, float] = field(
        default_factory=lambda: {
            "senior radiologist": 0.98,
            "resident, fourth year": 0.96,
            "resident, first year": 0.66,
        }
    )
    sensitivity: float = 0.94
    specificity: float = 0.91
    first_year_sensitivity: float = 0.78
    first_year_specificity: float = 0.61
    features: int = 10


PUBLISHED_FRACTURE = PublishedFracture()
