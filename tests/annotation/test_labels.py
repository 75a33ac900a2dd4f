from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.labels import LabelSet, named_label_set, one_edit_apart, read_label_set
from errors import BadInputError

LUMBAR = ("normal", "bulge", "herniation", "spondylolisthesis", "vertebra", "disc")


def test_the_lumbar_set_is_embedded() -> None:
    assert named_label_set("lumbar").classes == LUMBAR


def test_a_label_set_is_found_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.txt"
    path.write_bytes("\ufeffdisc\r\n\r\n 椎体 \r\n".encode())
    assert named_label_set(str(path)).classes == ("disc", "椎体")


def test_a_written_label_set_reads_back(tmp_path: Path) -> None:
    LabelSet(LUMBAR).write(tmp_path / "classes.txt")
    assert read_label_set(tmp_path / "classes.txt") == LabelSet(LUMBAR)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no classes"),
        (b"disc\nbulge\ndisc\n", "stands twice"),
        (b"\xff\xfe\xff", "UTF-8"),
        (b"di\x01sc\n", "cannot be shown"),
    ],
)
def test_a_label_set_of_no_use_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "classes.txt"
    path.write_bytes(content)
    with pytest.raises(BadInputError, match=reason):
        read_label_set(path)


def test_a_missing_label_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="no such label set"):
        named_label_set(str(tmp_path / "none.txt"))
    with pytest.raises(BadInputError, match="cannot be read"):
        read_label_set(tmp_path)


@pytest.mark.parametrize("slip", ["herniaton", "hernniation", "hernaition", "Herniation", "herniatiom"])
def test_one_slip_of_the_keyboard_is_near(slip: str) -> None:
    assert LabelSet(LUMBAR).near(slip) == ("herniation",)


@pytest.mark.parametrize("label", ["hernia", "protrusion", "", "L4-L5"])
def test_another_word_is_not_near(label: str) -> None:
    assert LabelSet(LUMBAR).near(label) == ()


def damerau_levenshtein(first: str, second: str) -> int:
    """Optimal string alignment, by the book."""
    rows = [[i + j if i * j == 0 else 0 for j in range(len(second) + 1)] for i in range(len(first) + 1)]
    for i in range(1, len(first) + 1):
        for j in range(1, len(second) + 1):
            same = first[i - 1] == second[j - 1]
            rows[i][j] = min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + (not same))
            if i > 1 and j > 1 and first[i - 1] == second[j - 2] and first[i - 2] == second[j - 1]:
                rows[i][j] = min(rows[i][j], rows[i - 2][j - 2] + 1)
    return rows[-1][-1]


@given(st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_one_edit_apart_agrees_with_the_edit_distance(first: str, second: str) -> None:
    assert one_edit_apart(first, second) == (damerau_levenshtein(first, second) <= 1)
