"""What a Pascal VOC file literally says: its elements and their values, nothing judged by an image."""

import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from xml.etree.ElementTree import Element

from annotation.boxes import Box
from annotation.problems import Kind, Problem
from annotation.xml_document import DtdError, XmlDocument, XmlError, parse_xml

EDGES = ("xmin", "ymin", "xmax", "ymax")
SIZE = ("width", "height", "depth")

_LARGEST_FILE = 32_000_000  # bytes; some 100,000 boxes
_LARGEST_SIDE = 65_535  # pixels; JPEG ends here
_TEXT = "([ -%'-;=?-~]*)"  # printable ASCII without what XML writes otherwise: & < >
_HEAD = re.compile(
    rf"""<annotation(?: verified="yes")?>
\t<folder>{_TEXT}</folder>
\t<filename>{_TEXT}</filename>
\t<path>{_TEXT}</path>
\t<source>
\t\t<database>{_TEXT}</database>
\t</source>
\t<size>
\t\t<width>([0-9]+)</width>
\t\t<height>([0-9]+)</height>
\t\t<depth>([0-9]+)</depth>
\t</size>
\t<segmented>0</segmented>
"""
)
_OBJECT = re.compile(
    rf"""\t<object>
\t\t<name>{_TEXT}</name>
\t\t<pose>{_TEXT}</pose>
\t\t<truncated>([01])</truncated>
\t\t<difficult>([01])</difficult>
\t\t<bndbox>
\t\t\t<xmin>([0-9]{{1,9}})</xmin>
\t\t\t<ymin>([0-9]{{1,9}})</ymin>
\t\t\t<xmax>([0-9]{{1,9}})</xmax>
\t\t\t<ymax>([0-9]{{1,9}})</ymax>
\t\t</bndbox>
\t</object>
"""
)
_END = ("</annotation>\n", "</annotation>")
_FLAGS = {"0": False, "1": True, "false": False, "true": True, "no": False, "yes": True, "": False}


@dataclass(frozen=True)
class VocElements:
    """The elements of one file; ``None`` stands for what is missing or makes no sense.

    ``size`` is (width, height, depth) in pixels and channels, ``size_text`` the same as written
    ("" without a ``<size>``). ``boxes`` are those of the ``object_count`` ``<object>``s whose class and
    four edges could be read, as written there, and ``numbers`` which objects they are, from 1;
    ``problems`` tells of the others.
    """

    path: Path
    document: XmlDocument
    filename: str | None
    size: tuple[int | None, int | None, int | None]
    size_text: str
    boxes: tuple[Box, ...]
    numbers: tuple[int, ...]
    object_count: int
    problems: tuple[Problem, ...]

    def problem(self, kind: Kind, message: str, *path: str, number: int | None = None) -> Problem:
        """A problem with the element at a path of tags, in the object of this number or in the root."""
        return _problem(self.path, self.document, kind, message, path, number)


def read_elements(path: Path) -> VocElements | Problem:
    """Read a file's elements, or the one problem that makes it unreadable."""
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):
            return Problem(Kind.UNREADABLE, path, "no such file")
        if about.st_size > _LARGEST_FILE:
            return Problem(Kind.NOT_XML, path, "too large for the annotation of one image")
        with path.open("rb", buffering=0) as file:
            return elements_of(path, file.read())
    except (FileNotFoundError, NotADirectoryError):
        return Problem(Kind.UNREADABLE, path, "no such file")
    except OSError as error:
        return Problem(Kind.UNREADABLE, path, f"cannot be read ({error.strerror})")


def elements_of(path: Path, content: bytes) -> VocElements | Problem:
    """The elements of a file with this content."""
    return _as_labelimg_writes(path, content) or _elements_of_xml(path, content)


def _as_labelimg_writes(path: Path, content: bytes) -> VocElements | None:
    """The elements of a file that is letter by letter as LabelImg writes it, which nearly all are: several
    times faster than as XML, with the same outcome. None for any other."""
    text = content.decode("ascii") if content.isascii() else ""
    head = _HEAD.match(text)
    if head is None:
        return None
    filename, width, height, depth = head[2].strip(), head[5], head[6], head[7]
    size = _side(width), _side(height), _side(depth)
    parts = _OBJECT.split(text[head.end() :])
    # What is between the objects, and for each of their elements a list of its texts.
    gaps, names, poses, truncated, difficult, *edges = (
        parts[first :: _OBJECT.groups + 1] for first in range(_OBJECT.groups + 1)
    )
    labels = [*map(str.strip, names)]
    if not filename or None in size or not all(labels) or any(gaps[:-1]) or gaps[-1] not in _END:
        return None
    columns = zip(labels, *(map(float, texts) for texts in edges), poses, truncated, difficult, strict=True)
    boxes = tuple(
        [
            Box(label, xmin, ymin, xmax, ymax, None, pose.strip(), cut == "1", hard == "1")
            for label, xmin, ymin, xmax, ymax, pose, cut, hard in columns
        ]
    )
    document = XmlDocument(content, content, "utf-8", b"")
    size_text = f"{width} x {height} x {depth}"
    numbers = tuple(range(1, len(boxes) + 1))
    return VocElements(path, document, filename, size, size_text, boxes, numbers, len(boxes), ())


