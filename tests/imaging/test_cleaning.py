from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from marked_images import (
    KEY,
    MARKER,
    assert_no_marker,
    bytes_of,
    item,
    marked,
    mr_image,
)
from pydicom.dataelem import DataElement
from pydicom.tag import Tag

from imaging.deidentify import deidentify
from imaging.retained import TERMS


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_no_wide_text_survives(tmp_path: Path, encoding: str) -> None:
    image = mr_image()
    for keyword in ("PatientName", "StudyDescription", "Manufacturer", "BodyPartExamined"):
        image[Tag(keyword)] = marked(keyword, "LO", MARKER.decode().encode(encoding))
    assert_no_marker(bytes_of(deidentify(image, KEY), tmp_path))


@pytest.mark.parametrize("keyword", sorted(TERMS))
def test_a_retained_string_is_one_of_its_terms(keyword: str, tmp_path: Path) -> None:
    term = sorted(TERMS[keyword])[0]
    image = mr_image()
    for value in (f"{term}\\{MARKER.decode()}", f"{term}{MARKER.decode()}", MARKER.decode()):
        image[Tag(keyword)] = marked(keyword, "CS", value.encode())
        if keyword in ("ImagedNucleus", "StackID"):
            image[Tag(keyword)] = marked(keyword, "SH", value.encode())
        if keyword == "RescaleType":
            image[Tag(keyword)] = marked(keyword, "LO", value.encode())
        result = deidentify(image, KEY)
        assert_no_marker(bytes_of(result, tmp_path))
        if "\\" in value:
            kept = result[keyword].value
            assert term in ([kept] if isinstance(kept, str) else kept)


def test_positions_in_the_image_type_stay() -> None:
    image = mr_image(ImageType=["ORIGINAL", "PRIMARY", "JANE", "ND"])
    assert list(deidentify(image, KEY).ImageType) == ["ORIGINAL", "PRIMARY", "OTHER", "ND"]


@pytest.mark.parametrize(
    "value", [b"nan", b"inf", b"1e400", b"Jane", b"1\\Jane", b"1\\", b"9" * 12, b"9" * 400]
)
def test_what_is_no_number_goes(value: bytes) -> None:
    image = mr_image()
    image[Tag("RepetitionTime")] = marked("RepetitionTime", "DS", value)
    image[Tag("EchoTrainLength")] = marked("EchoTrainLength", "IS", value)
    result = deidentify(image, KEY)
    assert "RepetitionTime" not in result
    assert "EchoTrainLength" not in result


def test_an_attribute_under_a_wrong_vr_goes() -> None:
    image = mr_image()
    image[Tag("EchoTime")] = DataElement(Tag("EchoTime"), "LO", "Jane")
    image[Tag("PlanePositionSequence")] = DataElement(Tag("PlanePositionSequence"), "LO", "Jane")
    result = deidentify(image, KEY)
    assert "EchoTime" not in result
    assert "PlanePositionSequence" not in result


@given(st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=3))
def test_geometry_keeps_its_numbers(position: list[float]) -> None:
    image = mr_image()
    image[Tag("ImagePositionPatient")] = marked(
        "ImagePositionPatient", "DS", "\\".join(map(str, position)).encode()
    )
    result = deidentify(image, KEY)
    assert np.allclose(result.ImagePositionPatient, position, atol=1e-8)
    assert all(len(str(number)) <= 16 for number in result.ImagePositionPatient)


@pytest.mark.parametrize("tag", ["AnatomicRegionSequence", "DerivationCodeSequence"])
def test_a_code_of_no_known_list_goes(tag: str) -> None:
    image = mr_image()
    setattr(
        image, tag, [item(CodeValue="JANE", CodingSchemeDesignator="99LOCAL", CodeMeaning="Jane"), item()]
    )
    assert len(deidentify(image, KEY)[tag].value) == 0
