"""A folder in the layout of the RSNA 2024 competition, with as few tags in its files as those have."""

import csv
from dataclasses import dataclass, field
from pathlib import Path

from mr_files import StudyFolder, picture

from data.importers.rsna_tables import CONDITIONS
from imaging.geometry import SliceGeometry

LEVELS = ("L1/L2", "L2/L3", "L3/L4", "L4/L5", "L5/S1")
GAP = 5.0
"""mm between neighbouring slices."""
KEPT_TAGS = (
    "SOPClassUID",
    "InstanceNumber",
    "SliceThickness",
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "PixelSpacing",
    "Rows",
    "Columns",
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "PixelData",
)


def sagittal(index: int, rows: int = 200, columns: int = 120) -> SliceGeometry:
    """Of a series 5 mm apart; pixels of 1 mm."""
    return SliceGeometry((GAP * index - 20, -60, 100), (0, 1, 0), (0, 0, -1), (1, 1), rows, columns, 4)


def axial(index: int, rows: int = 120, columns: int = 120) -> SliceGeometry:
    """Downwards, 5 mm apart; pixels of half a millimetre."""
    return SliceGeometry((-30, -30, 80 - GAP * index), (1, 0, 0), (0, 1, 0), (0.5, 0.5), rows, columns, 4)


@dataclass
class RsnaFolder:
    """Tables are kept as rows, to be changed at will, and written by ``write``."""

    folder: Path
    grades: list[dict[str, str]] = field(default_factory=list)
    series: list[list[str]] = field(default_factory=list)
    points: list[list[str]] = field(default_factory=list)

    def study(self, number: int, severity: str = "Moderate", **others: str) -> None:
        """A row of train.csv: every structure is graded so, but for ``others`` by column."""
        columns = [
            f"{side}{condition}_{level.lower().replace('/', '_')}"
            for condition in CONDITIONS
            for side in (("",) if condition.startswith("spinal") else ("left_", "right_"))
            for level in LEVELS
        ]
        self.grades.append({"study_id": str(number), **dict.fromkeys(columns, severity), **others})

    def add_series(self, study: int, series: int, description: str, slices: dict[int, SliceGeometry]) -> None:
        """Its row, and a file for each slice by instance number."""
        self.series.append([str(study), str(series), description])
        folder = self.folder / "train_images" / str(study) / str(series)
        folder.mkdir(parents=True)
        for instance, place in slices.items():
            pixels = picture(study + series + instance, place.rows, place.columns)
            dataset = StudyFolder(folder).dataset(place, pixels)
            for element in list(dataset):
                if element.keyword not in KEPT_TAGS:
                    del dataset[element.tag]
            dataset.InstanceNumber = instance
            dataset.SeriesDescription = "T2"
            dataset.file_meta.MediaStorageSOPInstanceUID = f"1.2.{study}.{series}.{instance}"
            dataset.save_as(folder / f"{instance}.dcm", enforce_file_format=True)

    def point(
        self, study: int, series: int, instance: int, condition: str, level: str, x: float, y: float
    ) -> None:
        row = (study, series, instance, condition, level, x, y)
        self.points.append([str(value) for value in row])

    def write(self) -> Path:
        with (self.folder / "train.csv").open("w", newline="", encoding="utf-8") as file:
            table = csv.DictWriter(file, list(self.grades[0]))
            table.writeheader()
            table.writerows(self.grades)
        self._write("train_series_descriptions.csv", "study_id,series_id,series_description", self.series)
        columns = "study_id,series_id,instance_number,condition,level,x,y"
        self._write("train_label_coordinates.csv", columns, self.points)
        return self.folder

    def _write(self, name: str, columns: str, rows: list[list[str]]) -> None:
        lines = [columns, *(",".join(row) for row in rows)]
        (self.folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def small_download(folder: Path) -> RsnaFolder:
    """Two studies; the tables are not yet written.

    1001: sagittal T2 (instances with a gap; the canal of L5/S1 marked on the next slice), sagittal T1 (left
    foramina on one slice, one right foramen), axial T2 in two series, the second with one side alone and
    with a picture of two levels. 1002: sagittal T2, the canal of L1/L2 not graded.
    """
    made = RsnaFolder(folder)
    made.study(1001, "Normal/Mild", left_subarticular_stenosis_l4_l5="Severe")
    made.study(1002, "Moderate", spinal_canal_stenosis_l1_l2="")
    numbers = (2, 5, 9, 11)
    # Instances count from the left in one and from the right in the other: only geometry says.
    made.add_series(
        1001, 21, "Sagittal T2/STIR", {number: sagittal(3 - at) for at, number in enumerate(numbers)}
    )
    made.add_series(1001, 11, "Sagittal T1", {number: sagittal(at) for at, number in enumerate((1, 2, 3))})
    made.add_series(1001, 31, "Axial T2", {number: axial(number) for number in (1, 2, 3)})
    made.add_series(1001, 32, "Axial T2", {number: axial(10 + number) for number in (1, 2)})
    made.add_series(1002, 22, "Sagittal T2/STIR", {1: sagittal(0), 2: sagittal(1)})
    for at, level in enumerate(LEVELS):
        height = 20 + 38 * at
        made.point(1001, 21, 9 if at == 4 else 5, "Spinal Canal Stenosis", level, 60, height)
        made.point(1001, 11, 1, "Left Neural Foraminal Narrowing", level, 70, height)
        made.point(1002, 22, 1, "Spinal Canal Stenosis", level, 60.5, height)
    made.point(1001, 11, 3, "Right Neural Foraminal Narrowing", "L4/L5", 70, 134)
    made.point(1001, 31, 2, "Left Subarticular Stenosis", "L4/L5", 75, 60)
    made.point(1001, 31, 2, "Right Subarticular Stenosis", "L4/L5", 8, 60)
    made.point(1001, 32, 1, "Left Subarticular Stenosis", "L5/S1", 75, 60)
    made.point(1001, 32, 1, "Right Subarticular Stenosis", "L3/L4", 40, 60)
    return made
