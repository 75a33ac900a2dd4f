"""YOLO's text files as ultralytics reads them: ``images/<side>/``, ``labels/<side>/`` and ``data.yaml``."""

from collections.abc import Sequence
from pathlib import Path

import yaml

from data.exporters.conversion import as_annotation
from data.exporters.split import VALID, Side

PICTURES = "images/{side}"


def write_yolo(folder: Path, sides: Sequence[Side], classes: Sequence[str]) -> None:
    """Write a label file for every picture, an empty one where it has no boxes, and the configuration.

    Without a ``path`` ultralytics looks for the sides where the configuration lies, so that the folder can
    be moved.
    """
    numbers = {name: number for number, name in enumerate(classes)}
    for side in sides:
        labels = folder / "labels" / side.name
        labels.mkdir(parents=True)
        for image in side.images:
            lines = as_annotation(image).to_yolo_v5(label_to_id=numbers)
            (labels / image.name).with_suffix(".txt").write_text(lines, encoding="utf-8")
    places = {"val" if side.name == VALID else side.name: PICTURES.format(side=side.name) for side in sides}
    content = yaml.safe_dump(
        {**places, "names": dict(enumerate(classes))}, sort_keys=False, allow_unicode=True
    )
    (folder / "data.yaml").write_text(content, encoding="utf-8")
