"""Reading and writing Pascal VOC: LabelImg's bytes, and the oddities of real files."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from libs.pascal_voc_io import PascalVocReader, PascalVocWriter
from voc_files import DISC, HEIGHT, NORMAL, VERTEBRA, WIDTH, annotation_xml, object_xml

from annotation.boxes import Box
from annotation.labels import named_label_set
from annotation.problems import Kind
from annotation.voc import VocFile, new_voc, read_voc, write_voc
from annotation.voc_elements import VocElements, elements_of
from errors import BadInputError

LUMBAR = named_label_set("lumbar")


def read(folder: Path, content: str | bytes, image_size: tuple[int, int] | None = None) -> VocFile:
    path = folder / "image.xml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_voc(path, label_set=LUMBAR, image_size=image_size)


def rows(voc: VocFile) -> list[tuple[str, float, float, float, float]]:
    return [(box.label, *box.edges) for box in voc.boxes]


# --- LabelImg's own files


def test_a_file_of_labelimg_is_read_and_keeps_its_bytes(tmp_path: Path) -> None:
    voc = read(tmp_path, annotation_xml())
    assert (voc.filename, voc.width, voc.height, voc.depth) == ("image.png", WIDTH, HEIGHT, 1)
    assert rows(voc) == [DISC, NORMAL, VERTEBRA] and voc.warnings == ()
    assert voc.to_bytes() == voc.path.read_bytes()


def test_every_real_file_keeps_its_bytes(shared: Path) -> None:
    paths = sorted((shared / "spider-sample" / "annotations").glob("*.xml"))
    assert len(paths) == 150
    for path in paths:
        assert read_voc(path, label_set=LUMBAR).to_bytes() == path.read_bytes()


box_lists = st.lists(
    st.builds(
        lambda label, xmin, ymin, width, height, difficult: Box(
            label, xmin, ymin, min(xmin + width, WIDTH), min(ymin + height, HEIGHT), difficult=difficult
        ),
        label=st.sampled_from([*LUMBAR.classes, "L4/L5 <&>", "椎间盘"]),
        xmin=st.integers(1, WIDTH - 1),
        ymin=st.integers(1, HEIGHT - 1),
        width=st.integers(1, WIDTH),
        height=st.integers(1, HEIGHT),
        difficult=st.booleans(),
    ),
    max_size=6,
)


@given(box_lists, st.sampled_from([1, 3]), st.booleans())
def test_a_new_file_has_the_bytes_of_labelimg(
    tmp_path_factory: pytest.TempPathFactory, boxes: list[Box], depth: int, verified: bool
) -> None:
    folder = tmp_path_factory.getbasetemp()
    image, theirs = Path("/data/患者/images/第1张.png"), folder / "theirs.xml"
    writer = PascalVocWriter("images", image.name, (HEIGHT, WIDTH, depth), local_img_path=str(image))
    writer.verified = verified
    for box in boxes:
        writer.add_bnd_box(*(int(edge) for edge in box.edges), box.label, int(box.difficult))
    writer.save(str(theirs))
    ours = new_voc(folder / "ours.xml", image, (WIDTH, HEIGHT, depth), boxes, verified)
    assert ours.to_bytes() == theirs.read_bytes()


def test_labelimg_reads_what_we_write(tmp_path: Path) -> None:
    boxes = [Box("disc", 10, 20, 60, 40), Box("normal", 10.5, 20.25, 60, 40, difficult=True)]
    path = tmp_path / "new.xml"
    write_voc(new_voc(path, Path("images/new.png"), (WIDTH, HEIGHT, 1), boxes, verified=True))
    reader = PascalVocReader(str(path))
    assert reader.verified
    shapes = [
        (label, points[0], points[2], difficult) for label, points, _, _, difficult in reader.get_shapes()
    ]
    assert shapes == [("disc", (10, 20), (60, 40), False), ("normal", (10, 20), (60, 40), True)]


def test_an_image_name_that_xml_cannot_hold_is_refused() -> None:
    with pytest.raises(BadInputError, match="rename it"):
        new_voc(Path("a.xml"), Path("a\x01.png"), (WIDTH, HEIGHT, 1), [])


# --- writing

fractions = st.floats(0, 100, allow_nan=False).map(lambda value: round(value, 3))
any_boxes = st.lists(
    st.builds(
        lambda label, xmin, ymin, width, height, pose, truncated, difficult: Box(
            label, xmin, ymin, xmin + width, ymin + height, None, pose, truncated, difficult
        ),
        label=st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=6),
        xmin=fractions,
        ymin=fractions,
        width=st.floats(0.5, 90),
        height=st.floats(0.5, 90),
        pose=st.sampled_from(["Unspecified", "Frontal", ""]),
        truncated=st.booleans(),
        difficult=st.booleans(),
    ),
    max_size=6,
)


@given(any_boxes, any_boxes, st.sampled_from(["\n", "\r\n"]))
def test_whatever_boxes_become_reads_back(before: list[Box], after: list[Box], newline: str) -> None:
    path = Path("image.xml")
    first = new_voc(path, Path("images/image.png"), (200, 200, 1), before).to_bytes()
    elements = elements_of(path, first.replace(b"\n", newline.encode()))
    assert isinstance(elements, VocElements)
    voc = VocFile(path, "image.png", 200, 200, 1, tuple(after), elements=elements)
    changed = elements_of(path, voc.to_bytes())
    assert isinstance(changed, VocElements)
    assert [comparable(box) for box in changed.boxes] == [comparable(box) for box in after]
    assert newline == "\n" or b"\n" not in voc.to_bytes().replace(b"\r\n", b"")


def comparable(box: Box) -> Box:
    """Without what new objects take from LabelImg's rule: a box at the edge is truncated."""
    at_edge = 1 in (int(box.xmin), int(box.ymin)) or 200 in (int(box.xmax), int(box.ymax))
    return replace(box, truncated=at_edge or box.truncated)


