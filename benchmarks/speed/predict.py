"""Detecting on a folder of pictures, beside ultralytics' own ``predict`` and beside the bare network."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.speed.goal import NotMeasurableError, Outcome, Setting, Target, outcome, seconds_of
from detectors.detections import Detections
from detectors.model_folder import ModelCard, write_model_folder
from detectors.network import Network, Weights
from detectors.registry import build
from detectors.runtime import load
from errors import BadInputError
from imaging.pictures import pictures_in, read_picture
from imaging.windowing import Window
from models.runtimes import DEFAULT, RuntimeName, open_graph
from models.side_by_side import each

SPEED_UP, SPEED_UP_BF16 = Target("speed-up", 1.5), Target("speed-up", 2.8)
OVERHEAD = Target("cost", 1.15)
DETECTOR = "yolov5s"
PICTURES = 40
SIDE = 640
_IOU = 0.6
_GAIN = np.float32(2.5)
"""Between √3, which makes up for torch's initial range, and 1.7 times that, for SiLU."""
_DISTANCES = ".dfl."
"""The head's constants, which are no weights."""
_BOXES = 20
"""Of a picture, over the threshold."""
_UNIT = "ms a picture"
_BESIDE = "ultralytics' predict"
_NOTE = "random weights; ultralytics as it comes: normalisations fused, channels last, as many threads"
_PRECISION = (
    "the goal holds where bf16 costs no more than .005 of mAP, which docs/runtimes.md has for yolov5n at 192 "
    "px, not for this network at this size"
)


@dataclass(frozen=True)
class Case:
    """Pictures, a model of random weights, and a score that some of its boxes reach."""

    pictures: Path
    model: Path
    threshold: float


def measure(setting: Setting) -> list[Outcome]:
    """Files to boxes in f32, both on all cores: ours as ``discern predict`` does it, as many pictures side by
    side as there are cores, theirs as it comes. The bare network gets the prepared input of a picture and
    gives its raw outputs, just as many side by side."""
    case = make_case(setting.folder, setting.count(PICTURES, least=2), DETECTOR, SIDE)
    at_once = setting.threads
    graph = open_graph(case.model / "model.onnx", setting.threads, at_once=at_once)
    prepared = {"images": np.random.default_rng(1).random((1, 3, SIDE, SIDE)).astype(np.float32)}

    def bare() -> None:
        list(each(lambda path: graph.run(prepared), at_once, pictures_in(case.pictures)))

    ours, beside, alone = _milliseconds(case, setting, DEFAULT, [bare])
    what = _what(case, "f32, ONNX Runtime")
    return [
        outcome("predict", what, _BESIDE, ours, beside, SPEED_UP, _UNIT, _NOTE),
        outcome("predict-overhead", what, "the bare network", ours, alone, OVERHEAD, _UNIT, _NOTE),
    ]


def measure_bf16(setting: Setting) -> list[Outcome]:
    """The same in bf16, the other side in f32. NotMeasurableError where the processor has none."""
    case = make_case(setting.folder, setting.count(PICTURES, least=2), DETECTOR, SIDE)
    try:
        ours, beside = _milliseconds(case, setting, "openvino-bf16")
    except BadInputError as error:
        raise NotMeasurableError(error.reason) from None
    note = f"{_NOTE}; {_PRECISION}"
    what = _what(case, "bf16, OpenVINO")
    return [outcome("predict-bf16", what, _BESIDE, ours, beside, SPEED_UP_BF16, _UNIT, note)]


def _milliseconds(
    case: Case, setting: Setting, runtime: RuntimeName, others: Sequence[Callable[[], object]] = ()
) -> NDArray[np.float64]:
    """(works, rounds) a picture: of ours, of ultralytics and of others that go through all pictures."""
    at_once = setting.threads
    detector = load(case.model, setting.threads, runtime, at_once)
    beside = ultralytics_predict(case, setting.threads, DETECTOR, SIDE)

    def ours() -> list[Detections]:
        def look(path: Path) -> Detections:
            return detector.predict(read_picture(path), case.threshold)

        return list(each(look, at_once, pictures_in(case.pictures)))

    seconds = seconds_of([ours, beside, *others], setting.rounds, setting.tell)
    return seconds / len(pictures_in(case.pictures)) * 1000


def _what(case: Case, computed: str) -> str:
    return f"predict on {len(pictures_in(case.pictures))} pictures of {SIDE} px, {DETECTOR}, {computed}"


def make_case(folder: Path, pictures: int, detector: str, side: int) -> Case:
    """Write pictures and a model folder. Their darkest and brightest percent are black and white, so that the
    model's window changes nothing and both programs see the same values."""
    (folder / "pictures").mkdir()
    random = np.random.default_rng(0)
    for number in range(pictures):
        shapes = cv2.GaussianBlur(random.normal(0, 1, (side, side)), (0, 0), 6)
        low, high = np.percentile(shapes, [1, 99])
        gray = np.clip((shapes - low) / (high - low) * 255, 0, 255).astype(np.uint8)
        cv2.imwrite(str(folder / "pictures" / f"{number:03d}.png"), gray)
    network = build(detector, 1, side, seed=0)
    network.load(lively(network.weights()))
    write_untrained(folder / "model", network, detector, side, Window())
    first = load(folder / "model").predict(read_picture(folder / "pictures" / "000.png"))
    threshold = float(np.sort(first.scores)[-_BOXES:][0]) if len(first) else 0.25
    return Case(folder / "pictures", folder / "model", threshold)


def write_untrained(folder: Path, network: Network, detector: str, side: int, window: Window) -> None:
    """Write the model folder of a network as it stands, with one class and an input of ``side`` pixels."""
    card = ModelCard(
        detector=detector,
        classes=("disc",),
        view="disc",
        label_set=("disc",),
        image_size=side,
        window=window,
        mean=network.mean,
        std=network.std,
        decoding=network.decoding,
        decoding_parameters=network.decoding_parameters,
        training={},
        salt="",
        patients=(),
    )
    write_model_folder(folder, network, card)


def lively(weights: Weights) -> Weights:
    """A YOLO's untrained convolutions, stronger: as torch draws them the signal dies away from layer to
    layer, all pictures look alike, and numbers too small for a processor's fast path distort the times."""
    return {
        name: np.multiply(value, _GAIN) if value.ndim == 4 and _DISTANCES not in name else value
        for name, value in weights.items()
    }


def ultralytics_predict(case: Case, threads: int, detector: str, side: int) -> Callable[[], list[Detections]]:
    """What detects on all pictures of a case by ultralytics' own ``predict``, with the same weights."""
    import torch
    from safetensors.torch import load_file
    from ultralytics import YOLO
    from ultralytics.nn.tasks import DetectionModel
    from ultralytics.utils import torch_utils

    torch_utils.NUM_THREADS = threads  # else one less than there are
    yolo = YOLO(f"{detector}.yaml")
    arguments, yolo.model = yolo.model.args, DetectionModel(f"{detector}.yaml", nc=1, verbose=False)
    yolo.model.load_state_dict(load_file(case.model / "weights.safetensors"))
    yolo.model.args = arguments
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(False)  # our own networks switch it on

    def predict() -> list[Detections]:
        results = yolo.predict(
            str(case.pictures),
            imgsz=side,
            conf=case.threshold,
            iou=_IOU,
            device="cpu",
            verbose=False,
            max_det=1000,
        )
        return [
            Detections(
                item.boxes.xyxy.numpy(), item.boxes.conf.numpy(), item.boxes.cls.numpy().astype(np.int64)
            )
            for item in results
        ]

    return predict
