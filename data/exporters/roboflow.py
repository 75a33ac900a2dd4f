"""Pascal VOC in Roboflow's folders: pictures and LabelImg's XML side by side in ``<side>/``."""

from collections.abc import Sequence
from pathlib import Path

from annotation.checking.images import read_header
from annotation.labels import LabelSet
from annotation.problems import Problem
from annotation.voc import new_voc, write_voc
from data.exporters.split import Side

PICTURES = "{side}"


def write_roboflow(folder: Path, sides: Sequence[Side], classes: Sequence[str]) -> None:
    """Write an XML for every picture, and ``classes.txt``: XML names no class that has no box."""
    LabelSet(tuple(classes)).write(folder / "classes.txt")
    for side in sides:
        for image in side.images:
            picture = folder / side.name / image.name
            header = read_header(picture)
            depth = 3 if not isinstance(header, Problem) and not header.gray else 1
            voc = new_voc(
                picture.with_suffix(".xml"),
                Path(side.name, image.name),
                (image.width, image.height, depth),
                image.boxes,
            )
            write_voc(voc)
