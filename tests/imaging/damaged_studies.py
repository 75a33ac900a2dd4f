"""More than a hundred differently damaged studies, each with what its complaint must name."""

import io
import shutil
import warnings
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from mr_files import T1, StudyFolder, axial, sagittal
from pydicom import dcmread
from pydicom.dataset import FileDataset
from pydicom.encaps import encapsulate
from pydicom.uid import JPEG2000Lossless, RLELossless

Damage = Callable[[Path], Path]
"""Damages the study in a folder and returns the path that the complaint must name."""
DAMAGED = 2
"""Of a study's files, by name, this one is damaged."""


@dataclass(frozen=True)
class Case:
    """``whole``: nothing of the study can be used."""

    name: str
    damage: Damage
    whole: bool = False


def healthy_study(folder: Path, patient: str = "patient-1") -> None:
    study = StudyFolder(folder, patient)
    study.series([sagittal(place) for place in (-4.0, 0.0, 4.0)], **T1)
    study.series([axial(place, 8) for place in (-4.0, 0.0, 4.0)])


def the_file(folder: Path) -> Path:
    return sorted(folder.iterdir())[DAMAGED]


def cases() -> Iterator[Case]:
    yield from _cut_files()
    yield from _overwritten_files()
    yield from _missing_attributes()
    yield from _wrong_values()
    yield from _wrong_pixels()
    yield from _duplicates()
    yield from _mixed_patients()
    yield from _archives()
    yield from _nothing_there()


def _cut_files() -> Iterator[Case]:
    """Truncated in the preamble, the header and the pixels."""
    for part in (
        0.02,
        0.05,
        0.08,
        0.10,
        0.12,
        0.15,
        0.18,
        0.22,
        0.30,
        0.40,
        0.50,
        0.60,
        0.70,
        0.80,
        0.90,
        0.97,
        0.999,
    ):
        yield Case(f"cut at {part:.1%}", _on_bytes(lambda data, part=part: data[: int(len(data) * part)]))


def _overwritten_files() -> Iterator[Case]:
    """Not DICOM, whatever the name says; and DICOM whose structure is broken."""
    yield Case("empty", _on_bytes(lambda data: b""))
    yield Case("text", _on_bytes(lambda data: b"not DICOM at all\n" * 40))
    yield Case("zeros", _on_bytes(lambda data: bytes(len(data))))
    yield Case("noise", _on_bytes(lambda data: np.random.default_rng(1).bytes(len(data))))
    yield Case("a PNG", _on_bytes(lambda data: b"\x89PNG\r\n\x1a\n" + bytes(500)))
    yield Case("an XML page", _on_bytes(lambda data: b"<?xml version='1.0'?><html>error 404</html>"))
    yield Case("only the preamble", _on_bytes(lambda data: bytes(128) + b"DICM"))
    yield Case(
        "the preamble, then noise", _on_bytes(lambda data: data[:132] + np.random.default_rng(2).bytes(4000))
    )
    yield Case("the preamble, then text", _on_bytes(lambda data: data[:132] + b"error " * 300))
    for place in (140, 200, 330, 400, 460, 520, 600, 700):
        yield Case(
            f"0xFF from byte {place}",
            _on_bytes(lambda data, place=place: data[:place] + b"\xff" * 400 + data[place + 400 :]),
        )


def _missing_attributes() -> Iterator[Case]:
    for keyword in (
        "SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "ImagePositionPatient",
        "ImageOrientationPatient", "PixelSpacing", "Rows", "Columns", "PixelData", "BitsAllocated",
        "BitsStored", "PixelRepresentation", "PhotometricInterpretation", "SamplesPerPixel",
    ):  # fmt: skip
        yield Case(f"no {keyword}", _on_dataset(lambda dataset, k=keyword: delattr(dataset, k)))
    for keyword in (
        "StudyInstanceUID",
        "SOPInstanceUID",
        "ImagePositionPatient",
        "ImageOrientationPatient",
        "PixelSpacing",
    ):
        yield Case(f"empty {keyword}", _on_dataset(lambda dataset, k=keyword: setattr(dataset, k, "")))


