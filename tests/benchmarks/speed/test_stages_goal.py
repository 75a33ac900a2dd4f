"""The speed goals of the four stages, of training and of a GPU: the sides agree. Nothing is timed."""

from copy import copy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from axial.models import ANY_LEVEL
from axial.pictures import StudyPictures, pictures_of
from axial.reading import read_pictures
from benchmarks.speed.goal import NotMeasurableError, Setting
from benchmarks.speed.goals import measure
from benchmarks.speed.rehearsal import RehearsedDetector, TorchDetector
from benchmarks.speed.stages import Networks, StagesCase, check_same, make_case, write_study
from imaging.reading import read_studies

Images = NDArray[np.float32]
SMALL = Networks("yolov5n-slim", 128, 96, "resnet18-slim", 64)


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> StagesCase:
    folder = tmp_path_factory.mktemp("stages")
    return make_case(folder / "models", write_study(folder, sagittal_slices=1), SMALL, threads=1)


@pytest.fixture(scope="module")
def pictures(case: StagesCase) -> StudyPictures:
    (study,) = read_studies(case.study)
    return pictures_of(study)


@pytest.mark.parametrize("runtime", ["onnxruntime", "openvino"])
def test_both_sides_say_the_same_of_every_slice(case: StagesCase, runtime: str) -> None:
    ours, other = case.read(case.ours(runtime)), case.read(case.torch)  # type: ignore[arg-type]
    assert [stage.ran for stage in ours.stages] == [True] * 4 + [False] * 2
    assert len(ours.slices) == 15
    assert all(item.level and item.verdict for item in ours.slices), "every slice goes through each stage"
    for item, expected in zip(ours.slices, other.slices, strict=True):
        assert (item.level, item.verdict) == (expected.level, expected.verdict)
        assert item.edges == pytest.approx(expected.edges, abs=0.5)
        assert item.probabilities == pytest.approx(expected.probabilities, abs=1e-3)


def test_the_networks_of_both_sides_find_the_same_boxes(case: StagesCase, pictures: StudyPictures) -> None:
    ours, other = case.ours("onnxruntime"), case.torch
    for mine, by_torch in ((ours.vertebrae, other.vertebrae), (ours.discs, other.discs)):
        assert isinstance(mine, RehearsedDetector) and isinstance(by_torch, TorchDetector)
        for picture in (pictures.sagittal, pictures.axial[7]):
            assert picture is not None
            found, expected = mine.detect(picture.pixels), by_torch.detect(picture.pixels)
            assert len(found) == len(expected) > 0
            np.testing.assert_allclose(found.boxes, expected.boxes, atol=0.5)
            np.testing.assert_allclose(found.scores, expected.scores, atol=1e-3)


@pytest.mark.parametrize("runtime", ["onnxruntime", "openvino"])
def test_slices_read_side_by_side_are_those_read_one_by_one(
    case: StagesCase, pictures: StudyPictures, runtime: str
) -> None:
    one_by_one = case.ours(runtime)  # type: ignore[arg-type]
    classifier = one_by_one.classifiers[ANY_LEVEL]
    assert classifier.runtime == one_by_one.discs.runtime
    alone = read_pictures("study", pictures, one_by_one)
    together = read_pictures("study", pictures, replace(one_by_one, at_once=3))
    assert together.slices == alone.slices


def test_a_side_that_finds_other_boxes_or_probabilities_is_not_timed(case: StagesCase) -> None:
    ours = case.ours("onnxruntime")
    check_same(case, ours)
    discs = case.torch.discs
    assert isinstance(discs, TorchDetector)
    shifted = copy(discs)
    shifted.raw = lambda images: [output + 0.1 for output in discs.raw(images)]  # type: ignore[method-assign]
    with pytest.raises(ValueError, match="finds other boxes by torch"):
        check_same(replace(case, torch=replace(case.torch, discs=shifted)), ours)
    classifier = case.torch.classifiers[ANY_LEVEL]
    bent = copy(classifier)

    def raw(images: Images, category: Images) -> tuple[Images, Images]:
        logits, activation = classifier.raw(images, category)
        return logits * np.float32(1.2), activation

    bent.raw = raw  # type: ignore[method-assign]
    with pytest.raises(ValueError, match="has other probabilities by torch"):
        check_same(replace(case, torch=replace(case.torch, classifiers={ANY_LEVEL: bent})), ours)


def test_a_gpu_that_is_not_there_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("onnxruntime.get_available_providers", lambda: ["CPUExecutionProvider"])
    ((_, found),) = measure(["gpu-ppyolov2"], Setting(tmp_path))
    assert isinstance(found, NotMeasurableError)
    assert str(found).startswith("there is no GPU here")


def test_bf16_that_is_not_there_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("openvino.Core.get_property", lambda *_: ["FP32"])
    ((_, found),) = measure(["stages-bf16"], Setting(tmp_path))
    assert isinstance(found, NotMeasurableError)
    assert str(found).startswith("this processor has no bf16")
