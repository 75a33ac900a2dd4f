"""What the loss compares the head's maps with: numpy only, equal to PaddleDetection's Gt2YoloTarget."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Boxes = Sequence[NDArray[np.float32]]


def level_targets(
    boxes: Boxes,
    labels: Sequence[NDArray[np.int64]],
    classes: int,
    image_size: int,
    anchors: list[list[list[float]]],
    strides: Sequence[int],
    positive_iou: float = 1.0,
) -> list[NDArray[np.float32]]:
    """Boxes per image (n, 4) in input pixels and their labels (n,) -> for each level
    (b, anchors, 6 + classes, cells, cells): x, y in the cell, log width and height against the
    anchor, weight (2 - the box's share of the image), objectness, classes.

    A box belongs to the cell that holds its centre and to the anchor, of all levels, whose shape
    overlaps it most. Boxes that share both, such as a disc and its diagnosis, become one target with
    several classes. Every other anchor that overlaps a box by more than ``positive_iou`` learns it
    too, where no other box is.
    """
    shapes = np.asarray(anchors, np.float32)
    targets = [
        np.zeros(
            (len(boxes), len(level), 6 + classes, image_size // stride, image_size // stride), np.float32
        )
        for level, stride in zip(anchors, strides, strict=True)
    ]
    for image, (edges, classes_of_boxes) in enumerate(zip(boxes, labels, strict=True)):
        size = edges[:, 2:] - edges[:, :2]
        middle = (edges[:, :2] + edges[:, 2:]) / 2
        owner: dict[tuple[int, ...], NDArray[np.float32]] = {}
        for index, anchor, best in _pairs(_shape_iou(size, shapes.reshape(-1, 2)), positive_iou):
            level, slot = divmod(anchor, shapes.shape[1])
            centre = middle[index] / strides[level]
            column, row = np.minimum(centre.astype(int), image_size // strides[level] - 1)
            place = (level, slot, int(row), int(column))
            if not best and not np.array_equal(owner.setdefault(place, edges[index]), edges[index]):
                continue
            owner[place] = edges[index]
            cell = targets[level][image, slot, :, row, column]
            cell[0:2] = centre - (column, row)
            cell[2:4] = np.log(size[index] / shapes[level, slot])
            cell[4] = 2 - size[index].prod() / image_size**2
            cell[5] = 1
            cell[6 + classes_of_boxes[index]] = 1
    return targets


def _pairs(overlap: NDArray[np.float32], positive_iou: float) -> Iterator[tuple[int, int, bool]]:
    """Boxes and the anchors that learn them: each box's best anchor, then the others, closest first."""
    best = overlap.argmax(axis=1)
    for index, anchor in enumerate(best):
        yield index, int(anchor), True
    others = overlap.copy()
    others[np.arange(len(best)), best] = 0
    found = np.argwhere(others > positive_iou)
    for index, anchor in found[np.argsort(-others[tuple(found.T)], kind="stable")]:
        yield int(index), int(anchor), False


def padded_boxes(boxes: Boxes, image_size: int) -> NDArray[np.float32]:
    """(b, most boxes, 4) centre, width and height as fractions of the image; zeros where none."""
    padded = np.zeros((len(boxes), max(1, *(len(edges) for edges in boxes)), 4), np.float32)
    for image, edges in enumerate(boxes):
        padded[image, : len(edges), :2] = (edges[:, :2] + edges[:, 2:]) / 2 / image_size
        padded[image, : len(edges), 2:] = (edges[:, 2:] - edges[:, :2]) / image_size
    return padded


def _shape_iou(sizes: NDArray[np.float32], shapes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Overlap of boxes (n, 2) and anchors (m, 2) laid on one corner -> (n, m)."""
    intersection = np.minimum(sizes[:, None], shapes[None]).prod(axis=2)
    return intersection / (sizes.prod(axis=1)[:, None] + shapes.prod(axis=1)[None] - intersection)
