"""PP-YOLOv2's loss for images in which some classes were not annotated."""

from collections.abc import Sequence

import paddle
import paddle.nn.functional as F
from ppdet.modeling.losses.iou_aware_loss import IouAwareLoss
from ppdet.modeling.losses.iou_loss import IouLoss
from ppdet.modeling.losses.yolo_loss import YOLOv3Loss

SCALE_X_Y = 1.05


class PartialLabelLoss(YOLOv3Loss):
    """PaddleDetection's loss, blind to what was not annotated.

    ``targets["annotated"]`` is (b, classes), 1 or 0. An image in which a class was not annotated may
    hold objects that nobody marked, so no cell of it is taught an objectness of zero, and that class
    has no loss there. What is known is still taught: where the head expects an object and none is
    marked, the annotated classes learn that it is not one of theirs.
    """

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
        """(b, cells): of objectness, or of the annotated classes where background is not known.

        The arguments' names are the base class's.
        """
        loss = super().obj_loss(pbox, gbox, pobj, tobj, anchor, downsample)
        positive = tobj.reshape(loss.shape) > 0
        background = (loss > 0).logical_and(positive.logical_not()).astype(loss.dtype)
        known = positive.logical_or(self._annotated.min(axis=1, keepdim=True) > 0)
        return paddle.where(known, loss, background * self._not_of_annotated_classes())

    def _not_of_annotated_classes(self) -> paddle.Tensor:
        """(b, cells): -log(1 - objectness * class), summed over the annotated classes; objectness
        is a weight here and takes no gradient."""
        *_, objectness, classes = self.distill_pairs[-1]
        score = F.sigmoid(objectness.detach()) * F.sigmoid(classes)
        loss = -paddle.log(1 - score.clip(max=1 - 1e-6)) * self._per_cell(self._annotated)
        return loss.sum(axis=-1).reshape((len(loss), -1))

    def cls_loss(self, pcls: paddle.Tensor, tcls: paddle.Tensor) -> paddle.Tensor:
        """(b, anchors, rows, columns, classes) classification loss."""
        return super().cls_loss(pcls, tcls) * self._per_cell(self._annotated)

    @staticmethod
    def _per_cell(annotated: paddle.Tensor) -> paddle.Tensor:
        return annotated.reshape((len(annotated), 1, 1, 1, -1))


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
