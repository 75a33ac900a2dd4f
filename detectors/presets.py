"""Presets: the published schedules (``paper``) and minutes on a processor (``quick``)."""

from dataclasses import replace
from pathlib import Path

from detectors.network import Optimisation
from detectors.settings import Settings

START_WEIGHTS = Path(__file__).parent / "start_weights"
"""Where start weights lie, ``<detector>.safetensors`` each; see docs/start-weights.md."""

_YOLO = Optimisation(learning_rate=0.01, momentum=0.937, weight_decay=5e-4, ema_decay=0.9999, clip_norm=10.0)
_PPYOLO = Optimisation(learning_rate=0.005, momentum=0.9, weight_decay=5e-4, ema_decay=0.9998, clip_norm=35.0)

# Published is "Faster R-CNN" with ResNet-50 or VGG-16 and no more; this is torchvision's own recipe
# (26 epochs, a rate of 0.02 for 16 images a step), for 4 images a step.
_FASTER_RCNN = Optimisation(
    learning_rate=0.005, momentum=0.9, weight_decay=1e-4, ema_decay=0.9998, clip_norm=10.0
)

# A short training begins from weights that place boxes well already: most of what is new is the classes.
_ADAMW = Optimisation(
    learning_rate=0.002,
    momentum=0.9,
    weight_decay=5e-4,
    ema_decay=0.99,
    clip_norm=10.0,
    method="adamw",
    class_weight=8.0,
)

_PAPER = {
    "yolov3": Settings(image_size=640, epochs=300, batch_size=16, optimisation=_YOLO, warmup=3),
    "yolov5": Settings(image_size=640, epochs=300, batch_size=16, optimisation=_YOLO, warmup=3),
    "ppyolov2": Settings(image_size=640, epochs=365, batch_size=12, optimisation=_PPYOLO, warmup=5),
    "fasterrcnn": Settings(image_size=640, epochs=26, batch_size=4, optimisation=_FASTER_RCNN),
}
_QUICK = {
    "yolov3": Settings(
        image_size=192,
        epochs=20,
        batch_size=8,
        optimisation=replace(_ADAMW, learning_rate=0.001),
        balance=1.0,
    ),
    "yolov5": Settings(image_size=192, epochs=20, batch_size=8, optimisation=_ADAMW, balance=1.0),
    "ppyolov2": Settings(
        image_size=192,
        epochs=20,
        batch_size=4,
        optimisation=replace(_PPYOLO, learning_rate=0.01, ema_decay=0.998, class_weight=4.0),
        balance=1.0,
    ),
    "fasterrcnn": Settings(
        image_size=224,
        epochs=20,
        batch_size=4,
        optimisation=replace(_ADAMW, learning_rate=0.0005, class_weight=1.0),
        balance=1.0,
    ),
}
PRESETS = {"paper": _PAPER, "quick": _QUICK}


def preset(name: str, detector: str) -> Settings:
    """The settings of a preset for a detector, beginning from its start weights file."""
    if name not in PRESETS:
        raise ValueError(f"unknown preset {name!r}; choose one of {', '.join(PRESETS)}")
    kind = next(kind for kind in PRESETS[name] if detector.startswith(kind))
    return replace(PRESETS[name][kind], start_weights=_start_weights(detector))


def _start_weights(detector: str) -> Path:
    """The user's own file where there is one, else the one that comes with the project."""
    own = START_WEIGHTS / f"{detector}.safetensors"
    packed = own.with_name(f"{own.name}.gz")
    return packed if packed.exists() and not own.exists() else own
