from importlib import import_module

import pytest

import detectors
from detectors.registry import DETECTORS, build


def test_the_published_detectors_are_there() -> None:
    assert {"yolov3", "yolov3-tiny", "yolov5n", "yolov5s", "yolov5m", "yolov5l", "yolov5x"} <= set(DETECTORS)
    assert {"ppyolov2", "ppyolov2-r18", "fasterrcnn-r50", "fasterrcnn-vgg16"} <= set(DETECTORS)
    assert detectors.DETECTORS is DETECTORS


@pytest.mark.parametrize("place", sorted(set(DETECTORS.values())))
def test_every_family_is_where_the_registry_says(place: str) -> None:
    module, _, attribute = place.partition(":")
    family = getattr(import_module(module), attribute)
    for method in ("start", "step", "weights", "load", "export", "outputs"):
        assert callable(getattr(family, method))


def test_an_unknown_name_is_an_error_that_names_the_others() -> None:
    with pytest.raises(ValueError, match=r"yolov9.*yolov5n"):
        build("yolov9", 2, 64, 0)
