"""Studies from folders, ZIPs and DICOMDIRs: series by geometry, whatever the files are called."""

import random
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from mr_files import T1, T2, StudyFolder, axial, picture, sagittal
from pydicom.fileset import FileSet

from errors import BadInputError
from imaging.reading import read_studies
from imaging.study import SeriesKind, Study


@pytest.fixture
def study_folder(tmp_path: Path) -> StudyFolder:
    return StudyFolder(tmp_path / "study")


def only(source: Path) -> Study:
    (study,) = read_studies(source)
    return study


def whole_study(folder: StudyFolder) -> None:
    places = [-12.0, -8.0, -4.0, 0.0, 4.0, 8.0, 12.0]
    random.Random(1).shuffle(places)
    folder.series([sagittal(place) for place in places], **T1)
    folder.series([sagittal(place) for place in places], **T2)
    blocks = [
        axial(place + step, tilt) for place, tilt in ((40, -8), (5, 2), (-30, 18)) for step in (-4, 0, 4)
    ]
    random.Random(2).shuffle(blocks)
    folder.series(blocks, **T2)


def test_a_study_is_sorted_by_geometry(study_folder: StudyFolder) -> None:
    whole_study(study_folder)
    study = only(study_folder.folder)
    assert sorted(series.kind for series in study.series) == ["axial T2", "sagittal T1", "sagittal T2"]
    for kind in (SeriesKind.SAGITTAL_T1, SeriesKind.SAGITTAL_T2):
        (series,) = study.of_kind(kind)
        assert [item.geometry.position[0] for item in series.slices] == [-12, -8, -4, 0, 4, 8, 12]
        assert len(series.blocks) == 1
    (axials,) = study.of_kind(SeriesKind.AXIAL_T2)
    assert [len(block) for block in axials.blocks] == [3, 3, 3]
    heights = [item.geometry.centre[2] for item in axials.slices]
    assert heights == sorted(heights, reverse=True)
    assert (study.patient.sex, study.patient.age) == ("F", 47)
    assert not study.left_out
    assert not study.warnings


def test_a_contiguous_stack_is_one_block(study_folder: StudyFolder) -> None:
    study_folder.series([axial(place, 5) for place in range(60, -60, -5)])
    (series,) = only(study_folder.folder).series
    assert [len(block) for block in series.blocks] == [24]


def test_parallel_blocks_are_told_apart_by_their_gaps(study_folder: StudyFolder) -> None:
    study_folder.series([axial(place + step) for place in (50, 15, -20) for step in (-4, 0, 4)])
    (series,) = only(study_folder.folder).series
    assert [len(block) for block in series.blocks] == [3, 3, 3]


@pytest.mark.parametrize("packing", ["zip", "dicomdir", "folders", "no suffix"])
def test_a_study_is_the_same_however_it_comes(
    study_folder: StudyFolder, tmp_path: Path, packing: str
) -> None:
    whole_study(study_folder)
    folder = study_folder.folder
    expected = only(folder)
    source = tmp_path / "packed"
    if packing == "zip":
        source = Path(shutil.make_archive(str(source), "zip", folder))
    elif packing == "dicomdir":
        discs = FileSet()
        for path in folder.iterdir():
            discs.add(path)
        discs.write(source)
        source = source / "DICOMDIR"
    else:
        for number, path in enumerate(sorted(folder.iterdir())):
            name = f"{number % 3}/{number}" if packing == "no suffix" else f"{number % 3}/{number}.dcm"
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, source / name)
    found = only(source)
    assert [(s.kind, [i.uid for i in s.slices]) for s in found.series] == [
        (s.kind, [i.uid for i in s.slices]) for s in expected.series
    ]


def test_the_frames_of_an_enhanced_image_are_slices(study_folder: StudyFolder) -> None:
    places = [4.0, -4.0, 0.0]
    study_folder.multi_frame([sagittal(place) for place in places], np.stack([picture(n) for n in range(3)]))
    (series,) = only(study_folder.folder).series
    assert series.kind == SeriesKind.SAGITTAL_T2
    assert [(item.frame, item.geometry.position[0]) for item in series.slices] == [(1, -4), (2, 0), (0, 4)]
    assert len({item.uid for item in series.slices}) == 3