def test_one_moved_edge_changes_one_line(tmp_path: Path) -> None:
    voc = read(tmp_path, annotation_xml())
    moved = replace(voc.boxes[1], xmax=158.5)
    write_voc(replace(voc, boxes=(voc.boxes[0], moved, voc.boxes[2])))
    before, after = annotation_xml().splitlines(), voc.path.read_text().splitlines()
    changed = [(a, b) for a, b in zip(before, after, strict=True) if a != b]
    assert changed == [("\t\t\t<xmax>160</xmax>", "\t\t\t<xmax>158.5</xmax>")]


def test_a_deleted_box_takes_its_lines_along_and_leaves_the_rest(tmp_path: Path) -> None:
    voc = read(tmp_path, annotation_xml())
    assert replace(voc, boxes=voc.boxes[::2]).to_bytes().decode() == annotation_xml([DISC, VERTEBRA])


def test_an_added_box_stands_where_it_was_put(tmp_path: Path) -> None:
    voc = read(tmp_path, annotation_xml([DISC, VERTEBRA]))
    added = (voc.boxes[0], Box(*NORMAL), voc.boxes[1])
    assert replace(voc, boxes=added).to_bytes().decode() == annotation_xml()


def test_an_image_in_the_xml_keeps_foreign_elements_and_comments(tmp_path: Path) -> None:
    xml = annotation_xml().replace(
        "\t<segmented>", "\t<!-- second look -->\n\t<owner>me</owner>\n\t<segmented>"
    )
    voc = read(tmp_path, xml)
    changed = replace(voc, boxes=(replace(voc.boxes[0], label="bulge"), *voc.boxes[1:])).to_bytes().decode()
    assert changed == xml.replace("<name>disc</name>", "<name>bulge</name>")


def test_writing_fails_whole(tmp_path: Path) -> None:
    voc = read(tmp_path, annotation_xml())
    with pytest.raises(BadInputError, match="cannot be written"):
        write_voc(voc, tmp_path / "none" / "image.xml")
    with pytest.raises(BadInputError, match="cannot be written"):
        write_voc(voc, voc.path / "image.xml")
    blocked = tmp_path / "folder.xml"
    blocked.mkdir()
    with pytest.raises(BadInputError, match="cannot be written"):
        write_voc(voc, blocked)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder.xml", "image.xml"]


