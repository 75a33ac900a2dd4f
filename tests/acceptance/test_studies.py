"""The slow checks on studies behind docs/results.md: fifty phantom studies, and the export's throughput."""

import time
from pathlib import Path

import cv2
import numpy as np
import pytest
import SimpleITK as sitk
from mr_files import StudyFolder, sagittal
from pydicom import dcmread
from scipy.ndimage import gaussian_filter

from data.phantom.ranges import TEST_SEED
from data.phantom.studies import generate_studies
from data.phantom.truth import read_truth
from imaging.export import export_studies
from imaging.pseudonyms import PseudonymKey
from imaging.reading import read_studies
from imaging.study import SeriesKind

pytestmark = pytest.mark.acceptance


def test_landmarks_map_from_sagittal_to_axial_pixels_as_another_library_maps_them(tmp_path: Path) -> None:
    """From a pixel of the mid-sagittal slice to patient mm and on to a pixel of every axial slice: by the
    written files' geometry in SimpleITK, and by ours from the files that were read."""
    generate_studies(tmp_path / "phantom", 50, TEST_SEED)
    worst, compared = 0.0, 0
    for folder in sorted((tmp_path / "phantom").iterdir()):
        truth = read_truth(folder / "truth.json")
        points = [disc.centre for disc in truth.discs]
        for body in truth.vertebrae:
            points += [body.centre, body.anterior_superior, body.posterior_superior]
            points += [body.anterior_inferior, body.posterior_inferior]
        (study,) = read_studies(folder)
        (sagittals,) = study.of_kind(SeriesKind.SAGITTAL_T2)
        (axials,) = study.of_kind(SeriesKind.AXIAL_T2)
        first = sagittals.slices[len(sagittals.slices) // 2]
        image = sitk.ReadImage(str(first.file))
        for axial in axials.slices:
            other = sitk.ReadImage(str(axial.file))
            for point in points:
                column, row, depth = image.TransformPhysicalPointToContinuousIndex(point)
                theirs = other.TransformPhysicalPointToContinuousIndex(
                    image.TransformContinuousIndexToPhysicalPoint((column, row, depth))
                )
                pixel = first.geometry.to_pixels([point])
                millimetres = first.geometry.to_patient(pixel)[0]
                millimetres = millimetres + first.geometry.distance([point])[0] * first.geometry.normal
                ours = axial.geometry.to_pixels([millimetres])[0] - 0.5
                worst = max(worst, float(np.abs(ours - theirs[:2]).max()))
                compared += 1
    print(f"{compared} landmarks in axial slices, at most {worst:.5f} pixels apart")
    assert compared > 50 * 15 * 50
    assert worst <= 0.5


def test_export_is_within_a_third_of_bare_decoding_and_encoding(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    study = StudyFolder(tmp_path / "study")
    for number in range(200):
        tissue, grain = (gaussian_filter(random.normal(0, 1, (512, 512)), width) for width in (4, 0.6))
        pixels = (tissue * 8000 + grain * 60 + 900).clip(0, 4095).astype(np.uint16)
        study.image(sagittal(float(number), 512, 512), pixels, SeriesInstanceUID="1.2.3")
    begin = time.perf_counter()
    (tmp_path / "bare").mkdir()
    for path in study.folder.iterdir():
        picture = cv2.imencode(".png", dcmread(path).pixel_array, [cv2.IMWRITE_PNG_COMPRESSION, 3])[1]
        (tmp_path / "bare" / f"{path.stem}.png").write_bytes(picture.tobytes())
    bare = time.perf_counter() - begin
    begin = time.perf_counter()
    report = export_studies([study.folder], tmp_path / "out", PseudonymKey(bytes(32)))
    ours = time.perf_counter() - begin
    print(f"200 slices of 512 x 512: bare {bare:.2f} s, export {ours:.2f} s")
    assert report.written == 200
    assert ours <= 1.3 * bare
