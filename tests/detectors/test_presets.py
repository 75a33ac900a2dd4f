from dataclasses import replace

import pytest

from detectors.presets import PRESETS, START_WEIGHTS, preset
from detectors.registry import DETECTORS
from detectors.settings import Augmentation
from models.start_weights import read_start_weights


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("detector", DETECTORS)
def test_every_detector_has_every_preset(name: str, detector: str) -> None:
    settings = preset(name, detector)
    assert settings.epochs > 0
    assert settings.start_weights is not None
    assert settings.start_weights.parent == START_WEIGHTS
    assert settings.start_weights.name.startswith(f"{detector}.safetensors")


def test_small_detectors_begin_from_what_comes_with_the_project() -> None:
    for detector in ("yolov3-tiny", "yolov5n", "ppyolov2-r18"):
        path = preset("quick", detector).start_weights
        assert path is not None and len(read_start_weights(path)) > 50


def test_paper_is_the_published_size_and_quick_is_small() -> None:
    assert all(preset("paper", detector).image_size == 640 for detector in DETECTORS)
    assert all(preset("quick", detector).image_size <= 224 for detector in DETECTORS)


def test_an_unknown_preset_is_an_error_that_names_the_others() -> None:
    with pytest.raises(ValueError, match="paper, quick"):
        preset("fast", "yolov5n")


@pytest.mark.parametrize(
    "change", [{"image_size": 100}, {"image_size": 32}, {"epochs": -1}, {"batch_size": 0}, {"balance": -0.5}]
)
def test_impossible_settings_are_refused(change: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=next(iter(change))):
        replace(preset("quick", "yolov5n"), **change)


def test_impossible_augmentation_is_refused() -> None:
    with pytest.raises(ValueError, match="gamma"):
        Augmentation(gamma=-1)
