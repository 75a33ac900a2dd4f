"""Faster R-CNN with ResNet-50-FPN and with VGG-16: torchvision's parts under our training loop.

Faster R-CNN (Ren et al. 2015, arXiv:1506.01497); the pyramid is that of Lin et al. 2017
(arXiv:1612.03144). It differs from the published network in one point: classes are not exclusive
here and some are not annotated, so each class of a proposal is judged by itself (sigmoid and binary
cross-entropy in place of the softmax over classes and background), and a proposal has one box
whatever its classes. No weights are fetched.
"""

import copy
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.backbone_utils import resnet_fpn_backbone
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead
from torchvision.models.detection.image_list import ImageList
from torchvision.models.detection.roi_heads import RoIHeads
from torchvision.models.detection.rpn import RegionProposalNetwork, RPNHead
from torchvision.models.vgg import cfgs, make_layers
from torchvision.ops import MultiScaleRoIAlign

from detectors.network import Batch, Optimisation, Weights
from detectors.torch_training import coincident, optimiser
from models.gray import normalise
from models.torch_training import Precision, export_onnx, load_fitting, start_repeatably, weights_of

BOX_WEIGHTS = (10.0, 10.0, 5.0, 5.0)
"""Factors on the deltas of x, y, width and height that the second stage learns."""
ANCHOR_RATIOS = (0.25, 0.5, 1.0, 2.0)
"""Height to width. A lumbar disc is some 35 mm wide and 10 mm high: one flat shape more than published."""
_PROPOSALS = 100
"""Proposals that reach the second stage in evaluation. A spine image holds some twenty objects; 300, as
published, brought no precision on generated pictures and took half as long again at 256 px."""
SAMPLES = 64
"""Proposals of an image that the second stage learns from (Girshick 2015, Fast R-CNN), a quarter of them
objects at most."""
_SMOOTH_L1_BETA = 1 / 9

Target = dict[str, torch.Tensor]
"""One image's ``boxes`` (m, 4) float32 in input pixels, all distinct, ``labels`` (m,) of ones (objects,
for torchvision's matching), ``classes`` (m + 1, classes) zeros and ones, the last row of no box, and
``annotated`` (classes,) bool."""


