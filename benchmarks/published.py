"""What two published systems reported, to print beside ours; other data, never a target.

- ``PUBLISHED``: sagittal detection on 654 patients' private images (604 to build, 50 to test): normal
  disc, disc herniation (bulges included) and spondylolisthesis; 5-fold cross-validation; Frontiers.
- ``PUBLISHED_AXIAL``: the axial four-stage path on 500 patients' private images (3,555 axial): bulge and
  herniation; 4-fold cross-validation; JMIR.
"""

from dataclasses import dataclass, field

NOTE = "published, other data"
"""How every number of this module is marked wherever it is shown."""


@dataclass(frozen=True)
class PublishedResult:
    """A detector's mAP and, where reported, AP per class, as fractions."""

    detector: str
    mean_ap: float
    ap: dict[str, float] = field(default_factory=dict)


PUBLISHED = (
    PublishedResult("YOLOv3", 0.7064),
    PublishedResult("YOLOv5", 0.8666),
    PublishedResult(
        "PP-YOLOv2", 0.9008, {"normal": 0.9384, "herniation": 0.9174, "spondylolisthesis": 0.8467}
    ),
)


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
