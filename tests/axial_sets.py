"""Sets of models of the axial path that train for seconds, and learn nothing to speak of."""

from pathlib import Path

from benchmarks.axial.protocol import read_axial_protocol
from benchmarks.axial.training import train_models
from benchmarks.axial.trial import StudySource

_BEYOND = """
sagittal: {{detector: yolov5n-slim, view: axial-sagittal, settings: {settings}}}
endplates: {{image_size: 32, resolution: 2.0, epochs: 1}}
herniations: {{image_size: 32, resolution: 2.0, epochs: 1}}
"""


def small_axial_protocol(path: Path, per_level: bool = False, whole: bool = False) -> Path:
    """One epoch each, two folds. ``whole``: with the sagittal side and the measures."""
    settings = "{start_weights: null, image_size: 64, epochs: 1, batch_size: 4}"
    path.write_text(
        f"""
system: axial
folds: 2
vertebrae: {{detector: yolov5n-slim, view: axial-vertebrae, settings: {settings}}}
discs: {{detector: yolov5n-slim, view: axial-roi, settings: {settings}}}
states:
  classifier: resnet18-slim
  per_level: {str(per_level).lower()}
  settings: {{image_size: 32, epochs: 1, inner_folds: 2}}
"""
        + (_BEYOND.format(settings=settings) if whole else ""),
        encoding="utf-8",
    )
    return path


def train_small_set(cohort: Path, folder: Path, per_level: bool = False, whole: bool = False) -> list[int]:
    """Train a set on a whole cohort into a new folder; returns the epochs as they were counted."""
    folder.mkdir()
    protocol = read_axial_protocol(str(small_axial_protocol(folder.with_suffix(".yaml"), per_level, whole)))
    counted: list[int] = []
    images, studies = StudySource(cohort, "axial").read()
    train_models(images, studies, cohort, protocol, 1, folder, lambda epoch, loss: counted.append(epoch))
    return counted
