"""Meyerding's grades."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.grades import meyerding_grade


@pytest.mark.parametrize(
    ("slip", "grade"), [(-4, 0), (2.9, 0), (3, 1), (9.9, 1), (10, 2), (20, 3), (30, 4), (40, 5), (90, 5)]
)
def test_meyerding_counts_quarters_of_the_lower_endplate(slip: float, grade: int) -> None:
    assert meyerding_grade(slip, 40.0) == grade


def test_what_counts_as_a_slip_can_be_said() -> None:
    assert (meyerding_grade(2.5, 40.0, least=2.0), meyerding_grade(4.5, 40.0, least=5.0)) == (1, 0)


@given(slips=st.tuples(st.floats(-20, 60), st.floats(-20, 60)), length=st.floats(20, 60))
def test_a_longer_slip_has_no_lower_grade(slips: tuple[float, float], length: float) -> None:
    less, more = (meyerding_grade(slip, length) for slip in sorted(slips))
    assert 0 <= less <= more <= 5
