"""How each framework trains by itself: what ours is set beside."""

from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from detectors.loading import TrainingImage, TrainingSet
from detectors.network import Batch
from detectors.settings import Settings
from models.gray import normalise

CLASSES = ("vertebra", "disc", "herniation")


class Epochs(Protocol):
    """Trains a detector of CLASSES on pictures, and calls ``ended`` after each epoch."""

    def __call__(
        self, detector: str, images: Sequence[TrainingImage], settings: Settings, ended: Callable[[], None]
    ) -> None: ...


def yolo_epochs(
    detector: str, images: Sequence[TrainingImage], settings: Settings, ended: Callable[[], None]
) -> None:
    """By ultralytics' trainer, without its validation and its files: pictures kept in memory, no mosaic, an
    optimiser step for each batch, and as far as it has them our augmentations."""
    import_module("detectors.ultralytics")  # keeps what is imported next from reaching out
    from ultralytics.models.yolo.detect import DetectionTrainer
    from ultralytics.utils import callbacks, torch_utils

    # What is called a trainer loads what reports to MLflow, Ray and others, which takes longer than an epoch.
    class Loop(DetectionTrainer):  # type: ignore[misc]
        def validate(self) -> tuple[dict[str, float], float]:
            return {}, 0.0

        def save_model(self) -> bool:
            return False

        def final_eval(self) -> None:
            pass

    torch_utils.NUM_THREADS = settings.threads  # else it takes one on a processor
    change, optimisation = settings.augmentation, settings.optimisation
    folder = images[0].path.parent
    trainer = Loop(
        overrides={
            "model": f"{detector}.yaml",
            "data": str(_write_dataset(images, settings.image_size)),
            "project": str(folder / "runs"),
            "epochs": settings.epochs,
            "batch": settings.batch_size,
            "nbs": settings.batch_size,
            "imgsz": settings.image_size,
            "optimizer": "SGD",
            "lr0": optimisation.learning_rate,
            "momentum": optimisation.momentum,
            "weight_decay": optimisation.weight_decay,
            "warmup_epochs": settings.warmup,
            "translate": change.translation,
            "scale": change.scale,
            "hsv_v": change.gamma,
            **dict.fromkeys(("hsv_h", "hsv_s", "fliplr", "mosaic", "close_mosaic", "workers"), 0),
            **dict.fromkeys(("amp", "plots", "val", "save", "pretrained", "verbose"), False),
            "deterministic": False,
            "cache": "ram",
            "device": "cpu",
        }
    )
    trainer.callbacks = callbacks.get_default_callbacks()  # without those that report to other programs
    trainer.add_callback("on_train_epoch_end", lambda _: ended())
    with redirect_stdout(StringIO()):
        trainer.train()


def _write_dataset(images: Sequence[TrainingImage], side: int) -> Path:
    """The labels beside the pictures, as ultralytics wants them, and the file that names both."""
    folder = images[0].path.parent
    for image in images:
        middles, sizes = (
            (image.boxes[:, :2] + image.boxes[:, 2:]) / 2,
            image.boxes[:, 2:] - image.boxes[:, :2],
        )
        rows = np.hstack([image.labels[:, None], middles / side, sizes / side])
        np.savetxt(image.path.with_suffix(".txt"), rows, "%g")
    names = "".join(f"  {number}: {name}\n" for number, name in enumerate(CLASSES))
    path = folder / "data.yaml"
    path.write_text(f"path: {folder}\ntrain: .\nval: .\nnames:\n{names}", encoding="utf-8")
    return path