class FasterRCNNNetwork:
    """``fasterrcnn-r50`` or ``fasterrcnn-vgg16``; fits ``detectors.network.Network``.

    ``outputs`` takes one image at a time: how many proposals there are depends on the image.
    """

    decoding = "fasterrcnn"
    mean = (0.485, 0.456, 0.406)
    std = (0.229, 0.224, 0.225)
    stride = 32

    def __init__(self, name: str, classes: int, image_size: int, seed: int) -> None:
        self._device = start_repeatably(seed)
        self._model = FasterRCNN(name, classes, image_size).to(self._device)
        self._average = self._model
        self._classes = classes
        self._seed = seed
        self._steps = 0
        self.decoding_parameters: dict[str, object] = {
            "box_weights": list(BOX_WEIGHTS),
            "iou_threshold": 0.5,
        }

    def start(self, optimisation: Optimisation) -> None:
        self._optimisation = optimisation
        self._optimiser = optimiser(self._model, optimisation)
        self._precision = Precision(self._device, optimisation.mixed_precision)
        self._average = copy.deepcopy(self._model).requires_grad_(False)

    def step(self, batch: Batch, learning_rate: float) -> float:
        self._steps += 1
        torch.manual_seed(self._seed + self._steps)  # the samplers' draws, whatever else this process runs
        images = torch.from_numpy(normalise(batch.images, self.mean, self.std)).to(self._device)
        with self._precision.computing():
            what, where = self._model.train().losses(images, targets(batch, self._classes, self._device))
            loss = self._optimisation.class_weight * what + where
        value = self._precision.step(
            loss, self._model, self._optimiser, learning_rate, self._optimisation.clip_norm
        )
        self._update_average()
        return value

    def weights(self) -> dict[str, NDArray[np.generic]]:
        return weights_of(self._average)

    def load(self, weights: Weights) -> list[str]:
        return load_fitting(self._model, weights)

    def export(self, path: Path, image_size: int) -> None:
        images = torch.zeros(1, 3, image_size, image_size)
        export_onnx(self._average, path, {"images": images}, ["proposals", "logits", "deltas"])

    def outputs(self, images: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        with torch.no_grad():
            raw = self._average.eval()(torch.from_numpy(images).to(self._device))
        return [output.cpu().numpy() for output in raw]

    @torch.no_grad()
    def _update_average(self) -> None:
        """The moving average forgets its start early on: its decay rises as (1 + n) / (10 + n)."""
        decay = min(self._optimisation.ema_decay, (1 + self._steps) / (10 + self._steps))
        trained = self._model.state_dict()
        for name, average in self._average.state_dict().items():
            if average.is_floating_point():
                average.lerp_(trained[name], 1 - decay)


def targets(batch: Batch, classes: int, device: torch.device) -> list[Target]:
    """What the losses compare with, for each image; coincident boxes become one with several classes."""
    of_images = []
    for boxes, labels, annotated in zip(batch.boxes, batch.labels, batch.annotated, strict=True):
        distinct, several = coincident(boxes, labels, classes)
        target = {
            "boxes": torch.from_numpy(distinct),
            "labels": torch.ones(len(distinct), dtype=torch.int64),
            "classes": functional.pad(torch.from_numpy(several), (0, 0, 0, 1)),
            "annotated": torch.from_numpy(annotated),
        }
        of_images.append({key: value.to(device) for key, value in target.items()})
    return of_images


class FasterRCNN(nn.Module):
    """Both stages up to the second one's raw outputs; weights are named as in torchvision's FasterRCNN."""

    def __init__(self, name: str, classes: int, image_size: int) -> None:
        super().__init__()
        if name not in _BACKBONES:
            raise ValueError(f"unknown network {name!r}; it is {' or '.join(_BACKBONES)}")
        self.backbone, channels, maps, fractions = _BACKBONES[name]()
        sizes = tuple(tuple(fraction * image_size for fraction in level) for level in fractions)
        anchors = AnchorGenerator(sizes, (ANCHOR_RATIOS,) * len(sizes))
        self.rpn = _PartialLabelRPN(
            anchors,
            RPNHead(channels, anchors.num_anchors_per_location()[0]),
            fg_iou_thresh=0.7,
            bg_iou_thresh=0.3,
            batch_size_per_image=256,
            positive_fraction=0.5,
            pre_nms_top_n={"training": 1000, "testing": 1000},
            post_nms_top_n={"training": 1000, "testing": _PROPOSALS},
            nms_thresh=0.7,
        )
        predictor = FastRCNNPredictor(1024, classes)
        predictor.bbox_pred = nn.Linear(1024, 4)
        self.roi_heads = RoIHeads(
            MultiScaleRoIAlign(maps, output_size=7, sampling_ratio=2),
            TwoMLPHead(channels * 7**2, 1024),
            predictor,
            fg_iou_thresh=0.5,
            bg_iou_thresh=0.5,
            batch_size_per_image=SAMPLES,
            positive_fraction=0.25,
            bbox_reg_weights=BOX_WEIGHTS,
            score_thresh=None,  # this and the next two are of torchvision's decoding, which is not used
            nms_thresh=None,
            detections_per_img=None,
        )

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """One normalised image (1, 3, size, size) -> proposals (1, n, 4) in input pixels, class logits
        (1, n, classes), box deltas (1, n, 4)."""
        listed, features = self._features(images)
        proposals, _ = self.rpn(listed, features)
        logits, deltas = self._second_stage(listed, features, proposals)
        return proposals[0][None], logits[None], deltas[None]

    def losses(self, images: torch.Tensor, targets: list[Target]) -> tuple[torch.Tensor, torch.Tensor]:
        """The terms of both stages that say what there is, and those that say where; in training mode."""
        listed, features = self._features(images)
        proposals, first = self.rpn(listed, features, targets)
        samples, matched, foreground, expected = self.roi_heads.select_training_samples(proposals, targets)
        logits, deltas = self._second_stage(listed, features, samples)
        of_image = list(zip(targets, matched, foreground, strict=True))
        classes = torch.cat([target["classes"][box] * found[:, None] for target, box, found in of_image])
        known = torch.cat([target["annotated"].expand(len(box), -1) for target, box, _ in of_image])
        entropy = functional.binary_cross_entropy_with_logits(logits, classes, reduction="none")
        positive = torch.cat(foreground) > 0
        shift = functional.smooth_l1_loss(
            deltas[positive], torch.cat(expected)[positive], beta=_SMOOTH_L1_BETA, reduction="sum"
        )
        what = first["loss_objectness"] + (entropy * known).sum() / len(logits)
        return what, first["loss_rpn_box_reg"] + shift / len(logits)

    def _features(self, images: torch.Tensor) -> tuple[ImageList, dict[str, torch.Tensor]]:
        features = self.backbone(images)
        sizes = [(images.shape[2], images.shape[3])] * len(images)
        return ImageList(images, sizes), features if isinstance(features, dict) else {"0": features}

    def _second_stage(
        self, listed: ImageList, features: dict[str, torch.Tensor], proposals: list[torch.Tensor]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        pooled = self.roi_heads.box_roi_pool(features, proposals, listed.image_sizes)
        logits, deltas = self.roi_heads.box_predictor(self.roi_heads.box_head(pooled))
        return logits, deltas


class _PartialLabelRPN(RegionProposalNetwork):
    """Torchvision's first stage, blind to what was not annotated: an image in which a class was not
    annotated may hold objects that nobody marked, so no anchor of it is taught as background."""

    def assign_targets_to_anchors(
        self, anchors: list[torch.Tensor], targets: list[Target]
    ) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
        labels, boxes = super().assign_targets_to_anchors(anchors, targets)
        for of_image, target in zip(labels, targets, strict=True):
            if not target["annotated"].all():
                of_image[of_image == 0] = -1
        return labels, boxes

    def compute_loss(
        self,
        objectness: torch.Tensor,
        pred_bbox_deltas: torch.Tensor,
        labels: list[torch.Tensor],
        regression_targets: list[torch.Tensor],
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Objectness and box loss; the arguments' names are the base class's."""
        if all(bool((of_image < 0).all()) for of_image in labels):
            nothing = objectness.sum() * 0
            return nothing, nothing
        objectness_loss, box_loss = super().compute_loss(
            objectness, pred_bbox_deltas, labels, regression_targets
        )
        return objectness_loss, box_loss


Fractions = tuple[tuple[float, ...], ...]
"""For each feature map the anchors' sizes (square root of the area) in fractions of the input's side."""


def _resnet50_fpn() -> tuple[nn.Module, int, list[str], Fractions]:
    """Feature maps at strides 4 to 64, with one size of anchors each; batch normalisation is trained."""
    backbone = resnet_fpn_backbone(
        backbone_name="resnet50", weights=None, norm_layer=nn.BatchNorm2d, trainable_layers=5
    )
    return backbone, 256, ["0", "1", "2", "3"], ((1 / 16,), (1 / 8,), (1 / 4,), (1 / 2,), (1.0,))


def _vgg16() -> tuple[nn.Module, int, list[str], Fractions]:
    """One feature map, the last before the fifth pooling, at stride 16. Batch normalisation (torchvision's
    ``vgg16_bn``) is not published, but trainings here may begin from random weights."""
    return make_layers(cfgs["D"], batch_norm=True)[:-1], 512, ["0"], ((1 / 16, 1 / 8, 1 / 4, 1 / 2),)


_BACKBONES: dict[str, Callable[[], tuple[nn.Module, int, list[str], Fractions]]] = {
    "fasterrcnn-r50": _resnet50_fpn,
    "fasterrcnn-vgg16": _vgg16,
}
"""Detector name -> backbone, channels of its feature maps, the maps that proposals are cut from, anchors."""