def test_echoes_stored_under_one_series_are_two(study_folder: StudyFolder) -> None:
    for echo in (20, 100):
        study_folder.series([sagittal(0), sagittal(4)], SeriesInstanceUID="1.2.3", EchoTime=echo)
    study = only(study_folder.folder)
    assert [len(series.slices) for series in study.series] == [2, 2]
    assert len({series.uid for series in study.series}) == 2


def test_several_frames_of_reference_are_a_warning(study_folder: StudyFolder) -> None:
    study_folder.series([sagittal(0), sagittal(4)])
    study_folder.frame_of_reference = "1.2.3"
    study_folder.series([axial(0), axial(4)])
    (warning,) = only(study_folder.folder).warnings
    assert "2 frames of reference" in warning


def test_what_is_beside_the_images_of_a_disc_is_passed_over(study_folder: StudyFolder) -> None:
    study_folder.series([sagittal(0), sagittal(4)])
    study_folder.image(sagittal(8), SOPClassUID="1.2.840.10008.5.1.4.1.1.88.11")
    (study_folder.folder / "viewer.exe").write_bytes(b"MZ" + bytes(200))
    (study_folder.folder / "readme.txt").write_text("for the viewer")
    (study_folder.folder / ".DS_Store").write_bytes(bytes(300))
    study = only(study_folder.folder)
    assert len(study.series[0].slices) == 2
    assert not study.left_out


def test_two_studies_of_one_patient_are_two(study_folder: StudyFolder) -> None:
    study_folder.series([sagittal(0)])
    study_folder.study = "1.2.3"
    study_folder.series([sagittal(0)])
    assert len(read_studies(study_folder.folder)) == 2


def test_patients_who_are_mixed_are_refused(study_folder: StudyFolder) -> None:
    study_folder.series([sagittal(0)])
    study_folder.patient = "patient-2"
    study_folder.series([sagittal(0)])
    with pytest.raises(BadInputError, match="two patients are mixed") as caught:
        read_studies(study_folder.folder)
    assert "patient-" not in str(caught.value)


@pytest.mark.parametrize("keyword", ["ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"])
def test_a_slice_without_geometry_is_named_and_left_out(study_folder: StudyFolder, keyword: str) -> None:
    study_folder.series([sagittal(0), sagittal(4)])
    path = study_folder.image(sagittal(8), **{keyword: None})
    study = only(study_folder.folder)
    (error,) = study.left_out
    assert error.path == path
    assert keyword in error.reason
    assert sum(len(series.slices) for series in study.series) == 2


def test_duplicates_are_left_out_once(study_folder: StudyFolder) -> None:
    first, _ = study_folder.series([sagittal(0), sagittal(4)], SeriesInstanceUID="1.2.3")
    shutil.copy(first, study_folder.folder / "zz-copy.dcm")
    study_folder.image(sagittal(4), SeriesInstanceUID="1.2.3")
    study = only(study_folder.folder)
    assert len(study.series[0].slices) == 2
    reasons = sorted(error.reason for error in study.left_out)
    assert "lies exactly where" in reasons[0]
    assert "the same image as" in reasons[1]


def test_a_zip_that_climbs_out_of_its_folder_is_refused(tmp_path: Path) -> None:
    for name in ("../outside.dcm", "/etc/outside.dcm", "a/../../outside.dcm", "..\\outside.dcm", "C:/x.dcm"):
        path = tmp_path / "climbing.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(name, b"x")
        with pytest.raises(BadInputError, match="climbs out"):
            read_studies(path)
    assert sorted(tmp_path.iterdir()) == [tmp_path / "climbing.zip"]


def test_a_zip_bomb_is_refused_before_it_unpacks(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.dcm", bytes(80 * 2**20))
    with pytest.raises(BadInputError, match="suspicious size"):
        read_studies(path)


@pytest.mark.parametrize("content", [{}, {"notes.txt": b"no images"}, {"a.dcm": b"no DICOM at all"}])
def test_a_folder_without_images_is_refused(tmp_path: Path, content: dict[str, bytes]) -> None:
    for name, data in content.items():
        (tmp_path / name).write_bytes(data)
    with pytest.raises(BadInputError, match="no MR images"):
        read_studies(tmp_path)
