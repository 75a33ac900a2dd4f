"""The commands on studies as users meet them, from the phantom's DICOM to a cohort that checks clean."""

import csv
import json
import re
from pathlib import Path

import pytest
from command import discern
from marked_images import KEPT, add_markers, assert_no_marker
from mr_files import StudyFolder, axial, sagittal
from pydicom import dcmread
from pydicom.tag import Tag

from data.folder import read_cohort
from data.phantom.sheet import write_sheet
from imaging.dicom_file import silent_pydicom
from imaging.pictures import read_picture

NEEDED = (
    "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "ImagePositionPatient",
    "ImageOrientationPatient", "PixelSpacing", "NumberOfFrames", "EchoTime", "RepetitionTime",
    "RescaleSlope", "RescaleIntercept",
)  # fmt: skip


def files_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def phantom(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two whole studies with few sagittal slices, made by the command."""
    folder = tmp_path_factory.mktemp("chain")
    done = discern("phantom", "--patients", 2, "--out", folder / "phantom", "--slices", 3, folder=folder)
    assert done.returncode == 0, done.stderr
    assert "2 studies" in done.stdout
    return folder / "phantom"


def test_from_the_phantom_to_a_cohort_that_checks_clean(phantom: Path, tmp_path: Path) -> None:
    chosen = ("--series", "sagittal T2", "--series", "sagittal T1", "--middle", 1)
    done = discern("export", *phantom.iterdir(), "--out", "cohort", *chosen, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "4 pictures" in done.stdout
    done = discern("label-phantom", phantom, "cohort", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    done = discern("check", tmp_path / "cohort", "--json")
    assert done.returncode == 0, done.stdout
    assert json.loads(done.stdout)["problems"] == []
    read = read_cohort(tmp_path / "cohort")
    assert len(read.patients) == 2
    assert all(image.boxes and image.age for image in read.images)
    assert (tmp_path / "pseudonyms.key").stat().st_mode & 0o777 == 0o600


def test_deidentified_studies_export_as_the_first_ones_do(phantom: Path, tmp_path: Path) -> None:
    done = discern("deidentify", *phantom.iterdir(), "--out", "shared", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert not any("phantom" in path.name for path in (tmp_path / "shared").rglob("*"))
    for source, out in ((phantom, "first"), (tmp_path / "shared", "second")):
        done = discern("export", *source.iterdir(), "--out", out, folder=tmp_path)
        assert done.returncode == 0, done.stderr
    pictures = [
        {path.read_bytes() for path in files_of(tmp_path / out / "images")} for out in ("first", "second")
    ]
    assert pictures[0] == pictures[1]
    assert len(pictures[0]) > 40


def test_the_paper_s_pictures(phantom: Path, tmp_path: Path) -> None:
    form = ("--format", "jpeg", "--size", "812x662", "--window", "tags", "--middle", 1)
    done = discern(
        "export", *phantom.iterdir(), "--out", "jpeg", *form, "--series", "Sagittal T2", folder=tmp_path
    )
    assert done.returncode == 0, done.stderr
    with (tmp_path / "jpeg" / "images.csv").open(newline="") as file:
        assert {(row["columns"], row["rows"]) for row in csv.DictReader(file)} == {("812", "662")}


def test_nothing_planted_comes_out(tmp_path: Path) -> None:
    study = StudyFolder(tmp_path / "study")
    paths = study.series([sagittal(place) for place in (0.0, 4.0, 8.0)]) + study.series([axial(0), axial(4)])
    planted = 0
    for path in paths:
        dataset = dcmread(path)
        before = len(dataset)
        with silent_pydicom():
            add_markers(dataset, KEPT | {Tag(keyword) for keyword in NEEDED})
            dataset.save_as(path)
        planted = len(dataset) - before
    assert planted > 300
    # One is damaged besides, so that there is something to complain of.
    paths[0].write_bytes(paths[0].read_bytes()[:-500])
    for command, suffix in (("export", ".png"), ("deidentify", ".dcm")):
        done = discern(command, "study", "--out", command, folder=tmp_path)
        assert done.returncode == 1
        assert paths[0].name in done.stderr
        assert_no_marker((done.stdout + done.stderr).encode())
        written = files_of(tmp_path / command)
        assert sum(path.suffix == suffix for path in written) == 4
        for path in written:
            assert_no_marker(path.read_bytes())
            assert_no_marker(str(path.relative_to(tmp_path)).encode())
    assert not [
        path
        for path in tmp_path.iterdir()
        if path.name not in ("study", "export", "deidentify", "pseudonyms.key")
    ]


def test_a_batch_goes_on_and_says_what_it_left_out(phantom: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = discern("export", "empty", next(phantom.iterdir()), "nowhere", "--out", "out", folder=tmp_path)
    assert done.returncode == 1
    assert len(files_of(tmp_path / "out" / "images")) > 15
    assert [line.split(":")[1].strip() for line in done.stderr.splitlines()] == ["empty", "nowhere"]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (["export", "nowhere", "--out", "out"], "nowhere: no such study"),
        (["deidentify", "nowhere", "--out", "out"], "nowhere: no such study"),
        (["label-phantom", ".", "."], "pseudonyms.key: cannot be read"),
        (["phantom", "--out", "sheet.png", "--beside", "nowhere"], "nowhere: no such folder"),
    ],
)
def test_what_is_not_there_is_one_sentence(call: list[str], said: str, tmp_path: Path) -> None:
    done = discern(*call, folder=tmp_path)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1, done.stderr
    assert done.stderr.startswith(f"error: {said}")
    assert {path.name for path in tmp_path.iterdir()} <= {"pseudonyms.key"}


@pytest.mark.parametrize(
    "option", [["--size", "large"], ["--window", "9:1"], ["--series", "frontal T9"], ["--format", "gif"]]
)
def test_options_that_say_nothing_are_wrong_usage(option: list[str], tmp_path: Path) -> None:
    done = discern("export", "study", "--out", "out", *option, folder=tmp_path)
    assert done.returncode == 2
    assert re.search("Invalid value", done.stderr)


def test_a_sheet_puts_the_phantom_beside_real_pictures(phantom: Path, tmp_path: Path) -> None:
    write_sheet(tmp_path / "sheet.png", phantom, seed=3, pictures=1)
    sheet = read_picture(tmp_path / "sheet.png")
    # Three rows of the phantom, three of what is beside it.
    assert sheet.shape[0] > 6 * 250
    assert sheet.std() > 20
