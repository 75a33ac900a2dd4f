"""A folder of annotations each broken in its own way, the same at every call.

Every file is made from a sound one by one fault; ``expected`` is the kind of problem to be found.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from voc_files import DISC, HEIGHT, NORMAL, VERTEBRA, WIDTH, annotation_xml, object_xml, write_image

from annotation.problems import Kind

SOUND = annotation_xml()


@dataclass(frozen=True)
class BrokenFile:
    name: str
    xml: bytes | None
    expected: Kind
    image: bytes | None = b"good"
    """The image's bytes; None for no image, ``b"good"`` for a sound one."""


def write_broken_files(folder: Path) -> list[BrokenFile]:
    """Write all broken files side by side into a folder."""
    good = write_image(folder / "good.png").read_bytes()
    (folder / "good.png").unlink()
    files = list(broken_files(good))
    for file in files:
        if file.image is not None:
            (folder / f"{file.name}.png").write_bytes(good if file.image == b"good" else file.image)
        if file.xml is not None:
            (folder / f"{file.name}.xml").write_bytes(file.xml)
    return files


def broken_files(good_image: bytes) -> Iterator[BrokenFile]:
    cases = (
        *((name, xml.encode(), kind) for name, xml, kind in (*_texts(), *_elements(), *_edges(), *_boxes())),
        *_encodings(),
        *_damaged(),
    )
    for number, (name, xml, kind) in enumerate(cases):
        yield BrokenFile(f"{number:03}-{name}", xml, kind)
    for number, (name, image, kind) in enumerate(_images(good_image)):
        yield BrokenFile(f"image-{number:03}-{name}", SOUND.encode(), kind, image)
    yield BrokenFile("no-xml", None, Kind.NOT_ANNOTATED)


Case = tuple[str, str, Kind]


def _texts() -> Iterator[Case]:
    """What is no annotation at all."""
    for name, text in {
        "empty": "",
        "blank": " \n\t\n",
        "word": "hello",
        "json": '{"annotation": {}}',
        "yolo": "0 0.5 0.5 0.1 0.1\n",
        "csv": "image,xmin,ymin\na.png,1,2\n",
        "html": "<html><br></html>",
        "two-roots": SOUND + SOUND,
        "text-after": SOUND + "the end",
        "text-before": "see below\n" + SOUND,
        "late-declaration": "\n<?xml version='1.0'?>" + SOUND,
        "no-version": "<?xml encoding='utf-8'?>" + SOUND,
        "bare-ampersand": SOUND.replace("image.png", "a & b.png"),
        "bare-less": SOUND.replace("image.png", "a < b.png"),
        "control-character": SOUND.replace("image.png", "\x01"),
        "null": SOUND.replace("image.png", "\0"),
        "unquoted-attribute": SOUND.replace("<annotation>", "<annotation verified=yes>"),
        "twice-the-attribute": SOUND.replace("<annotation>", "<annotation a='1' a='2'>"),
        "open-comment": SOUND.replace("</annotation>", "<!-- </annotation>"),
        "wrong-case-end": SOUND.replace("</annotation>", "</Annotation>"),
        "bad-reference": SOUND.replace("image.png", "&#0;"),
        "merge-conflict": SOUND.replace("\t<object>", "<<<<<<< HEAD\n\t<object>", 1),
    }.items():
        yield name, text, Kind.NOT_XML
    for root in ("annotations", "Annotation", "doc", "object", "VOC", "html", "annotation-list"):
        yield f"root-{root}", SOUND.replace("annotation>", f"{root}>"), Kind.WRONG_ROOT
    for name, dtd in {
        "doctype": "<!DOCTYPE annotation>",
        "system": "<!DOCTYPE annotation SYSTEM 'a.dtd'>",
        "public": "<!DOCTYPE annotation PUBLIC '-//x' 'http://x.test/a.dtd'>",
        "internal": "<!DOCTYPE annotation [<!ENTITY a 'b'>]>",
        "external": "<!DOCTYPE annotation [<!ENTITY a SYSTEM 'file:///etc/hostname'>]>",
        "parameter": "<!DOCTYPE annotation [<!ENTITY % a 'b'>]>",
        "element": "<!DOCTYPE annotation [<!ELEMENT annotation ANY>]>",
    }.items():
        yield f"dtd-{name}", f"{dtd}\n{SOUND}", Kind.DTD
    laughs = "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 12))
    bomb = f"<!DOCTYPE annotation [<!ENTITY a0 'ha'>{laughs}]>"
    yield "bomb", bomb + SOUND.replace("image.png", "&a11;"), Kind.DTD
    yield "quadratic-bomb", f"<!DOCTYPE a [<!ENTITY a '{'x' * 9999}'>]><a>{'&a;' * 999}</a>", Kind.DTD
    yield "entity", SOUND.replace("image.png", "&nbsp;"), Kind.DTD


