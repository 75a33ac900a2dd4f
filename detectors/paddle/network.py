"""PP-YOLOv2 under training: PaddleDetection's network and loss under our training loop."""

import copy
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import numpy as np
import paddle
from numpy.typing import NDArray

from detectors.network import Batch, Optimisation, Weights
from detectors.paddle.architecture import IOU_AWARE_FACTOR, STRIDES, build
from detectors.paddle.export import export_onnx
from detectors.paddle.loss import SCALE_X_Y
from detectors.paddle.targets import level_targets, padded_boxes
from models.gray import normalise


class PaddleNetwork:
    """``ppyolov2`` or ``ppyolov2-r18``; fits ``detectors.network.Network``."""

    decoding = "ppyolo"
    mean = (0.485, 0.456, 0.406)
    std = (0.229, 0.224, 0.225)
    stride = max(STRIDES)

    def __init__(self, name: str, classes: int, image_size: int, seed: int) -> None:
        paddle.seed(seed)
        self._network = build(name, classes, image_size)
        self._average = self._network
        self._classes = classes
        self._image_size = image_size
        self._seed = seed
        self._steps = 0
        self.decoding_parameters: dict[str, object] = {
            "anchors": self._network.anchors,
            "scale_x_y": SCALE_X_Y,
            "iou_aware_factor": IOU_AWARE_FACTOR,
        }

    def start(self, optimisation: Optimisation) -> None:
        self._average = copy.deepcopy(self._network)
        self._ema_decay = optimisation.ema_decay
        self._network.yolo_head.loss.class_weight = optimisation.class_weight
        self._optimiser = _optimiser(self._network, optimisation)
        self._half = half_type() if optimisation.mixed_precision else None
        # Small gradients vanish in f16, whose exponents end early; bf16 has those of f32.
        self._scaler = paddle.amp.GradScaler(enable=self._half == "float16")

    def step(self, batch: Batch, learning_rate: float) -> float:
        self._steps += 1
        paddle.seed(self._seed + self._steps)  # DropBlock's noise, whatever else runs in this process
        self._network.train()
        images = paddle.to_tensor(normalise(batch.images, self.mean, self.std))
        with self._computing():
            maps = self._network(images)
        loss = self._network.loss([item.astype("float32") for item in maps], self._targets(batch))
        self._scaler.scale(loss).backward()
        self._optimiser.set_lr(learning_rate)
        self._scaler.step(self._optimiser)
        self._scaler.update()
        self._optimiser.clear_grad()
        self._update_average()
        return float(loss)

    def weights(self) -> dict[str, NDArray[np.generic]]:
        return {name: value.numpy() for name, value in self._average.state_dict().items()}

    def load(self, weights: Weights) -> list[str]:
        left = []
        own = {name: value.numpy() for name, value in self._network.state_dict().items()}
        for name, value in own.items():
            given = weights.get(name)
            if given is not None and given.shape == value.shape:
                value[...] = given
            else:
                left.append(name)
                if given is not None and name.startswith("yolo_head."):
                    _copy_rows_without_classes(given, value)
        self._network.set_state_dict(own)
        return left

    def export(self, path: Path, image_size: int) -> None:
        export_onnx(self._average, path, image_size)

    def outputs(self, images: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        self._average.eval()
        with paddle.no_grad():
            return [output.numpy() for output in self._average(paddle.to_tensor(images))]

    def _computing(self) -> AbstractContextManager[object]:
        if self._half is None:
            return nullcontext()
        return paddle.amp.auto_cast(dtype=self._half)

    def _targets(self, batch: Batch) -> dict[str, paddle.Tensor]:
        size = self._image_size
        levels = level_targets(
            batch.boxes,
            batch.labels,
            self._classes,
            size,
            self._network.anchors,
            STRIDES,
            self._network.positive_iou,
        )
        targets = {f"target{index}": paddle.to_tensor(level) for index, level in enumerate(levels)}
        targets["gt_bbox"] = paddle.to_tensor(padded_boxes(batch.boxes, size))
        targets["annotated"] = paddle.to_tensor(batch.annotated.astype(np.float32))
        return targets

    def _update_average(self) -> None:
        """The moving average forgets its start early on: its decay rises as (1 + n) / (10 + n)."""
        decay = min(self._ema_decay, (1 + self._steps) / (10 + self._steps))
        trained = self._network.state_dict()
        with paddle.no_grad():
            for name, average in self._average.state_dict().items():
                average.scale_(decay).add_(trained[name] * (1 - decay))


def half_type() -> str | None:
    """In what this machine computes half of a training in mixed precision: a GPU in bf16, or in f16 where it
    has no bf16; None for a processor, which trains in f32."""
    if not paddle.device.get_device().startswith("gpu"):
        return None
    return "bfloat16" if paddle.amp.is_bfloat16_supported() else "float16"


def _optimiser(network: paddle.nn.Layer, optimisation: Optimisation) -> paddle.optimizer.Optimizer:
    common = {
        "learning_rate": optimisation.learning_rate,
        "parameters": network.parameters(),
        "weight_decay": optimisation.weight_decay,
        "grad_clip": paddle.nn.ClipGradByGlobalNorm(optimisation.clip_norm),
    }
    if optimisation.method == "adamw":
        return paddle.optimizer.AdamW(beta1=optimisation.momentum, **common)
    return paddle.optimizer.Momentum(momentum=optimisation.momentum, **common)


def _copy_rows_without_classes(given: NDArray[np.generic], own: NDArray[np.generic]) -> None:
    """Of an output convolution (3 + 3 * (5 + classes) rows), those of IoU and box. Objectness is not
    among them: what counts as an object is a matter of the classes."""
    given_anchors = given[3:].reshape(3, -1, *given.shape[1:])
    own_anchors = own[3:].reshape(3, -1, *own.shape[1:])
    if given.shape[1:] == own.shape[1:]:
        own[:3] = given[:3]
        own_anchors[:, :4] = given_anchors[:, :4]
