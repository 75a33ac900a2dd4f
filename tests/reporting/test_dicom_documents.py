"""The report as DICOM: an encapsulated PDF and a Structured Report, in the study they belong to."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from highdicom.sr import MeasurementsAndQualitativeEvaluations, srread
from mr_files import StudyFolder, sagittal
from pydicom import Dataset, dcmread
from pydicom.sr._concepts_dict import concepts as CONCEPTS
from pydicom.sr.codedict import codes
from report_scenes import Scene, herniated, normal, write_scene

from axial.pictures import pictures_of
from axial.result import StudyResult
from imaging.reading import read_studies
from reporting.encapsulated import write_encapsulated_pdf
from reporting.pdf import write_pdf
from reporting.source import read_source, silent_dicom
from reporting.structured import write_structured_report

LANGUAGE = ("RFC5646", "en-US")
"""A language tag; languages are no coding scheme of pydicom's dictionary."""
ODD = normal("L6-S1", verdict=None, probabilities={}, opinions=(), remarks=("too dark",))
"""A level without a code, and nothing assessed but distances."""
WHEN = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
Writer = Callable[[Scene, StudyResult, Path], None]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    scene = write_scene(tmp_path_factory.mktemp("dicom") / "study")
    return replace(scene, result=replace(scene.result, findings=(ODD, normal("L5-S1"), herniated())))


