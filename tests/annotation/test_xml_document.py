import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.xml_document import DtdError, Edit, XmlError, parse_xml

BILLION_LAUGHS = (
    '<?xml version="1.0" encoding="{encoding}"?>\n<!DOCTYPE annotation [\n<!ENTITY a0 "ha">\n'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">\n' for n in range(1, 12))
    + "]>\n<annotation>&a11;</annotation>"
)
EXTERNAL = '<!DOCTYPE a [<!ENTITY secret SYSTEM "file:///etc/hostname">]><a>&secret;</a>'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_bomb_is_refused_at_once_in_any_encoding(encoding: str) -> None:
    start = time.perf_counter()
    with pytest.raises(DtdError) as refusal:
        parse_xml(BILLION_LAUGHS.format(encoding=encoding.removesuffix("-sig")).encode(encoding))
    assert refusal.value.line == 2
    assert time.perf_counter() - start < 0.5


@pytest.mark.parametrize(
    "text", [EXTERNAL, "<!DOCTYPE a><a/>", '<!DOCTYPE a SYSTEM "http://x.test/a.dtd"><a/>']
)
def test_any_dtd_is_refused(text: str) -> None:
    with pytest.raises(DtdError):
        parse_xml(text.encode())


def test_utf_7_does_not_hide_a_dtd() -> None:
    with pytest.raises(DtdError):
        parse_xml(b'<?xml version="1.0" encoding="utf-7"?>' + EXTERNAL.encode("utf-7"))


def test_entity_without_dtd_is_refused_with_its_line() -> None:
    with pytest.raises(DtdError) as refusal:
        parse_xml(b"<a>\n\n&nbsp;</a>")
    assert refusal.value.line == 3


def test_predefined_entities_and_character_references_are_text() -> None:
    _, root = parse_xml(b"<a>&lt;&amp;&#20013;</a>")
    assert root.text == "<&中"


@pytest.mark.parametrize(
    ("content", "reason", "line"),
    [
        (b"", "empty", None),
        (b" \n ", "empty", None),
        (b"\x89PNG\r\n\x1a\n\0\0", "encoding", None),
        (b"plain text", "syntax error", 1),
        (b"<a>\n<b></a>", "mismatched tag", 2),
        (b"<a>\n<b>", "no element found", 2),
        (b"<a/>\n<b/>", "junk after document element", 2),
        (b"<a>\xff</a>", "encoding utf-8", None),
        (b'<?xml version="1.0" encoding="klingon"?><a/>', "encoding klingon", None),
        (b"<a>\0</a>", "not well-formed", 1),
    ],
)
def test_what_is_not_xml_is_refused_with_reason_and_line(
    content: bytes, reason: str, line: int | None
) -> None:
    with pytest.raises(XmlError, match=reason) as refusal:
        parse_xml(content)
    assert refusal.value.line == line


def test_deep_nesting_is_survived() -> None:
    document, root = parse_xml(b"<a>" * 20_000 + b"</a>" * 20_000)
    assert root.tag == "a" and document.places.tag == "a"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gbk", "iso-8859-1", "utf-32"])
def test_edit_changes_its_own_bytes_alone_in_any_encoding(encoding: str) -> None:
    name = "椎间盘" if encoding != "iso-8859-1" else "Größe"
    declared = encoding.removesuffix("-sig")
    text = (
        f"<?xml version='1.0' encoding='{declared}'?>\r\n<a b = '>'><!-- <c/> --><c >{name}</c ><d/></a>\r\n"
    )
    document, _ = parse_xml(text.encode(encoding))
    assert document.edited([]) == text.encode(encoding)
    place = document.places.find("c")
    assert place is not None and place.line == 2
    changed = document.edited([Edit(place.inside, place.close, "x")])
    assert changed == text.replace(name, "x").encode(encoding)


def test_a_character_that_the_encoding_lacks_becomes_a_reference() -> None:
    document, _ = parse_xml(b'<?xml version="1.0" encoding="ascii"?><a>x</a>')
    place = document.places
    assert b"<a>&#30424;</a>" in document.edited([Edit(place.inside, place.close, "盘")])


def test_insertions_at_one_place_keep_their_order() -> None:
    document, _ = parse_xml(b"<a><b/></a>")
    place = document.places.children[0]
    edits = [
        Edit(place.start, place.start, "1"),
        Edit(place.start, place.start, "2"),
        Edit(place.start, place.end, ""),
    ]
    assert document.edited(edits) == b"<a>12</a>"


names = st.text("abcdef", min_size=1, max_size=4)
texts = st.text(st.characters(exclude_characters="<>&\r", exclude_categories=("Cs", "Cc")), max_size=8)
trees = st.recursive(
    st.tuples(names, texts), lambda children: st.tuples(names, st.lists(children, max_size=4)), max_leaves=12
)


def written(tree: tuple[str, object]) -> str:
    name, inside = tree
    if inside == "":
        return f"<{name}/>"
    return f"<{name}>{inside if isinstance(inside, str) else ''.join(map(written, inside))}</{name}>"  # type: ignore[arg-type]


@given(trees)
def test_places_span_their_elements(tree: tuple[str, object]) -> None:
    content = written(tree).encode()
    document, root = parse_xml(content)
    pending = [(document.places, root)]
    while pending:
        place, element = pending.pop()
        assert place.tag == element.tag and len(place.children) == len(element)
        _, again = parse_xml(content[place.start : place.end])
        assert [e.tag for e in again.iter()] == [e.tag for e in element.iter()]
        assert re.match(rb"</?\w+/?>$", content[place.close : place.end])
        pending += zip(place.children, element, strict=True)
