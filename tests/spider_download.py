"""Made-up volumes, masks and tables in SPIDER's layout, of a spine whose boxes are known."""

import csv
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

COLUMNS = [
    *("Patient", "IVD label", "Modic", "UP endplate", "LOW endplate", "Spondylolisthesis"),
    *("Disc herniation", "Disc narrowing", "Disc bulging", "Pfirrman grade"),
]
HEALTHY = (0, 0, 0, 0, 0, 0, 0, 2)
BULGING = (0, 0, 0, 0, 0, 0, 1, 3)
HERNIATED = (2, 0, 1, 0, 1, 1, 1, 4)
"""And bulging."""
SLIPPED = (1, 0, 0, 1, 0, 1, 0, 4)
DISCS = 6
SPACING = (4.0, 2.0, 2.0)
"""mm along x, y and z; nine slices, 56 columns, 105 rows."""
SIZE = (9, 56, 105)
_FIRST = (-16.0, -39.0, 1.0)
MIDDLE = 5
"""The number of the middle slice, from 1."""


def spine(canal: float = 10.0) -> NDArray[np.uint8]:
    """A mask (z, y, x) of the lowest five vertebrae, the sixth cut off by the volume, and six discs; the
    canal reaches so far (mm) to both sides, the bodies 14 mm."""
    z, y, x = (np.arange(size) for size in reversed(SIZE))
    x, y, z = (first + step * index for first, step, index in zip(_FIRST, SPACING, (x, y, z), strict=True))
    z, y, x = z[:, None, None], y[None, :, None], x[None, None, :]
    mask = np.zeros(tuple(reversed(SIZE)), np.uint8)
    front = (y > -16) & (y < 18) & (abs(x) < 15)
    mask[np.broadcast_to((y > 20) & (y < 34) & (abs(x) <= canal), mask.shape)] = 100
    for number in range(1, DISCS + 1):
        bottom = 10 + 36 * (number - 1)
        mask[front & (z > bottom) & (z < bottom + 8)] = 200 + number
        pedicle = (y > 16) & (y < 36) & (abs(x) > canal) & (z > bottom + 24) & (z < bottom + 34)
        process = (y > 36) & (y < 60) & (abs(x) < 6) & (z > bottom + 2) & (z < bottom + 22)
        body = front & (z > bottom + 8) & (z < bottom + 36)
        mask[body | pedicle | process] = number if number < DISCS else 100 + number
    return mask


def boxes() -> dict[str, tuple[float, float, float, float]]:
    """The edges of what the middle slice shows, by level."""
    found = {}
    for number, name in enumerate(("L5-S1", "L4-L5", "L3-L4", "L2-L3", "L1-L2", "T12-L1")):
        bottom = 10 + 36 * number
        found[name] = (12.0, 105 - (bottom + 8) / 2, 29.0, 105 - bottom / 2)
        top = max(105 - (bottom + 36) / 2, 0.0)
        found[name.split("-")[0]] = (12.0, top, 29.0, 105 - (bottom + 8) / 2)
    return found


def gray(mask: NDArray[np.uint8], seed: int) -> NDArray[np.int16]:
    """Values from -50 upwards, some below 0, as a volume of this mask may hold them."""
    noise = np.random.default_rng(seed).integers(-50, 200, mask.shape)
    return (noise + 3 * mask.astype(np.int64)).astype(np.int16)


def write_volume(
    path: Path, values: NDArray[np.generic], orientation: str = "LPS", lean: float = 0.0
) -> None:
    """Values (z, y, x) as a file whose axes point as ``orientation`` says; turned by ``lean`` degrees about
    the axis from head to foot."""
    image = sitk.GetImageFromArray(values)
    image.SetSpacing(SPACING)
    cosine, sine = np.cos(np.radians(lean)), np.sin(np.radians(lean))
    image.SetDirection((cosine, -sine, 0, sine, cosine, 0, 0, 0, 1))
    image.SetOrigin((_FIRST[0] + 7.25, _FIRST[1] - 3.5, _FIRST[2] + 111.0))
    path.parent.mkdir(parents=True, exist_ok=True)
    sitk.WriteImage(sitk.DICOMOrient(image, orientation), str(path), useCompression=True)


def write_pair(folder: Path, name: str, orientation: str = "LPS", lean: float = 0.0) -> None:
    mask = spine()
    write_volume(folder / "images" / f"{name}.mha", gray(mask, len(name)), orientation, lean)
    write_volume(folder / "masks" / f"{name}.mha", mask, orientation, lean)


def write_tables(
    folder: Path, gradings: dict[int, dict[int, tuple[int, ...]]], volumes: dict[str, tuple[str, str]]
) -> None:
    """``gradings``: by patient and disc the columns after ``IVD label``; ``volumes``: sex and subset."""
    _write(
        folder / "radiological_gradings.csv",
        COLUMNS,
        [(patient, disc, *values) for patient, discs in gradings.items() for disc, values in discs.items()],
    )
    columns = ["new_file_name", "subset", "num_vertebrae", "num_discs", "sex", "PixelSpacing"]
    rows = [(name, subset, 6, 6, sex, "[2.0, 2.0]") for name, (sex, subset) in volumes.items()]
    _write(folder / "overview.csv", columns, rows)


def _write(path: Path, columns: list[str], rows: list[tuple[object, ...]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(columns)
        table.writerows(rows)


def write_download(folder: Path) -> Path:
    """Patient 1: T1 (LPS) and T2 (PIR), all discs graded; 12: T2 SPACE (RAI, leaning), the third disc not
    graded; 152: T1, of whom the table has a row of the label 0 alone, and the overview none."""
    folder.mkdir(parents=True, exist_ok=True)
    grades = {1: HERNIATED, 2: SLIPPED, 3: BULGING, 4: HEALTHY, 5: HEALTHY, 6: HEALTHY}
    write_tables(
        folder,
        {1: grades, 12: {disc: BULGING for disc in (1, 2, 4, 5, 6)}, 152: {0: HEALTHY}},
        {"1_t1": ("F ", "training"), "1_t2": ("F", "training"), "12_t2_SPACE": ("M  ", "validation")},
    )
    write_pair(folder, "1_t1")
    write_pair(folder, "1_t2", "PIR")
    write_pair(folder, "12_t2_SPACE", "RAI", lean=6.0)
    write_pair(folder, "152_t1")
    return folder


def write_one(folder: Path, mask: NDArray[np.uint8] | None = None) -> Path:
    """A download of one volume, 7_t2, all of whose discs bulge."""
    folder.mkdir(parents=True)
    grades = {7: {disc: BULGING for disc in range(1, 7)}}
    write_tables(folder, grades, {"7_t2": ("F", "training")})
    write_pair(folder, "7_t2")
    if mask is not None:
        write_volume(folder / "masks" / "7_t2.mha", mask)
    return folder
