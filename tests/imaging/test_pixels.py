"""Pixels as the scanner measured them, whatever form they are stored in."""

from pathlib import Path

import numpy as np
import pytest
from mr_files import StudyFolder, picture, sagittal
from pydicom import dcmread
from pydicom.uid import (
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

from errors import BadInputError
from imaging.pixels import SlicePixels, read_pixels
from imaging.reading import read_studies
from imaging.windowing import Window, apply_window


@pytest.fixture
def study_folder(tmp_path: Path) -> StudyFolder:
    return StudyFolder(tmp_path / "study")


def the_pixels(folder: StudyFolder) -> SlicePixels:
    (study,) = read_studies(folder.folder)
    return read_pixels(study.series[0].slices[0])


def test_values_are_those_stored(study_folder: StudyFolder) -> None:
    study_folder.image(sagittal(0), picture(1))
    pixels = the_pixels(study_folder)
    assert (pixels.values == picture(1)).all()
    assert (pixels.slope, pixels.intercept, pixels.window) == (1, 0, None)


@pytest.mark.parametrize("syntax", [RLELossless, JPEG2000Lossless, JPEGLSLossless])
def test_compressed_pixels_are_the_same(study_folder: StudyFolder, syntax: str) -> None:
    path = study_folder.image(sagittal(0), picture(1))
    dataset = dcmread(path)
    dataset.compress(syntax, generate_instance_uid=False)
    dataset.save_as(path)
    assert (the_pixels(study_folder).values == picture(1)).all()


def test_signed_pixels_keep_their_sign(study_folder: StudyFolder) -> None:
    signed = picture(1).astype(np.int16) - 2048
    study_folder.image(sagittal(0), signed)
    assert (the_pixels(study_folder).values == signed).all()


@pytest.mark.parametrize("signed", [False, True])
def test_monochrome1_is_turned_over_with_its_window_and_rescaled_values(
    study_folder: StudyFolder, signed: bool
) -> None:
    stored = picture(1).astype(np.int16) - 2048 if signed else picture(1)
    tags = dict(WindowCenter=600, WindowWidth=801, RescaleSlope=2, RescaleIntercept=-10)
    study_folder.image(sagittal(0), stored, PhotometricInterpretation="MONOCHROME1", **tags)
    pixels = the_pixels(study_folder)
    rescaled = stored * 2.0 - 10
    assert np.allclose(pixels.values * pixels.slope + pixels.intercept, rescaled)
    assert pixels.window is not None
    shown = apply_window(pixels.values, pixels.window)
    # PS3.3 C.11.2.1.2.1: from 600 - 0.5 - 400 to 600 - 0.5 + 400; the lowest value is shown white.
    assert np.allclose(shown, 1 - np.clip((rescaled - 199.5) / 800, 0, 1), atol=1e-6)


def test_the_window_of_the_tags_is_given_in_stored_values(study_folder: StudyFolder) -> None:
    study_folder.image(
        sagittal(0),
        picture(1),
        WindowCenter=[600, 50],
        WindowWidth=[801, 7],
        RescaleSlope=2,
        RescaleIntercept=-10,
    )
    assert the_pixels(study_folder).window == Window("values", (199.5 + 10) / 2, (999.5 + 10) / 2)


@pytest.mark.parametrize(
    "tags", [{}, {"WindowCenter": "", "WindowWidth": ""}, {"WindowCenter": 5, "WindowWidth": 0}]
)
def test_no_usable_window_is_none(study_folder: StudyFolder, tags: dict[str, object]) -> None:
    study_folder.image(sagittal(0), picture(1), **tags)
    assert the_pixels(study_folder).window is None


def test_overlays_in_unused_bits_are_no_signal(study_folder: StudyFolder) -> None:
    path = study_folder.image(sagittal(0), picture(1))
    dataset = dcmread(path)
    dataset.PixelData = (picture(1) | np.uint16(0x8000)).tobytes()
    dataset.save_as(path)
    assert (the_pixels(study_folder).values == picture(1)).all()


def test_each_frame_has_its_pixels(study_folder: StudyFolder) -> None:
    frames = np.stack([picture(number) for number in range(3)])
    study_folder.multi_frame([sagittal(place) for place in (4.0, -4.0, 0.0)], frames)
    (study,) = read_studies(study_folder.folder)
    for item, frame in zip(study.series[0].slices, (1, 2, 0), strict=True):
        assert (read_pixels(item).values == frames[frame]).all()


def test_truncated_pixels_are_named(study_folder: StudyFolder) -> None:
    path = study_folder.image(sagittal(0), picture(1))
    path.write_bytes(path.read_bytes()[:-100])
    (study,) = read_studies(study_folder.folder)
    with pytest.raises(BadInputError, match="cannot be decoded") as caught:
        read_pixels(study.series[0].slices[0])
    assert caught.value.path == path
