"""PP-YOLOv2 on a GPU, beside the speed that was published of it."""

import numpy as np

from benchmarks.speed.goal import NotMeasurableError, Outcome, Setting, Target, outcome, seconds_of
from benchmarks.speed.predict import write_untrained
from detectors.registry import build
from detectors.runtime import load
from errors import BadInputError
from imaging.windowing import Window

TARGET = Target("speed-up", 1)
DETECTOR, SIDE = "ppyolov2", 640
PUBLISHED = 68.9
"""Pictures a second on a V100: Huang et al. 2021, PP-YOLOv2, arXiv:2104.10419."""
_RUNS = 100


def measure(setting: Setting) -> list[Outcome]:
    """One picture at a time, from gray values to boxes, by ONNX Runtime in f32. NotMeasurableError where it
    finds no GPU."""
    import onnxruntime

    if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
        raise NotMeasurableError("there is no GPU here, or ONNX Runtime is built without one (docs/gpu.md)")
    network = build(DETECTOR, 1, SIDE, seed=0)
    write_untrained(setting.folder / "model", network, DETECTOR, SIDE, Window("range"))
    try:
        detector = load(setting.folder / "model", setting.threads, "cuda")
    except BadInputError as error:
        raise NotMeasurableError(error.reason) from None
    picture = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE), np.uint8)
    runs = setting.count(_RUNS)

    def ours() -> None:
        for _ in range(runs):
            detector.predict(picture, 0.5)

    seconds = seconds_of([ours], setting.rounds, setting.tell)[0] / runs
    what = f"{DETECTOR} at {SIDE} px, batch 1, gray values to boxes, {detector.runtime}"
    published = np.full_like(seconds, 1 / PUBLISHED)
    note = "the published figure is of another GPU, a V100, and of another program"
    return [
        outcome(
            "gpu-ppyolov2",
            what,
            f"the published {PUBLISHED} pictures a second",
            seconds * 1000,
            published * 1000,
            TARGET,
            "ms a picture",
            note,
        )
    ]
