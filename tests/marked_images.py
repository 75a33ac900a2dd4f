"""MR images with texts where they do not belong, and a search for these texts."""

from pathlib import Path

import numpy as np
from pydicom.datadict import DicomDictionary, dictionary_VR, tag_for_keyword
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.tag import BaseTag, Tag
from pydicom.uid import EnhancedMRImageStorage, ExplicitVRLittleEndian, MRImageStorage

from imaging.dicom_file import silent_pydicom
from imaging.pseudonyms import PseudonymKey
from imaging.retained import CODE_SEQUENCES, SEQUENCES

KEY = PseudonymKey(bytes(range(32)))
MARKER = b"QxZmArKer7"
TEXT = {"AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UI", "UR", "UT"}
BYTES = {"OB", "OW", "OV", "UN", "OB or OW", "US or OW"}
KEPT = {Tag("SOPClassUID"), Tag("PhotometricInterpretation"), Tag("PixelData")}
PIXELS = np.arange(-24, 24, dtype=np.int16).reshape(2, 4, 6)


def mr_image(**attributes: object) -> Dataset:
    """A small signed MR image, and a patient whom nobody knows."""
    image = Dataset()
    image.file_meta = FileMetaDataset()
    image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    image.SOPClassUID, image.Modality = MRImageStorage, "MR"
    image.SOPInstanceUID, image.SeriesInstanceUID, image.StudyInstanceUID = "1.2.3.4", "1.2.3", "1.2"
    image.FrameOfReferenceUID = "1.2.99"
    image.PatientName, image.PatientID, image.PatientBirthDate = "Doe^Jane", "4711", "19480229"
    image.StudyDate, image.StudyTime = "20240228", "101112"
    image.ScanningSequence, image.SequenceVariant, image.EchoTime = "SE", ["SK", "SP"], "101.5"
    image.Rows, image.Columns, image.SamplesPerPixel, image.PhotometricInterpretation = 4, 6, 1, "MONOCHROME2"
    image.BitsAllocated, image.BitsStored, image.HighBit, image.PixelRepresentation = 16, 16, 15, 1
    image.PixelData = PIXELS[0].tobytes()
    for keyword, value in attributes.items():
        setattr(image, keyword, value)
    return image


def item(**attributes: object) -> Dataset:
    dataset = Dataset()
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    return dataset


def enhanced_mr_image() -> Dataset:
    """Two frames with functional groups."""
    image = mr_image(SOPClassUID=EnhancedMRImageStorage, NumberOfFrames=2, PixelData=PIXELS.tobytes())
    image.ContentDate, image.AcquisitionDateTime = "20240228", "20240228101112.5"
    image.DeviceSerialNumber, image.PulseSequenceName, image.Manufacturer = "12345", "tse_jane", "Local Works"
    region = item(CodeValue="T-D1100", CodingSchemeDesignator="SRT", CodeMeaning="Jane's head")
    measures = item(PixelSpacing=["0.5", "0.25"], SliceThickness="4")
    anatomy = item(FrameLaterality="U", AnatomicRegionSequence=[region])
    image.SharedFunctionalGroupsSequence = [
        item(PixelMeasuresSequence=[measures], FrameAnatomySequence=[anatomy])
    ]
    image.PerFrameFunctionalGroupsSequence = [
        item(
            PlanePositionSequence=[item(ImagePositionPatient=["1", "2", str(frame)])],
            FrameContentSequence=[
                item(
                    FrameAcquisitionDateTime="20240228101112",
                    FrameComments="Jane",
                    StackID="1",
                    DimensionIndexValues=[1, frame],
                )
            ],
        )
        for frame in (1, 2)
    ]
    return image


def marked(keyword_or_tag: str | int, vr: str, value: bytes = MARKER) -> RawDataElement:
    """An attribute as a file holds it, so that its value may be invalid."""
    tag = BaseTag(tag_for_keyword(keyword_or_tag) if isinstance(keyword_or_tag, str) else keyword_or_tag)
    return RawDataElement(tag, vr, len(value), value, 0, False, True)


def text_attributes() -> dict[int, str]:
    """Each standard attribute that can hold a text, with its VR."""
    vrs = {tag: entry[0] for tag, entry in DicomDictionary.items() if tag >> 16 > 2}
    return {tag: vr.split(" or ")[-1] for tag, vr in vrs.items() if vr in TEXT | BYTES}


def add_markers(dataset: Dataset, keep: set[BaseTag]) -> None:
    for tag, vr in text_attributes().items():
        if tag not in keep:
            dataset[tag] = marked(tag, vr)
    for group in (0x5000, 0x501E, 0x6000, 0x601E):  # curves and overlays
        for element, vr in ((0x0022, "LO"), (0x2500, "LO"), (0x3000, "OW"), (0x4000, "LT")):
            dataset[(group, element)] = marked(group << 16 | element, vr)
    dataset[0x00090010] = marked(0x00090010, "LO")
    dataset[0x00091001] = marked(0x00091001, "LO")
    dataset[0x00091002] = marked(0x00091002, "UN")
    private = Dataset()
    private[0x00100010] = marked(0x00100010, "PN")
    dataset.add_new(0x00091003, "SQ", [private])


def image_full_of_markers() -> Dataset:
    """Every text at the top and three sequences deep, and some in each retained sequence and in others."""
    image = mr_image()
    level = Dataset()
    for _ in range(3):
        add_markers(level, keep={Tag("PixelMeasuresSequence")})
        upper = Dataset()
        upper.PixelMeasuresSequence = [level]
        level = upper
    image.SharedFunctionalGroupsSequence = [level]
    for keyword in SEQUENCES | CODE_SEQUENCES | {"IconImageSequence", "RequestAttributesSequence"}:
        if keyword not in image:
            nested = Dataset()
            for text in ("PatientName", "CodeValue", "CodeMeaning", "StackID", "EchoTime", "PixelData"):
                nested[Tag(text)] = marked(text, "LO")
            setattr(image, keyword, [nested])
    add_markers(image, keep=KEPT)
    for keyword in (
        "MediaStorageSOPInstanceUID",
        "ImplementationVersionName",
        "SourceApplicationEntityTitle",
        "SendingApplicationEntityTitle",
        "PrivateInformationCreatorUID",
        "PrivateInformation",
    ):
        image.file_meta[Tag(keyword)] = marked(keyword, dictionary_VR(keyword))
    image.preamble = MARKER.ljust(128, b"\0")
    return image


def assert_no_marker(content: bytes) -> None:
    folded = content.lower()
    text = MARKER.decode().lower()
    for encoding in ("ascii", "utf-16-le", "utf-16-be"):
        place = folded.find(text.encode(encoding))
        assert place < 0, content[max(place - 40, 0) : place + 40]


def bytes_of(dataset: Dataset, folder: Path) -> bytes:
    """What a file of it holds."""
    with silent_pydicom():
        dataset.save_as(folder / "one.dcm", enforce_file_format=True)
    return (folder / "one.dcm").read_bytes()
