"""What can be printed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.fonts import MISSING, east_asian, is_rare, printable


@given(st.text(max_size=60))
def test_any_text_becomes_one_printable_line(text: str) -> None:
    shown = printable(text)
    assert "\n" not in shown
    assert printable(shown) == shown
    assert len(shown) <= len(text)


def test_known_letters_stay_and_others_leave_a_mark() -> None:
    assert printable("Ångström  Ω Ж – 90° □") == "Ångström Ω Ж – 90° □"
    assert printable("שלום سلام हि") == f"שלום سلام {2 * MISSING}"


@pytest.mark.skipif(len(east_asian()) < 2, reason="the fonts of `make system-packages` are not here")
def test_east_asian_letters_come_from_the_fonts_of_the_system() -> None:
    assert printable("山田 홍길동 やまだ") == "山田 홍길동 やまだ"


def test_common_letters_need_no_further_font() -> None:
    assert not is_rare("Ångström Ω Ж – 90°")
    assert is_rare("שלום") and is_rare("山田")
