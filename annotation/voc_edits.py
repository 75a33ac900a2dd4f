"""How a changed annotation is put into its XML: what stays the same keeps its bytes.

New elements are written as LabelImg 1.8.6 writes them (libs/pascal_voc_io.py): one tab a level.
"""

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from xml.sax.saxutils import escape

from annotation.boxes import Box
from annotation.voc_elements import EDGES, SIZE, VocElements
from annotation.xml_document import Edit
from annotation.xml_places import Place

Size = tuple[int, int, int]
"""(width, height, depth) of an image in pixels and channels."""


def empty_annotation(folder: str, filename: str, path: str, size: Size, verified: bool = False) -> bytes:
    """LabelImg's file for an image without boxes."""
    lines = (
        '<annotation verified="yes">' if verified else "<annotation>",
        f"\t{_tagged('folder', folder)}",
        f"\t{_tagged('filename', filename)}",
        f"\t{_tagged('path', path)}",
        "\t<source>",
        "\t\t<database>Unknown</database>",
        "\t</source>",
        *_size_lines(size),
        "\t<segmented>0</segmented>",
        "</annotation>",
        "",
    )
    return "\n".join(lines).encode()


def edits(elements: VocElements, filename: str, size: Size, boxes: Sequence[Box]) -> Iterator[Edit]:
    """The edits after which the file says this file name, this size and these boxes, in this order."""
    if (*boxes,) == elements.boxes and size == elements.size and filename == (elements.filename or ""):
        return
    root = elements.document.places
    newline = "\r\n" if b"\r\n" in elements.document.content else "\n"
    if root.close == root.start:  # <annotation/> has no inside to write into
        lines = (line for box in boxes for line in _object_lines(box, size))
        inside = (f"\t{_tagged('filename', filename)}", *_size_lines(size), *lines)
        yield _replaced(root, newline.join(("<annotation>", *inside, "</annotation>")))
        return
    if filename != (elements.filename or ""):
        element = root.find("filename")
        text = _tagged("filename", filename)
        yield _replaced(element, text) if element else _first(root, f"{newline}\t{text}")
    if size != elements.size:
        element = root.find("size")
        texts = {name: str(value) for name, value in zip(SIZE, size, strict=True)}
        whole = newline.join(_size_lines(size))
        yield from _set(element, texts, whole) if element else [_first(root, f"{newline}{whole}")]
    yield from _box_edits(elements, root, newline, size, boxes)


def _box_edits(
    elements: VocElements, root: Place, newline: str, size: Size, boxes: Sequence[Box]
) -> Iterator[Edit]:
    before, all_objects = elements.boxes, root.all("object")
    objects = [all_objects[number - 1] for number in elements.numbers]
    for _, first, last, new_first, new_last in SequenceMatcher(None, before, boxes, False).get_opcodes():
        old, new = objects[first:last], boxes[new_first:new_last]
        for element, was, box in zip(old, before[first:last], new, strict=False):
            texts = dict(_texts(box).items() - _texts(was).items())
            yield from _set(element, texts, newline.join(_object_lines(box, size)))
        for element in old[len(new) :]:
            yield _deletion(elements, element)
        added = [newline.join(_object_lines(box, size)) for box in new[len(old) :]]
        if added and last < len(objects):
            start = objects[last].start
            yield Edit(start, start, "".join(f"{text.lstrip()}{newline}\t" for text in added))
        elif added:
            yield Edit(root.close, root.close, "".join(f"{text}{newline}" for text in added))


def _texts(box: Box) -> dict[str, str]:
    """The text of each element of a box's ``<object>``, by its path."""
    return {
        "name": box.label,
        "pose": box.pose,
        "truncated": str(int(box.truncated)),
        "difficult": str(int(box.difficult)),
        **{f"bndbox/{name}": _pixels(value) for name, value in zip(EDGES, box.edges, strict=True)},
    }


def _set(element: Place, texts: Mapping[str, str], whole: str) -> Iterator[Edit]:
    """Set the texts of an element's descendants; where one of them is missing, write the whole anew."""
    found = {path: element.find(*path.split("/")) for path in texts}
    if None in found.values():
        yield _replaced(element, whole.lstrip())
        return
    for path, child in found.items():
        if child is not None:
            yield _replaced(child, _tagged(child.tag, texts[path]))


def _replaced(element: Place, text: str) -> Edit:
    return Edit(element.start, element.end, text)


def _first(root: Place, text: str) -> Edit:
    """The insertion of a first child."""
    return Edit(root.inside, root.inside, text)


def _deletion(elements: VocElements, element: Place) -> Edit:
    """The element's deletion together with the white space before it, so that its line goes."""
    before = elements.document.content[: element.start].rstrip()
    return Edit(len(before), element.end, "")


def _size_lines(size: Size) -> tuple[str, ...]:
    inner = (f"\t\t{_tagged(name, str(value))}" for name, value in zip(SIZE, size, strict=True))
    return "\t<size>", *inner, "\t</size>"


def _object_lines(box: Box, size: Size) -> tuple[str, ...]:
    width, height, _ = size
    # LabelImg's rule; its smallest coordinate is 1.
    at_edge = 1 in (int(box.xmin), int(box.ymin)) or int(box.xmax) == width or int(box.ymax) == height
    return (
        "\t<object>",
        f"\t\t{_tagged('name', box.label)}",
        f"\t\t{_tagged('pose', box.pose)}",
        f"\t\t{_tagged('truncated', str(int(box.truncated or at_edge)))}",
        f"\t\t{_tagged('difficult', str(int(box.difficult)))}",
        "\t\t<bndbox>",
        *(f"\t\t\t{_tagged(name, _pixels(value))}" for name, value in zip(EDGES, box.edges, strict=True)),
        "\t\t</bndbox>",
        "\t</object>",
    )


def _tagged(tag: str, text: str) -> str:
    escaped = escape(text, {"\r": "&#13;"})
    return f"<{tag}>{escaped}</{tag}>" if text else f"<{tag}/>"


def _pixels(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))
