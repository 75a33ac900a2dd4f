"""Which calls a report shows with their maps, and in which order."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from fracture_answers import answers
from PIL import Image

from benchmarks.fracture.activation_maps import CallMap, MapGallery, map_gallery
from benchmarks.fracture.answers import Answer


def gallery(
    folder: Path, made: Sequence[Answer], without: tuple[str, ...] = (), places: tuple[int, int] = (7, 5)
) -> MapGallery:
    """Of answers and a small picture of each."""
    maps = []
    for item in made:
        if item.patient not in without:
            path = folder / f"study-{item.patient}.png"
            Image.fromarray(np.zeros((4, 8, 3), np.uint8)).save(path)
            maps.append(CallMap(item.patient, path, places))
    return map_gallery(made, maps)


def test_the_most_wrong_come_first_then_the_surest_of_both_causes(tmp_path: Path) -> None:
    """Of ``answers`` the last ones of a cause are wrong; a greater number is rated higher."""
    found = gallery(tmp_path, answers())
    (wrong_heading, wrong), (right_heading, right) = found.groups
    assert wrong_heading == "Wrong calls: 4 of 4, the most wrong first"
    # Given to the right cause: 0.081 (b19), 0.082 (b18), 0.108 (m8), 0.109 (m9).
    assert [item.patient for item in wrong] == ["b19", "b18", "m8", "m9"]
    assert wrong[2].call == "malignant, wrongly called benign"
    assert wrong[2].probability == "probability of malignancy 0.11"
    assert wrong[2].file == "study-m8.png" and wrong[2].picture.startswith("data:image/jpeg;base64,")
    assert right_heading == "Right calls: 8 of 26, the surest of each cause"
    assert [item.patient for item in right] == ["m7", "m6", "m5", "m4", "b0", "b1", "b2", "b3"]
    assert right[0].call == "malignant, rightly called malignant"
    assert "7 × 5 places" in found.about and "no segmentation and no explanation" in found.about


def test_of_many_wrong_calls_twelve_are_shown(tmp_path: Path) -> None:
    ((heading, wrong), _) = gallery(tmp_path, answers(right_benign=5)).groups
    assert heading.startswith("Wrong calls: 12 of 17") and len(wrong) == 12


def test_a_coarse_map_is_said_to_hardly_tell_where(tmp_path: Path) -> None:
    assert "So few places hardly tell where." in gallery(tmp_path, answers(), places=(2, 2)).about
    assert "hardly" not in gallery(tmp_path, answers()).about


def test_without_wrong_calls_there_are_right_ones_alone(tmp_path: Path) -> None:
    ((heading, right),) = gallery(tmp_path, answers(right_malignant=10, right_benign=20)).groups
    assert heading.startswith("Right calls: 8 of 30") and len(right) == 8


def test_patients_without_a_map_are_not_shown(tmp_path: Path) -> None:
    (heading, wrong), _ = gallery(tmp_path, answers(), without=("b19",)).groups
    assert heading.startswith("Wrong calls: 3 of 3") and wrong[0].patient == "b18"
    nothing = gallery(tmp_path, answers()[:1], without=("m0",))
    assert nothing.groups == () and "there is no map" in nothing.about
