"""From a DICOM study and a box, or a name, to a result."""

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from fracture_studies import EDGES, LESION, SIDE, FracturePatient, drawn, write_fracture_study
from seeing_vertebrae import spine

from annotation.boxes import Box
from annotation.voc import new_voc, write_voc
from axial.result import ActivationMap
from errors import BadInputError
from fracture.activation import activation_picture
from fracture.causes import CAUSES
from fracture.classification import classify, open_fracture_model
from fracture.registration import CHANNELS
from fracture.result import read_fracture_result
from fracture.study_lesion import lesion_by_box, lesion_by_level, lesion_on_slice
from imaging.reading import read_studies
from imaging.study import SeriesKind, Study

BENIGN, MALIGNANT = FracturePatient("a", "benign", 50), FracturePatient("b", "malignant", 51)


def box_file(folder: Path, *boxes: Box, name: str = "p_s_003.xml", side: int = SIDE) -> Path:
    path = folder / name
    write_voc(new_voc(path, path.with_suffix(".png"), (side, side, 1), boxes or [Box("vertebra", *EDGES)]))
    return path


def study_of(folder: Path, patient: FracturePatient = BENIGN) -> Study:
    return read_studies(write_fracture_study(folder / patient.name, patient))[0]


def test_a_box_leads_to_the_six_pictures_around_it(tmp_path: Path) -> None:
    lesion = lesion_by_box(study_of(tmp_path), "study", box_file(tmp_path))
    assert lesion.edges == EDGES and lesion.marked_by == "a box"
    assert lesion.pictures == tuple(
        f"{name}: {number}" for name, number in zip(CHANNELS, (2, 3, 4) * 2, strict=True)
    )
    expected = [drawn(BENIGN, weighting, place) for weighting in ("T1", "T2") for place in (-4, 0, 4)]
    for pixels, right in zip(lesion.pixels, expected, strict=True):
        np.testing.assert_array_equal(pixels, right)


def test_the_slice_may_be_named(tmp_path: Path) -> None:
    lesion = lesion_by_box(study_of(tmp_path), "study", box_file(tmp_path, name="box.xml"), number=4)
    assert lesion.pictures[4] == "T2 lesion slice: 4"


def test_a_box_file_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    study = study_of(tmp_path)
    two = box_file(tmp_path, Box("benign", 1, 1, 9, 9), Box("benign", 20, 20, 30, 30), name="two_003.xml")
    for path, reason in (
        (two, "has 2 boxes; mark the one abnormal vertebra"),
        (box_file(tmp_path, name="lesion.xml"), "does not say in its name which slice it is of"),
        (
            box_file(tmp_path, name="s_009.xml"),
            "no sagittal T2 series of the study has a slice 9 of that size",
        ),
        (box_file(tmp_path, name="large_003.xml", side=96), "a picture of 96 x 96 pixels"),
    ):
        with pytest.raises(BadInputError, match=reason):
            lesion_by_box(study, "study", path)


def test_a_study_without_t1_beside_the_lesion_is_refused(tmp_path: Path) -> None:
    study = read_studies(write_fracture_study(tmp_path / "moved", BENIGN, t1_shift=30))[0]
    with pytest.raises(BadInputError, match="study: no T1 slice within half a slice step"):
        lesion_by_box(study, "study", box_file(tmp_path))


def slices_of(study: Study, kind: SeriesKind) -> list[str]:
    """Their instances, from the patient's right to the left."""
    return [item.uid for item in study.of_kind(kind)[0].slices]


def test_a_box_on_a_slice_leads_to_the_same_pictures_as_its_file(tmp_path: Path) -> None:
    study = study_of(tmp_path)
    by_file = lesion_by_box(study, "study", box_file(tmp_path))
    instance = slices_of(study, SeriesKind.SAGITTAL_T2)[LESION - 1]
    by_slice = lesion_on_slice(study, "study", instance, EDGES, "a reader")
    assert by_slice.marked_by == "a reader"
    assert (by_slice.pictures, by_slice.edges) == (by_file.pictures, by_file.edges)
    np.testing.assert_array_equal(by_slice.pixels, by_file.pixels)


