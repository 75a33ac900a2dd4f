"""YOLOv3 and YOLOv5: ultralytics' networks, loss and moving average under our training loop.

The heads are ultralytics' anchor-free "u" form. No weights are fetched: networks are built from the
package's YAML descriptions.
"""

import os
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from detectors.network import Batch, Optimisation, Weights
from detectors.torch_training import coincident, optimiser
from models.torch_training import Precision, export_onnx, load_fitting, start_repeatably, weights_of

os.environ.setdefault("YOLO_OFFLINE", "true")
os.environ.setdefault("YOLO_AUTOINSTALL", "false")
os.environ.setdefault("YOLO_VERBOSE", "false")
_CONFIGURATION = tempfile.TemporaryDirectory(prefix="discern-ultralytics-")  # gone when the process ends
os.environ.setdefault("YOLO_CONFIG_DIR", _CONFIGURATION.name)

from ultralytics.nn.modules.head import Detect
from ultralytics.nn.tasks import DetectionModel, yaml_model_load
from ultralytics.utils.loss import v8DetectionLoss
from ultralytics.utils.tal import TaskAlignedAssigner
from ultralytics.utils.torch_utils import ModelEMA

_SLIM = "-slim"
_LOSS_GAINS = {"box": 7.5, "cls": 0.5, "dfl": 1.5}
"""Ultralytics' default weights of the three loss terms."""


class UltralyticsNetwork:
    """One of ultralytics' detection networks; fits ``detectors.network.Network``."""

    decoding = "yolo"
    mean = (0.0, 0.0, 0.0)
    std = (1.0, 1.0, 1.0)
    stride = 32

    def __init__(self, name: str, classes: int, image_size: int, seed: int) -> None:
        self._device = start_repeatably(seed)
        model = DetectionModel(description(name), ch=3, nc=classes, verbose=False)
        model.args = SimpleNamespace(**_LOSS_GAINS)
        self._model = model.to(self._device).to(memory_format=torch.channels_last)
        self._ema: ModelEMA | None = None
        head: Detect = model.model[-1]
        strides = [int(stride) for stride in head.stride]
        self.decoding_parameters: dict[str, object] = {
            "strides": strides,
            "bins": head.reg_max,
            "iou_threshold": 0.6,
            "margin": _margin(strides),
        }

    def start(self, optimisation: Optimisation) -> None:
        self._optimisation = optimisation
        self._optimiser = optimiser(self._model, optimisation)
        self._loss = MultiLabelLoss(self._model)
        self._loss.hyp.cls = _LOSS_GAINS["cls"] * optimisation.class_weight
        self._precision = Precision(self._device, optimisation.mixed_precision)
        self._ema = ModelEMA(self._model, decay=optimisation.ema_decay, tau=100)
        self._model.train()

    def step(self, batch: Batch, learning_rate: float) -> float:
        assert self._ema is not None, "start comes before step"
        images = torch.from_numpy(batch.images).to(self._device, memory_format=torch.channels_last)
        with self._precision.computing():
            loss = self._loss.of_batch(self._model(images), batch)
        value = self._precision.step(
            loss, self._model, self._optimiser, learning_rate, self._optimisation.clip_norm
        )
        self._ema.update(self._model)
        return value

    def weights(self) -> dict[str, NDArray[np.generic]]:
        return weights_of(self._trained())

    def load(self, weights: Weights) -> list[str]:
        return load_fitting(self._model, weights)

    def export(self, path: Path, image_size: int) -> None:
        graph = _RawOutputs(self._trained())
        export_onnx(
            graph, path, {"images": torch.zeros(1, 3, image_size, image_size)}, ["distances", "logits"]
        )

    def outputs(self, images: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        graph = _RawOutputs(self._trained()).eval()
        with torch.no_grad():
            raw = graph(torch.from_numpy(images).to(self._device))
        return [output.cpu().numpy() for output in raw]

    def _trained(self) -> torch.nn.Module:
        return self._model if self._ema is None else self._ema.ema


class MultiLabelLoss(v8DetectionLoss):
    """Ultralytics' detection loss for boxes that may carry several classes, some not annotated.

    Task-aligned assignment gives each cell one box; two classes on one disc would compete for its
    cells. So coincident boxes become one target with several classes. A class that was not
    annotated in an image adds no classification loss there.
    """

    def __init__(self, model: torch.nn.Module) -> None:
        super().__init__(model)
        self.assigner = _MultiLabelAssigner(
            topk=10, num_classes=self.nc, alpha=0.5, beta=6.0, stride=self.stride.tolist()
        )

    def of_batch(self, predictions: dict[str, torch.Tensor], batch: Batch) -> torch.Tensor:
        """Sum of the three terms times the batch size, as ultralytics trains on."""
        size = batch.images.shape[-1]
        around = np.array([-1, -1, 1, 1], np.float32) * _margin([int(stride) for stride in self.stride])
        merged = [
            coincident(boxes + around, labels, self.nc)
            for boxes, labels in zip(batch.boxes, batch.labels, strict=True)
        ]
        boxes = np.concatenate([item[0] for item in merged])
        several = [torch.from_numpy(item[1]) for item in merged]
        self.assigner.several = torch.nn.utils.rnn.pad_sequence(several, batch_first=True).to(self.device)
        self.class_weights = torch.from_numpy(batch.annotated[:, None, :].astype(np.float32)).to(self.device)
        centre_and_size = np.hstack([(boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]]) / size
        image_of_box = np.repeat(np.arange(len(merged)), [len(item[0]) for item in merged])
        first_class = np.concatenate([item[1].argmax(axis=1) for item in merged])
        targets = {
            "batch_idx": torch.from_numpy(image_of_box.astype(np.float32)),
            "cls": torch.from_numpy(first_class.astype(np.float32)),
            "bboxes": torch.from_numpy(centre_and_size.astype(np.float32)),
        }
        terms, _ = self(predictions, targets)
        return terms.sum()


class _MultiLabelAssigner(TaskAlignedAssigner):
    several: torch.Tensor
    """(b, boxes, classes): every class of each target box."""

    def forward(self, *arguments: torch.Tensor, **options: object) -> tuple[torch.Tensor, ...]:
        labels, boxes, scores, foreground, target = super().forward(*arguments, **options)
        if self.several.shape[1]:
            strength = scores.amax(dim=-1, keepdim=True)
            index = target.long().unsqueeze(-1).expand(-1, -1, self.several.shape[-1])
            scores = self.several.gather(1, index) * strength
        return labels, boxes, scores, foreground, target


def description(name: str) -> dict[str, Any]:
    """Ultralytics' own description of a network.

    ``yolov5n-slim`` is none of theirs: YOLOv5n with half its channels, for processors and small files.
    """
    description: dict[str, Any] = yaml_model_load(f"{name.removesuffix(_SLIM)}.yaml")
    if name.endswith(_SLIM):
        scale = description["scales"][description["scale"]]
        scale[1] /= 2  # depth, width, most channels
    return description


def _margin(strides: list[int]) -> float:
    """Pixels of the input by which every box is wider on each side inside the network.

    The head measures from a cell's middle outwards, so a box that holds no middle cannot be told.
    YOLOv3-tiny's finest cells are 16 px, a disc at 192 px some 7 px high: half a cell more on each
    side, and every box holds one. Decoding takes it away again.
    """
    finest = min(strides)
    return finest / 2 if finest > 8 else 0.0


class _RawOutputs(torch.nn.Module):
    """The network up to the head's convolutions: what is exported and decoded outside."""

    def __init__(self, model: torch.nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        _, raw = self.model(images)
        return raw["boxes"], raw["scores"]
