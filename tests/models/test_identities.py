"""Whom and what a model was trained on, without naming anyone."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from errors import BadInputError
from models.identities import (
    is_among,
    new_salt,
    patient_identities,
    picture_digest,
    picture_identities,
    read_identities,
)


def test_identities_depend_on_the_salt_and_not_on_the_order() -> None:
    assert patient_identities(["a", "b", "a"], "x") == patient_identities(["b", "a"], "x")
    assert not set(patient_identities(["a", "b"], "x")) & set(patient_identities(["a", "b"], "y"))


def test_a_known_patient_is_recognised_and_a_stranger_is_not() -> None:
    salt = new_salt()
    identities = patient_identities(["a", "b"], salt)
    assert is_among("a", identities, salt) and is_among("b", identities, salt)
    assert not is_among("c", identities, salt) and not is_among("a", identities, new_salt())


@given(
    arrays(np.int64, (3, 4), elements=st.integers(0, 200)), st.integers(1, 300), st.integers(-20_000, 5_000)
)
def test_a_picture_is_the_same_shifted_and_stretched(pixels: np.ndarray, factor: int, shift: int) -> None:
    assert picture_digest(pixels) == picture_digest(pixels * factor + shift)


@given(
    arrays(np.uint16, (3, 4), elements=st.integers(0, 9)),
    arrays(np.uint16, (3, 4), elements=st.integers(0, 9)),
)
def test_other_pictures_are_others(first: np.ndarray, second: np.ndarray) -> None:
    """Unless one is the other, shifted and stretched by some factor."""
    spans = [item - item.min().astype(int) for item in (first, second)]
    same = np.array_equal(spans[0] * spans[1].max(), spans[1] * spans[0].max())
    assert same == (picture_digest(first) == picture_digest(second)) or not (
        spans[0].any() and spans[1].any()
    )


def test_a_picture_of_one_gray_is_no_picture() -> None:
    assert picture_digest(np.full((3, 4), 7)) is None
    assert picture_digest(np.eye(3, 4)) != picture_digest(np.eye(4, 3))


def test_a_model_folder_tells_of_patients_and_pictures(tmp_path: Path) -> None:
    path, pixels = tmp_path / "a.png", np.arange(12, dtype=np.uint16).reshape(3, 4)
    cv2.imwrite(str(path), pixels)
    card = {"salt": "x", "patients": patient_identities(["a"], "x")}
    for name, more in (("old", {}), ("new", {"pictures": picture_identities([path, path], "x")})):
        (tmp_path / name).mkdir()
        (tmp_path / name / "model.json").write_text(json.dumps(card | more))
    new, old = read_identities(tmp_path)
    digest = picture_digest(pixels)
    assert digest is not None and new.has_picture(digest) and not old.has_picture(digest)
    assert new.has_patient("a") and old.has_patient("a") and not new.has_patient("b")
    assert [len(identity) for identity in new.pictures] == [16]


def test_what_says_of_no_training_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="no models here"):
        read_identities(tmp_path)
    (tmp_path / "model.json").write_text('{"patients": []}')
    with pytest.raises(BadInputError, match="whom it was trained on"):
        read_identities(tmp_path)