# --- odd files that are accepted


@pytest.mark.parametrize(
    "xml",
    [
        pytest.param(annotation_xml().replace("\n", "\r\n"), id="crlf"),
        pytest.param("\ufeff" + annotation_xml(), id="byte order mark"),
        pytest.param('<?xml version="1.0" encoding="utf-8"?>\n' + annotation_xml(), id="declaration"),
        pytest.param(annotation_xml().replace("\t", "    "), id="spaces"),
        pytest.param(annotation_xml().replace("\t", "").replace("\n", ""), id="one line"),
        pytest.param(annotation_xml(filename="image"), id="file name without extension"),
        pytest.param(annotation_xml(filename="other.png"), id="another file name"),
        pytest.param(
            annotation_xml().replace("/data/images/", r"C:\Users\王\图像" + "\\"), id="windows path"
        ),
        pytest.param(annotation_xml(filename="腰椎.png"), id="chinese name"),
        pytest.param(annotation_xml(depth=3), id="wrong depth"),
        pytest.param(annotation_xml(depth=99), id="impossible depth"),
        pytest.param(annotation_xml(width="320.0"), id="float size"),
        pytest.param(annotation_xml().replace("<pose>Unspecified</pose>", ""), id="no pose"),
        pytest.param(annotation_xml().replace("<truncated>0</truncated>", ""), id="no truncated"),
        pytest.param(annotation_xml().replace("<difficult>0</difficult>", ""), id="no difficult"),
        pytest.param(annotation_xml().replace("\t<folder>images</folder>\n", ""), id="no folder"),
        pytest.param(annotation_xml().replace("\t<path>/data/images/image.png</path>\n", ""), id="no path"),
        pytest.param(annotation_xml().replace("\t\t<depth>1</depth>\n", ""), id="no depth"),
        pytest.param(
            annotation_xml().replace("<name>disc</name>", "<name> disc\n</name>"), id="space around"
        ),
        pytest.param(annotation_xml().replace(">100<", ">1e2<"), id="exponent"),
        pytest.param(annotation_xml().replace(">100<", ">100.0<"), id="float"),
    ],
)
def test_an_odd_file_is_accepted_in_silence_and_keeps_its_bytes(tmp_path: Path, xml: str) -> None:
    voc = read(tmp_path, xml)
    assert rows(voc) == [DISC, NORMAL, VERTEBRA] and voc.warnings == ()
    if "<depth>99<" not in xml:
        assert voc.to_bytes() == xml.encode()


def test_elements_may_come_in_any_order(tmp_path: Path) -> None:
    xml = (
        "<annotation><object><bndbox><xmax>160</xmax><ymin>100</ymin><xmin>100</xmin><ymax>120</ymax></bndbox>"
        "<name>disc</name></object><filename>a.png</filename>"
        "<size><depth>3</depth><height>400</height><width>320</width></size></annotation>"
    )
    voc = read(tmp_path, xml)
    assert rows(voc) == [DISC] and voc.width == WIDTH and voc.to_bytes() == xml.encode()


@pytest.mark.parametrize("encoding", ["utf-16", "gbk", "utf-8-sig"])
def test_any_encoding_is_read_and_kept(tmp_path: Path, encoding: str) -> None:
    declared = encoding.removesuffix("-sig")
    xml = f'<?xml version="1.0" encoding="{declared}"?>\n' + annotation_xml(filename="腰椎.png")
    voc = read(tmp_path, xml.encode(encoding))
    assert voc.filename == "腰椎.png" and voc.to_bytes() == xml.encode(encoding)
    changed = replace(voc, boxes=(replace(voc.boxes[0], xmin=90), *voc.boxes[1:])).to_bytes()
    assert changed.decode(encoding) == xml.replace("<xmin>100<", "<xmin>90<", 1)


def test_xmin_zero_is_within_the_image(tmp_path: Path) -> None:
    voc = read(tmp_path, annotation_xml([("disc", 0, 0, 10, 10)]))
    assert rows(voc) == [("disc", 0, 0, 10, 10)] and voc.warnings == ()