def _elements() -> Iterator[Case]:
    """Elements that are missing, repeated, misplaced or empty."""
    size = SOUND[SOUND.index("\t<size>") : SOUND.index("\t<segmented>")]
    yield "no-size", SOUND.replace(size, ""), Kind.SIZE_UNSTATED
    for name, value in {
        "empty": "",
        "zero": 0,
        "negative": -320,
        "word": "wide",
        "huge": 10**9,
        "half": 0.5,
    }.items():
        yield f"width-{name}", annotation_xml(width=value), Kind.SIZE_UNSTATED
        yield f"height-{name}", annotation_xml(height=value), Kind.SIZE_UNSTATED
    for tag in ("width", "height"):
        yield (
            f"no-{tag}",
            SOUND.replace(f"<{tag}>", f"<x{tag}>").replace(f"</{tag}>", f"</x{tag}>"),
            Kind.SIZE_UNSTATED,
        )
    yield "no-filename", SOUND.replace("\t<filename>image.png</filename>\n", ""), Kind.FILENAME_MISSING
    yield "empty-filename", annotation_xml(filename=""), Kind.FILENAME_MISSING
    yield "two-sizes", SOUND.replace(size, size + size), Kind.ELEMENT_REPEATED
    yield (
        "two-filenames",
        SOUND.replace("<source>", "<filename>b.png</filename><source>"),
        Kind.ELEMENT_REPEATED,
    )
    yield "two-names", SOUND.replace("<pose>", "<name>bulge</name><pose>", 1), Kind.ELEMENT_REPEATED
    second_box = "<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax><ymax>9</ymax></bndbox></object>"
    yield "two-boxes", SOUND.replace("</object>", second_box, 1), Kind.ELEMENT_REPEATED
    for edge in ("xmin", "ymin", "xmax", "ymax"):
        yield (
            f"two-{edge}",
            SOUND.replace(f"<{edge}>", f"<{edge}>5</{edge}><{edge}>", 1),
            Kind.ELEMENT_REPEATED,
        )
    for tag in ("item", "Object", "objects", "obj"):
        yield f"object-{tag}", SOUND.replace("object>", f"{tag}>"), Kind.BOX_ELSEWHERE
    yield "box-in-root", SOUND.replace("\t<segmented>", f"{second_box[:-9]}\t<segmented>"), Kind.BOX_ELSEWHERE
    for tag in ("polygon", "BndBox", "box", "robndbox"):
        yield f"box-{tag}", SOUND.replace("bndbox>", f"{tag}>"), Kind.BOX_MISSING
    yield "empty-object", SOUND.replace("</annotation>", "<object/></annotation>"), Kind.BOX_MISSING
    yield "no-name", SOUND.replace("<name>disc</name>", ""), Kind.LABEL_MISSING
    yield "empty-name", SOUND.replace("<name>disc</name>", "<name/>"), Kind.LABEL_MISSING
    yield "blank-name", SOUND.replace("<name>disc</name>", "<name> </name>"), Kind.LABEL_MISSING
    for flag in ("truncated", "difficult"):
        for value in ("maybe", "2", "-", "1.0"):
            yield f"{flag}-{value}", SOUND.replace(f"<{flag}>0", f"<{flag}>{value}", 1), Kind.FLAG_ODD


