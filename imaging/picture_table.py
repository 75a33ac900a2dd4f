"""The table of exported pictures: ``images.csv``."""

import csv
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from imaging.geometry import SliceGeometry


@dataclass(frozen=True)
class PictureRow:
    """One picture; the columns of the table are these fields, in this order.

    Whose it is and where it comes from, in pseudonyms (``instance`` is the de-identified
    SOPInstanceUID); ``slice`` counts from 1 in the order of the series; its geometry in mm (LPS), for
    the pixels of the picture itself; rescaled value = ``value_slope`` × gray + ``value_intercept``,
    empty where a window has cut the values.
    """

    image: str
    patient: str
    sex: str | None
    age: float | None
    study: str
    series: str
    kind: str
    slice: int
    instance: str
    position_x: float
    position_y: float
    position_z: float
    across_x: float
    across_y: float
    across_z: float
    down_x: float
    down_y: float
    down_z: float
    row_spacing: float
    column_spacing: float
    rows: int
    columns: int
    thickness: float
    value_slope: float | None
    value_intercept: float | None


def geometry_columns(geometry: SliceGeometry) -> dict[str, float | int]:
    """The part of a row that says where a picture lies."""
    columns: dict[str, float | int] = {}
    for name in ("position", "across", "down"):
        for axis, value in zip("xyz", getattr(geometry, name), strict=True):
            columns[f"{name}_{axis}"] = round(value, 9)
    columns["row_spacing"], columns["column_spacing"] = (round(side, 9) for side in geometry.spacing)
    columns |= {"rows": geometry.rows, "columns": geometry.columns, "thickness": geometry.thickness}
    return columns


def geometry_of_columns(row: dict[str, str]) -> SliceGeometry:
    """The geometry that a row of the table holds, as the csv module reads it. Raises ValueError."""
    position, across, down = (
        tuple(float(row[f"{name}_{axis}"]) for axis in "xyz") for name in ("position", "across", "down")
    )
    return SliceGeometry(
        position,  # type: ignore[arg-type]
        across,  # type: ignore[arg-type]
        down,  # type: ignore[arg-type]
        (float(row["row_spacing"]), float(row["column_spacing"])),
        int(row["rows"]),
        int(row["columns"]),
        float(row["thickness"]),
    )


def write_picture_table(path: Path, rows: Iterable[PictureRow]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(field.name for field in fields(PictureRow))
        table.writerows(astuple(row) for row in rows)
