"""One consistent chain from vertebrae found one by one."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from axial.chain import Candidate, Numbering, number_vertebrae

SPACING = 35.0


def spine(lumbar: int = 5, thoracic: int = 3, twelfth: float = 0.8) -> list[Candidate]:
    """S1 and the vertebrae above it as a good detector finds them, from the lowest upwards."""
    found = [candidate(0, score=0.02, names={"S1": 0.9, "T12": 0.01})]
    for step in range(1, lumbar + thoracic + 1):
        seen = twelfth if step == lumbar + 1 else 0.03
        found.append(candidate(step, score=0.9, names={"S1": 0.01, "T12": seen}))
    return found


def candidate(step: float, score: float, names: dict[str, float]) -> Candidate:
    height = step * SPACING
    return Candidate((100, 600 - height, 140, 630 - height), (0.0, 0.1 * height, height), score, names)


def names(numbering: Numbering) -> list[str | None]:
    return [item.name for item in numbering.vertebrae]


def test_an_ordinary_spine_is_named_without_a_doubt() -> None:
    numbering = number_vertebrae(spine())
    assert names(numbering) == ["S1", "L5", "L4", "L3", "L2", "L1", "T12", "T11", "T10"]
    assert not numbering.doubts
    assert all(item.confidence > 0.75 for item in numbering.vertebrae)


def test_the_order_in_which_vertebrae_are_found_is_nothing() -> None:
    assert number_vertebrae(spine()[::-1]) == number_vertebrae(spine())


@pytest.mark.parametrize("lost", range(1, 7))
def test_a_missed_vertebra_shifts_no_name_and_is_a_doubt(lost: int) -> None:
    whole = number_vertebrae(spine())
    found = spine()
    del found[lost]
    numbering = number_vertebrae(found)
    assert names(numbering) == names(whole)
    assert numbering.vertebrae[lost].candidate is None
    assert numbering.centres[whole.vertebrae[lost].name or ""] is None
    assert "a vertebra between two others was not found" in numbering.doubts


@given(step=st.integers(1, 7), shift=st.floats(0.1, 0.7), score=st.floats(0.02, 0.6))
def test_a_doubled_box_shifts_no_name(step: int, shift: float, score: float) -> None:
    doubled = candidate(step + shift, score, {"S1": 0.01, "T12": 0.02})
    numbering = number_vertebrae([*spine(), doubled])
    assert names(numbering) == names(number_vertebrae(spine()))
    assert doubled not in [item.candidate for item in numbering.vertebrae]


@given(seed=st.integers(0, 200))
def test_uneven_spines_are_named_as_even_ones(seed: int) -> None:
    rng = np.random.default_rng(seed)
    heights = np.concatenate([[0], np.cumsum(SPACING * rng.uniform(0.82, 1.18, 8))])
    found = [
        replace(item, centre=(0.0, float(rng.normal(0, 4)), float(height)))
        for item, height in zip(spine(), heights, strict=True)
    ]
    assert names(number_vertebrae(found)) == names(number_vertebrae(spine()))


@pytest.mark.parametrize(("lumbar", "lowest"), [(4, "L4"), (6, "L6")])
def test_another_count_of_lumbar_vertebrae_is_told_and_named_after(lumbar: int, lowest: str) -> None:
    numbering = number_vertebrae(spine(lumbar))
    assert names(numbering)[1] == lowest
    assert names(numbering)[lumbar : lumbar + 2] == ["L1", "T12"]
    assert any(f"{lumbar} lumbar vertebrae" in doubt for doubt in numbering.doubts)


def test_without_s1_the_names_come_from_t12_and_are_doubtful() -> None:
    numbering = number_vertebrae(spine()[1:])
    assert names(numbering)[:6] == ["L5", "L4", "L3", "L2", "L1", "T12"]
    assert "S1 is out of view" in numbering.doubts


def test_without_s1_and_t12_nothing_is_named() -> None:
    numbering = number_vertebrae(spine(twelfth=0.01)[1:6])
    assert len(numbering.vertebrae) == 5
    assert set(names(numbering)) == {None}
    assert not numbering.centres
    assert numbering.doubts


def test_two_bodies_that_may_both_be_s1_are_a_doubt() -> None:
    found = spine()
    found[1] = replace(found[1], score=0.4, names={"S1": 0.6, "T12": 0.01})
    found[0] = replace(found[0], names={"S1": 0.5, "T12": 0.01})
    assert any("S1 is not clear" in doubt for doubt in number_vertebrae(found).doubts)


def test_a_transitional_vertebra_and_a_cut_off_spine_are_doubts() -> None:
    found = spine()
    found[1] = replace(found[1], names={**found[1].names, "transitional": 0.7})
    assert "L5 looks transitional" in number_vertebrae(found).doubts
    short = [*spine()[:5], replace(spine()[5], cut=True)]
    assert "the upper lumbar vertebrae are out of view" in number_vertebrae(short).doubts


def test_six_classes_as_published_name_themselves() -> None:
    known = ["S1", "L5", "L4", "L3", "L2", "L1"]
    found = [
        candidate(step, 0.02 if own == "S1" else 0.8, {name: 0.8 if name == own else 0.05 for name in known})
        for step, own in enumerate(known)
    ]
    numbering = number_vertebrae(found)
    assert names(numbering) == known
    assert not numbering.doubts


@pytest.mark.parametrize("number", [0, 1])
def test_too_few_vertebrae_are_said_and_not_named(number: int) -> None:
    numbering = number_vertebrae(spine()[:number])
    assert not numbering.vertebrae
    assert numbering.doubts == ("fewer than two vertebrae were found",)
