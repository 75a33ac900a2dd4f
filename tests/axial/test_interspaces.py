"""The spaces between vertebrae that were found one above the other."""

from dataclasses import replace

import pytest

from axial.chain import Candidate, Numbering, Vertebra
from axial.interspaces import interspaces

NAMES = ("S1", "L5", "L4", "L3")
BOX = (0.0, 0.0, 1.0, 1.0)


def numbering() -> Numbering:
    """Four vertebrae 30 mm above each other, less and less sure."""
    return Numbering(
        tuple(
            Vertebra(name, Candidate(BOX, (3.0, 4.0, 30.0 * step), 0.9), 0.9 - 0.1 * step)
            for step, name in enumerate(NAMES)
        )
    )


def test_each_space_has_the_level_of_its_two_vertebrae() -> None:
    spaces = interspaces(numbering())
    assert [space.level for space in spaces] == ["L5-S1", "L4-L5", "L3-L4"]
    assert [space.place for space in spaces] == ["L5-S1", "L4-L5", "L3-L4"]
    assert [space.confidence for space in spaces] == pytest.approx([0.8, 0.7, 0.6])
    assert spaces[1].middle == (3.0, 4.0, 45.0)
    assert spaces[1].length == 30.0
    assert (spaces[0].below.centre[2], spaces[0].above.centre[2]) == (0.0, 30.0)


def test_next_to_a_vertebra_that_was_not_found_there_is_no_space() -> None:
    whole = numbering()
    missed = replace(whole.vertebrae[1], candidate=None)
    spaces = interspaces(Numbering((whole.vertebrae[0], missed, *whole.vertebrae[2:])))
    assert [space.level for space in spaces] == ["L3-L4"]


def test_without_names_places_count_from_below() -> None:
    spaces = interspaces(numbering().without_names())
    assert [space.level for space in spaces] == [None] * 3
    assert [space.place for space in spaces] == [f"disc {number} from below" for number in (1, 2, 3)]


def test_without_names_a_place_is_not_given_to_another_disc() -> None:
    whole = numbering().without_names()
    missed = replace(whole.vertebrae[1], candidate=None)
    (space,) = interspaces(Numbering((whole.vertebrae[0], missed, *whole.vertebrae[2:])))
    assert space.place == "disc 3 from below"


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_vertebrae_have_no_space(count: int) -> None:
    assert interspaces(Numbering(numbering().vertebrae[:count])) == []
