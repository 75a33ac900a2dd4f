"""COCO's JSON, one a side: ``annotations/instances_<side>.json``, its pictures in ``<side>/``."""

import json
from collections.abc import Sequence
from pathlib import Path

from globox import AnnotationSet

from data.exporters.conversion import as_annotation
from data.exporters.split import Side

PICTURES = "{side}"


def write_coco(folder: Path, sides: Sequence[Side], classes: Sequence[str]) -> None:
    """Write the annotations of all sides. Ids count from 1, those of the classes in their order:
    pycocotools takes the id 0 of an annotation for none."""
    (folder / "annotations").mkdir()
    class_numbers = {name: number for number, name in enumerate(classes, start=1)}
    for side in sides:
        content = AnnotationSet(map(as_annotation, side.images)).to_coco(
            label_to_id=class_numbers,
            imageid_to_id={image.name: number for number, image in enumerate(side.images, start=1)},
        )
        for number, entry in enumerate(content["annotations"], start=1):
            entry["id"] = number
        path = folder / "annotations" / f"instances_{side.name}.json"
        path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
