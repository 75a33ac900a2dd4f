import datetime
import logging
import shutil
import subprocess
import warnings
from pathlib import Path

import numpy as np
import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from marked_images import (
    KEY,
    MARKER,
    PIXELS,
    assert_no_marker,
    bytes_of,
    enhanced_mr_image,
    image_full_of_markers,
    item,
    marked,
    mr_image,
    text_attributes,
)
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset
from pydicom.tag import Tag
from pydicom.uid import MRImageStorage

from errors import BadInputError
from imaging.deidentify import characteristics, deidentify, identity
from imaging.dicom_file import DicomFile, silent_pydicom
from imaging.pseudonyms import PseudonymKey

OTHER = PseudonymKey(bytes(range(1, 33)))
FILES = [
    "MR_small.dcm",
    "MR_small_RLE.dcm",
    "MR_small_bigendian.dcm",
    "MR_small_implicit.dcm",
    "MR_small_jp2klossless.dcm",
    "MR_small_padded.dcm",
    "examples_overlay.dcm",
]


def read_example(name: str) -> Dataset:
    with silent_pydicom():
        return pydicom.dcmread(get_testdata_file(name, download=False))


def saved(dataset: Dataset, path: Path) -> Dataset:
    dataset.save_as(path, enforce_file_format=True)
    return pydicom.dcmread(path)