def torchvision_epochs(
    detector: str, images: Sequence[TrainingImage], settings: Settings, ended: Callable[[], None]
) -> None:
    """torchvision's Faster R-CNN by the steps of its reference (references/detection/engine.py), with our
    anchors and as many proposals."""
    import torch
    from torchvision.models.detection import fasterrcnn_resnet50_fpn
    from torchvision.models.detection.anchor_utils import AnchorGenerator

    from detectors.torchvision import ANCHOR_RATIOS, SAMPLES

    side = settings.image_size
    sizes = tuple((side / share,) for share in (16, 8, 4, 2, 1))
    model = fasterrcnn_resnet50_fpn(
        weights=None,
        weights_backbone=None,
        num_classes=len(CLASSES) + 1,
        min_size=side,
        max_size=side,
        rpn_anchor_generator=AnchorGenerator(sizes, (ANCHOR_RATIOS,) * len(sizes)),
        rpn_pre_nms_top_n_train=1000,
        rpn_post_nms_top_n_train=1000,
        box_batch_size_per_image=SAMPLES,
    ).train()
    optimisation = settings.optimisation
    optimiser = torch.optim.SGD(
        model.parameters(),
        optimisation.learning_rate,
        momentum=optimisation.momentum,
        weight_decay=optimisation.weight_decay,
    )
    batches = TrainingSet(images, settings)
    for epoch in range(settings.epochs):
        for batch in batches.epoch(epoch):
            targets = [
                {"boxes": torch.from_numpy(boxes), "labels": torch.from_numpy(labels) + 1}
                for boxes, labels in zip(batch.boxes, batch.labels, strict=True)
            ]
            losses = sum(model(list(torch.from_numpy(batch.images)), targets).values())
            optimiser.zero_grad()
            losses.backward()
            optimiser.step()
            losses.item()
        ended()


def paddle_epochs(
    detector: str, images: Sequence[TrainingImage], settings: Settings, ended: Callable[[], None]
) -> None:
    """PP-YOLOv2 by PaddleDetection's loss, targets, optimiser and moving average, in the steps of its trainer
    (ppdet/engine/trainer.py)."""
    import_module("detectors.paddle")  # makes what comes next importable
    import paddle
    from ppdet.data.transform.batch_operators import Gt2YoloTarget
    from ppdet.modeling.losses.iou_aware_loss import IouAwareLoss
    from ppdet.modeling.losses.iou_loss import IouLoss
    from ppdet.modeling.losses.yolo_loss import YOLOv3Loss
    from ppdet.optimizer.ema import ModelEMA

    from detectors.paddle.architecture import STRIDES, build
    from detectors.paddle.loss import SCALE_X_Y
    from detectors.paddle.network import PaddleNetwork

    network = build(detector, len(CLASSES), settings.image_size)
    network.yolo_head.loss = YOLOv3Loss(
        num_classes=len(CLASSES),
        ignore_thresh=0.7,
        label_smooth=False,
        downsample=list(STRIDES),
        scale_x_y=SCALE_X_Y,
        iou_loss=IouLoss(loss_weight=2.5, loss_square=True),
        iou_aware_loss=IouAwareLoss(loss_weight=1.0),
    )
    operator = Gt2YoloTarget(
        anchors=[anchor for level in network.anchors for anchor in level],
        anchor_masks=[[0, 1, 2], [3, 4, 5], [6, 7, 8]],
        downsample_ratios=list(STRIDES),
        num_classes=len(CLASSES),
    )
    optimisation = settings.optimisation
    optimiser = paddle.optimizer.Momentum(
        optimisation.learning_rate,
        optimisation.momentum,
        network.parameters(),
        weight_decay=optimisation.weight_decay,
        grad_clip=paddle.nn.ClipGradByGlobalNorm(optimisation.clip_norm),
    )
    network.train()
    average, batches = ModelEMA(network, optimisation.ema_decay), TrainingSet(images, settings)
    for epoch in range(settings.epochs):
        for batch in batches.epoch(epoch):
            targets = _paddle_targets(batch, operator)
            inputs = paddle.to_tensor(normalise(batch.images, PaddleNetwork.mean, PaddleNetwork.std))
            loss = network.loss(network(inputs), targets)
            loss.backward()
            optimiser.step()
            optimiser.clear_grad()
            average.update()
            float(loss)
        ended()


def _paddle_targets(batch: Batch, operator: Any) -> dict[str, Any]:
    import paddle

    from detectors.paddle.targets import padded_boxes

    padded = padded_boxes(batch.boxes, batch.images.shape[-1])
    samples = [
        {
            "image": image,
            "gt_bbox": boxes[: len(labels)],
            "gt_class": labels,
            "gt_score": np.ones(len(labels), np.float32),
        }
        for image, boxes, labels in zip(batch.images, padded, batch.labels, strict=True)
    ]
    found = operator(samples)
    names = sorted(name for name in found[0] if name.startswith("target"))
    targets = {name: paddle.to_tensor(np.stack([sample[name] for sample in found])) for name in names}
    return {**targets, "gt_bbox": paddle.to_tensor(padded)}