def test_float_coordinates_are_kept(tmp_path: Path) -> None:
    xml = annotation_xml([("disc", 10.25, 20.5, 60.125, 40.75)])
    voc = read(tmp_path, xml)
    assert rows(voc) == [("disc", 10.25, 20.5, 60.125, 40.75)] and voc.to_bytes() == xml.encode()


def test_flags_are_read(tmp_path: Path) -> None:
    xml = (
        annotation_xml([DISC])
        .replace("<truncated>0", "<truncated>1")
        .replace("<difficult>0", "<difficult>true")
    )
    (box,) = read(tmp_path, xml).boxes
    assert box.truncated and box.difficult


def test_a_box_over_the_edge_is_clipped_with_a_warning(tmp_path: Path) -> None:
    voc = read(tmp_path, annotation_xml([DISC, ("vertebra", -5, 380, 330, 410.5)]))
    assert rows(voc) == [DISC, ("vertebra", 0, 380, WIDTH, HEIGHT)]
    (warning,) = voc.warnings
    assert (warning.kind, warning.box, warning.line) == (Kind.BOX_CLIPPED, 2, 31)
    assert "(-5, 380, 330, 410.5)" in warning.message
    assert voc.to_bytes().decode() == annotation_xml([DISC, ("vertebra", 0, 380, WIDTH, HEIGHT)])


@pytest.mark.parametrize("size", ["", "<size/>", "<size><width>0</width><height>0</height></size>"])
def test_the_image_is_measured_where_the_file_states_no_size(tmp_path: Path, size: str) -> None:
    start, end = annotation_xml().index("<size>"), annotation_xml().index("</size>") + len("</size>")
    xml = annotation_xml()[:start] + size + annotation_xml()[end:]
    voc = read(tmp_path, xml, image_size=(WIDTH, HEIGHT))
    assert (voc.width, voc.height) == (WIDTH, HEIGHT) and rows(voc) == [DISC, NORMAL, VERTEBRA]
    assert [warning.kind for warning in voc.warnings] == [Kind.SIZE_UNSTATED]
    written = read(tmp_path, voc.to_bytes())
    assert written.boxes == voc.boxes and written.warnings == ()
    with pytest.raises(BadInputError, match="no image to measure"):
        read(tmp_path, xml)


def test_the_file_states_its_size_before_the_image_does(tmp_path: Path) -> None:
    assert read(tmp_path, annotation_xml(), image_size=(10, 10)).width == WIDTH


def test_an_annotation_without_inside_can_be_filled(tmp_path: Path) -> None:
    voc = read(tmp_path, "<annotation/>", image_size=(WIDTH, HEIGHT))
    assert voc.boxes == ()
    filled = read(tmp_path, replace(voc, filename="image.png", boxes=(Box(*DISC),)).to_bytes())
    assert rows(filled) == [DISC] and filled.filename == "image.png"


def test_a_missing_file_name_is_a_warning_and_can_be_set(tmp_path: Path) -> None:
    voc = read(tmp_path, annotation_xml().replace("\t<filename>image.png</filename>\n", ""))
    assert [warning.kind for warning in voc.warnings] == [Kind.FILENAME_MISSING]
    assert read(tmp_path, replace(voc, filename="a&b.png").to_bytes()).filename == "a&b.png"


def test_without_a_label_set_every_class_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "image.xml"
    path.write_text(annotation_xml([("cord", 1, 2, 30, 40)]))
    assert read_voc(path).boxes[0].label == "cord"


# --- files that are refused, with the line