@pytest.fixture(scope="module")
def report(scene: Scene, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.dcm"
    structured(scene, scene.result, path)
    return path


def structured(scene: Scene, result: StudyResult, path: Path) -> None:
    write_structured_report(result, scene.source, path)


def encapsulated(scene: Scene, result: StudyResult, path: Path) -> None:
    pdf = write_pdf(result, scene.pictures, path.with_suffix(".pdf"), scene.source, WHEN)
    write_encapsulated_pdf(pdf, scene.source, path, WHEN)


def groups(path: Path) -> dict[str, MeasurementsAndQualitativeEvaluations]:
    """The measurement groups by their tracking identifiers."""
    found = srread(path).content.get_image_measurement_groups()
    return {str(group.tracking_identifier): group for group in found}


def texts(group: MeasurementsAndQualitativeEvaluations) -> str:
    """Everything that a group says in words."""
    return " ".join(item.TextValue for item in group[0].ContentSequence if item.ValueType == "TEXT")


def code_items(dataset: Dataset) -> Iterator[Dataset]:
    """Every item of every code sequence, at any depth."""
    for element in dataset:
        if element.VR != "SQ":
            continue
        for item in element.value:
            if "CodingSchemeDesignator" in item:
                yield item
            yield from code_items(item)


def test_the_pdf_is_within_the_dataset_of_its_study(scene: Scene, tmp_path: Path) -> None:
    encapsulated(scene, scene.result, tmp_path / "report.dcm")
    dataset = dcmread(tmp_path / "report.dcm")
    header = scene.source.header
    assert dataset.EncapsulatedDocument[: dataset.EncapsulatedDocumentLength].startswith(b"%PDF")
    assert dataset.StudyInstanceUID == header.StudyInstanceUID
    assert dataset.SeriesInstanceUID != header.SeriesInstanceUID
    assert (dataset.PatientID, str(dataset.PatientName)) == ("patient-1", "Müller^Jürgen")
    assert (dataset.StudyDate, dataset.Modality) == ("20240301", "DOC")
    assert len(dataset.SourceInstanceSequence) == len(scene.pictures.axial) + 3


def test_the_structured_report_is_of_its_study(scene: Scene, report: Path) -> None:
    dataset = srread(report)
    assert dataset.StudyInstanceUID == scene.source.header.StudyInstanceUID
    assert (dataset.PatientID, str(dataset.PatientName)) == ("patient-1", "Müller^Jürgen")
    assert (dataset.VerificationFlag, dataset.Modality) == ("UNVERIFIED", "SR")


def test_each_disc_has_a_group_at_its_site(report: Path) -> None:
    found = groups(report)
    assert list(found) == ["lumbar spine", "L4-L5", "L5-S1", "L6-S1"]
    assert found["L4-L5"].finding_sites[0].value == codes.SCT.L4L5Disc
    assert found["L5-S1"].finding_sites[0].value == codes.SCT.L5S1Disc
    assert found["L6-S1"].finding_sites == []
    assert "L6-S1: Too dark." in texts(found["L6-S1"])


def test_measures_have_units_and_intervals(report: Path) -> None:
    slip, height, extent = groups(report)["L4-L5"].get_measurements()
    assert [(item.value, item.unit) for item in (slip, height, extent)] == [
        (value, codes.UCUM.Millimeter) for value in (5.2, 9.1, 6.1)
    ]
    assert height.name == codes.DCM.Height
    assert extent.finding_sites[0].laterality == codes.SCT.Left
    bounds = [item for item in slip[0].ContentSequence if item.ValueType == "NUM"]
    assert [item.value for item in bounds] == [0.5, 0.5]
    assert all(item.unit == codes.UCUM.Millimeter for item in bounds)


def test_normal_is_said_only_of_what_was_assessed(report: Path) -> None:
    said = {
        name: [item.value for item in group.get_qualitative_evaluations(codes.DCM.Normality)]
        for name, group in groups(report).items()
    }
    assert said["L4-L5"] == [codes.cid222.Abnormal]
    assert said["L5-S1"] == [codes.cid222.Normal]
    assert said["L6-S1"] == [codes.cid222.NormalityUndetermined]


def test_what_has_no_code_is_said_in_the_words_of_the_report(report: Path) -> None:
    found = groups(report)
    assert "L4-L5: Anterolisthesis of L4 on L5" in texts(found["L4-L5"])
    assert "Left subarticular, reaching 6.1 mm" in texts(found["L4-L5"])
    assert "For research use only." in texts(found["lumbar spine"])


def test_groups_refer_to_the_pictures_that_show_the_disc(scene: Scene, report: Path) -> None:
    shown = {item.referenced_sop_instance_uid for item in groups(report)["L4-L5"].source_images}
    pictures = [scene.pictures.sagittal, scene.pictures.axial[9], scene.pictures.axial[10]]
    assert shown == {item.instance for item in pictures if item}


def test_every_code_is_in_the_dictionary(report: Path) -> None:
    found = {(item.CodingSchemeDesignator, item.CodeValue) for item in code_items(dcmread(report))}
    assert len(found) > 20
    schemes = {scheme for scheme, _ in found - {LANGUAGE}}
    assert schemes == {"DCM", "LN", "SCT", "UCUM"}
    known = {
        (scheme, code) for scheme in schemes for concept in CONCEPTS[scheme].values() for code in concept
    }
    assert found - {LANGUAGE} <= known


@pytest.mark.parametrize("write", [structured, encapsulated])
def test_a_study_with_nothing_found_gives_documents_too(write: Writer, tmp_path: Path) -> None:
    scene = write_scene(tmp_path / "study", axial=False, EchoTime=10, RepetitionTime=550)
    assert scene.pictures.sagittal is None
    write(scene, scene.result, tmp_path / "report.dcm")
    assert dcmread(tmp_path / "report.dcm").StudyInstanceUID == scene.source.header.StudyInstanceUID


def test_frames_of_one_file_are_told_apart(scene: Scene, tmp_path: Path) -> None:
    places = [sagittal(place) for place in (-4, 0, 4)]
    study = StudyFolder(tmp_path / "study")
    study.multi_frame(places, np.random.default_rng(1).integers(0, 4096, (3, 40, 48)).astype(np.uint16))
    (read,) = read_studies(study.folder)
    source = read_source(read, pictures_of(read))
    assert len(source.evidence) == 1
    write_structured_report(
        replace(scene.result, findings=(normal("L4-L5"),)), source, tmp_path / "report.dcm"
    )
    (image,) = groups(tmp_path / "report.dcm")["L4-L5"].source_images
    assert image.referenced_sop_instance_uid == source.header.SOPInstanceUID
    assert image.referenced_frame_numbers == [2]


@pytest.mark.parametrize("write", [structured, encapsulated])
def test_values_that_no_document_may_carry_are_left_out(
    write: Writer, tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    odd = {"PatientName": "A^B^C^D^E^F^G", "PatientSex": "?", "StudyDate": "1.3.24", "PatientBirthDate": ""}
    with silent_dicom():
        scene = write_scene(tmp_path / "study", **odd)
    write(scene, scene.result, tmp_path / "report.dcm")
    dataset = dcmread(tmp_path / "report.dcm")
    assert (dataset.PatientSex, dataset.StudyDate) == ("", "")
    assert str(dataset.PatientName) == "A^B^C^D^E^F^G"
    assert "A^B" not in capfd.readouterr().err + caplog.text


@pytest.mark.parametrize("write", [structured, encapsulated])
def test_documents_appear_whole_or_not_at_all(write: Writer, scene: Scene, tmp_path: Path) -> None:
    with pytest.raises(OSError):
        write(scene, scene.result, tmp_path / "absent" / "report.dcm")
    assert list(tmp_path.iterdir()) == []


def test_a_name_keeps_its_spellings(tmp_path: Path) -> None:
    spelled = "Yamada^Tarou=山田^太郎=やまだ^たろう"
    scene = write_scene(tmp_path / "study", axial=False, PatientName=spelled)
    for write in (structured, encapsulated):
        write(scene, scene.result, tmp_path / "report.dcm")
        assert str(dcmread(tmp_path / "report.dcm").PatientName) == spelled


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy of dicom3tools is not installed")
@pytest.mark.parametrize(
    ("write", "kind"), [(structured, "Comprehensive3DSR"), (encapsulated, "EncapsulatedPDF")]
)
def test_the_documents_are_valid_dicom(write: Writer, kind: str, scene: Scene, tmp_path: Path) -> None:
    write(scene, scene.result, tmp_path / "report.dcm")
    told = subprocess.run(["dciodvfy", tmp_path / "report.dcm"], capture_output=True, text=True, check=False)
    assert kind in told.stderr
    assert "Error" not in told.stderr, told.stderr
