"""Decoding and matrix NMS against PaddleDetection's own post-processing."""

import numpy as np
import paddle
import pytest

from detectors.decoding.ppyolo import decode
from detectors.paddle import PaddleNetwork
from detectors.paddle.architecture import PPYOLOv2, build

SIZE = 192
# PaddleDetection's yolo_box takes whole numbers only.
ANCHORS = [
    [[30, 27], [50, 60], [110, 98]],
    [[9, 18], [19, 13], [18, 36]],
    [[3, 4], [5, 9], [10, 7]],
]


def spread_network(images: paddle.Tensor) -> PPYOLOv2:
    """A network whose raw maps have a spread of two: scores of all sizes, boxes that overlap."""
    paddle.seed(0)
    network = build("ppyolov2-r18", 2, SIZE)
    network.eval()
    for output, raw in zip(network.yolo_head.yolo_outputs, network(images), strict=True):
        output.weight.set_value(output.weight * (2.0 / float(raw.std())))
        output.bias.set_value(paddle.zeros_like(output.bias))
    return network


@pytest.mark.parametrize("threshold", [0.01, 0.3])
def test_boxes_and_scores_are_those_of_paddledetection(threshold: float) -> None:
    from ppdet.modeling.layers import MatrixNMS, YOLOBox  # importable once detectors.paddle is

    images = paddle.to_tensor(np.random.default_rng(0).normal(size=(1, 3, SIZE, SIZE)).astype(np.float32))
    with paddle.no_grad():
        network = spread_network(images)
        head = network.yolo_head(network.neck(network.backbone({"image": images})))
        yolo_box = YOLOBox(2, conf_thresh=0.01, downsample_ratio=32, clip_bbox=True, scale_x_y=1.05)
        flat = [[side for anchor in level for side in anchor] for level in ANCHORS]
        shape = paddle.to_tensor([[float(SIZE), float(SIZE)]])
        boxes, scores = yolo_box(head, flat, shape, paddle.ones([1, 2]))
        nms = MatrixNMS(threshold, threshold, nms_top_k=300, keep_top_k=100, background_label=-1)
        reference = nms(boxes, scores)[0].numpy()
        raw = [output.numpy() for output in network(images)]

    found = decode(raw, SIZE, 2, threshold, anchors=ANCHORS, scale_x_y=1.05, iou_aware_factor=0.5)

    assert len(found) == len(reference) > 20
    assert found.labels.tolist() == reference[:, 0].tolist()
    np.testing.assert_allclose(found.scores, reference[:, 1], atol=1e-5)
    np.testing.assert_allclose(found.boxes, reference[:, 2:], atol=1e-3)


def test_nothing_above_the_threshold_is_no_detections() -> None:
    network = PaddleNetwork("ppyolov2-r18", 2, 96, seed=0)
    maps = [np.full((1, 24, cells, cells), -12, np.float32) for cells in (3, 6, 12)]
    assert len(decode(maps, 96, 2, 0.001, **network.decoding_parameters)) == 0


def test_a_second_box_on_the_same_object_loses_its_score() -> None:
    maps = [np.full((1, 21, cells, cells), -12, np.float32) for cells in (3, 6, 12)]
    for column, objectness in ((2, 3.0), (3, 2.0)):
        maps[1][0, 0, 3, column] = 5
        maps[1][0, 3:9, 3, column] = [0, 0, 0, 0, objectness, 5]
    parameters = {"anchors": [[[40, 40]] * 3] * 3, "scale_x_y": 1.05, "iou_aware_factor": 0.5}

    found = decode(maps, 96, 1, 0.001, **parameters)

    assert len(found) == 2
    assert found.scores[0] > 0.9
    assert found.scores[1] < 0.6