REFUSED = [
    pytest.param("not xml", "not XML", 1, id="text"),
    pytest.param("", "empty", None, id="empty"),
    pytest.param(annotation_xml()[:300], "not XML", 16, id="cut off"),
    pytest.param("<annotations><image/></annotations>", "root is <annotations>", 1, id="cvat"),
    pytest.param(
        annotation_xml().replace("\t\t<width>320</width>\n", ""), "no image to measure", 8, id="no width"
    ),
    pytest.param(annotation_xml([("disc", 50, 50, 50, 60)]), "has no area", 19, id="zero area"),
    pytest.param(annotation_xml([("disc", 60, 50, 50, 60)]), "is inverted", 19, id="inverted"),
    pytest.param(annotation_xml([("disc", 60, 70, 80, 60)]), "is inverted", 19, id="upside down"),
    pytest.param(annotation_xml([("disc", 400, 50, 450, 60)]), "outside the image", 19, id="right of it"),
    pytest.param(annotation_xml([("disc", -60, 50, 0, 60)]), "outside the image", 19, id="left of it"),
    pytest.param(annotation_xml([("disk", 10, 50, 50, 60)]), "'disc' is meant", 15, id="typo"),
    pytest.param(
        annotation_xml([("cord", 10, 50, 50, 60)]), "'cord' is not in the label set", 15, id="unknown"
    ),
    pytest.param("<!DOCTYPE annotation>\n" + annotation_xml(), "DTD", 1, id="dtd"),
    pytest.param(annotation_xml(filename="&nbsp;"), "entity", 3, id="entity"),
    pytest.param(annotation_xml([("disc", "abc", 1, 2, 3)]), "'abc', not a number", 20, id="word"),  # type: ignore[list-item]
    pytest.param(annotation_xml([("disc", "nan", 1, 2, 3)]), "not a number", 20, id="nan"),  # type: ignore[list-item]
    pytest.param(annotation_xml([("disc", "1e999", 1, 2, 3)]), "not a number", 20, id="infinity"),  # type: ignore[list-item]
    pytest.param(annotation_xml([("disc", "1,5", 1, 2, 3)]), "not a number", 20, id="comma"),  # type: ignore[list-item]
    pytest.param(annotation_xml([("", 1, 1, 2, 3)]), "no class", 15, id="no class"),
    pytest.param(
        annotation_xml([DISC]).replace("\t\t\t<ymin>100</ymin>\n", ""), "no <ymin>", 19, id="no ymin"
    ),
    pytest.param(annotation_xml().replace("bndbox>", "polygon>"), "no <bndbox>", 14, id="polygon"),
    pytest.param(
        annotation_xml([DISC]).replace("<ymin>100</ymin>", "<ymin>1</ymin><ymin>2</ymin>"),
        "more than one <ymin>",
        21,
        id="two ymin",
    ),
    pytest.param(
        annotation_xml([DISC]).replace("object>", "item>"), "no program reads it", 14, id="not an object"
    ),
]


@pytest.mark.parametrize(("xml", "reason", "line"), REFUSED)
def test_a_file_of_no_use_is_refused_with_reason_and_line(
    tmp_path: Path, xml: str, reason: str, line: int | None
) -> None:
    with pytest.raises(BadInputError, match=reason) as refusal:
        read(tmp_path, xml)
    assert refusal.value.line == line
    assert refusal.value.path == tmp_path / "image.xml"
    assert "\n" not in str(refusal.value)


def test_a_missing_file_or_a_folder_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.xml", tmp_path):
        with pytest.raises(BadInputError, match="no such file"):
            read_voc(path)


def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "image.xml"
    path.write_text(annotation_xml())

    def denied(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", denied)
    with pytest.raises(BadInputError, match="cannot be read"):
        read_voc(path)


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.getbasetemp()
    with pytest.raises(BadInputError):
        read(folder, content)


@given(st.integers(0, len(annotation_xml())), st.integers(0, 60), st.binary(max_size=4))
def test_no_damage_raises_anything_else(
    tmp_path_factory: pytest.TempPathFactory, start: int, length: int, inserted: bytes
) -> None:
    content = annotation_xml().encode()
    damaged = content[:start] + inserted + content[start + length :]
    try:
        voc = read(tmp_path_factory.getbasetemp(), damaged)
    except BadInputError:
        return
    again = read(tmp_path_factory.getbasetemp(), voc.to_bytes())
    assert (again.boxes, again.width, again.height) == (voc.boxes, voc.width, voc.height)


def test_object_xml_is_labelimgs(tmp_path: Path) -> None:
    """The tests' own hand-written form is what the writer gives."""
    voc = read(tmp_path, annotation_xml([]))
    assert object_xml(*DISC) in replace(voc, boxes=(Box(*DISC),)).to_bytes().decode()
