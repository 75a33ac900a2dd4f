"""PP-YOLOv2 built from PaddleDetection's own modules: as published, and narrowed for processors.

PP-YOLOv2: A Practical Object Detector (Huang et al. 2021, arXiv:2104.10419). Every number of the
published network is that of PaddleDetection's configuration ``ppyolov2_r50vd_dcn_365e_coco``.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

import paddle
from paddle import nn
from ppdet.modeling.backbones.resnet import BasicBlock, ConvNormLayer, ResNet
from ppdet.modeling.heads.yolo_head import YOLOv3Head
from ppdet.modeling.necks.yolo_fpn import PPYOLOPAN, SPP, ConvBNLayer, PPYOLODetBlockCSP

from detectors.paddle.loss import partial_label_loss

STRIDES = (32, 16, 8)
IOU_AWARE_FACTOR = 0.5
Anchors = list[list[list[float]]]
"""Three (width, height) in input pixels for each stride."""

_PUBLISHED_ANCHORS = (
    ((116, 90), (156, 198), (373, 326)),
    ((30, 61), (62, 45), (59, 119)),
    ((10, 13), (16, 30), (33, 23)),
)
"""In pixels whatever the input's size: the published training varies it from 320 to 768."""

_SPINE_ANCHORS = (
    ((0.20, 0.20), (0.30, 0.30), (0.40, 0.40)),
    ((0.105, 0.095), (0.14, 0.12), (0.18, 0.14)),
    ((0.09, 0.03), (0.125, 0.04), (0.13, 0.07)),
)
"""In fractions of the input's side. A lumbar picture shows about 280 mm: a disc, 34 mm by 12 mm, goes
to the fine stride, a vertebral body and a slip to the middle one. The published anchors would send
all to the coarse stride at 192 px, where neighbours share a cell and one of them is lost."""


_POSITIVE_IOU = 0.45
"""Of the small form: anchors that overlap a box by more learn it as well. The published network learns
a box at one anchor only, and has weeks to; this one is trained in minutes."""


class PPYOLOv2(nn.Layer):
    """Backbone, neck and head; images (b, 3, size, size), normalised -> a raw map for each stride."""

    def __init__(
        self,
        backbone: nn.Layer,
        neck: nn.Layer,
        channels: list[int],
        anchors: Anchors,
        classes: int,
        positive_iou: float = 1.0,
    ) -> None:
        super().__init__()
        self.anchors = anchors
        self.positive_iou = positive_iou
        self.backbone = backbone
        self.neck = neck
        self.yolo_head = YOLOv3Head(
            in_channels=channels,
            anchors=[anchor for level in anchors for anchor in level],
            anchor_masks=[[0, 1, 2], [3, 4, 5], [6, 7, 8]],
            num_classes=classes,
            loss=partial_label_loss(classes, STRIDES),
            iou_aware=True,
            iou_aware_factor=IOU_AWARE_FACTOR,
        )
        for output in self.yolo_head.yolo_outputs:
            _expect_background(output)

    def forward(self, images: paddle.Tensor) -> list[paddle.Tensor]:
        features = self.neck(self.backbone({"image": images}))
        return [self.yolo_head.yolo_outputs[level](feature) for level, feature in enumerate(features)]

    def loss(self, maps: list[paddle.Tensor], targets: dict[str, paddle.Tensor]) -> paddle.Tensor:
        """The sum of all terms, mean over the batch, for raw maps; ``targets`` as targets.py makes them."""
        return self.yolo_head.loss(maps, targets, self.anchors)["loss"]


