"""The pictures of a case as the page gets them."""

import json
import time
from pathlib import Path

import numpy as np
import pytest
from draft_study import write_examination
from mr_files import T1, StudyFolder, picture, sagittal

from reading.cases.examination import CaseRefused
from reading.cases.pictures import series_of, series_pixels


def test_series_stand_in_one_order_with_their_geometry(tmp_path: Path) -> None:
    folder = write_examination(tmp_path / "x", "p")
    first, second, third = series_of(folder)
    assert [item.name for item in (first, second, third)] == ["sagittal T2", "sagittal T1", "axial T2"]
    assert [item.number for item in (first, second, third)] == [1, 2, 3]
    assert (first.rows, first.columns, first.spacing, len(first.slices)) == (300, 140, (1, 1), 3)
    assert [item.position and item.position[0] for item in first.slices] == [-4, 0, 4]
    assert first.slices[0].across == (0, 1, 0) and first.slices[0].down == (0, 0, -1)
    assert len(third.slices) == 15 and third.spacing == (1.5, 1.5)


def test_the_page_gets_a_series_as_json(tmp_path: Path) -> None:
    folder = write_examination(tmp_path / "x", "p")
    first = series_of(folder)[0]
    low, high = first.window
    said = json.loads(json.dumps(first.as_json()))
    slices = said.pop("slices")
    assert said == {
        "number": 1,
        "name": "sagittal T2",
        "kind": "sagittal T2",
        "rows": 300,
        "columns": 140,
        "spacing": [1, 1],
        "signed": False,
        "window": [(low + high) / 2, high - low],
    }
    assert [item.pop("instance") for item in slices] == [item.instance for item in first.slices]
    assert slices[1] == {"position": [0, -70, 190], "across": [0, 1, 0], "down": [0, 0, -1]}


def test_pixels_are_sixteen_bits_slice_after_slice(tmp_path: Path) -> None:
    study = StudyFolder(tmp_path, "p")
    stack = [picture(seed) for seed in range(3)]
    for place, pixels in enumerate(stack):
        study.image(sagittal(4.0 * place), pixels, SeriesInstanceUID="1.2")
    (series,) = series_of(tmp_path)
    read = np.frombuffer(series_pixels(tmp_path, 1), series.dtype)
    assert series.dtype == "uint16"
    assert np.array_equal(read.reshape(3, series.rows, series.columns), stack)
    low, high = series.window
    assert 0 <= low < high <= 4095


def test_negative_values_stay_negative_and_bytes_become_words(tmp_path: Path) -> None:
    study = StudyFolder(tmp_path, "p")
    signed = picture(1).astype(np.int16) - 2048
    study.image(sagittal(0), signed, SeriesInstanceUID="1.2")
    study.image(sagittal(0), picture(2).astype(np.uint8), SeriesInstanceUID="1.3", **T1)
    first, second = series_of(tmp_path)
    assert (first.dtype, second.dtype) == ("int16", "uint16")
    assert np.array_equal(np.frombuffer(series_pixels(tmp_path, 1), "<i2").reshape(signed.shape), signed)
    assert np.frombuffer(series_pixels(tmp_path, 2), "<u2").max() <= 255


def test_a_smaller_slice_has_zeros_beside_it(tmp_path: Path) -> None:
    study = StudyFolder(tmp_path, "p")
    study.image(sagittal(0), SeriesInstanceUID="1.2")
    study.image(sagittal(4, rows=20, columns=30), SeriesInstanceUID="1.2")
    (series,) = series_of(tmp_path)
    read = np.frombuffer(series_pixels(tmp_path, 1), "<u2").reshape(2, series.rows, series.columns)
    assert (series.rows, series.columns) == (40, 48)
    assert not read[1, 20:].any() and not read[1, :, 30:].any() and read[1, :20, :30].any()


def test_two_series_of_a_kind_are_told_apart(tmp_path: Path) -> None:
    study = StudyFolder(tmp_path, "p")
    study.series([sagittal(0), sagittal(4)])
    study.series([sagittal(0), sagittal(4)])
    assert [item.name for item in series_of(tmp_path)] == ["sagittal T2 (1)", "sagittal T2 (2)"]


def test_a_case_that_was_opened_opens_at_once(tmp_path: Path) -> None:
    folder = write_examination(tmp_path / "x", "p")
    series_of(folder)
    began = time.perf_counter()
    assert series_of(folder) and series_pixels(folder, 3)
    assert time.perf_counter() - began < 0.05


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(CaseRefused):
        series_of(tmp_path / "absent")
    with pytest.raises(KeyError):
        series_pixels(write_examination(tmp_path / "x", "p"), 9)