def _edges() -> Iterator[Case]:
    """Coordinates that are no numbers."""
    words = ("", "abc", "nan", "inf", "1e999", "1,5", "1 5", "0x10", "1_0", "10px", "--5", "None", "½")
    for index, edge in enumerate(("xmin", "ymin", "xmax", "ymax")):
        number = DISC[index + 1]
        missing = SOUND.replace(f"\t\t\t<{edge}>{number}</{edge}>\n", "", 1)
        yield f"{edge}-missing", missing, Kind.NOT_A_NUMBER
        for position, word in enumerate(words):
            xml = SOUND.replace(f"<{edge}>{number}<", f"<{edge}>{word}<", 1)
            yield f"{edge}-word-{position}", xml, Kind.NOT_A_NUMBER


def _boxes() -> Iterator[Case]:
    """Boxes that cannot be, and boxes that contradict each other."""

    def boxes(*added: tuple[str, float, float, float, float]) -> str:
        return annotation_xml([DISC, NORMAL, VERTEBRA, *added])

    for n, edges in enumerate(
        [(50, 50, 50, 60), (50, 50, 60, 50), (60, 50, 50, 60), (50, 60, 60, 50), (9, 9, 2, 2)]
    ):
        yield f"box-empty-{n}", boxes(("vertebra", *edges)), Kind.BOX_EMPTY
    outside = [
        (-50, 5, -10, 20),
        (5, -50, 20, -10),
        (WIDTH, 5, WIDTH + 9, 20),
        (5, HEIGHT + 3, 20, 900),
        (-9, 5, 0, 20),
    ]
    for n, edges in enumerate(outside):
        yield f"box-outside-{n}", boxes(("vertebra", *edges)), Kind.BOX_OUTSIDE
    over = [
        (-1, 200, 40, 240),
        (5, -0.5, 40, 40),
        (290, 5, WIDTH + 1, 40),
        (5, 370, 40, 1e6),
        (-1e300, 200, 40, 240),
    ]
    for n, edges in enumerate(over):
        yield f"box-over-{n}", boxes(("vertebra", *edges)), Kind.BOX_CLIPPED
    for n, edges in enumerate(
        [(5, 5, 6, 40), (5, 5, 40, 6.5), (0, 0, WIDTH, HEIGHT), (1, 1, WIDTH, HEIGHT * 0.8)]
    ):
        yield f"box-size-{n}", boxes(("vertebra", *edges)), Kind.BOX_SIZE
    row = [("vertebra", 10, 10 + 40 * n, 60, 40 + 40 * n) for n in range(4)]
    yield "box-size-outlier", annotation_xml([*row, ("vertebra", 100, 100, 300, 200)]), Kind.BOX_SIZE
    for word in (
        "herniaton",
        "hernaition",
        "Herniation",
        "buldge",
        "nomal",
        "disk",
        "vertebrae",
        "DISC",
        "discs",
    ):
        yield f"typo-{word}", boxes((word, 10, 10, 60, 30)), Kind.CLASS_TYPO
    for word in (
        "cord",
        "L4-L5",
        "0",
        "椎间盘",
        "protrusion",
        "disc bulge",
        "sacrum",
        "&lt;disc&gt;",
        "person",
    ):
        yield f"class-{ord(word[0])}-{len(word)}", boxes((word, 10, 10, 60, 30)), Kind.CLASS_UNKNOWN
    for n, box in enumerate((DISC, NORMAL, VERTEBRA)):
        yield f"duplicate-{n}", boxes(box), Kind.DUPLICATE
        near = (box[0], *(edge + 2 for edge in box[1:]))
        yield f"near-duplicate-{n}", boxes(near), Kind.NEAR_DUPLICATE  # type: ignore[arg-type]
    for label in ("bulge", "herniation"):
        for shift in (0, 3):
            xml = boxes((label, *(edge + shift for edge in DISC[1:])))  # type: ignore[arg-type]
            yield f"two-diagnoses-{label}-{shift}", xml, Kind.TWO_DIAGNOSES
    for top in (20, 200, 300):
        yield f"ungraded-{top}", boxes(("disc", 100, top, 160, top + 20)), Kind.DISC_UNGRADED
    many = [("vertebra", 10 + n % 20, 10 + n // 20, 60 + n % 20, 40 + n // 20) for n in range(400)]
    yield "too-many", annotation_xml(many), Kind.TOO_MANY_BOXES
    yield "no-boxes", annotation_xml([]), Kind.NO_BOXES
    yield "transposed-size", annotation_xml(width=HEIGHT, height=WIDTH), Kind.SIZE_DIFFERS
    yield "size-off-by-one", annotation_xml(width=WIDTH + 1), Kind.SIZE_DIFFERS
    for factor in (0.5, 2, 4):
        xml = annotation_xml([], width=int(WIDTH * factor), height=int(HEIGHT * factor))
        yield f"resized-{factor}", xml, Kind.IMAGE_RESIZED
    yield "depth-three", annotation_xml(depth=3), Kind.DEPTH_DIFFERS
    for n, depth in enumerate(("", "gray", 0, -1, 99, 1.5)):
        yield f"depth-{n}", annotation_xml(depth=depth), Kind.DEPTH_DIFFERS
    yield "filename-of-another", annotation_xml(filename="no-xml.png"), Kind.FILENAME_OF_ANOTHER
    yield "path-of-another", annotation_xml(filename=r"C:\images\no-xml.png"), Kind.FILENAME_OF_ANOTHER
    assert object_xml(*DISC) in SOUND


def _encodings() -> Iterator[tuple[str, bytes, Kind]]:
    """Bytes that are not in the encoding that they claim."""
    chinese = annotation_xml(filename="腰椎.png")
    yield "undeclared-gbk", chinese.encode("gbk"), Kind.NOT_XML
    yield "undeclared-latin", annotation_xml(filename="Größe.png").encode("latin-1"), Kind.NOT_XML
    yield "wrong-declaration", b"<?xml version='1.0' encoding='ascii'?>" + chinese.encode(), Kind.NOT_XML
    yield "unknown-encoding", b"<?xml version='1.0' encoding='klingon'?>" + SOUND.encode(), Kind.NOT_XML
    yield "odd-utf-16", SOUND.encode("utf-16")[:-1], Kind.NOT_XML
    yield "utf-16-dtd", ("<!DOCTYPE annotation>" + SOUND).encode("utf-16"), Kind.DTD
    yield "utf-16-be-dtd", ("<!DOCTYPE annotation>" + SOUND).encode("utf-16-be"), Kind.DTD
    yield "utf-8-mark-dtd", ("\ufeff<!DOCTYPE annotation>" + SOUND).encode(), Kind.DTD
    yield "png-as-xml", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), Kind.NOT_XML
    yield "zip-as-xml", b"PK\x03\x04" + bytes(200), Kind.NOT_XML
    yield "zeros", bytes(4096), Kind.NOT_XML


def _damaged() -> Iterator[tuple[str, bytes, Kind]]:
    """A download that broke off, at many places."""
    content = SOUND.encode()
    for n in range(1, 31):
        yield f"cut-{n}", content[: len(content.rstrip()) * n // 31], Kind.NOT_XML


def _images(good: bytes) -> Iterator[tuple[str, bytes | None, Kind]]:
    yield "missing", None, Kind.IMAGE_MISSING
    for name, content in {
        "empty": b"",
        "text": b"not an image",
        "html": b"<html>404 not found</html>",
        "zeros": bytes(2000),
        "signature-only": good[:8],
        "header-cut": good[:20],
        "pixels-cut": good[: len(good) // 2],
        "end-cut": good[:-12],
        "dicom": bytes(128) + b"DICM" + bytes(100),
        "bad-header": good[:16] + b"\xff" * 8 + good[24:],
        "git-lfs-pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12\n",
    }.items():
        yield name, content, Kind.IMAGE_UNREADABLE