def test_no_text_of_any_attribute_survives(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    assert len(text_attributes()) > 2000
    with silent_pydicom():
        image_full_of_markers().save_as(tmp_path / "marked.dcm", enforce_file_format=True)
    before = (tmp_path / "marked.dcm").read_bytes()
    assert before.count(MARKER) > 10_000
    with warnings.catch_warnings(record=True) as warned, caplog.at_level(logging.DEBUG):
        warnings.simplefilter("always")
        image = DicomFile(tmp_path / "marked.dcm").read()
        characteristics(image)
        deidentify(image, KEY, "sagittal T2").save_as(tmp_path / "clean.dcm", enforce_file_format=True)
    assert_no_marker((tmp_path / "clean.dcm").read_bytes())
    said = capfd.readouterr()
    assert (said.out, said.err, caplog.records) == ("", "", [])
    assert not [str(warning.message) for warning in warned]
    clean = pydicom.dcmread(tmp_path / "clean.dcm")
    assert (clean.pixel_array == PIXELS[0]).all()
    deep = clean.SharedFunctionalGroupsSequence[0]
    for _ in range(3):
        deep = deep.PixelMeasuresSequence[0]
    assert deep.ReferencedSOPInstanceUID == KEY.uid(MARKER.decode())


@pytest.mark.parametrize(
    ("written", "retained"),
    [
        ("SIEMENS", "Siemens Healthineers"),
        ("GE MEDICAL SYSTEMS", "GE HealthCare"),
        ("Philips Jane Doe", "Philips"),
        ("TOSHIBA_MEC", "Toshiba Medical Systems"),
        ("Jane Doe Scanners", ""),
        ("Geneva Works", ""),
        ("", ""),
    ],
)
def test_the_manufacturer_is_a_known_one_or_none(written: str, retained: str) -> None:
    assert deidentify(mr_image(Manufacturer=written), KEY).Manufacturer == retained


@pytest.mark.parametrize("name", FILES)
def test_pixels_and_transfer_syntax_stay(name: str, tmp_path: Path) -> None:
    image = read_example(name)
    clean = saved(deidentify(image, KEY), tmp_path / "clean.dcm")
    assert clean.file_meta.TransferSyntaxUID == image.file_meta.TransferSyntaxUID
    with silent_pydicom():
        assert (clean.pixel_array == image.pixel_array).all()
    assert clean.PixelSpacing == image.PixelSpacing
    assert not clean.group_dataset(0x6000)


def test_the_given_image_stays_as_it_is() -> None:
    image = enhanced_mr_image()
    deidentify(image, KEY)
    assert image == enhanced_mr_image()


def test_nothing_stays_behind_the_last_pixel() -> None:
    image = mr_image(PixelData=PIXELS[0].tobytes() + MARKER)
    assert deidentify(image, KEY).PixelData == PIXELS[0].tobytes()


def test_pixels_of_unknown_shape_go() -> None:
    image = mr_image()
    del image.Rows
    assert "PixelData" not in deidentify(image, KEY)


def test_overlays_beside_the_values_of_pixels_go() -> None:
    values = np.arange(24, dtype=np.uint16).reshape(4, 6)
    image = mr_image(BitsStored=12, HighBit=11, PixelRepresentation=0)
    image.PixelData = (values | 1 << 13).tobytes()
    assert deidentify(image, KEY).PixelData == image.PixelData
    for group, position in ((0x6000, 13), (0x6002, 2)):  # the second is a bit of the values, and stays
        image.add_new((group, 0x0102), "US", position)
    assert deidentify(image, KEY).PixelData == values.tobytes()


def test_an_enhanced_image_keeps_its_functional_groups(tmp_path: Path) -> None:
    clean = saved(deidentify(enhanced_mr_image(), KEY), tmp_path / "clean.dcm")
    assert (clean.pixel_array == PIXELS).all()
    shared, frames = clean.SharedFunctionalGroupsSequence[0], clean.PerFrameFunctionalGroupsSequence
    assert shared.PixelMeasuresSequence[0].PixelSpacing == [0.5, 0.25]
    assert [frame.PlanePositionSequence[0].ImagePositionPatient[2] for frame in frames] == [1, 2]
    content = frames[1].FrameContentSequence[0]
    assert (content.StackID, list(content.DimensionIndexValues)) == ("1", [1, 2])
    assert "FrameComments" not in content
    region = shared.FrameAnatomySequence[0].AnatomicRegionSequence[0]
    assert (region.CodingSchemeDesignator, region.CodeMeaning) == ("SCT", "Head")


def test_an_enhanced_image_has_dummies_where_a_value_is_required() -> None:
    result = deidentify(enhanced_mr_image(), KEY)
    frame = result.PerFrameFunctionalGroupsSequence[0].FrameContentSequence[0]
    assert (result.ContentDate, result.AcquisitionDateTime[:8]) == ("19000101", "19000101")
    assert frame.FrameAcquisitionDateTime[:8] == "19000101"
    assert (result.DeviceSerialNumber, result.PulseSequenceName, result.Manufacturer) == ("REMOVED",) * 3
    plain = deidentify(mr_image(ContentDate="20240228", DeviceSerialNumber="1"), KEY)
    assert "ContentDate" not in plain
    assert "DeviceSerialNumber" not in plain


def test_uids_go_on_referring_to_each_other() -> None:
    first = mr_image()
    reference = item(ReferencedSOPClassUID=MRImageStorage, ReferencedSOPInstanceUID="1.2.3.4")
    second = mr_image(SOPInstanceUID="1.2.3.5", ReferencedImageSequence=[reference])
    clean, referring = deidentify(first, KEY), deidentify(second, KEY)
    assert referring.ReferencedImageSequence[0].ReferencedSOPInstanceUID == clean.SOPInstanceUID
    assert referring.ReferencedImageSequence[0].ReferencedSOPClassUID == MRImageStorage
    assert clean.file_meta.MediaStorageSOPInstanceUID == clean.SOPInstanceUID == KEY.uid("1.2.3.4")
    for keyword in ("SeriesInstanceUID", "StudyInstanceUID", "FrameOfReferenceUID"):
        assert clean[keyword].value == referring[keyword].value == KEY.uid(first[keyword].value)
    assert clean.SOPInstanceUID != referring.SOPInstanceUID


def test_another_key_gives_an_unlinkable_copy() -> None:
    mine, others = deidentify(mr_image(), KEY), deidentify(mr_image(), OTHER)
    for keyword in (
        "PatientID",
        "SOPInstanceUID",
        "SeriesInstanceUID",
        "StudyInstanceUID",
        "FrameOfReferenceUID",
    ):
        assert mine[keyword].value != others[keyword].value


def test_the_same_key_gives_the_same_file(tmp_path: Path) -> None:
    first = bytes_of(deidentify(enhanced_mr_image(), KEY, "axial T1"), tmp_path)
    assert first == bytes_of(deidentify(enhanced_mr_image(), KEY, "axial T1"), tmp_path)


def test_a_second_time_changes_pseudonyms_alone() -> None:
    once = deidentify(enhanced_mr_image(), KEY, "axial T1")
    twice = deidentify(once, KEY, "axial T1")
    changed = {element.keyword for element in once if twice.get(element.tag) != element}
    assert {element.tag for element in once} == {element.tag for element in twice}
    assert all(keyword.endswith("UID") or keyword in ("PatientID", "PatientName") for keyword in changed)


def test_the_copy_says_what_was_done() -> None:
    result = deidentify(mr_image(BurnedInAnnotation="NO"), KEY, "sagittal T2")
    assert (result.PatientIdentityRemoved, result.LongitudinalTemporalInformationModified) == (
        "YES",
        "REMOVED",
    )
    assert [code.CodeValue for code in result.DeidentificationMethodCodeSequence] == ["113100", "113108"]
    assert (result.SeriesDescription, result.BurnedInAnnotation) == ("sagittal T2", "NO")
    assert result.PatientID == str(result.PatientName) == KEY.patient("4711")
    assert (result.StudyDate, result.StudyTime, result.PatientBirthDate) == ("", "", "")
    assert "SeriesDescription" not in deidentify(mr_image(SeriesDescription="Jane"), KEY)


@pytest.mark.parametrize(("keyword", "value"), [("SOPClassUID", "1.2.3"), ("SOPInstanceUID", "")])
def test_what_is_no_standard_image_is_named(keyword: str, value: str) -> None:
    with pytest.raises(BadInputError, match="SOP class"):
        deidentify(mr_image(**{keyword: value}), KEY)


def test_a_private_transfer_syntax_is_named() -> None:
    image = mr_image()
    image.file_meta.TransferSyntaxUID = "1.2.840.113619.5.3"
    with pytest.raises(BadInputError, match="transfer syntax"):
        deidentify(image, KEY)


@given(st.dates(datetime.date(1900, 1, 1), datetime.date(2023, 12, 31)))
def test_a_date_of_birth_never_survives(born: datetime.date) -> None:
    spelled = born.strftime("%Y%m%d")
    image = mr_image(PatientBirthDate=spelled, StudyInstanceUID=f"1.2.{spelled}.1", PatientID=spelled)
    image.OtherPatientIDs, image.StudyDescription = spelled, f"born {spelled}"
    result = deidentify(image, KEY)
    del result.PixelData
    assert spelled not in str(result) + str(result.file_meta)
    assert str(born.year) not in "".join(
        str(result[keyword]) for keyword in ("PatientAge", "PatientBirthDate")
    )


@pytest.mark.parametrize(
    ("attributes", "age", "written"),
    [
        ({"PatientAge": "045Y"}, 45, "045Y"),
        ({"PatientAge": "089Y"}, 89, "089Y"),
        ({"PatientAge": "090Y"}, 90, "090Y"),
        ({"PatientAge": "101Y"}, 90, "090Y"),
        ({"PatientAge": "006M"}, 0.5, "006M"),
        ({"PatientAge": "030M"}, 2.5, "002Y"),
        ({}, 75, "075Y"),
        ({"StudyDate": "20240301"}, 76, "076Y"),
        ({"PatientBirthDate": "19100101"}, 90, "090Y"),
        ({"PatientBirthDate": "20240301"}, None, None),
        ({"PatientBirthDate": ""}, None, None),
        ({"StudyDate": ""}, None, None),
    ],
)
def test_age_is_retained_up_to_90(attributes: dict[str, str], age: float | None, written: str | None) -> None:
    image = mr_image(**attributes)
    assert characteristics(image).age == age
    assert deidentify(image, KEY).get("PatientAge") == written


@pytest.mark.parametrize(
    ("written", "sex"), [("F", "F"), ("m ", "M"), ("O", "O"), ("JANE", None), ("", None)]
)
def test_sex_is_one_of_three_letters(written: str, sex: str | None) -> None:
    image = mr_image()
    image[Tag("PatientSex")] = marked("PatientSex", "CS", written.encode())
    assert characteristics(image).sex == sex
    assert deidentify(image, KEY).PatientSex == (sex or "")


def test_size_and_weight_are_retained_as_numbers() -> None:
    image = mr_image(PatientSize="1.72")
    image[Tag("PatientWeight")] = marked("PatientWeight", "DS", b"heavy")
    result = deidentify(image, KEY)
    assert result.PatientSize == 1.72
    assert "PatientWeight" not in result


def test_without_a_patient_id_name_and_birth_or_else_the_study_tell_patients_apart() -> None:
    named, unnamed = mr_image(PatientID=""), mr_image(PatientID=None, PatientName="", PatientBirthDate="")
    assert identity(mr_image(IssuerOfPatientID="A")) == ("4711", "A")
    assert identity(named) == ("Doe^Jane19480229", "")
    assert identity(unnamed) == ("1.2", "")
    assert deidentify(unnamed, KEY).PatientID == KEY.patient("1.2")


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy of dicom3tools is not installed")
@pytest.mark.parametrize("name", FILES)
def test_the_copy_is_a_valid_mr_image(name: str, tmp_path: Path) -> None:
    deidentify(read_example(name), KEY, "sagittal T2").save_as(
        tmp_path / "clean.dcm", enforce_file_format=True
    )
    told = subprocess.run(["dciodvfy", tmp_path / "clean.dcm"], capture_output=True, text=True, check=False)
    assert "MRImage" in told.stderr
    assert "Error" not in told.stderr
