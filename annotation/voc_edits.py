"""How a changed annotation is put into its XML: what stays the same keeps its bytes.

New elements are written as LabelImg 1.8.6 writes them (libs/pascal_voc_io.py): one tab a level.
"""

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from xml.sax.saxutils import escape

from annotation.boxes import Box
from annotation.voc_elements import EDGES, SIZE, VocElements, VocObject
from annotation.xml_document import Edit, Element

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
    root, document = elements.root, elements.document
    newline = document.newline
    if root.close == root.start:  # <annotation/> has no inside to write into
        lines = (line for box in boxes for line in _object_lines(box, size))
        inside = (f"\t{_tagged('filename', filename)}", *_size_lines(size), *lines)
        yield _replaced(elements, root, newline.join(("<annotation>", *inside, "</annotation>")))
        return
    top = document.content_start(root)
    if filename != (elements.filename or ""):
        element = root.find("filename")
        text = _tagged("filename", filename)
        yield _replaced(elements, element, text) if element else Edit(top, top, f"{newline}\t{text}")
    if size != elements.size:
        element = root.find("size")
        if element is None:
            yield Edit(top, top, newline + newline.join(_size_lines(size)))
        else:
            texts = {name: str(value) for name, value in zip(SIZE, size, strict=True)}
            yield from _texts_set(elements, element, texts, _size_lines(size))
    yield from _box_edits(elements, size, boxes)


def _box_edits(elements: VocElements, size: Size, boxes: Sequence[Box]) -> Iterator[Edit]:
    objects = elements.objects
    matcher = SequenceMatcher(None, [item.box for item in objects], boxes, autojunk=False)
    for _, first, last, new_first, new_last in matcher.get_opcodes():
        old, new = objects[first:last], boxes[new_first:new_last]
        for item, box in zip(old, new, strict=False):
            yield from _changed(elements, item, box, size)
        for item in old[len(new) :]:
            yield _deletion(elements, item.element)
        if added := new[len(old) :]:
            yield _insertion(elements, last, added, size)


def _changed(elements: VocElements, item: VocObject, box: Box, size: Size) -> Iterator[Edit]:
    before, after = _texts(item.box), _texts(box)
    texts = {path: text for path, text in after.items() if text != before[path]}
    yield from _texts_set(elements, item.element, texts, _object_lines(box, size))


def _texts(box: Box) -> dict[str, str]:
    """The text of each element of a box's ``<object>``, by its path."""
    return {
        "name": box.label,
        "pose": box.pose,
        "truncated": str(int(box.truncated)),
        "difficult": str(int(box.difficult)),
        **{f"bndbox/{name}": _pixels(value) for name, value in zip(EDGES, box.edges, strict=True)},
    }


def _texts_set(
    elements: VocElements, element: Element, texts: Mapping[str, str], whole: Sequence[str]
) -> Iterator[Edit]:
    """Set the texts of an element's descendants; where one of them is missing, write the whole anew."""
    found = {path: element.find(*path.split("/")) for path in texts}
    if None in found.values():
        yield _replaced(elements, element, elements.document.newline.join(whole).lstrip())
        return
    for path, child in found.items():
        if child is not None:
            yield _replaced(elements, child, _tagged(child.tag, texts[path]))


def _replaced(elements: VocElements, element: Element, text: str) -> Edit:
    return Edit(element.start, elements.document.end(element), text)


def _deletion(elements: VocElements, element: Element) -> Edit:
    """The element's deletion together with the white space before it, so that its line goes."""
    before = elements.document.content[: element.start].rstrip()
    return Edit(len(before), elements.document.end(element), "")


def _insertion(elements: VocElements, position: int, boxes: Sequence[Box], size: Size) -> Edit:
    """New objects before the object at this position, or at the end of the file."""
    newline = elements.document.newline
    texts = [newline.join(_object_lines(box, size)) for box in boxes]
    if position < len(elements.objects):
        start = elements.objects[position].element.start
        return Edit(start, start, "".join(f"{text.lstrip()}{newline}\t" for text in texts))
    close = elements.root.close
    return Edit(close, close, "".join(f"{text}{newline}" for text in texts))


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