def _wrong_values() -> Iterator[Case]:
    values: list[tuple[str, object]] = [
        ("PixelSpacing", [0, 0]), ("PixelSpacing", [-1, 1]), ("PixelSpacing", [1]),
        ("PixelSpacing", [1, 1, 1]), ("ImagePositionPatient", [0, 0]),
        ("ImagePositionPatient", [1, 2, 3, 4]), ("ImagePositionPatient", [1]),
        ("ImageOrientationPatient", [0, 0, 0, 0, 0, 0]), ("ImageOrientationPatient", [1, 0, 0, 1, 0, 0]),
        ("ImageOrientationPatient", [1, 0, 0]), ("ImageOrientationPatient", [9, 0, 0, 0, 9, 0]),
        ("ImageOrientationPatient", [1, 0, 0, 0, 1]), ("ImageOrientationPatient", [0.5, 0, 0, 0, 1, 0]),
        ("Rows", 0), ("Columns", 0), ("NumberOfFrames", 5), ("NumberOfFrames", 10**9),
        ("RescaleSlope", 0),
    ]  # fmt: skip
    for keyword, value in values:
        yield Case(
            f"{keyword} {value}", _on_dataset(lambda dataset, k=keyword, v=value: setattr(dataset, k, v))
        )
    for wrong in (b"x.x\\y.y ", b"nan\\nan ", b"\\\\\\     "):
        yield Case(f"PixelSpacing {wrong!r}", _on_bytes(lambda data, w=wrong: data.replace(b"2.0\\2.0 ", w)))


def _wrong_pixels() -> Iterator[Case]:
    for keyword, value in (
        ("BitsAllocated", 12), ("BitsAllocated", 1), ("BitsAllocated", 32), ("BitsStored", 0),
        ("BitsStored", 40), ("SamplesPerPixel", 2), ("SamplesPerPixel", 3), ("Rows", 4000),
        ("Columns", 65535), ("PhotometricInterpretation", "PALETTE COLOR"),
        ("PhotometricInterpretation", "NONSENSE"),
    ):  # fmt: skip
        yield Case(
            f"{keyword} {value}", _on_dataset(lambda dataset, k=keyword, v=value: setattr(dataset, k, v))
        )
    yield Case("empty pixels", _on_dataset(lambda dataset: setattr(dataset, "PixelData", b"")))
    yield Case(
        "odd pixels", _on_dataset(lambda dataset: setattr(dataset, "PixelData", dataset.PixelData[:-2]))
    )
    yield Case("unknown compression", _on_bytes(_unknown_syntax))
    yield Case("video", _on_dataset(_with_syntax("1.2.840.10008.1.2.4.100")))
    yield Case("no JPEG inside", _on_dataset(_with_syntax("1.2.840.10008.1.2.4.50")))
    for syntax in (RLELossless, JPEG2000Lossless):
        for part in (0.3, 0.6):
            yield Case(
                f"half of a compressed picture, {syntax.name}, {part}", _compressed_and_cut(syntax, part)
            )


def _duplicates() -> Iterator[Case]:
    def copy(folder: Path) -> Path:
        shutil.copy(the_file(folder), folder / "zz-copy.dcm")
        return folder / "zz-copy.dcm"

    def same_place(folder: Path) -> Path:
        dataset = dcmread(the_file(folder))
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = "1.2.3.4"
        dataset.save_as(folder / "zz-again.dcm")
        return folder / "zz-again.dcm"

    def same_picture(folder: Path) -> Path:
        dataset = dcmread(the_file(folder))
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = "1.2.3.4"
        dataset.ImagePositionPatient[0] += 40
        dataset.save_as(folder / "zz-moved.dcm")
        return Path("shows the same picture")

    yield Case("a copied file", copy)
    yield Case("the same place twice", same_place)
    yield Case("the same picture at two places", same_picture)


def _mixed_patients() -> Iterator[Case]:
    def mixed(folder: Path, **attributes: object) -> Path:
        StudyFolder(folder, "patient-2").image(sagittal(0), **attributes)
        return folder

    yield Case("another patient", mixed, whole=True)
    yield Case("an image without PatientID", lambda folder: mixed(folder, PatientID=""), whole=True)
    yield Case(
        "the same number of another hospital",
        lambda folder: mixed(folder, PatientID="patient-1", IssuerOfPatientID="B"),
        whole=True,
    )


