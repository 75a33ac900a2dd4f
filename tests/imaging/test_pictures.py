from pathlib import Path

import cv2
import numpy as np
import pytest

from errors import BadInputError
from imaging.pictures import pictures_in, read_picture

GRADIENT = np.arange(40 * 50, dtype=np.uint16).reshape(40, 50) * 32


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_sixteen_bits_stay_sixteen_bits(tmp_path: Path, suffix: str) -> None:
    cv2.imwrite(str(tmp_path / f"deep{suffix}"), GRADIENT)
    pixels = read_picture(tmp_path / f"deep{suffix}")
    assert pixels.dtype == np.uint16
    assert (pixels == GRADIENT).all()


@pytest.mark.parametrize("suffix", [".png", ".tif", ".bmp", ".jpg"])
def test_eight_bits_stay_eight_bits(tmp_path: Path, suffix: str) -> None:
    cv2.imwrite(str(tmp_path / f"flat{suffix}"), (GRADIENT >> 8).astype(np.uint8))
    pixels = read_picture(tmp_path / f"flat{suffix}")
    assert (pixels.dtype, pixels.shape) == (np.uint8, (40, 50))


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_gray_saved_as_colour_is_the_same_gray(tmp_path: Path, channels: int, kind: type) -> None:
    gray = (GRADIENT >> (8 if kind is np.uint8 else 0)).astype(kind)
    colour = np.repeat(gray[..., None], channels, axis=2)
    cv2.imwrite(str(tmp_path / "colour.png"), colour)
    pixels = read_picture(tmp_path / "colour.png")
    assert pixels.dtype == kind
    assert np.abs(pixels.astype(int) - gray.astype(int)).max() <= 1


def test_a_path_in_any_script(tmp_path: Path) -> None:
    path = tmp_path / "腰椎 é.png"
    path.write_bytes(cv2.imencode(".png", GRADIENT)[1].tobytes())
    assert read_picture(path).shape == (40, 50)


@pytest.mark.parametrize("content", [b"", b"not a picture", cv2.imencode(".png", GRADIENT)[1].tobytes()[:60]])
def test_what_is_no_picture_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.png"
    path.write_bytes(content)
    with pytest.raises(BadInputError, match=r"broken\.png.*not a readable picture"):
        read_picture(path)


def test_missing_picture_and_folder_are_named(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.png", tmp_path):
        with pytest.raises(BadInputError, match=path.name):
            read_picture(path)


def test_floating_point_pixels_are_refused(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "float.tif"), GRADIENT.astype(np.float32))
    with pytest.raises(BadInputError, match="8 or 16 bits"):
        read_picture(tmp_path / "float.tif")


def test_pictures_of_a_folder_by_name(tmp_path: Path) -> None:
    for name in ("b.PNG", "a.jpg", "notes.txt"):
        (tmp_path / name).touch()
    assert [path.name for path in pictures_in(tmp_path)] == ["a.jpg", "b.PNG"]
    assert pictures_in(tmp_path / "a.jpg") == [tmp_path / "a.jpg"]


def test_folder_without_pictures_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="no pictures in this folder"):
        pictures_in(tmp_path)
