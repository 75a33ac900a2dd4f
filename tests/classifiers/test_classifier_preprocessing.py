from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from marks import QUICK, STILL, samples

from classifiers.augmentation import jittered, moved, reach
from classifiers.preprocessing import Square, square_around, surroundings
from classifiers.samples import Sample, SampleSet
from classifiers.settings import Augmentation, Settings
from errors import BadInputError
from imaging.windowing import Window

WHOLE_RANGE = Window("range")

squares = st.builds(
    Square,
    x=st.floats(20, 80),
    y=st.floats(20, 80),
    side=st.floats(10, 150),
    angle=st.floats(-180, 180),
    mirrored=st.booleans(),
)
regions = st.tuples(st.floats(0, 50), st.floats(0, 50), st.floats(1, 50), st.floats(1, 50)).map(
    lambda edges: (edges[0], edges[1], edges[0] + edges[2], edges[1] + edges[3])
)
fractions = st.floats(0, 1)


def mapped(square: Square, size: int, point: tuple[float, float]) -> np.ndarray:
    matrix = square.to_input(size)
    return np.asarray(matrix[:, :2] @ point + matrix[:, 2])


@given(regions, st.floats(0, 1), fractions, fractions)
def test_a_point_of_the_region_lands_where_it_should(
    region: tuple[float, float, float, float], margin: float, across: float, down: float
) -> None:
    xmin, ymin, xmax, ymax = region
    longer = max(xmax - xmin, ymax - ymin)
    point = (xmin + across * (xmax - xmin), ymin + down * (ymax - ymin))
    found = mapped(square_around(region, margin), 64, point)
    scale = 64 / (longer * (1 + 2 * margin))
    middle = np.array([(across - 0.5) * (xmax - xmin), (down - 0.5) * (ymax - ymin)])
    np.testing.assert_allclose(found, 32 + middle * scale, atol=1e-6)
    assert (found > -1e-6).all() and (found < 64 + 1e-6).all()


@given(squares, st.floats(0, 100), st.floats(0, 100))
def test_mirroring_twice_is_no_change(square: Square, x: float, y: float) -> None:
    seen = mapped(square, 64, (x, y))
    mirrored = mapped(replace(square, mirrored=not square.mirrored), 64, (x, y))
    np.testing.assert_allclose(mirrored, [64 - seen[0], seen[1]], atol=1e-6)


def test_a_square_turned_from_x_to_y_sees_its_picture_turned_back() -> None:
    np.testing.assert_allclose(mapped(Square(50, 50, 64, angle=90), 64, (50, 60)), [42, 32])


@given(squares, fractions, fractions)
def test_the_crop_shows_each_place_where_the_map_says(square: Square, across: float, down: float) -> None:
    x, y = 10 + 80 * across, 10 + 80 * down
    rows, columns = np.mgrid[0:100, 0:100] + 0.5
    spot = 255 * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * 2.5**2))
    expected = mapped(square, 64, (x, y))
    blur = 3 * 2.5 * 64 / square.side + 2
    crop = surroundings([spot.astype(np.uint8)], WHOLE_RANGE, square, 64, reach=1).crop(square, 64)[0]
    if (expected > blur).all() and (expected < 64 - blur).all():
        rows, columns = np.mgrid[0:64, 0:64] + 0.5
        found = [(crop * columns).sum() / crop.sum(), (crop * rows).sum() / crop.sum()]
        np.testing.assert_allclose(found, expected, atol=0.25)


def test_shrinking_averages_instead_of_skipping_pixels() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (128, 128)).astype(np.uint8)
    square = square_around((0, 0, 128, 128), margin=0)
    crop = surroundings([pixels], WHOLE_RANGE, square, 32).crop(square, 32)[0]
    averaged = pixels.reshape(32, 4, 32, 4).mean(axis=(1, 3)) / 255
    np.testing.assert_allclose(crop, averaged, atol=1e-4)


def test_what_lies_outside_the_picture_is_black() -> None:
    square = square_around((0, 0, 10, 10), margin=0.5)
    crop = surroundings([np.full((40, 40), 255, np.uint8)], WHOLE_RANGE, square, 32).crop(square, 32)[0]
    assert (crop[:7] == 0).all() and (crop[:, :7] == 0).all()
    assert (crop[9:, 9:] == 1).all()


def test_every_channel_is_cut_alike_and_windowed_on_its_own() -> None:
    first = np.random.default_rng(0).integers(0, 256, (50, 60)).astype(np.uint8)
    square = square_around((10, 20, 30, 45), margin=0.2)
    one, other = surroundings([first, first.astype(np.uint16) * 20], Window(), square, 32).crop(square, 32)
    np.testing.assert_allclose(one, other, atol=1e-6)