def _archives() -> Iterator[Case]:
    for name in ("../up.dcm", "a/../../up.dcm", "/etc/up.dcm", "..\\up.dcm", "C:\\up.dcm"):
        yield Case(
            f"a ZIP with {name}", _zipped(lambda archive, name=name: archive.writestr(name, b"x")), whole=True
        )
    yield Case(
        "a ZIP bomb", _zipped(lambda archive: archive.writestr("zeros.dcm", bytes(70 * 2**20))), whole=True
    )
    yield Case("a ZIP with two files of one name", _zipped(_twice), whole=True)
    for part in (0.3, 0.7, 0.95):
        yield Case(f"a ZIP cut at {part}", _zipped(part=part), whole=True)
    yield Case(
        "a ZIP of no images",
        lambda folder: _emptied(folder, _zipped(lambda archive: archive.writestr("a.txt", b"x"))),
        whole=True,
    )
    yield Case("a ZIP that is text", lambda folder: _only(folder, "study.zip", b"no ZIP"), whole=True)
    yield Case(
        "a ZIP in a ZIP",
        lambda folder: _emptied(folder, _zipped(lambda archive: archive.writestr("in.zip", _inner()))),
        whole=True,
    )
    yield Case(
        "a DICOMDIR that is text", lambda folder: _only(folder, "DICOMDIR", b"no DICOMDIR"), whole=True
    )


def _nothing_there() -> Iterator[Case]:
    yield Case("an empty folder", lambda folder: _emptied(folder, lambda folder: folder), whole=True)
    yield Case("a folder of text", lambda folder: _only(folder, "notes.txt", b"none").parent, whole=True)
    yield Case("no such folder", lambda folder: folder.parent / "nowhere", whole=True)
    for kind, uid in (("CT", "1.2.840.10008.5.1.4.1.1.2"), ("report", "1.2.840.10008.5.1.4.1.1.88.11")):
        yield Case(
            f"a study of {kind} alone",
            _all_files(lambda dataset, uid=uid: setattr(dataset, "SOPClassUID", uid)),
            whole=True,
        )
    yield Case(
        "zero slices: all without geometry",
        _all_files(lambda dataset: delattr(dataset, "PixelSpacing")),
        whole=True,
    )


def _on_bytes(change: Callable[[bytes], bytes]) -> Damage:
    def damage(folder: Path) -> Path:
        path = the_file(folder)
        path.write_bytes(change(path.read_bytes()))
        return path

    return damage


def _on_dataset(change: Callable) -> Damage:
    def damage(folder: Path) -> Path:
        path = the_file(folder)
        dataset = dcmread(path)
        change(dataset)
        dataset.save_as(path)
        return path

    return damage


def _all_files(change: Callable) -> Damage:
    def damage(folder: Path) -> Path:
        for path in folder.iterdir():
            dataset = dcmread(path)
            change(dataset)
            dataset.save_as(path)
        return folder

    return damage


def _with_syntax(syntax: str) -> Callable:
    def change(dataset: FileDataset) -> None:
        dataset.file_meta.TransferSyntaxUID = syntax
        dataset.PixelData = encapsulate([dataset.PixelData])
        dataset["PixelData"].is_undefined_length = True

    return change


def _unknown_syntax(data: bytes) -> bytes:
    """Explicit little endian becomes a number of the same length that no standard knows."""
    return data.replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.7\0", 1)


def _compressed_and_cut(syntax: str, part: float) -> Damage:
    def damage(folder: Path) -> Path:
        path = the_file(folder)
        dataset = dcmread(path)
        dataset.compress(syntax, generate_instance_uid=False)
        dataset.PixelData = dataset.PixelData[: int(len(dataset.PixelData) * part) // 2 * 2]
        dataset.save_as(path)
        return path

    return damage


def _zipped(add: Callable[[zipfile.ZipFile], None] = lambda archive: None, part: float = 1.0) -> Damage:
    def damage(folder: Path) -> Path:
        path = folder.with_suffix(".zip")
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(folder.iterdir()):
                archive.write(file, file.name)
            add(archive)
        path.write_bytes(path.read_bytes()[: int(path.stat().st_size * part)])
        return path

    return damage


def _twice(archive: zipfile.ZipFile) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive.writestr("a.dcm", b"x")
        archive.writestr("a.dcm", b"y")


def _inner() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("a.dcm", b"x")
    return content.getvalue()


def _emptied(folder: Path, damage: Damage) -> Path:
    for path in folder.iterdir():
        path.unlink()
    return damage(folder)


def _only(folder: Path, name: str, content: bytes) -> Path:
    _emptied(folder, lambda folder: folder)
    (folder / name).write_bytes(content)
    return folder / name
