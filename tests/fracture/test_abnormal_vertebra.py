"""Which vertebra is judged: by a box's centre, or by its name."""

import numpy as np
import pytest
from fracture_studies import EDGES, SIDE
from mr_files import sagittal
from seeing_vertebrae import seeing, spine

from axial.pictures import StudyPicture
from fracture.vertebra import vertebra_around, vertebra_called


def picture(place: float) -> StudyPicture:
    return StudyPicture("", np.zeros((SIDE, SIDE), np.uint16), sagittal(place, SIDE, SIDE))


def test_the_best_box_that_holds_the_centre_is_taken() -> None:
    detector = seeing(
        ("vertebra", 0.95, (0.0, 0.0, 10.0, 10.0)),
        ("vertebra", 0.4, (12.0, 17.0, 35.0, 33.0)),
        ("vertebra", 0.3, (20.0, 24.0, 26.0, 27.0)),
    )
    assert vertebra_around(detector, picture(0), EDGES) == (12, 17, 35, 33)


def test_no_vertebra_there_is_none() -> None:
    assert vertebra_around(seeing(("vertebra", 0.95, (0.0, 0.0, 10.0, 10.0))), picture(0), EDGES) is None


def test_a_vertebra_is_found_by_its_name_on_the_middle_and_on_another_slice() -> None:
    middle = picture(0)
    edges, doubts = vertebra_called(spine(), middle, middle, "L3")
    assert edges == (20, 19, 30, 24)
    assert vertebra_called(spine(), middle, picture(8), "L3") == (edges, doubts)


def test_a_name_that_is_not_found_says_which_are() -> None:
    with pytest.raises(ValueError, match=r"no T9 was found .* \(found: S1, L5, L4, L3, L2, L1\)"):
        vertebra_called(spine(), picture(0), picture(0), "T9")
