"""Where the elements of an XML text are: what a line number or an edit needs, and no library's tree keeps."""

import re
from dataclasses import dataclass, field
from xml.parsers import expat

_TAG = re.compile(rb"""<(?:[^"'>]|"[^"]*"|'[^']*')*>""")


@dataclass(slots=True)
class Place:
    """The place of one element: its line, from 1, and offsets in bytes.

    The start tag spans ``start`` to ``inside``, the end tag ``close`` to ``end``; the two are the
    same where there is but one (``<a/>``).
    """

    tag: str
    line: int
    start: int
    inside: int
    close: int = 0
    end: int = 0
    children: list["Place"] = field(default_factory=list)

    def all(self, tag: str) -> list["Place"]:
        return [child for child in self.children if child.tag == tag]

    def find(self, *path: str) -> "Place | None":
        """The first descendant along a path of tags."""
        if not path:
            return self
        found = self.all(path[0])
        return found[0].find(*path[1:]) if found else None


def places(content: bytes) -> Place:
    """The root element's place, with those of all elements below it. ``content`` is well-formed
    XML in UTF-8 without a DTD."""
    parser = expat.ParserCreate("utf-8")
    top = Place("", 0, 0, 0)
    open_elements = [top]

    def tag_end() -> int:
        tag = _TAG.match(content, parser.CurrentByteIndex)
        assert tag is not None, "expat reports the offsets of tags"
        return tag.end()

    def start(tag: str, _: dict[str, str]) -> None:
        place = Place(tag, parser.CurrentLineNumber, parser.CurrentByteIndex, tag_end())
        open_elements[-1].children.append(place)
        open_elements.append(place)

    def end(_: str) -> None:
        place = open_elements.pop()
        if content.endswith(b"/>", place.start, place.inside):
            place.close, place.end = place.start, place.inside
        else:
            place.close, place.end = parser.CurrentByteIndex, tag_end()

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.Parse(content, True)
    return top.children[0]
