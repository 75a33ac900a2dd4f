"""What a download of SPIDER may have wrong with it: each named, and the rest imported."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from numpy.typing import NDArray
from spider_download import BULGING, gray, spine, write_one, write_tables, write_volume
from typer.testing import CliRunner

from cli import app
from data.folder import read_cohort
from data.importers.cohort_import import import_cohort
from data.importers.spider import open_spider
from errors import BadInputError


def swap(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text().replace(old, new, 1))


@pytest.mark.parametrize(
    ("table", "old", "new", "reason"),
    [
        ("radiological_gradings.csv", "Modic", "Modik", "no column 'Modic'"),
        ("radiological_gradings.csv", "Patient,IVD", "Patient,Extra,IVD", "column 'Extra' is unknown"),
        (
            "radiological_gradings.csv",
            "0,0,0,0,0,0,1,3",
            "4,0,0,0,0,0,1,3",
            "Modic is no whole number from 0 to 3",
        ),
        (
            "radiological_gradings.csv",
            "0,0,0,0,0,0,1,3",
            "0,0,0,0,0,0,1,6",
            "Pfirrman grade is no whole number",
        ),
        (
            "radiological_gradings.csv",
            "0,0,0,0,0,0,1,3",
            "0,0,0,0,0.5,0,1,3",
            "Disc herniation is no whole number",
        ),
        ("radiological_gradings.csv", "7,1,0", "7,26,0", "IVD label is no whole number from 0 to 25"),
        ("radiological_gradings.csv", "7,1,0", "x,1,0", "Patient is no whole number of 1 or more"),
        ("radiological_gradings.csv", "7,1,0", "7,2,1", "graded in another row, and not alike"),
        ("overview.csv", "new_file_name", "file", "no column 'new_file_name'"),
        ("overview.csv", ",F,", ",female,", "sex is none of F, M, O"),
    ],
)
def test_a_mistake_in_a_table_is_named(table: str, old: str, new: str, reason: str, tmp_path: Path) -> None:
    folder = write_one(tmp_path / "in")
    swap(folder / table, old, new)
    with pytest.raises(BadInputError, match=reason) as error:
        open_spider(folder)
    assert str(error.value).startswith(str(folder / table))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("part", ["images", "masks", "overview.csv", "radiological_gradings.csv"])
def test_a_part_that_is_missing_is_named(part: str, tmp_path: Path) -> None:
    folder = write_one(tmp_path / "in")
    (folder / part).rename(tmp_path / "elsewhere")
    with pytest.raises(BadInputError) as error:
        open_spider(folder)
    assert str(error.value).startswith(str(folder / part))


def test_a_row_with_an_empty_cell_is_no_grading(tmp_path: Path) -> None:
    folder = write_one(tmp_path / "in")
    swap(folder / "radiological_gradings.csv", "7,1,0,0,0,0,0,0,1,3", "7,1,0,0,0,0,,0,1,3")
    report = import_cohort(open_spider(folder), tmp_path / "out")
    assert [sentence.split("/")[-1] for sentence in report.warnings] == [
        "radiological_gradings.csv:2: no Disc herniation in it; this row is left out"
    ]
    annotated = {image.name: image.annotated for image in read_cohort(tmp_path / "out").images}
    assert annotated["7_t2_005.png"] == {"disc", "vertebra"}


def wrong_mask(change: Callable[[NDArray[np.int16]], NDArray[np.generic]]) -> Callable[[Path], None]:
    return lambda folder: write_volume(folder / "masks" / "7_t2.mha", change(spine().astype(np.int16)))


def moved(folder: Path) -> None:
    mask = sitk.ReadImage(str(folder / "masks" / "7_t2.mha"))
    mask.SetOrigin((1.0, 2.0, 3.0))
    sitk.WriteImage(mask, str(folder / "masks" / "7_t2.mha"))


@pytest.mark.parametrize(
    ("change", "file", "reason"),
    [
        (lambda folder: (folder / "masks" / "7_t2.mha").unlink(), "images/7_t2.mha", "without its mask"),
        (lambda folder: (folder / "images" / "7_t2.mha").unlink(), "masks/7_t2.mha", "without its volume"),
        (lambda folder: (folder / "masks" / "7_t2.mha").write_text("no"), "masks/7_t2.mha", "cannot be read"),
        (
            lambda folder: (folder / "images" / "7_t2.mha").write_bytes(b""),
            "images/7_t2.mha",
            "cannot be read",
        ),
        (
            wrong_mask(lambda mask: mask[:-1]),
            "masks/7_t2.mha",
            "9 x 104 x 56 voxels are not those of its volume",
        ),
        (moved, "masks/7_t2.mha", "lies elsewhere in the patient than its volume"),
        (
            wrong_mask(lambda mask: mask + 26 * (mask == 1)),
            "masks/7_t2.mha",
            "its value 27 is none of SPIDER's",
        ),
        (wrong_mask(lambda mask: mask - (mask == 0)), "masks/7_t2.mha", "its value -1 is none of SPIDER's"),
        (wrong_mask(lambda mask: mask * 2), "masks/7_t2.mha", "none of SPIDER's"),
        (wrong_mask(lambda mask: mask / 3), "masks/7_t2.mha", "no whole numbers"),
        (wrong_mask(lambda mask: mask * 0), "masks/7_t2.mha", "no disc in this mask"),
        (
            lambda folder: write_volume(folder / "images" / "7_t2.mha", gray(spine(), 3) / np.nan),
            "images/7_t2.mha",
            "no finite numbers",
        ),
    ],
)
def test_a_volume_that_cannot_be_used_is_left_out_by_name(
    change: Callable[[Path], None], file: str, reason: str, tmp_path: Path
) -> None:
    folder = write_one(tmp_path / "in")
    for part in ("images", "masks"):
        shutil.copy(folder / part / "7_t2.mha", folder / part / "8_t2.mha")
    change(folder)
    report = import_cohort(open_spider(folder), tmp_path / "out")
    (error,) = report.left_out
    assert str(error).startswith(str(folder / file))
    assert reason in str(error)
    assert "\n" not in str(error)
    assert read_cohort(tmp_path / "out").patients == ("8",)


def test_a_file_of_another_name_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    folder = write_one(tmp_path / "in")
    shutil.copy(folder / "images" / "7_t2.mha", folder / "images" / "7_stir.mha")
    (folder / "images" / "._7_t2.mha").write_text("a file system's own")
    outcome = CliRunner().invoke(app, ["import", "spider", str(folder), "--out", str(tmp_path / "out")])
    assert outcome.exit_code == 1
    assert "7_stir.mha: not named <patient>_<t1 or t2 or t2_SPACE>.mha" in " ".join(outcome.output.split())
    assert len(read_cohort(tmp_path / "out").images) == 7


def test_volumes_that_lie_one_folder_deeper_are_said_to(tmp_path: Path) -> None:
    folder = write_one(tmp_path / "in")
    (folder / "masks").rename(folder / "inner")
    (folder / "masks").mkdir()
    with pytest.raises(BadInputError, match=r"masks: no \.mha in it; unpack them"):
        open_spider(folder)
    (folder / "inner").rename(folder / "masks" / "masks")
    with pytest.raises(BadInputError, match=r"one folder deeper, in \S+/masks/masks; move them up"):
        open_spider(folder)


def test_volumes_of_the_overview_that_are_not_there_are_counted(tmp_path: Path) -> None:
    folder = write_one(tmp_path / "in")
    volumes = dict.fromkeys(("7_t2", "8_t2", "9_t2", "9_t1"), ("F", "training"))
    write_tables(folder, {7: {1: BULGING}}, volumes)
    (sentence,) = open_spider(folder, ["t2"]).warnings
    assert sentence.endswith("volumes of overview.csv neither in images/ nor in masks/: 2")
    assert not open_spider(write_one(tmp_path / "whole")).warnings
    arguments = ["import", "spider", str(folder), "--out", str(tmp_path / "out"), "--middle", "1"]
    outcome = CliRunner().invoke(app, arguments)
    assert outcome.exit_code == 0
    output = " ".join(outcome.output.split())
    assert "masks/: 3" in output
    assert f"1 picture in {tmp_path / 'out'}" in output


def test_an_import_is_not_gone_on_with_from_other_tables_or_from_another_folder(tmp_path: Path) -> None:
    folder = write_one(tmp_path / "in")
    name = open_spider(folder).name
    assert open_spider(folder.parent / "." / "in").name == name
    shutil.copytree(folder, tmp_path / "other")
    assert open_spider(tmp_path / "other").name != name
    swap(folder / "radiological_gradings.csv", "7,1,0", "7,1,1")
    regraded = open_spider(folder).name
    assert regraded != name
    swap(folder / "overview.csv", ",F,", ",M,")
    assert open_spider(folder).name not in {name, regraded}


def test_a_folder_without_volumes_is_none_of_spider_s(tmp_path: Path) -> None:
    folder = write_one(tmp_path / "in")
    with pytest.raises(BadInputError, match=r"no volume <patient>_<t1>\.mha in its images/"):
        import_cohort(open_spider(folder, ["t1"]), tmp_path / "out")
    assert not (tmp_path / "out").exists()