def _elements_of_xml(path: Path, content: bytes) -> VocElements | Problem:
    try:
        document, root = parse_xml(content)
    except DtdError as error:
        return Problem(Kind.DTD, path, error.reason, error.line)
    except XmlError as error:
        return Problem(Kind.NOT_XML, path, error.reason, error.line)
    if root.tag != "annotation":
        message = f"not Pascal VOC: its root is <{root.tag}> instead of <annotation>"
        return _problem(path, document, Kind.WRONG_ROOT, message)
    return _Reader(path, document).elements(root)


def _problem(
    path: Path,
    document: XmlDocument,
    kind: Kind,
    message: str,
    tags: tuple[str, ...] = (),
    number: int | None = None,
) -> Problem:
    place = document.places if number is None else document.places.all("object")[number - 1]
    for tag in tags:  # as far down as there are such elements
        place = place.find(tag) or place
    return Problem(kind, path, message, place.line, number)


@dataclass
class _Reader:
    """Reads one file; ``number`` is that of the object being read."""

    path: Path
    document: XmlDocument
    number: int | None = None
    problems: list[Problem] = field(default_factory=list)

    def elements(self, root: Element) -> VocElements:
        filename = self.texts(root, "filename", "size").get("filename")
        if not filename:
            self.report(Kind.FILENAME_MISSING, "no <filename>")
        for child in root:
            if child.tag == "bndbox" or (child.tag != "object" and child.find("bndbox") is not None):
                message = f"a <bndbox> in <{child.tag}>, where no program reads it"
                self.report(Kind.BOX_ELSEWHERE, message, child.tag)
        size = root.find("size")
        sides = {} if size is None else self.texts(size, *SIZE)
        elements = root.findall("object")
        boxes: dict[int, Box] = {}
        for self.number, element in enumerate(elements, start=1):
            box = self.box(element)
            if box is not None:
                boxes[self.number] = box
        return VocElements(
            self.path,
            self.document,
            filename or None,
            (_side(sides.get("width")), _side(sides.get("height")), _side(sides.get("depth", "1"))),
            "" if size is None else " x ".join(sides.get(name) or "?" for name in SIZE),
            tuple(boxes.values()),
            tuple(boxes),
            len(elements),
            tuple(self.problems),
        )

    def texts(self, element: Element, *single: str) -> dict[str, str]:
        """The texts of an element's children by tag, without the space around them. Of the tags that
        stand for a ``single`` value, none may come twice."""
        texts = {child.tag: (child.text or "").strip() for child in element}
        if len(texts) < len(element):
            present = [child.tag for child in element]
            for tag in single:
                if present.count(tag) > 1:
                    message = f"<{element.tag}> has more than one <{tag}>"
                    self.report(Kind.ELEMENT_REPEATED, message, element.tag, tag)
        return texts

    def box(self, element: Element) -> Box | None:
        """The box of an ``<object>``, or None where its class or an edge cannot be told."""
        problems_before = len(self.problems)
        texts = self.texts(element, "name", "bndbox")
        if not texts.get("name"):
            self.report(Kind.LABEL_MISSING, "the box has no class", "name")
        edges = self.edges(element)
        if len(self.problems) > problems_before:
            return None
        return Box(
            texts["name"],
            *edges,
            pose=texts.get("pose", "Unspecified"),
            truncated=self.flag("truncated", texts),
            difficult=self.flag("difficult", texts),
        )

    def edges(self, element: Element) -> tuple[float, float, float, float]:
        """The four edges; with a problem reported, 0 for those that cannot be told."""
        box = element.find("bndbox")
        if box is None:
            self.report(Kind.BOX_MISSING, "the object has no <bndbox>")
            return 0, 0, 0, 0
        texts = self.texts(box, *EDGES)
        xmin, ymin, xmax, ymax = (self.edge(name, texts.get(name)) for name in EDGES)
        return xmin, ymin, xmax, ymax

    def edge(self, name: str, text: str | None) -> float:
        value = _number(text)
        if value is None:
            what = f"no <{name}>" if text is None else f"<{name}> is {text!r}, not a number"
            self.report(Kind.NOT_A_NUMBER, what, "bndbox", name)
        return value or 0

    def flag(self, name: str, texts: Mapping[str, str]) -> bool:
        text = texts.get(name, "0").lower()
        if text not in _FLAGS:
            self.report(Kind.FLAG_ODD, f"<{name}> is {text!r}, taken as 0", name)
        return _FLAGS.get(text, False)

    def report(self, kind: Kind, message: str, *path: str) -> None:
        self.problems.append(_problem(self.path, self.document, kind, message, path, self.number))


def _side(text: str | None) -> int | None:
    value = _number(text)
    return int(value) if value is not None and value.is_integer() and 0 < value <= _LARGEST_SIDE else None


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if isfinite(value) and "_" not in str(text) else None
