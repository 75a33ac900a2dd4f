"""From a graph's raw outputs to boxes: one file per head, numpy only.

Every decoder has the form ``decode(outputs, image_size, classes, score_threshold, **parameters)``:
``outputs`` are one image's raw arrays (batch axis kept, b = 1), ``parameters`` are the model
folder's; it gives Detections in pixels of the network's input.
"""

from collections.abc import Callable

from detectors.decoding import fasterrcnn, ppyolo, yolo
from detectors.detections import Detections

DECODERS: dict[str, Callable[..., Detections]] = {
    "yolo": yolo.decode,
    "ppyolo": ppyolo.decode,
    "fasterrcnn": fasterrcnn.decode,
}
