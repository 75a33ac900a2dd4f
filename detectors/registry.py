"""Every detector by name. A new family adds one file and its lines here."""

from importlib import import_module

from detectors.network import Network

_ULTRALYTICS = "detectors.ultralytics:UltralyticsNetwork"
_PADDLE = "detectors.paddle:PaddleNetwork"
_TORCHVISION = "detectors.torchvision:FasterRCNNNetwork"

DETECTORS: dict[str, str] = {
    "yolov3": _ULTRALYTICS,
    "yolov3-tiny": _ULTRALYTICS,
    "yolov5n-slim": _ULTRALYTICS,
    "yolov5n": _ULTRALYTICS,
    "yolov5s": _ULTRALYTICS,
    "yolov5m": _ULTRALYTICS,
    "yolov5l": _ULTRALYTICS,
    "yolov5x": _ULTRALYTICS,
    "ppyolov2": _PADDLE,
    "ppyolov2-r18": _PADDLE,
    "fasterrcnn-r50": _TORCHVISION,
    "fasterrcnn-vgg16": _TORCHVISION,
}
"""Detector name -> the class that builds its network, imported only when it is built."""


def build(name: str, classes: int, image_size: int, seed: int) -> Network:
    """An untrained network of this name, its weights drawn from the seed."""
    if name not in DETECTORS:
        raise ValueError(f"unknown detector {name!r}; choose one of {', '.join(DETECTORS)}")
    module, _, attribute = DETECTORS[name].partition(":")
    network: Network = getattr(import_module(module), attribute)(name, classes, image_size, seed)
    return network
