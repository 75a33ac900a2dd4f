"""The slow check on studies behind docs/results.md: fifty phantom studies."""

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from data.phantom.ranges import TEST_SEED
from data.phantom.studies import generate_studies
from data.phantom.truth import read_truth
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
