"""The decoder against ultralytics' own decoding and non-maximum suppression."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from ultralytics.nn.modules.block import DFL
from ultralytics.utils.nms import non_max_suppression
from ultralytics.utils.tal import dist2bbox, make_anchors

from detectors.decoding.yolo import decode
from detectors.detections import Detections

STRIDES = [8, 16, 32]
BINS = 16
SIZE = 128
CELLS = sum((SIZE // stride) ** 2 for stride in STRIDES)


def raw(seed: int, classes: int, peaks: int) -> list[np.ndarray]:
    """A head's outputs: background everywhere, and around some places several confident cells."""
    random = np.random.default_rng(seed)
    distances = random.normal(0, 1.5, (1, 4 * BINS, CELLS)).astype(np.float32)
    logits = random.normal(-8, 1, (1, classes, CELLS)).astype(np.float32)
    for _ in range(peaks):
        cells = (random.integers(CELLS) + np.arange(5)) % CELLS
        logits[0, random.integers(classes), cells] = random.normal(0, 2, 5)
        distances[0, :, cells] = distances[0, :, cells[0]] + random.normal(0, 0.2, (5, 4 * BINS))
    return [distances, logits]


def reference(outputs: list[np.ndarray], classes: int, threshold: float, iou: float) -> np.ndarray:
    """Ultralytics' decoding: (n, 6) edges, score, class."""
    distances, logits = (torch.from_numpy(item) for item in outputs)
    maps = [torch.zeros(1, 1, SIZE // stride, SIZE // stride) for stride in STRIDES]
    anchors, strides = (item.transpose(0, 1) for item in make_anchors(maps, torch.tensor(STRIDES), 0.5))
    boxes = dist2bbox(DFL(BINS)(distances), anchors.unsqueeze(0), xywh=True, dim=1) * strides
    predictions = torch.cat([boxes, logits.sigmoid()], dim=1)
    found = (
        non_max_suppression(
            predictions, threshold, iou, multi_label=True, max_det=10_000, nc=classes, max_time_img=60
        )[0]
        .detach()
        .numpy()
    )
    found[:, :4] = found[:, :4].clip(0, SIZE)
    return found


def decoded(outputs: list[np.ndarray], classes: int, threshold: float, iou: float = 0.6) -> Detections:
    return decode(
        outputs, SIZE, classes, threshold, strides=STRIDES, bins=BINS, iou_threshold=iou, margin=0.0
    )


def assert_same(found: Detections, expected: np.ndarray) -> None:
    assert len(found) == len(expected)
    mine = np.hstack([found.labels[:, None], found.scores[:, None], found.boxes])
    theirs = expected[:, [5, 4, 0, 1, 2, 3]]
    mine, theirs = mine[np.lexsort(mine.T[::-1])], theirs[np.lexsort(theirs.T[::-1])]
    assert (mine[:, 0] == theirs[:, 0]).all()
    np.testing.assert_allclose(mine[:, 1], theirs[:, 1], atol=1e-3)
    np.testing.assert_allclose(mine[:, 2:], theirs[:, 2:], atol=0.5)


@given(
    st.integers(0, 2**32 - 1),
    st.integers(2, 6),
    st.integers(0, 40),
    st.sampled_from([0.001, 0.05, 0.3]),
    st.sampled_from([0.45, 0.6, 0.7]),
)
def test_boxes_and_scores_are_those_of_ultralytics(
    seed: int, classes: int, peaks: int, threshold: float, iou: float
) -> None:
    outputs = raw(seed, classes, peaks)
    assert_same(decoded(outputs, classes, threshold, iou), reference(outputs, classes, threshold, iou))


def test_a_network_that_fires_everywhere_gives_the_same_boxes() -> None:
    outputs = raw(3, 2, 0)
    outputs[1] += 7
    assert_same(decoded(outputs, 2, 0.001), reference(outputs, 2, 0.001, 0.6))


def test_one_cell_may_carry_several_classes() -> None:
    outputs = raw(0, 3, 0)
    outputs[1][0, :, 40] = [2.0, -20, 1.0]
    found = decoded(outputs, 3, 0.5)
    assert found.labels.tolist() == [0, 2]
    assert found.boxes[0].tolist() == found.boxes[1].tolist()


@given(st.integers(0, 2**32 - 1))
def test_detections_come_best_first_within_the_input(seed: int) -> None:
    found = decoded(raw(seed, 3, 20), 3, 0.001)
    assert (np.diff(found.scores) <= 0).all()
    assert ((found.boxes >= 0) & (found.boxes <= SIZE)).all()
    assert (found.boxes[:, 2:] >= found.boxes[:, :2]).all()


def test_nothing_found() -> None:
    found = decoded(raw(0, 2, 0), 2, 0.9)
    assert len(found) == 0
    assert found.boxes.shape == (0, 4)


@pytest.mark.parametrize("logit", [-200.0, 200.0])
def test_extreme_logits_are_scores_without_a_warning(logit: float) -> None:
    outputs = raw(0, 2, 0)
    outputs[1][0, 1, 5] = logit
    with np.errstate(all="raise"):
        found = decoded(outputs, 2, 0.5)
    assert len(found) == (logit > 0)


@pytest.mark.parametrize(
    ("margin", "expected"), [(0.0, [32, 36, 64, 60]), (8.0, [40, 44, 56, 52]), (13.0, [45, 47.5, 51, 48.5])]
)
def test_the_margin_is_taken_away_and_a_pixel_stays(margin: float, expected: list[float]) -> None:
    distances = np.full((1, 4, BINS, CELLS), -50, np.float32)
    logits = np.full((1, 1, CELLS), -50, np.float32)
    cell = 16 * 16 + 2 * 8 + 2  # of stride 16: its middle is (40, 40)
    logits[0, 0, cell] = 5
    for side, pixels in enumerate((8, 4, 24, 20)):
        below, share = divmod(pixels / 16, 1)
        distances[0, side, int(below), cell] = np.log(max(1 - share, 1e-9))
        distances[0, side, int(below) + 1, cell] = np.log(max(share, 1e-9))
    outputs = [distances.reshape(1, 4 * BINS, CELLS), logits]
    found = decode(outputs, SIZE, 1, 0.5, strides=STRIDES, bins=BINS, iou_threshold=0.6, margin=margin)
    np.testing.assert_allclose(found.boxes, [expected], atol=1e-3)