def build(name: str, classes: int, image_size: int) -> PPYOLOv2:
    """The network of this name, its weights drawn from Paddle's current seed."""
    if name == "ppyolov2":
        backbone = ResNet(
            depth=50,
            variant="d",
            return_idx=[1, 2, 3],
            dcn_v2_stages=[3],
            freeze_at=-1,
            freeze_norm=False,
            norm_decay=0.0,
        )
        neck = PPYOLOPAN(
            in_channels=[512, 1024, 2048], drop_block=True, block_size=3, keep_prob=0.9, spp=True
        )
        anchors = [[list(map(float, anchor)) for anchor in level] for level in _PUBLISHED_ANCHORS]
        return PPYOLOv2(backbone, neck, [1024, 512, 256], anchors, classes)
    if name == "ppyolov2-r18":
        widths, neck_widths = (24, 48, 96, 192), (128, 64, 32)
        backbone = NarrowResNet18vd(widths)
        neck = NarrowPAN(widths[1:], neck_widths)
        anchors = [[[side * image_size for side in anchor] for anchor in level] for level in _SPINE_ANCHORS]
        channels = [2 * width for width in neck_widths]
        return PPYOLOv2(backbone, neck, channels, anchors, classes, _POSITIVE_IOU)
    raise ValueError(f"unknown network {name!r}; it is ppyolov2 or ppyolov2-r18")


class NarrowResNet18vd(nn.Layer):
    """ResNet18vd with a width of its own for each stage; features at strides 8, 16 and 32.

    Two strided convolutions stand for its three and their pooling: on a processor those cost as much
    as all of the first stage.
    """

    def __init__(self, widths: Sequence[int]) -> None:
        super().__init__()
        half = widths[0] // 2
        self.conv1 = nn.Sequential(
            ConvNormLayer(3, half, 3, 2, act="relu", freeze_norm=False),
            ConvNormLayer(half, widths[0], 3, 2, act="relu", freeze_norm=False),
        )
        inputs = (widths[0], *widths)
        self.stages = nn.LayerList(
            nn.Sequential(
                BasicBlock(
                    inputs[i], width, 1 if i == 0 else 2, shortcut=False, variant="d", freeze_norm=False
                ),
                BasicBlock(width, width, 1, shortcut=True, variant="d", freeze_norm=False),
            )
            for i, width in enumerate(widths)
        )

    def forward(self, inputs: dict[str, paddle.Tensor]) -> list[paddle.Tensor]:
        feature = self.conv1(inputs["image"])
        features = []
        for stage in self.stages:
            feature = stage(feature)
            features.append(feature)
        return features[1:]


class NarrowPAN(PPYOLOPAN):
    """PPYOLOPAN with widths of its own and one pair of convolutions a block in place of three.

    The published one fixes its widths at 512, 256 and 128. Only the blocks are built here; how
    features flow through them is PaddleDetection's ``forward``.
    """

    def __init__(self, in_channels: Sequence[int], widths: Sequence[int]) -> None:
        nn.Layer.__init__(self)
        self.num_blocks = len(widths)
        self.data_format = "NCHW"
        from_above = (0, *widths)
        self.fpn_blocks = nn.LayerList(
            _block(channels + from_above[i], widths[i], spp=i == 0)
            for i, channels in enumerate(in_channels[::-1])
        )
        self.fpn_routes = nn.LayerList(_convolution(2 * width, width, 1) for width in widths[:-1])
        pairs = list(pairwise(widths))
        self.pan_routes = nn.LayerList(_convolution(2 * fine, 2 * fine, 3, stride=2) for _, fine in pairs)
        self.pan_blocks = nn.LayerList(_block(2 * coarse + 2 * fine, coarse) for coarse, fine in pairs)


def _expect_background(output: nn.Conv2D) -> None:
    """Begin with an objectness of 0.01 (Lin et al. 2017, focal loss): thousands of empty cells would
    else drown the first steps of a short training."""
    bias = output.bias.numpy()
    bias[3:].reshape(3, -1)[:, 4] = -math.log(99)
    output.bias.set_value(bias)


def _block(channels: int, width: int, spp: bool = False) -> PPYOLODetBlockCSP:
    first = ["0.0", ConvBNLayer, [width, width, 1], {"padding": 0, "act": "mish"}]
    second = ["0.1", ConvBNLayer, [width, width, 3], {"padding": 1, "act": "mish"}]
    pooled = ["spp", SPP, [4 * width, width, 1], {"pool_size": [5, 9, 13], "act": "mish"}]
    return PPYOLODetBlockCSP([first, pooled if spp else second], channels, width, "mish", "bn", name="")


def _convolution(channels: int, width: int, kernel: int, stride: int = 1) -> ConvBNLayer:
    return ConvBNLayer(channels, width, kernel, stride=stride, padding=kernel // 2, act="mish")
