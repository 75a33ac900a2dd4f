"""A cohort folder of a few small pictures, for conversion."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

from annotation.boxes import Box
from annotation.labels import LabelSet
from annotation.voc import new_voc, write_voc

SIZE = (64, 80)
"""Width and height of every picture, in pixels."""


def write_cohort_folder(
    folder: Path,
    pictures: Mapping[str, Sequence[Box]],
    classes: Sequence[str],
    annotated: Mapping[str, str] | None = None,
    deep: bool = False,
) -> Path:
    """Pictures by name with their boxes; the patient is what a name begins with, up to a ``_``."""
    for name in ("images", "annotations"):
        (folder / name).mkdir(parents=True)
    LabelSet(tuple(classes)).write(folder / "classes.txt")
    rows = ["image,patient,annotated,sex,age,kind"]
    random = np.random.default_rng(1)
    kind = np.uint16 if deep else np.uint8
    for name, boxes in pictures.items():
        gray = random.integers(0, 900 if deep else 256, SIZE[::-1]).astype(kind)
        (folder / "images" / name).write_bytes(cv2.imencode(".png", gray)[1].tobytes())
        path = folder / "annotations" / f"{Path(name).stem}.xml"
        write_voc(new_voc(path, Path("images", name), (*SIZE, 1), boxes))
        rows.append(f'"{name}",{name.split("_")[0]},{(annotated or {}).get(name, "")},F,61,sagittal T2')
    (folder / "images.csv").write_text("\n".join(rows), encoding="utf-8")
    return folder
