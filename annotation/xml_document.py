"""XML with positions: read safely, edited in place, every other byte kept as it was.

Why expat and no tree library: it tells the offset of each element, so that a changed box changes
its own characters alone, and it meets a DTD before anything in it can expand.
"""

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from xml.parsers import expat

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark starts with UTF-16's
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED_ENCODING = re.compile(rb"""<\?xml[^>]*?\sencoding\s*=\s*["']([\w.-]+)["']""")
_TAG = re.compile(rb"""<(?:[^"'>]|"[^"]*"|'[^']*')*>""")


class XmlError(ValueError):
    """Not well-formed XML: ``reason``, a clause, and the ``line`` where it was noticed, if known."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


class DtdError(XmlError):
    """A DTD or an entity: refused unread."""


@dataclass(slots=True)
class Element:
    """One element: its own text, and where its tags start in the document's content (bytes).

    ``close`` is where the end tag starts; an element without one (``<a/>``) has ``close == start``.
    """

    tag: str
    line: int
    start: int
    close: int = 0
    text: str = ""
    children: list["Element"] = field(default_factory=list)

    def all(self, tag: str) -> list["Element"]:
        return [child for child in self.children if child.tag == tag]

    def find(self, *path: str) -> "Element | None":
        """The first descendant along a path of tags."""
        element = self
        for tag in path:
            for child in element.children:
                if child.tag == tag:
                    element = child
                    break
            else:
                return None
        return element

    def text_of(self, *path: str) -> str | None:
        """The text of the first descendant along a path of tags, without the space around it."""
        element = self.find(*path)
        return None if element is None else element.text.strip()


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the bytes from ``start`` to ``end`` (offsets in the content) by ``text``."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class XmlDocument:
    """A parsed file: ``original`` as on disk; ``content`` the same without byte order mark, in UTF-8."""

    original: bytes
    content: bytes
    encoding: str
    byte_order_mark: bytes
    root: Element

    @property
    def newline(self) -> str:
        return "\r\n" if b"\r\n" in self.content else "\n"

    def content_start(self, element: Element) -> int:
        """Where the start tag ends."""
        return self._tag_end(element.start)

    def end(self, element: Element) -> int:
        """Where the whole element ends."""
        return self._tag_end(element.close)

    def _tag_end(self, offset: int) -> int:
        tag = _TAG.match(self.content, offset)
        assert tag is not None, "expat reports offsets of tags"
        return tag.end()

    def edited(self, edits: Iterable[Edit]) -> bytes:
        """The file's bytes with the edits made. Edits do not overlap; of several insertions at one
        place the first given comes first."""
        numbered = sorted(((e.start, e.end, n, e.text) for n, e in enumerate(edits)), reverse=True)
        if not numbered:
            return self.original
        content = self.content
        for start, end, _, text in numbered:
            content = content[:start] + text.encode() + content[end:]
        return self.byte_order_mark + content.decode().encode(self.encoding, "xmlcharrefreplace")


def parse_xml(original: bytes) -> XmlDocument:
    """Parse a file's bytes. Raises XmlError; DtdError for any DTD or entity, before it expands."""
    byte_order_mark, encoding = _encoding(original)
    try:
        content = original[len(byte_order_mark) :].decode(encoding).encode()
    except (UnicodeError, LookupError):
        raise XmlError(f"the text is not in the encoding {encoding}") from None
    if not content.strip():
        raise XmlError("the file is empty")
    return XmlDocument(original, content, encoding, byte_order_mark, _parse(content))


def _encoding(original: bytes) -> tuple[bytes, str]:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if original.startswith(mark):
            return mark, encoding
    if original.startswith(b"<\0"):
        return b"", "utf-16-le"
    if original.startswith(b"\0<"):
        return b"", "utf-16-be"
    declared = _DECLARED_ENCODING.match(original)
    return b"", declared[1].decode() if declared else "utf-8"


def _parse(content: bytes) -> Element:
    # The content is UTF-8 by now, whatever its declaration says.
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    top = Element("", 0, 0)
    open_elements = [top]

    def start(tag: str, _: dict[str, str]) -> None:
        element = Element(tag, parser.CurrentLineNumber, parser.CurrentByteIndex)
        open_elements[-1].children.append(element)
        open_elements.append(element)

    def end(_: str) -> None:
        open_elements.pop().close = parser.CurrentByteIndex

    def text(characters: str) -> None:
        open_elements[-1].text += characters

    def refuse_dtd(*_: object) -> None:
        raise DtdError("it has a DTD (<!DOCTYPE>), which is never read", parser.CurrentLineNumber)

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = refuse_dtd
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        reason = expat.ErrorString(error.code)
        if error.code == expat.errors.codes[expat.errors.XML_ERROR_UNDEFINED_ENTITY]:
            raise DtdError("it uses an entity, which is never expanded", error.lineno) from None
        raise XmlError(f"not XML ({reason})", error.lineno) from None
    return top.children[0]
