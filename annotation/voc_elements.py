"""What a Pascal VOC file literally says: its elements and their values, nothing judged by an image."""

from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path

from annotation.boxes import Box
from annotation.problems import Kind, Problem
from annotation.xml_document import DtdError, Element, XmlDocument, XmlError, parse_xml

EDGES = ("xmin", "ymin", "xmax", "ymax")
SIZE = ("width", "height", "depth")

_LARGEST_SIDE = 65_535  # pixels; JPEG ends here
_FLAGS = {"0": False, "1": True, "false": False, "true": True, "no": False, "yes": True, "": False}


@dataclass(frozen=True, slots=True)
class VocObject:
    """One ``<object>``: its number in the file, from 1, and its box as written there."""

    number: int
    element: Element
    box: Box

    def line(self, tag: str) -> int:
        """The line of one of the object's elements."""
        found = self.element.find(tag)
        return (found or self.element).line


@dataclass(frozen=True)
class VocElements:
    """The elements of one file; ``None`` stands for what is missing or makes no sense.

    ``size`` is (width, height, depth) in pixels and channels; ``objects`` are those whose class and
    four edges could be read; ``problems`` tells of the others.
    """

    path: Path
    document: XmlDocument
    filename: str | None
    size: tuple[int | None, int | None, int | None]
    objects: tuple[VocObject, ...]
    problems: tuple[Problem, ...]

    @property
    def root(self) -> Element:
        return self.document.root


def read_elements(path: Path) -> VocElements | Problem:
    """Read a file's elements, or the one problem that makes it unreadable."""
    try:
        document = parse_xml(path.read_bytes())
    except FileNotFoundError:
        return Problem(Kind.UNREADABLE, path, "no such file")
    except OSError as error:
        return Problem(Kind.UNREADABLE, path, f"cannot be read ({error.strerror})")
    except DtdError as error:
        return Problem(Kind.DTD, path, error.reason, error.line)
    except XmlError as error:
        return Problem(Kind.NOT_XML, path, error.reason, error.line)
    if document.root.tag != "annotation":
        message = f"not Pascal VOC: its root is <{document.root.tag}> instead of <annotation>"
        return Problem(Kind.WRONG_ROOT, path, message, document.root.line)
    return elements_of(path, document)


def elements_of(path: Path, document: XmlDocument) -> VocElements:
    """The elements of a document whose root is ``<annotation>``."""
    root = document.root
    log = _Log(path)
    log.repeated(root, ("filename", "size"))
    for child in root.children:
        if child.tag == "bndbox" or (child.tag != "object" and child.find("bndbox")):
            log.add(Kind.BOX_ELSEWHERE, f"a <bndbox> in <{child.tag}>, where no program reads it", child)
    filename = root.text_of("filename")
    if not filename:
        log.add(Kind.FILENAME_MISSING, "no <filename>", root)
    objects = []
    for log.number, element in enumerate(root.all("object"), start=1):
        box = _box(element, log)
        if box is not None:
            objects.append(VocObject(log.number, element, box))
    size = _side(root, "width"), _side(root, "height"), _side(root, "depth", missing=1)
    return VocElements(path, document, filename or None, size, tuple(objects), tuple(log.problems))


@dataclass
class _Log:
    """The problems found so far in one file, and the number of the object being read."""

    path: Path
    number: int | None = None
    problems: list[Problem] = field(default_factory=list)

    def add(self, kind: Kind, message: str, element: Element) -> None:
        self.problems.append(Problem(kind, self.path, message, element.line, self.number))

    def repeated(self, element: Element, tags: tuple[str, ...]) -> bool:
        """Whether one of the tags, each of which stands for one value, comes twice in an element."""
        present = [child.tag for child in element.children]
        twice = [tag for tag in tags if present.count(tag) > 1]
        for tag in twice:
            self.add(Kind.ELEMENT_REPEATED, f"<{element.tag}> has more than one <{tag}>", element)
        return bool(twice)


def _side(root: Element, name: str, missing: int | None = None) -> int | None:
    text = root.text_of("size", name)
    if text is None:
        return missing
    value = _number(text)
    return int(value) if value is not None and value.is_integer() and 0 < value <= _LARGEST_SIDE else None


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if isfinite(value) and "_" not in text else None


def _box(element: Element, log: _Log) -> Box | None:
    """The box of an ``<object>``, or None where its class or an edge cannot be told."""
    label = element.text_of("name")
    if not label:
        log.add(Kind.LABEL_MISSING, "the box has no class", element)
    edges = _edges(element, log)
    if log.repeated(element, ("name", "bndbox")) or not label or edges is None:
        return None
    pose = element.text_of("pose")
    return Box(
        label,
        *edges,
        pose="Unspecified" if pose is None else pose,
        truncated=_flag(element, "truncated", log),
        difficult=_flag(element, "difficult", log),
    )


def _edges(element: Element, log: _Log) -> tuple[float, float, float, float] | None:
    box = element.find("bndbox")
    if box is None:
        log.add(Kind.BOX_MISSING, "the object has no <bndbox>", element)
        return None
    edges = []
    for name in EDGES:
        edge = box.find(name)
        value = _number(edge.text) if edge is not None else None
        if edge is None:
            log.add(Kind.NOT_A_NUMBER, f"the box has no <{name}>", box)
        elif value is None:
            log.add(Kind.NOT_A_NUMBER, f"<{name}> is {edge.text.strip()!r}, not a number", edge)
        else:
            edges.append(value)
    if log.repeated(box, EDGES) or len(edges) < len(EDGES):
        return None
    return edges[0], edges[1], edges[2], edges[3]


def _flag(element: Element, name: str, log: _Log) -> bool:
    flag = element.find(name)
    if flag is None:
        return False
    text = flag.text.strip()
    if text.lower() not in _FLAGS:
        log.add(Kind.FLAG_ODD, f"<{name}> is {text!r}, taken as 0", flag)
    return _FLAGS.get(text.lower(), False)
