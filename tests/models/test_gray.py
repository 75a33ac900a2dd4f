"""Gray values on their way into a network."""

from dataclasses import dataclass

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.gray import normalise, random_factor, reshaded


@dataclass(frozen=True)
class Changes:
    gamma: float = 0.0
    contrast: float = 0.0
    brightness: float = 0.0
    noise: float = 0.0


RAMP = np.linspace(0, 1, 64, dtype=np.float32).reshape(8, 8)


def test_normalising_is_per_channel() -> None:
    images = np.full((2, 3, 4, 5), 0.5, np.float32)
    normal = normalise(images, (0.5, 0.25, 0.0), (1.0, 0.25, 0.5))
    assert (normal.dtype, normal.shape) == (np.float32, images.shape)
    assert normal[1, :, 2, 3].tolist() == [0, 1, 1]


@given(spread=st.floats(0, 1), seed=st.integers(0, 1000))
def test_a_factor_lies_between_its_spread_and_its_inverse(spread: float, seed: int) -> None:
    factor = random_factor(spread, np.random.default_rng(seed))
    assert 1 / (1 + spread) - 1e-9 <= factor <= 1 + spread + 1e-9


def test_no_changes_leave_a_picture_as_it_is() -> None:
    np.testing.assert_allclose(reshaded(RAMP, Changes(), np.random.default_rng(0)), RAMP, atol=1e-6)


@given(seed=st.integers(0, 1000))
def test_changed_pictures_stay_gray_and_ordered(seed: int) -> None:
    changed = reshaded(RAMP, Changes(0.4, 0.2, 0.1), np.random.default_rng(seed))
    assert changed.min() >= 0 and changed.max() <= 1
    assert (np.diff(changed.ravel()) >= 0).all()


def test_noise_is_as_large_as_it_says_at_most() -> None:
    gray = np.full((64, 64), 0.5, np.float32)
    for seed in range(20):
        assert reshaded(gray, Changes(noise=0.03), np.random.default_rng(seed)).std() < 0.033
