"""XML files read safely (any encoding, no DTD, no entity) and edited in place: a changed element
changes its own bytes alone; quotes, line ends, comments and indentation stay as they were."""

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from xml.etree import ElementTree
from xml.parsers.expat import errors as expat_errors

from annotation.xml_places import Place, places

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark starts with UTF-16's
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED_ENCODING = re.compile(rb"""<\?xml[^>]*?\sencoding\s*=\s*["']([\w.-]+)["']""")


class XmlError(ValueError):
    """Not well-formed XML: ``reason``, a clause, and the ``line`` where it was noticed, if known."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


class DtdError(XmlError):
    """A DTD or an entity: refused unread."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the bytes from ``start`` to ``end`` (offsets in the content) by ``text``."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class XmlDocument:
    """A file's ``original`` bytes, and its ``content``: the same without byte order mark, in UTF-8."""

    original: bytes
    content: bytes
    encoding: str
    byte_order_mark: bytes

    @cached_property
    def places(self) -> Place:
        """Where the root element and all below it are."""
        return places(self.content)

    def edited(self, edits: Iterable[Edit]) -> bytes:
        """The file's bytes with the edits made. Edits do not overlap; of several insertions at one
        place the first given comes first."""
        numbered = [(edit.start, edit.end, number, edit.text) for number, edit in enumerate(edits)]
        if not numbered:
            return self.original
        content = self.content
        for start, end, _, text in sorted(numbered, reverse=True):
            content = content[:start] + text.encode() + content[end:]
        return self.byte_order_mark + content.decode().encode(self.encoding, "xmlcharrefreplace")


def parse_xml(original: bytes) -> tuple[XmlDocument, ElementTree.Element]:
    """Parse a file's bytes into the document and its root element.

    Raises XmlError; DtdError for any DTD or entity, before anything of it is expanded.
    """
    document = _decoded(original)
    # Whatever the encoding was, the content is UTF-8 by now: no DTD without these very bytes.
    dtd = document.content.find(b"<!DOCTYPE")
    if dtd >= 0:
        line = document.content.count(b"\n", 0, dtd) + 1
        raise DtdError("it has a DTD (<!DOCTYPE>), which is never read", line)
    try:
        return document, ElementTree.fromstring(document.content, ElementTree.XMLParser(encoding="utf-8"))
    except ElementTree.ParseError as error:
        line = error.position[0]
        if error.code == expat_errors.codes[expat_errors.XML_ERROR_UNDEFINED_ENTITY]:
            raise DtdError("it uses an entity, which is never expanded", line) from None
        raise XmlError(f"not XML ({error.msg.partition(':')[0]})", line) from None


def _decoded(original: bytes) -> XmlDocument:
    byte_order_mark, encoding = _encoding(original)
    try:
        content = original[len(byte_order_mark) :].decode(encoding).encode()
    except (UnicodeError, LookupError):
        raise XmlError(f"the text is not in the encoding {encoding}") from None
    if not content.strip():
        raise XmlError("the file is empty")
    return XmlDocument(original, content, encoding, byte_order_mark)


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
