"""The decoder against torchvision's own box coder and non-maximum suppression."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torchvision.models.detection._utils import BoxCoder
from torchvision.ops import batched_nms, clip_boxes_to_image, remove_small_boxes

from detectors.decoding.fasterrcnn import decode
from detectors.detections import Detections

SIZE = 128
BOX_WEIGHTS = (10.0, 10.0, 5.0, 5.0)


def raw(seed: int, classes: int, count: int = 60, spread: float = 1.0) -> list[np.ndarray]:
    """A second stage's outputs: proposals in clusters within the input, some sure, most not."""
    random = np.random.default_rng(seed)
    corner = random.uniform(0, SIZE - 20, (6, 2))[random.integers(6, size=count)]
    corner = np.clip(corner + random.normal(0, 2, (count, 2)), 0, SIZE - 10)
    proposals = np.hstack([corner, np.minimum(corner + random.uniform(5, 40, (count, 2)), SIZE)])
    logits = random.normal(-3, 3, (count, classes))
    deltas = random.normal(0, spread, (count, 4))
    return [item[None].astype(np.float32) for item in (proposals, logits, deltas)]


def reference(outputs: list[np.ndarray], classes: int, threshold: float, iou: float) -> np.ndarray:
    """Torchvision's steps: (n, 6) class, score, edges."""
    proposals, logits, deltas = (torch.from_numpy(item[0]) for item in outputs)
    boxes = clip_boxes_to_image(BoxCoder(BOX_WEIGHTS).decode(deltas, [proposals])[:, 0], (SIZE, SIZE))
    boxes = boxes[:, None].expand(-1, classes, -1).reshape(-1, 4)
    scores, labels = logits.sigmoid().flatten(), torch.arange(classes).repeat(len(logits))
    kept = torch.where(scores > threshold)[0]
    kept = kept[remove_small_boxes(boxes[kept], 0.01)]
    kept = kept[batched_nms(boxes[kept], scores[kept], labels[kept], iou)]
    return np.hstack([labels[kept, None].numpy(), scores[kept, None].numpy(), boxes[kept].numpy()])


def decoded(outputs: list[np.ndarray], classes: int, threshold: float, iou: float = 0.5) -> Detections:
    return decode(outputs, SIZE, classes, threshold, box_weights=list(BOX_WEIGHTS), iou_threshold=iou)


@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 5),
    st.sampled_from([0.001, 0.05, 0.5]),
    st.sampled_from([0.3, 0.5, 0.7]),
    st.sampled_from([0.1, 1.0, 20.0]),
)
def test_boxes_and_scores_are_those_of_torchvision(
    seed: int, classes: int, threshold: float, iou: float, spread: float
) -> None:
    outputs = raw(seed, classes, spread=spread)
    found, expected = decoded(outputs, classes, threshold, iou), reference(outputs, classes, threshold, iou)
    mine = np.hstack([found.labels[:, None], found.scores[:, None], found.boxes])
    assert mine.shape == expected.shape
    mine, expected = mine[np.lexsort(mine.T[1::-1])], expected[np.lexsort(expected.T[1::-1])]
    np.testing.assert_allclose(mine[:, :2], expected[:, :2], atol=1e-5)
    np.testing.assert_allclose(mine[:, 2:], expected[:, 2:], atol=1e-2)


@given(st.integers(0, 2**32 - 1))
def test_detections_come_best_first_within_the_input(seed: int) -> None:
    found = decoded(raw(seed, 3, spread=5.0), 3, 0.001)
    assert (np.diff(found.scores) <= 0).all()
    assert ((found.boxes >= 0) & (found.boxes <= SIZE)).all()
    assert (found.boxes[:, 2:] > found.boxes[:, :2]).all()


def test_one_proposal_may_carry_several_classes() -> None:
    outputs = raw(0, 3)
    outputs[1][:] = -20
    outputs[1][0, 7] = [2.0, -20, 1.0]
    found = decoded(outputs, 3, 0.5)
    assert found.labels.tolist() == [0, 2]
    assert found.boxes[0].tolist() == found.boxes[1].tolist()


def test_nothing_found() -> None:
    found = decoded([item[:, :0] for item in raw(0, 2)], 2, 0.001)
    assert found.boxes.shape == (0, 4)


@pytest.mark.parametrize("output", [-1e4, 1e4])
def test_extreme_outputs_are_boxes_without_a_warning(output: float) -> None:
    outputs = raw(0, 2)
    outputs[1][0, 3], outputs[2][0, 3] = abs(output), [0, 0, output, output]
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        found = decoded(outputs, 2, 0.999999)
    assert found.boxes.tolist() == ([[0, 0, SIZE, SIZE]] * 2 if output > 0 else [])
