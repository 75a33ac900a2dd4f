import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from imaging.geometry import SliceGeometry, intersection, middle_slice

# To a millionth of a degree: ITK's decomposition fails on directions with denormal numbers.
ANGLES = st.tuples(*[st.floats(-180, 180).map(lambda angle: round(angle, 6))] * 3)
PLACES = st.tuples(*[st.floats(-500, 500)] * 3)
SPACINGS = st.tuples(st.floats(0.2, 3), st.floats(0.2, 3))
PIXELS = st.lists(st.tuples(st.floats(0, 512), st.floats(0, 512)), min_size=1, max_size=8)


def slice_at(
    angles: tuple[float, float, float] = (0, 0, 0),
    position: tuple[float, float, float] = (0, 0, 0),
    spacing: tuple[float, float] = (1, 1),
    size: tuple[int, int] = (64, 64),
) -> SliceGeometry:
    turned = Rotation.from_euler("xyz", angles, degrees=True).as_matrix()
    return SliceGeometry(position, tuple(turned[0]), tuple(turned[1]), spacing, *size)


def sagittal(x: float) -> SliceGeometry:
    return SliceGeometry((x, 0, 0), (0, 1, 0), (0, 0, -1), (1, 1), 100, 80)


def axial(z: float) -> SliceGeometry:
    return SliceGeometry((-50, 0, z), (1, 0, 0), (0, 1, 0), (1, 1), 80, 100)


@given(ANGLES, PLACES, SPACINGS, PIXELS)
def test_millimetres_are_those_of_another_library(
    angles: tuple[float, float, float],
    position: tuple[float, float, float],
    spacing: tuple[float, float],
    pixels: list[tuple[float, float]],
) -> None:
    geometry = slice_at(angles, position, spacing)
    image = sitk.Image(64, 64, 1, sitk.sitkUInt8)
    image.SetOrigin(geometry.position)
    image.SetSpacing((spacing[1], spacing[0], 1))
    image.SetDirection(np.array([geometry.across, geometry.down, geometry.normal]).T.ravel().tolist())
    points = geometry.to_patient(pixels)
    expected = [
        image.TransformContinuousIndexToPhysicalPoint((column - 0.5, row - 0.5, 0)) for column, row in pixels
    ]
    assert np.abs(points - expected).max() < 1e-6
    indices = [image.TransformPhysicalPointToContinuousIndex(point) for point in points + 3 * geometry.normal]
    assert (
        np.abs(geometry.to_pixels(points + 3 * geometry.normal) - 0.5 - np.array(indices)[:, :2]).max() < 1e-6
    )
    assert np.abs(geometry.distance(points + 3 * geometry.normal) - np.array(indices)[:, 2]).max() < 1e-6


@given(ANGLES, PLACES, SPACINGS, PIXELS)
def test_there_and_back_again(
    angles: tuple[float, float, float],
    position: tuple[float, float, float],
    spacing: tuple[float, float],
    pixels: list[tuple[float, float]],
) -> None:
    geometry = slice_at(angles, position, spacing)
    points = geometry.to_patient(pixels)
    assert np.abs(geometry.to_pixels(points) - pixels).max() < 1e-6
    assert np.abs(geometry.distance(points)).max() < 1e-6


@given(ANGLES, ANGLES, PLACES, SPACINGS)
def test_an_intersection_lies_in_both_planes_and_pictures(
    first_angles: tuple[float, float, float],
    second_angles: tuple[float, float, float],
    position: tuple[float, float, float],
    spacing: tuple[float, float],
) -> None:
    first = slice_at(first_angles, (0, 0, 0), (1, 1), (300, 400))
    second = slice_at(second_angles, tuple(place / 10 for place in position), spacing, (256, 128))
    line = intersection(first, second)
    if line is None:
        return
    for geometry in (first, second):
        assert np.abs(geometry.distance(line)).max() < 1e-5
        pixels = geometry.to_pixels(line)
        assert pixels.min() > -1e-5
        assert (pixels < (geometry.columns + 1e-5, geometry.rows + 1e-5)).all()
    # It ends where it leaves one of the two.
    for end in line:
        places = [geometry.to_pixels([end])[0] for geometry in (first, second)]
        sides = [(geometry.columns, geometry.rows) for geometry in (first, second)]
        to_edge = [
            min(abs(p), abs(s - p))
            for place, side in zip(places, sides, strict=True)
            for p, s in zip(place, side, strict=True)
        ]
        assert min(to_edge) < 1e-5


def test_a_sagittal_and_an_axial_slice_meet_in_a_line_from_front_to_back() -> None:
    line = intersection(sagittal(10), axial(-40))
    assert line is not None
    ends = line[np.argsort(line[:, 1])]
    assert ends == pytest.approx(np.array([(10, -0.5, -40), (10, 79.5, -40)]))
    assert sagittal(0).to_pixels(ends)[:, 1] == pytest.approx([40.5, 40.5])


def test_parallel_slices_and_slices_apart_do_not_meet() -> None:
    assert intersection(sagittal(0), sagittal(5)) is None
    assert intersection(sagittal(200), axial(-40)) is None


def test_the_middle_slice_is_the_nearest_to_the_middle_of_the_stack() -> None:
    assert middle_slice([sagittal(x) for x in (-20, -12, -4, 4, 12)]) == 2
    assert middle_slice([sagittal(x) for x in (0, 4, 30)]) == 1
    with pytest.raises(ValueError, match="no slices"):
        middle_slice([])


@given(
    ANGLES, PLACES, st.floats(0.3, 4), st.floats(0.3, 4), st.tuples(st.floats(-50, 50), st.floats(-50, 50))
)
def test_a_resized_picture_shows_the_same_places(
    angles: tuple[float, float, float],
    position: tuple[float, float, float],
    across: float,
    down: float,
    offset: tuple[float, float],
) -> None:
    geometry = slice_at(angles, position, (0.7, 1.1))
    resized = geometry.resized(812, 662, (across, down), offset)
    pixels = np.array([(0, 0), (10, 30.5), (64, 64)])
    moved = pixels * (across, down) + offset
    assert np.abs(resized.to_patient(moved) - geometry.to_patient(pixels)).max() < 1e-6


@pytest.mark.parametrize(
    "wrong",
    [
        {"across": (0, 0, 0)},
        {"across": (1, 0, 0), "down": (1, 0, 0)},
        {"spacing": (0, 1)},
        {"spacing": (float("nan"), 1)},
        {"position": (0, float("inf"), 0)},
        {"position": (0, 0)},
        {"rows": 0},
    ],
)
def test_what_is_no_plane_is_refused(wrong: dict) -> None:
    right = dict(position=(0, 0, 0), across=(1, 0, 0), down=(0, 1, 0), spacing=(1, 1), rows=8, columns=8)
    with pytest.raises(ValueError, match=r"directions|spacing|position"):
        SliceGeometry(**{**right, **wrong})


def test_rounded_directions_become_exactly_orthonormal() -> None:
    geometry = SliceGeometry((0, 0, 0), (0.999, 0.02, 0), (-0.02, 0.999, 0.03), (1, 1), 8, 8)
    across, down = np.array(geometry.across), np.array(geometry.down)
    assert [across @ across, down @ down, across @ down] == pytest.approx([1, 1, 0], abs=1e-12)
