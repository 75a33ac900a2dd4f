"""Small downloads in the common box formats, as the programs that write them lay them out."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from data.importers.box_download import BoxDownload, open_download
from data.importers.box_source import BoxSource
from data.importers.class_names import name_classes
from data.importers.picture_patients import open_patients

SIZE = (64, 80)
"""Width and height of every picture, in pixels."""
PATTERN = r"^(?P<patient>P\d+)"

ROBOFLOW_README = """spine - v1 2026-01-05 9:12am
==============================

The dataset includes 4 images.
Discs are annotated in Pascal VOC format.

The following augmentation was applied to create 2 versions of each source image:
* 50% probability of horizontal flip
"""


def write_picture(path: Path, seed: int = 0, deep: bool = False, size: tuple[int, int] = SIZE) -> Path:
    """A gray picture of noise: the same seed gives the same."""
    path.parent.mkdir(parents=True, exist_ok=True)
    kind = np.uint16 if deep else np.uint8
    gray = np.random.default_rng(seed).integers(0, np.iinfo(kind).max, size[::-1], kind)
    path.write_bytes(cv2.imencode(path.suffix, gray)[1].tobytes())
    return path


def write_text(path: Path, *lines: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def coco_image(number: int, name: str, **other: Any) -> dict[str, Any]:
    return {"id": number, "file_name": name, "width": SIZE[0], "height": SIZE[1], **other}


def coco_annotation(number: int, image: int, category: int, *bbox: float, **other: Any) -> dict[str, Any]:
    area = bbox[2] * bbox[3] if len(bbox) == 4 else 0
    return {
        "id": number,
        "image_id": image,
        "category_id": category,
        "bbox": list(bbox),
        "area": area,
        "segmentation": [],
        "iscrowd": 0,
        **other,
    }


def write_coco_file(
    path: Path,
    images: Sequence[Mapping[str, Any]],
    annotations: Sequence[Mapping[str, Any]],
    categories: Sequence[Mapping[str, Any]] = ({"id": 1, "name": "disc"}, {"id": 2, "name": "vertebra"}),
) -> Path:
    content = {"info": {}, "images": images, "annotations": annotations, "categories": categories}
    return write_text(path, json.dumps(content))


def write_roboflow_xml(
    picture: Path, *objects: tuple[str, int, int, int, int], size: tuple[int, int] = SIZE
) -> Path:
    """As Roboflow writes it: an empty folder, ``occluded``, and xmax before ymin."""
    texts = [
        f"\t<object>\n\t\t<name>{name}</name>\n\t\t<pose>Unspecified</pose>\n\t\t<truncated>0</truncated>\n"
        "\t\t<difficult>0</difficult>\n\t\t<occluded>0</occluded>\n\t\t<bndbox>\n"
        f"\t\t\t<xmin>{xmin}</xmin>\n\t\t\t<xmax>{xmax}</xmax>\n\t\t\t<ymin>{ymin}</ymin>\n"
        f"\t\t\t<ymax>{ymax}</ymax>\n\t\t</bndbox>\n\t</object>"
        for name, xmin, ymin, xmax, ymax in objects
    ]
    return write_text(
        picture.with_suffix(".xml"),
        f"<annotation>\n\t<folder></folder>\n\t<filename>{picture.name}</filename>",
        f"\t<path>{picture.name}</path>\n\t<source>\n\t\t<database>roboflow.com</database>\n\t</source>",
        f"\t<size>\n\t\t<width>{size[0]}</width>\n\t\t<height>{size[1]}</height>\n\t\t<depth>3</depth>\n\t</size>",
        "\t<segmented>0</segmented>",
        *texts,
        "</annotation>",
    )


def opened(source: BoxSource, table: Path | None = None, pattern: str | None = PATTERN) -> BoxDownload:
    """The download under its own classes, its patients by a table or by the start of the names."""
    classes = name_classes(source.place, source.classes, None, {})
    patients = open_patients(source.place, None if table else pattern, table, classes)
    return open_download(source, patients, classes)
