"""What can be printed."""

from hypothesis import given
from hypothesis import strategies as st

from reporting.fonts import MISSING, printable


@given(st.text(max_size=60))
def test_any_text_becomes_one_printable_line(text: str) -> None:
    shown = printable(text)
    assert "\n" not in shown
    assert printable(shown) == shown
    assert len(shown) <= len(text)


def test_known_letters_stay_and_others_leave_a_mark() -> None:
    assert printable("Ångström  Ω Ж – 90° □") == "Ångström Ω Ж – 90° □"
    assert printable("山田 שלום") == f"{2 * MISSING} {4 * MISSING}"
