"""Pre-labels: a model's boxes as Pascal VOC files, to correct rather than draw, uncertain images first.

They lie in ``prelabels/`` of a cohort folder and are nobody's annotation: no cohort is read from there.
Each says so itself, in VOC's own element for who annotated (``<source><annotation>``). LabelImg shows
such a file and writes its own anew, without that element: the mark ends when a person saves.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np

from annotation.boxes import Box, pairwise_iou
from annotation.labels import LabelSet, grading_of
from annotation.voc import new_voc, write_voc
from annotation.voc_elements import VocElements, elements_of
from annotation.xml_document import Edit, XmlError, parse_xml
from errors import BadInputError
from imaging.new_folder import write_whole

MACHINE_MADE = "machine-made, no person has saved it: "
"""How the text of ``<source><annotation>`` begins; the model's name follows."""

SAME_DISC_IOU = 0.5
"""Two boxes of diagnoses that overlap so far mark the same disc."""
_BACKGROUND = 0.2
"""The probability below which a box adds nothing to the uncertainty."""


@dataclass(frozen=True)
class Prelabel:
    """What a model proposes on an image, and how uncertain it is of the image (``uncertainty``)."""

    image: str
    uncertainty: float
    boxes: tuple[Box, ...]


def proposed(
    found: Iterable[Box], thresholds: Mapping[str, float], label_set: LabelSet, size: tuple[int, int]
) -> tuple[Box, ...]:
    """The boxes that an annotator is shown, of all that a model found on an image.

    Those of at least their class's threshold; of several states of one disc (``grading_of`` the label set)
    the one that is furthest over its threshold; whole pixels within the image, whose ``size`` is (width,
    height). Where the label set asks for ``disc`` besides, a disc with a state gets it on the same box.
    """
    states = grading_of(label_set.classes).states
    sure = (_in_pixels(box, size) for box in found if _excess(box, thresholds) >= 0)
    boxes: list[Box] = []
    for box in sorted(sure, key=lambda box: -_excess(box, thresholds)):
        second_state = box.label in states and _marked_as(states, box, boxes)
        if box.width > 0 and box.height > 0 and not second_state:
            boxes.append(box)
    if "disc" in label_set and "disc" not in states:
        diagnosed = [box for box in boxes if box.label in states]
        boxes += [replace(box, label="disc") for box in diagnosed if not _marked_as(("disc",), box, boxes)]
    return tuple(boxes)


def _excess(box: Box, thresholds: Mapping[str, float]) -> float:
    return (box.score or 0) - thresholds[box.label]


def _in_pixels(box: Box, size: tuple[int, int]) -> Box:
    """LabelImg counts in whole pixels, from 1, and would cut decimals off."""
    width, height = size
    left, right = (min(max(round(edge), 1), width) for edge in (box.xmin, box.xmax))
    top, bottom = (min(max(round(edge), 1), height) for edge in (box.ymin, box.ymax))
    return replace(box, xmin=left, ymin=top, xmax=right, ymax=bottom)


def _marked_as(labels: Sequence[str], disc: Box, boxes: Iterable[Box]) -> bool:
    """Whether a box of one of these labels marks the same disc."""
    edges = [box.edges for box in boxes if box.label in labels]
    return bool((pairwise_iou([disc.edges], edges) >= SAME_DISC_IOU).any())


def uncertainty(found: Iterable[Box], thresholds: Mapping[str, float]) -> float:
    """How uncertain a model is of an image, in bits: 0 where it is sure of everything, or finds nothing.

    The sum of the binary entropy over all that it found, where the threshold of a box's class counts as
    probability 0.5: a box at its threshold counts 1, a sure one next to 0, and what is far below is no doubt
    but background. Entropy sampling (Settles, Active Learning Literature Survey, 2009), summed over an
    image's detections as by Brust et al., Active Learning for Deep Object Detection, VISAPP 2019.
    """
    doubt = 0.0
    for box in found:
        probability = np.interp(box.score or 0, (0, thresholds[box.label], 1), (0, 0.5, 1))
        if _BACKGROUND <= probability < 1:
            doubt -= probability * np.log2(probability) + (1 - probability) * np.log2(1 - probability)
    return float(doubt)


def write_prelabel(path: Path, image: Path, size: tuple[int, int], boxes: Iterable[Box], model: str) -> None:
    """Write the boxes of a model on an image, marked as machine-made, whole or not at all.

    ``size`` is (width, height) in pixels. Raises BadInputError where a person has saved the file that
    would be replaced, or may have.
    """
    if path.exists() and machine_of(path) is None:
        raise BadInputError(path, "no model made this file, so it is kept; move it elsewhere")
    empty = new_voc(path, image, (*size, 1), ())
    path.parent.mkdir(exist_ok=True)
    write_voc(replace(empty, elements=_marked(empty.elements, model), boxes=tuple(boxes)))


def machine_of(path: Path) -> str | None:
    """The model that made an annotation file; None where it is a person's, or cannot be read."""
    try:
        _, root = parse_xml(path.read_bytes())
    except (OSError, XmlError):
        return None
    text = root.findtext("source/annotation", "")
    return text.removeprefix(MACHINE_MADE) if text.startswith(MACHINE_MADE) else None


def _marked(elements: VocElements, model: str) -> VocElements:
    source = elements.document.places.find("source")
    assert source is not None, "LabelImg's form has a <source>"
    text = f"\t<annotation>{escape(MACHINE_MADE + model)}</annotation>\n\t"
    marked = elements_of(elements.path, elements.document.edited([Edit(source.close, source.close, text)]))
    assert isinstance(marked, VocElements), "one more element keeps it well-formed"
    return marked


def write_queue(path: Path, prelabels: Iterable[Prelabel]) -> list[Prelabel]:
    """Write the table image, uncertainty, boxes, most uncertain first, whole or not at all; returns the
    pre-labels in that order."""
    queue = sorted(prelabels, key=lambda item: (-item.uncertainty, item.image))
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(("image", "uncertainty", "boxes"))
    table.writerows((item.image, f"{item.uncertainty:.3f}", len(item.boxes)) for item in queue)
    write_whole(path, text.getvalue())
    return queue


def in_queue_order(images: Sequence[Path], queue: Path) -> tuple[Path, ...]:
    """The images in the order of a queue that ``write_queue`` wrote; those that are not in it, and all where
    there is no queue, stay behind in their own order. Raises BadInputError."""
    try:
        rows = csv.DictReader(queue.read_text(encoding="utf-8").splitlines()) if queue.exists() else ()
        places = {row["image"]: place for place, row in enumerate(rows)}
    except (OSError, UnicodeDecodeError, KeyError, csv.Error):
        raise BadInputError(
            queue, "not a queue of pre-labels; make it anew with `discern prelabel`"
        ) from None
    return tuple(sorted(images, key=lambda image: places.get(image.name, len(places))))
