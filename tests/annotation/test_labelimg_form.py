"""Files in LabelImg's own form are read faster than other XML, and to the same outcome."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import example, given, settings
from hypothesis import strategies as st
from voc_files import annotation_xml

from annotation.voc import VocFile, read_voc
from errors import BadInputError

TEXTS = st.one_of(
    st.sampled_from(["disc", " normal ", "", "a]]b", "x&amp;y", "café", "a;b='c'"]), st.text("ab ]/\"'")
)
NUMBERS = st.one_of(st.integers(-5, 700), st.sampled_from(["", "1.5", "1e2", "007", "nan", "99999999999"]))
BOXES = st.lists(st.tuples(TEXTS, NUMBERS, NUMBERS, NUMBERS, NUMBERS), max_size=3)


def outcome(path: Path, content: str) -> VocFile | str:
    """What is read, or the complaint: but for the lines, which another first line moves."""
    path.write_text(content, encoding="utf-8", newline="")
    try:
        found = read_voc(path)
    except BadInputError as error:
        return error.reason
    return replace(found, warnings=tuple(replace(item, line=None) for item in found.warnings))


@given(BOXES, TEXTS, NUMBERS, st.sampled_from(["", " ", "\n", "<!-- -->", "x"]), st.integers(0, 900))
@example([("disc", 10, 20, 30, 40)], "image.png", 320, "", 0)
@settings(max_examples=150, deadline=None)
def test_labelimgs_form_means_what_the_same_xml_means(
    boxes: list[tuple[str, float, float, float, float]], name: str, width: object, inserted: str, place: int
) -> None:
    written = annotation_xml(boxes, name, width)
    written = written[:place] + inserted + written[place:]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "image.xml"
        declared = outcome(path, f'<?xml version="1.0"?>{written}')  # LabelImg writes none
        assert outcome(path, written) == declared


def test_labelimgs_form_is_edited_as_any_other(tmp_path: Path) -> None:
    path = tmp_path / "image.xml"
    path.write_text(annotation_xml(), encoding="utf-8")
    found = read_voc(path)
    assert found.to_bytes() == path.read_bytes()
    moved = replace(found, boxes=(replace(found.boxes[0], xmin=101.0), *found.boxes[1:]))
    assert moved.to_bytes() == path.read_bytes().replace(b"<xmin>100<", b"<xmin>101<", 1)