@given(st.integers(0, 10_000))
def test_augmentation_looks_no_farther_than_it_says(seed: int) -> None:
    random = np.random.default_rng(seed)
    augmentation = Augmentation(shift=0.2, scale=0.4, rotation=random.uniform(0, 180), jitter=0.2)
    region = (30.0, 40.0, 70.0, 60.0)
    start = square_around(region, 0.1)
    square = moved(square_around(jittered(region, augmentation, random), 0.1), augmentation, random)
    matrix = square.to_input(1)
    corners = np.linalg.solve(matrix[:, :2], np.array([[0, 0, 1, 1], [0, 1, 0, 1]]) - matrix[:, 2:])
    far = np.abs(corners - [[start.x], [start.y]]).max()
    assert far <= reach(augmentation) * start.side


def test_augmentation_brings_no_black_in_from_a_larger_picture(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "white.png"), np.full((200, 200), 255, np.uint8))
    settings = Settings(
        image_size=32,
        window=WHOLE_RANGE,
        augmentation=replace(STILL, shift=0.2, scale=0.3, rotation=45, jitter=0.1, mirror=True),
    )
    sample = Sample((tmp_path / "white.png",), (80, 90, 120, 110), "p", 0)
    training = SampleSet([sample] * 20, 0, settings)
    assert min(batch.images.min() for batch in training.epoch(0)) > 0.999


def test_epochs_repeat_and_differ_from_each_other(tmp_path: Path) -> None:
    made = samples(tmp_path, range(3))
    first, again = SampleSet(made, 2, QUICK), SampleSet(made, 2, QUICK)
    [one], [same], [other] = first.epoch(0), again.epoch(0), again.epoch(1)
    assert np.array_equal(one.images, same.images) and np.array_equal(one.categories, same.categories)
    assert not np.array_equal(np.sort(one.images, axis=0), np.sort(other.images, axis=0))


def test_without_augmentation_an_epoch_shows_the_samples_as_they_are(tmp_path: Path) -> None:
    made = samples(tmp_path, range(3))
    [still] = SampleSet(made, 2, replace(QUICK, augmentation=STILL, category_dropout=0)).epoch(0)
    [plain] = SampleSet(made, 2, QUICK).plain()
    order = [int(np.abs(plain.images - image).sum(axis=(1, 2, 3)).argmin()) for image in still.images]
    assert sorted(order) == list(range(len(made)))
    np.testing.assert_allclose(still.images, plain.images[order], atol=1e-3)
    assert np.array_equal(still.labels, plain.labels[order])
    assert np.array_equal(still.categories, plain.categories[order])


def test_an_unknown_category_is_no_category(tmp_path: Path) -> None:
    made = [replace(sample, category=None) for sample in samples(tmp_path, range(1))]
    [batch] = SampleSet(made, 2, QUICK).plain()
    assert np.array_equal(batch.categories, np.zeros((3, 2)))


@pytest.mark.parametrize(
    ("region", "reason"),
    [((10, 10, 10, 20), "has no area"), ((60, 10, 70, 20), "outside the picture")],
)
def test_regions_that_cannot_be_cut_name_the_picture(
    tmp_path: Path, region: tuple[float, float, float, float], reason: str
) -> None:
    [sample, *_] = samples(tmp_path, range(1))
    with pytest.raises(BadInputError, match=rf"0-0\.png: .*{reason}"):
        SampleSet([replace(sample, region=region)], 2, replace(QUICK, augmentation=STILL))


def test_pictures_of_different_sizes_are_no_sample(tmp_path: Path) -> None:
    [sample, *_] = samples(tmp_path, range(1), channels=2)
    cv2.imwrite(str(sample.pictures[1]), np.zeros((20, 48), np.uint8))
    with pytest.raises(BadInputError, match="differ in size"):
        SampleSet([sample], 2, QUICK)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("image_size", 40),
        ("epochs", -1),
        ("inner_folds", 1),
        ("cost", -1),
        ("warmup", 1),
        ("learning_rate", 0),
    ],
)
def test_settings_out_of_range_are_named(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=name):
        replace(QUICK, **{name: value})


def test_a_local_window_knows_nothing_of_what_is_bright_elsewhere() -> None:
    square = Square(10, 10, 12)
    pixels = np.arange(40 * 40, dtype=np.uint16).reshape(40, 40) % 97
    bright = pixels.copy()
    bright[24:, 24:] = 60_000
    plain, lit = (
        surroundings([picture], Window(), square, 32, local_window=True).crop(square, 32)
        for picture in (pixels, bright)
    )
    np.testing.assert_array_equal(lit, plain)
    assert plain.min() < 0.05 and plain.max() > 0.95
    assert surroundings([bright], Window(), square, 32).crop(square, 32).max() < 0.01
