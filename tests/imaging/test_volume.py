"""Volumes in one file, whichever way their axes point, against SimpleITK's own coordinates."""

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from scipy.spatial.transform import Rotation

from errors import BadInputError
from imaging.recognition import orientation
from imaging.volume import read_sagittal_volume

SIZE, SPACING = (5, 7, 11), (4.0, 0.6, 0.9)


def write_volume(path: Path, code: str, angles: tuple[float, float, float] = (0, 0, 0)) -> sitk.Image:
    """Voxels that are all different, in a file whose axes point as ``code`` says."""
    image = sitk.GetImageFromArray(np.arange(np.prod(SIZE), dtype=np.int16).reshape(SIZE[::-1]))
    image.SetSpacing(SPACING)
    image.SetOrigin((-31.5, 12.25, -440.125))
    turned = Rotation.from_euler("xyz", angles, degrees=True).as_matrix()
    image.SetDirection(turned.ravel().tolist())
    image = sitk.DICOMOrient(image, code)
    sitk.WriteImage(image, str(path), useCompression=True)
    return image


@pytest.mark.parametrize("code", ["LPS", "PIR", "RAI", "SAL", "ILA", "ASR"])
@pytest.mark.parametrize("angles", [(0, 0, 0), (4, -7, 9)], ids=["straight", "leaning"])
def test_every_voxel_lies_where_simpleitk_says(
    code: str, angles: tuple[float, float, float], tmp_path: Path
) -> None:
    image = write_volume(tmp_path / "volume.mha", code, angles)
    volume = read_sagittal_volume(tmp_path / "volume.mha")
    assert volume.slices.shape == (5, 11, 7)
    found = {}
    for number, slice_ in enumerate(volume.slices):
        geometry = volume.geometry(number)
        rows, columns = np.indices(slice_.shape)
        centres = np.stack([columns.ravel() + 0.5, rows.ravel() + 0.5], axis=1)
        found |= dict(zip(slice_.ravel().tolist(), geometry.to_patient(centres), strict=True))
        assert geometry.thickness == pytest.approx(4.0)
        assert geometry.spacing == pytest.approx((0.9, 0.6))
    size = image.GetSize()
    for index in np.ndindex(*size):
        place = image.TransformIndexToPhysicalPoint([int(side) for side in index])
        np.testing.assert_allclose(found[image.GetPixel(*index)], place, atol=1e-3)


@pytest.mark.parametrize("code", ["LPS", "PIR", "RAI"])
def test_slices_are_seen_as_radiologists_see_them(code: str, tmp_path: Path) -> None:
    write_volume(tmp_path / "volume.mha", code, (3, 5, -6))
    volume = read_sagittal_volume(tmp_path / "volume.mha")
    first, second = volume.geometry(0), volume.geometry(1)
    assert orientation(first) == "sagittal"
    assert first.across[1] > 0.9
    assert first.down[2] < -0.9
    assert second.position[0] > first.position[0]
    assert volume.corners()[:, 0].min() == pytest.approx(
        min(volume.place(0, row, column)[0] for row in (0, 10) for column in (0, 6))
    )


@pytest.mark.parametrize(
    ("values", "slope", "intercept"),
    [
        ([0.0, -7.0, 65528.0], 1, 0),
        ([0.0, -7.0, 65529.0], 65536 / 65535, -7),
        ([0.25, 0.5, 131070.25], 2, 0.25),
        ([0.5, 0.5, 0.5], 1, 0.5),
    ],
    ids=["whole", "far", "fractions", "one fraction"],
)
def test_pixels_are_whole_numbers_of_16_bits(
    values: list[float], slope: float, intercept: float, tmp_path: Path
) -> None:
    stored = np.resize(values, (4, 3, 2)).astype(np.float32)
    sitk.WriteImage(sitk.GetImageFromArray(stored), str(tmp_path / "volume.mha"))
    volume = read_sagittal_volume(tmp_path / "volume.mha")
    for number in range(2):
        pixels = volume.pixels(number)
        assert (pixels.slope, pixels.intercept) == pytest.approx((slope, intercept))
        assert pixels.values.max() - pixels.values.min() <= 65535
        kept = pixels.slope * pixels.values + pixels.intercept
        np.testing.assert_allclose(kept, volume.slices[number], atol=0.501 * slope if slope > 1 else 0)


def test_what_is_no_volume_is_one_sentence(tmp_path: Path) -> None:
    sitk.WriteImage(sitk.GetImageFromArray(np.zeros((4, 5), np.uint8)), str(tmp_path / "flat.mha"))
    colours = sitk.GetImageFromArray(np.zeros((2, 4, 5, 3), np.uint8), isVector=True)
    sitk.WriteImage(colours, str(tmp_path / "colours.mha"))
    whole = tmp_path / "whole.mha"
    write_volume(whole, "LPS")
    (tmp_path / "cut.mha").write_bytes(whole.read_bytes()[:-90])
    (tmp_path / "text.mha").write_text("not a volume")
    write_volume(tmp_path / "askew.mha", "LPS", (45, 45, 0))
    infinite = np.full((2, 4, 5), np.inf, np.float32)
    sitk.WriteImage(sitk.GetImageFromArray(infinite), str(tmp_path / "infinite.mha"))
    expected = {
        "flat": "not a volume with one value a voxel",
        "colours": "not a volume with one value a voxel",
        "cut": "cannot be read as a volume",
        "text": "cannot be read as a volume",
        "askew": "askew",
        "infinite": "no finite numbers",
        "absent": "no such file",
    }
    for name, reason in expected.items():
        with pytest.raises(BadInputError, match=reason) as error:
            read_sagittal_volume(tmp_path / f"{name}.mha")
        assert "\n" not in str(error.value)
