"""What is drawn on the pictures of a report."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageColor
from report_scenes import HERNIATION, NORMAL, Scene, healthy, herniated, with_maps, write_scene

from axial.pictures import StudyPicture
from axial.result import ActivationMap, SliceResult
from imaging.geometry import SliceGeometry
from reporting.drawing import (
    BOX,
    ENDPLATE,
    KEY,
    SLIP,
    axial_picture,
    close_up_of_map,
    key_slices,
    sagittal_picture,
    with_activation,
)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return write_scene(tmp_path_factory.mktemp("drawing") / "study")


def drawn(image: Image.Image, colour: str) -> int:
    """How many pixels have about this colour."""
    away = np.abs(np.asarray(image, int) - ImageColor.getrgb(colour)).max(axis=2)
    return int((away < 12).sum())


def blank(spacing: tuple[float, float], rows: int = 60, columns: int = 80) -> StudyPicture:
    geometry = SliceGeometry((0, 0, 0), (1, 0, 0), (0, 1, 0), spacing, rows, columns)
    return StudyPicture("axial 1", np.zeros((rows, columns), np.uint16), geometry)


def test_an_abnormal_study_shows_slip_endplates_and_its_slice(scene: Scene) -> None:
    plain = sagittal_picture(scene.result, scene.pictures)
    marked = sagittal_picture(replace(scene.result, findings=(herniated(),)), scene.pictures)
    assert plain is not None and marked is not None
    assert plain.height == 1200
    for colour in (SLIP, ENDPLATE, KEY):
        assert drawn(plain, colour) == 0
        assert drawn(marked, colour) > 50


def test_without_a_sagittal_picture_there_is_nothing_to_draw_on(scene: Scene) -> None:
    assert sagittal_picture(scene.result, replace(scene.pictures, sagittal=None)) is None


@pytest.mark.parametrize("spacing", [(1.0, 1.0), (2.0, 1.0), (0.5, 1.5)])
def test_rectangular_pixels_are_stretched_to_their_true_shape(spacing: tuple[float, float]) -> None:
    image = axial_picture(SliceResult("axial 1", "", None), None, blank(spacing), 400)
    assert image.width / image.height == pytest.approx(80 * spacing[1] / (60 * spacing[0]), rel=0.02)


@pytest.mark.parametrize(("rows", "columns"), [(1, 4096), (3, 512), (4096, 1)])
def test_a_strip_stays_small(rows: int, columns: int) -> None:
    image = axial_picture(SliceResult("axial 1", "", None), None, blank((0.3, 0.3), rows, columns), 560)
    assert 1 <= image.height <= 560
    assert 1 <= image.width <= 5 * 560


@settings(max_examples=25)
@given(
    corner=st.tuples(st.floats(-10, 70), st.floats(-10, 50)),
    size=st.tuples(st.floats(0, 60), st.floats(0, 60)),
    spacing=st.tuples(st.floats(0.5, 2), st.floats(0.5, 2)),
)
def test_an_axial_picture_is_a_square_whatever_its_disc(
    corner: tuple[float, float], size: tuple[float, float], spacing: tuple[float, float]
) -> None:
    edges = (*corner, corner[0] + size[0], corner[1] + size[1])
    image = axial_picture(SliceResult("axial 1", "", None, edges=edges), None, blank(spacing), 200)
    assert image.height == 200
    assert image.width == pytest.approx(200, abs=1)


def test_the_disc_is_in_the_picture_with_its_box() -> None:
    item = SliceResult("axial 1", "", None, edges=(20, 10, 60, 40))
    assert drawn(axial_picture(item, None, blank((1.5, 1.0)), 400), BOX) > 500


def test_a_herniation_is_drawn_where_it_was_measured_alone(scene: Scene) -> None:
    measured, other = scene.result.slices[10], scene.result.slices[9]
    by_name = {picture.name: picture for picture in scene.pictures.axial}
    shown = [axial_picture(item, herniated(), by_name[item.picture]) for item in (measured, other)]
    assert drawn(shown[0], SLIP) > 50
    assert drawn(shown[1], SLIP) == 0


def test_an_activation_map_stands_beside_the_picture_that_stays_as_it_was(scene: Scene) -> None:
    item, picture = with_maps(scene.result).slices[10], scene.pictures.axial[10]
    plain = axial_picture(item, None, picture, 200)
    both = with_activation(item, plain, picture)
    assert both.height == 200 and both.width > 2 * plain.width
    assert both.crop((0, 0, plain.width, 200)).tobytes() == plain.tobytes()
    beside = np.asarray(both.crop((both.width - plain.width, 0, both.width, 200)), int)
    assert (beside.max(axis=2) - beside.min(axis=2) > 60).sum() > 1000
    assert drawn(both.crop((plain.width, 0, both.width, 200)), BOX) == 0


def test_a_slice_without_a_map_is_its_picture_alone(scene: Scene) -> None:
    item, picture = scene.result.slices[10], scene.pictures.axial[10]
    plain = axial_picture(item, None, picture, 200)
    assert with_activation(item, plain, picture) is plain


def test_the_key_slice_is_that_of_the_measure_or_else_the_clearest(scene: Scene) -> None:
    slices = list(scene.result.slices)
    slices[9] = replace(slices[9], verdict="herniation", probabilities=HERNIATION)
    result = replace(scene.result, slices=tuple(slices), findings=(herniated(),))
    unmeasured = replace(result, findings=(herniated(herniation=None),))
    assert [item.picture for _, item in key_slices(result)] == ["axial 11"]
    assert [item.picture for _, item in key_slices(unmeasured)] == ["axial 10"]
    assert key_slices(replace(result, findings=healthy())) == ()


def test_slices_without_a_level_stand_for_themselves(tmp_path: Path) -> None:
    scene = write_scene(tmp_path / "study", sagittal=False)
    slices = [replace(item, probabilities=NORMAL) for item in scene.result.slices]
    slices[4] = replace(slices[4], verdict="bulge")
    ((finding, item),) = key_slices(replace(scene.result, slices=tuple(slices)))
    assert (finding, item.picture) == (None, "axial 5")


@pytest.mark.parametrize("spacing", [(1.0, 1.0), (0.5, 1.0)])
def test_a_close_up_of_a_map_is_a_square_around_it(spacing: tuple[float, float]) -> None:
    """32 mm of its 40 are covered, the middle 160 of 200 pixels; the lower right of them is the strongest."""
    down, across = spacing
    seen = (4 / across, 4 / down, 36 / across, 36 / down)
    activation = ActivationMap(((0.0, 0.0), (0.0, 1.0)), seen)
    image = close_up_of_map(activation, blank(spacing, round(60 / down), round(80 / across)), 200)
    assert image.size == (200, 200)
    covered = np.argwhere(np.asarray(image).max(axis=2) - np.asarray(image).min(axis=2).astype(int) > 60)
    assert covered.min() >= 60 and covered.max() == pytest.approx(180, abs=3)
