"""What the published system reported, to print beside ours; other data, never a target.

Sagittal detection on 654 patients' private images (604 to build, 50 to test): normal disc, disc
herniation (bulges included) and spondylolisthesis; 5-fold cross-validation; Frontiers.
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
