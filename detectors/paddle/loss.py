"""PP-YOLOv2's loss for images in which some classes were not annotated."""

from collections.abc import Sequence

import paddle
from ppdet.modeling.losses.iou_aware_loss import IouAwareLoss
from ppdet.modeling.losses.iou_loss import IouLoss
from ppdet.modeling.losses.yolo_loss import YOLOv3Loss

SCALE_X_Y = 1.05


class PartialLabelLoss(YOLOv3Loss):
    """PaddleDetection's loss, blind to what was not annotated.

    ``targets["annotated"]`` is (b, classes), 1 or 0. An image in which a class was not annotated may
    hold objects that nobody marked, so no cell of it is taught an objectness of zero, and that class
    has no loss there. ``class_weight`` multiplies the objectness and the classification.
    """

    class_weight = 1.0

    def forward(
        self,
        outputs: list[paddle.Tensor],
        targets: dict[str, paddle.Tensor],
        anchors: list[list[list[float]]],
    ) -> dict[str, paddle.Tensor]:
        self._annotated = targets["annotated"]
        return super().forward(outputs, targets, anchors)

    def obj_loss(
        self,
        pbox: list[paddle.Tensor],
        gbox: paddle.Tensor,
        pobj: paddle.Tensor,
        tobj: paddle.Tensor,
        anchor: list[list[float]],
        downsample: int,
    ) -> paddle.Tensor:
        """(b, cells) objectness loss; the arguments' names are the base class's."""
        loss = super().obj_loss(pbox, gbox, pobj, tobj, anchor, downsample)
        positive = tobj.reshape(loss.shape) > 0
        known = positive.logical_or(self._annotated.min(axis=1, keepdim=True) > 0)
        return self.class_weight * loss * known.astype(loss.dtype)

    def cls_loss(self, pcls: paddle.Tensor, tcls: paddle.Tensor) -> paddle.Tensor:
        """(b, anchors, rows, columns, classes) classification loss."""
        known = self._annotated.reshape((len(pcls), 1, 1, 1, -1))
        return self.class_weight * super().cls_loss(pcls, tcls) * known


def partial_label_loss(classes: int, strides: Sequence[int]) -> PartialLabelLoss:
    """The loss with the weights of the published configuration."""
    return PartialLabelLoss(
        num_classes=classes,
        ignore_thresh=0.7,
        label_smooth=False,
        downsample=list(strides),
        scale_x_y=SCALE_X_Y,
        iou_loss=IouLoss(loss_weight=2.5, loss_square=True),
        iou_aware_loss=IouAwareLoss(loss_weight=1.0),
    )
