"""Annotation files and folders for tests: LabelImg's form, written by hand."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

WIDTH, HEIGHT = 320, 400

DISC = ("disc", 100, 100, 160, 120)
NORMAL = ("normal", 100, 100, 160, 120)
VERTEBRA = ("vertebra", 95, 120, 160, 165)

BoxRow = tuple[str, float, float, float, float]


def object_xml(label: str, xmin: object, ymin: object, xmax: object, ymax: object) -> str:
    return (
        f"\t<object>\n\t\t<name>{label}</name>\n\t\t<pose>Unspecified</pose>\n\t\t<truncated>0</truncated>\n"
        f"\t\t<difficult>0</difficult>\n\t\t<bndbox>\n\t\t\t<xmin>{xmin}</xmin>\n\t\t\t<ymin>{ymin}</ymin>\n"
        f"\t\t\t<xmax>{xmax}</xmax>\n\t\t\t<ymax>{ymax}</ymax>\n\t\t</bndbox>\n\t</object>\n"
    )


def annotation_xml(
    boxes: Sequence[BoxRow] = (DISC, NORMAL, VERTEBRA),
    filename: str = "image.png",
    width: object = WIDTH,
    height: object = HEIGHT,
    depth: object = 1,
) -> str:
    """A file as LabelImg writes it."""
    return (
        f"<annotation>\n\t<folder>images</folder>\n\t<filename>{filename}</filename>\n"
        f"\t<path>/data/images/{filename}</path>\n\t<source>\n\t\t<database>Unknown</database>\n\t</source>\n"
        f"\t<size>\n\t\t<width>{width}</width>\n\t\t<height>{height}</height>\n\t\t<depth>{depth}</depth>\n"
        f"\t</size>\n\t<segmented>0</segmented>\n"
        + "".join(object_xml(*box) for box in boxes)
        + "</annotation>\n"
    )


def write_image(path: Path, width: int = WIDTH, height: int = HEIGHT, mode: str = "L") -> Path:
    Image.fromarray(np.zeros((height, width), np.uint8)).convert(mode).save(path)
    return path


def write_pair(folder: Path, name: str, xml: str | bytes | None = None) -> Path:
    """An image and its XML side by side; returns the XML's path."""
    write_image(folder / f"{name}.png")
    path = folder / f"{name}.xml"
    content = annotation_xml(filename=f"{name}.png") if xml is None else xml
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path
