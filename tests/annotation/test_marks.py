"""Points marked on pictures: their CSV files, and every mistake in them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.marks import ENDPLATES, HERNIATIONS, MarkedPlace, MarkKind, read_marks, write_marks
from errors import BadInputError

HEADER = "image,level,disc_x,disc_y,foot_x,foot_y,summit_x,summit_y"
ROW = "p0.png,L4-L5,36,32,40,44,41.5,48.25"

pixels = st.tuples(st.floats(-50, 2000), st.floats(-50, 2000))


@st.composite
def places(draw: st.DrawFn, kind: MarkKind) -> MarkedPlace:
    """A place with names of any sort."""
    name = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)
    return MarkedPlace(
        draw(name),
        draw(name),
        tuple(draw(pixels) for _ in kind.guides),
        tuple(draw(pixels) for _ in kind.points),
    )


@pytest.mark.parametrize("kind", [ENDPLATES, HERNIATIONS])
@given(data=st.data())
def test_marks_come_back_to_a_thousandth_of_a_pixel(
    kind: MarkKind, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("marks")
    written = data.draw(st.lists(places(kind), max_size=4))
    write_marks(folder, kind, written)
    assert [path.name for path in folder.iterdir()] == [kind.file]
    read = read_marks(folder, kind)
    assert [(item.image, item.level) for item in read] == [(item.image, item.level) for item in written]
    for item, given_place in zip(read, written, strict=True):
        for points, expected in (
            (item.guides, given_place.guides),
            (item.points, given_place.points),
        ):
            assert len(points) == len(expected)
            for point, other in zip(points, expected, strict=True):
                assert point == pytest.approx(other, abs=0.0006)


def test_the_columns_say_what_is_marked(tmp_path: Path) -> None:
    write_marks(tmp_path, ENDPLATES, [])
    write_marks(tmp_path, HERNIATIONS, [])
    assert (tmp_path / "herniations.csv").read_text() == f"{HEADER}\n"
    header = (tmp_path / "endplates.csv").read_text().strip().split(",")
    assert header[:4] == ["image", "level", "above_x", "above_y"]
    assert header[-1] == "posterior_below_y"
    assert len(header) == 2 + 2 * 6
    assert read_marks(tmp_path, ENDPLATES) == []


def test_a_table_from_a_spreadsheet_is_read_too(tmp_path: Path) -> None:
    """With a byte order mark, columns in another order and more of them, and empty lines."""
    names = HEADER.split(",")
    row = dict(zip(names, ROW.split(","), strict=True)) | {"remark": "clear, it seems"}
    order = ["remark", *reversed(names)]
    cells = [f'"{row[name]}"' for name in order]
    text = "\ufeff" + ",".join(order) + "\r\n" + ",".join(cells) + "\r\n\r\n"
    (tmp_path / "herniations.csv").write_bytes(text.encode())
    (place,) = read_marks(tmp_path, HERNIATIONS)
    assert place == MarkedPlace("p0.png", "L4-L5", ((36.0, 32.0),), ((40.0, 44.0), (41.5, 48.25)))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, r"cannot be read; mark the points of foot, summit on the pictures"),
        (b"", r"no column 'image'; give image, level, disc_x, "),
        (b"image,level,disc_x,disc_y,foot_x,foot_y,summit_x\n", r"no column 'summit_y'; give "),
        (
            f"{HEADER}\n{ROW}\n{ROW.replace('44', 'low')}\n".encode(),
            r"line 3: a point without numbers; give x and y",
        ),
        (f"{HEADER}\n{ROW.replace('44', '')}\n".encode(), r"line 2: a point without numbers"),
        (f"{HEADER}\n{ROW.rpartition(',')[0]}\n".encode(), r"line 2: a point without numbers"),
        (f"{HEADER}\n\n{ROW}\n{ROW.replace('36', 'nan')}\n".encode(), r"line 4: a point without numbers"),
        (f"{HEADER}\n{ROW.replace('36', 'inf')}\n".encode(), r"line 2: a point without numbers"),
        (HEADER.encode("utf-16"), r"not a CSV file in UTF-8"),
        (f"{HEADER}\n{ROW}\n".encode() + b"\xff\xfe", r"not a CSV file in UTF-8"),
        (f"{HEADER}\n{'x' * 200_000}".encode(), r"not a CSV file in UTF-8"),
    ],
)
def test_every_mistake_is_one_sentence(content: bytes | None, said: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "herniations.csv").write_bytes(content)
    with pytest.raises(BadInputError, match=rf"^[^\n]*herniations\.csv: {said}[^\n]*$"):
        read_marks(tmp_path, HERNIATIONS)


def test_what_is_marked_in_a_patient_s_picture_is_not_quoted(tmp_path: Path) -> None:
    (tmp_path / "herniations.csv").write_text(f"{HEADER}\nSecret-Patient.png,L4-L5,a,b,c,d,e,f\n")
    with pytest.raises(BadInputError) as error:
        read_marks(tmp_path, HERNIATIONS)
    assert "Secret" not in str(error.value)