def test_a_box_that_no_lesion_can_be_is_refused(tmp_path: Path) -> None:
    study = study_of(tmp_path)
    t2, (t1, *_) = (slices_of(study, kind) for kind in (SeriesKind.SAGITTAL_T2, SeriesKind.SAGITTAL_T1))
    for instance, edges, reason in (
        (t1, EDGES, "on no sagittal T2 slice"),
        ("1.2.3", EDGES, "on no sagittal T2 slice"),
        (t2[0], EDGES, "the lesion slice is the first of its T2 series"),
        (t2[-1], EDGES, "the lesion slice is the last of its T2 series"),
        (t2[LESION], (40.0, 10.0, SIDE + 1.0, 20.0), "does not lie in the picture"),
        (t2[LESION], (20.0, 10.0, 20.0, 20.0), "does not lie in the picture"),
        (t2[LESION], (float("nan"), 10.0, 20.0, 20.0), "does not lie in the picture"),
    ):
        with pytest.raises(BadInputError, match=reason):
            lesion_on_slice(study, "study", instance, edges, "a reader")


def test_a_vertebra_is_found_by_its_level(tmp_path: Path) -> None:
    lesion = lesion_by_level(study_of(tmp_path), "study", spine(), "L3")
    assert lesion.edges == (20, 19, 30, 24) and lesion.marked_by == "a detector, as L3"
    assert lesion.pictures[4] == f"T2 lesion slice: {LESION}"
    with pytest.raises(BadInputError, match="no slice 9 in its sagittal T2 series, which has 5"):
        lesion_by_level(study_of(tmp_path / "again"), "study", spine(), "L3", number=9)
    with pytest.raises(BadInputError, match="no T9 was found"):
        lesion_by_level(study_of(tmp_path / "third"), "study", spine(), "T9")


@pytest.mark.slow
@pytest.mark.parametrize("patient", [BENIGN, MALIGNANT])
def test_the_classifier_tells_the_cause(
    tmp_path: Path, fracture_model: Path, patient: FracturePatient
) -> None:
    lesion = lesion_by_box(study_of(tmp_path, patient), "study", box_file(tmp_path))
    model = open_fracture_model(fracture_model)
    result = classify(model, lesion)
    assert result.cause == patient.cause
    assert sum(result.probabilities.values()) == pytest.approx(1, abs=1e-3)
    assert set(result.probabilities) == set(CAUSES)
    assert [item.stage for item in result.models] == ["fracture"]
    assert result.activation is None
    result.write(tmp_path / "result.json")
    assert read_fracture_result(tmp_path / "result.json") == result


@pytest.mark.slow
def test_the_activation_map_lies_over_the_lesion_slice(tmp_path: Path, fracture_model: Path) -> None:
    lesion = lesion_by_box(study_of(tmp_path), "study", box_file(tmp_path))
    result = classify(open_fracture_model(fracture_model), lesion, with_activation=True)
    assert result.activation is not None
    left, top, right, bottom = result.activation.seen
    assert left < EDGES[0] and top < EDGES[1] and right > EDGES[2] and bottom > EDGES[3]
    assert json.loads(result.as_json())["activation"]["rows"] == [list(row) for row in result.activation.rows]
    shown = replace(result, activation=ActivationMap(((0.0, 1.0), (2.0, 3.0)), (10, 12, 38, 40)))
    picture = cv2.imdecode(np.frombuffer(activation_picture(lesion, shown), np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape == (SIDE, 2 * SIDE, 3)
    plain, mapped = picture[:, :SIDE], picture[:, SIDE:]
    assert (plain == plain[..., :1]).all()
    # Outside of what the classifier saw the picture stays as it is.
    np.testing.assert_array_equal(mapped[:12], plain[:12])
    assert (mapped[30:38, 28:36] != plain[30:38, 28:36]).any(axis=2).all()


@pytest.mark.slow
def test_another_model_is_refused(tmp_path: Path, fracture_model: Path) -> None:
    card = json.loads((fracture_model / "model.json").read_text(encoding="utf-8"))
    (tmp_path / "model.onnx").write_bytes((fracture_model / "model.onnx").read_bytes())
    (tmp_path / "model.json").write_text(json.dumps({**card, "classes": ["left", "right"]}), encoding="utf-8")
    with pytest.raises(BadInputError, match="no classifier of fractures"):
        open_fracture_model(tmp_path)


def test_a_result_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    with pytest.raises(BadInputError, match="cannot be read"):
        read_fracture_result(path)
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(BadInputError, match="not the result of a fracture"):
        read_fracture_result(path)
