import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from imaging.windowing import Window, apply_window, percentiles_of_counts

pictures = arrays.arrays(
    st.sampled_from([np.uint8, np.uint16]), arrays.array_shapes(min_dims=2, max_dims=2, max_side=12)
)
windows = st.one_of(
    st.just(Window()),
    st.just(Window("range")),
    st.tuples(st.floats(0, 40_000), st.floats(1, 20_000)).map(lambda w: Window("values", w[0], sum(w))),
    st.tuples(st.floats(0, 49), st.floats(51, 100)).map(lambda w: Window("percentile", *w)),
)


@given(pictures, windows)
def test_gray_values_lie_between_0_and_1_in_the_order_of_the_pixels(
    pixels: np.ndarray, window: Window
) -> None:
    gray = apply_window(pixels, window)
    assert (gray.dtype, gray.shape) == (np.float32, pixels.shape)
    assert gray.min() >= 0
    assert gray.max() <= 1
    assert (np.diff(gray.ravel()[np.argsort(pixels.ravel(), kind="stable")]) >= 0).all()


@pytest.mark.parametrize("window", [Window(), Window("range"), Window("values", 0, 65_535)])
def test_sixteen_bits_are_not_cut_to_eight(window: Window) -> None:
    pixels = np.arange(65_536, dtype=np.uint16).reshape(256, 256)
    assert len(np.unique(apply_window(pixels, window))) > 60_000


def test_percentiles_ignore_a_few_extreme_pixels() -> None:
    pixels = np.random.default_rng(0).integers(1000, 2000, (100, 100)).astype(np.uint16)
    pixels[0, :20] = 65_535
    assert apply_window(pixels, Window()).std() > 0.25


def test_values_window_is_the_same_for_every_image() -> None:
    window = Window("values", 100, 300)
    assert apply_window(np.array([[50, 100, 200, 300, 400]], np.uint16), window).tolist() == [
        [0, 0, 0.5, 1, 1]
    ]


def test_range_depends_on_the_pixel_type() -> None:
    assert apply_window(np.array([[255]], np.uint8), Window("range"))[0, 0] == 1
    assert apply_window(np.array([[255]], np.uint16), Window("range"))[0, 0] == np.float32(255 / 65_535)


@pytest.mark.parametrize("value", [0, 7, 65_535])
def test_constant_image_is_black(value: int) -> None:
    assert not apply_window(np.full((3, 4), value, np.uint16), Window()).any()


@pytest.mark.parametrize(
    "arguments", [("percentile", 99, 1), ("values", 5, 5), ("contrast", 0, 1), ("percentile", -3, 99)]
)
def test_impossible_windows_are_refused(arguments: tuple) -> None:
    with pytest.raises(ValueError, match="window"):
        Window(*arguments)


@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 400),
    st.lists(st.floats(0, 100), min_size=1, max_size=4),
)
def test_percentiles_of_counts_are_numpys_to_the_bit(seed: int, pixels: int, percents: list[float]) -> None:
    values = np.random.default_rng(seed).integers(0, 40, pixels).astype(np.uint8)
    found = percentiles_of_counts(np.bincount(values, minlength=256), percents)
    np.testing.assert_array_equal(found, np.percentile(values, percents))


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("window", [Window(), Window("values", 30, 200)])
def test_a_large_picture_is_windowed_as_its_pixels_are_one_by_one(kind: type, window: Window) -> None:
    """Pixels of another type take the other way."""
    pixels: np.ndarray = np.random.default_rng(0).gamma(2, 40, (300, 300)).astype(kind)
    expected = apply_window(pixels.astype(np.int32), window)
    np.testing.assert_array_equal(apply_window(pixels, window), expected)
