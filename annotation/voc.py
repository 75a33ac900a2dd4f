"""Pascal VOC annotation files: one XML an image, as LabelImg reads and writes them."""

import os
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from annotation.boxes import Box
from annotation.labels import LabelSet
from annotation.problems import Kind, Problem
from annotation.voc_edits import edits, empty_annotation
from annotation.voc_elements import VocElements, elements_of, read_elements
from errors import BadInputError


@dataclass(frozen=True)
class VocFile:
    """An image's boxes and what their file says of the image.

    ``filename`` is the image's name in the XML ("" where it has none); ``width`` and ``height`` are
    in pixels, ``depth`` in channels (LabelImg's is unreliable). ``boxes`` lie within the image.
    ``warnings`` tell what was odd and how it was taken. Change a field with ``dataclasses.replace``
    and write the file with ``write_voc``.
    """

    path: Path
    filename: str
    width: int
    height: int
    depth: int
    boxes: tuple[Box, ...]
    warnings: tuple[Problem, ...] = ()
    elements: VocElements = field(repr=False, compare=False, kw_only=True)
    """The XML as read; its ``boxes`` are these before any was clipped, in the same order."""

    def to_bytes(self) -> bytes:
        """The file as it was read, except where a field was changed since, or had to be while
        reading (a clipped box, a size that was missing)."""
        size = (self.width, self.height, self.depth)
        return self.elements.document.edited(edits(self.elements, self.filename, size, self.boxes))


def read_voc(
    path: Path, *, label_set: LabelSet | None = None, image_size: tuple[int, int] | None = None
) -> VocFile:
    """Read an annotation file.

    With a ``label_set`` a class outside it is refused. ``image_size`` (width, height) in pixels
    serves where the file states none. Boxes over the image's edge are clipped, with a warning.
    Raises BadInputError, with the line, for what cannot be used.
    """
    elements = read_elements(path)
    if isinstance(elements, Problem):
        raise elements.as_error()
    voc, problems = interpret(elements, label_set, image_size)
    for problem in problems:
        if problem.severity == "error":
            raise problem.as_error()
    assert voc is not None, "an annotation without an error is whole"
    return voc


def new_voc(
    path: Path, image: Path, size: tuple[int, int, int], boxes: Iterable[Box], verified: bool = False
) -> VocFile:
    """The annotation of an image that has none yet, as LabelImg 1.8.6 would write it.

    ``size`` is (width, height, depth) in pixels and channels. LabelImg's ``<folder>``, ``<filename>``
    and ``<path>`` are taken from ``image`` as given; it marks boxes at the image's edge as truncated.
    Raises BadInputError for an image whose name XML cannot hold.
    """
    elements = elements_of(path, empty_annotation(image.parent.name, image.name, str(image), size, verified))
    if isinstance(elements, Problem):
        raise BadInputError(image, "its name has characters that XML cannot hold; rename it")
    return VocFile(path, image.name, *size, tuple(boxes), elements=elements)


def write_voc(voc: VocFile, path: Path | None = None) -> None:
    """Write the annotation to a path (by default its own), whole or not at all.

    Raises BadInputError where it cannot be written.
    """
    path = path or voc.path
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(voc.to_bytes())
        os.replace(temporary, path)
    except OSError as error:
        raise BadInputError(path, f"cannot be written ({error.strerror}); check the folder") from None
    finally:
        with suppress(OSError):
            temporary.unlink()


def interpret(
    elements: VocElements, label_set: LabelSet | None, image_size: tuple[int, int] | None
) -> tuple[VocFile | None, list[Problem]]:
    """What the elements mean, and everything that is wrong with them.

    The annotation holds the boxes that could be used, those of an unknown class included; it is
    None where the image's size is neither stated nor given.
    """
    problems = list(elements.problems)
    width, height, depth = elements.size
    if width is None or height is None:
        problems.append(_size_problem(elements, image_size))
        if image_size is None:
            return None, problems
        width, height = image_size
    inside: dict[int, Box] = {}
    for number, box in zip(elements.numbers, elements.boxes, strict=True):
        if label_set is not None and box.label not in label_set:
            problems.append(_class_problem(elements, number, box.label, label_set))
        if 0 <= box.xmin < box.xmax <= width and 0 <= box.ymin < box.ymax <= height:
            inside[number] = box
            continue
        part, problem = _part_inside(elements, number, box, width, height)
        problems.append(problem)
        if part is not None:
            inside[number] = part
    voc = VocFile(
        elements.path,
        elements.filename or "",
        width,
        height,
        depth or 1,
        tuple(inside.values()),
        tuple([problem for problem in problems if problem.severity != "error"]),
        elements=elements if len(inside) == len(elements.boxes) else _only(elements, inside),
    )
    return voc, problems


def _only(elements: VocElements, numbers: Collection[int]) -> VocElements:
    """With the boxes of these objects alone."""
    pairs = zip(elements.numbers, elements.boxes, strict=True)
    boxes = {number: box for number, box in pairs if number in numbers}
    return replace(elements, numbers=tuple(boxes), boxes=tuple(boxes.values()))


def _size_problem(elements: VocElements, image_size: tuple[int, int] | None) -> Problem:
    message = f"its <size> ({elements.size_text}) is no image's size" if elements.size_text else "no <size>"
    if image_size is None:
        return elements.problem(Kind.SIZE_MISSING, f"{message}, and no image to measure", "size")
    return elements.problem(Kind.SIZE_UNSTATED, f"{message}; the image's own is taken", "size")


def _class_problem(elements: VocElements, number: int, label: str, label_set: LabelSet) -> Problem:
    near = label_set.near(label)
    message = f"the class {label!r} is not in the label set"
    if len(near) == 1:
        message = f"{message}; {near[0]!r} is meant, it seems"
        return elements.problem(Kind.CLASS_TYPO, message, "name", number=number)
    message = f"{message} ({', '.join(label_set.classes)})"
    return elements.problem(Kind.CLASS_UNKNOWN, message, "name", number=number)


def _part_inside(
    elements: VocElements, number: int, box: Box, width: int, height: int
) -> tuple[Box | None, Problem]:
    """The part of an object's box within the image, if any, and what is wrong with the whole."""
    xmin, ymin, xmax, ymax = box.edges
    image = f"the image ({width} x {height})"
    inside = None
    if box.width <= 0 or box.height <= 0:
        inverted = box.width < 0 or box.height < 0
        kind, what = Kind.BOX_EMPTY, "is inverted" if inverted else "has no area"
    elif xmin >= width or ymin >= height or xmax <= 0 or ymax <= 0:
        kind, what = Kind.BOX_OUTSIDE, f"lies outside {image}"
    else:
        kind, what = Kind.BOX_CLIPPED, f"reaches over the edge of {image}"
        inside = replace(
            box, xmin=max(xmin, 0), ymin=max(ymin, 0), xmax=min(xmax, width), ymax=min(ymax, height)
        )
    edges = ", ".join(f"{edge:g}" for edge in box.edges)
    message = f"the {box.label} box ({edges}) {what}"
    return inside, elements.problem(kind, message, "bndbox", number=number)
