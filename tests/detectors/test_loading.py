from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.loading import TrainingImage, TrainingSet, augment
from detectors.presets import preset
from detectors.settings import Augmentation, Settings

SIZE = 96
STILL = Augmentation(scale=0, translation=0, stretch=0, gamma=0, contrast=0, brightness=0, noise=0)
GEOMETRY = replace(Augmentation(), gamma=0, contrast=0, brightness=0, noise=0)
WIDE = replace(GEOMETRY, scale=0.9, translation=0.4, stretch=0.5)
seeds = st.integers(0, 2**32 - 1)
SETTINGS: Settings = replace(preset("quick", "yolov5n"), image_size=SIZE, batch_size=3, seed=7)


def painted(box: tuple[int, int, int, int]) -> np.ndarray:
    gray = np.zeros((SIZE, SIZE), np.float32)
    gray[box[1] : box[3], box[0] : box[2]] = 1
    return gray


def measured(gray: np.ndarray) -> np.ndarray:
    """Sub-pixel edges of the one bright rectangle: its extent and its middle along each axis."""
    low, high = [], []
    for axis in (0, 1):
        profile = gray.max(axis=axis)
        middle = ((np.arange(SIZE) + 0.5) * profile).sum() / profile.sum()
        low.append(middle - profile.sum() / 2)
        high.append(middle + profile.sum() / 2)
    return np.array(low + high)


@given(seeds, *(st.integers(24, 40) for _ in "lt"), *(st.integers(52, 68) for _ in "rb"))
def test_augmented_boxes_stay_on_their_pixels(
    seed: int, left: int, top: int, right: int, bottom: int
) -> None:
    box = np.array([[left, top, right, bottom]], np.float32)
    gray, moved, kept = augment(
        painted((left, top, right, bottom)), box, GEOMETRY, np.random.default_rng(seed)
    )
    assert kept.tolist() == [0]
    np.testing.assert_allclose(moved[0], measured(gray), atol=0.15)


@given(seeds)
def test_front_stays_front_and_top_stays_top(seed: int) -> None:
    gray = np.zeros((SIZE, SIZE), np.float32)
    gray[30:36, 30:36], gray[30:36, 60:66], gray[60:66, 30:36] = 1.0, 0.6, 0.3
    boxes = np.array([[30, 30, 36, 36], [60, 30, 66, 36], [30, 60, 36, 66]], np.float32)
    moved_gray, moved, kept = augment(gray, boxes, GEOMETRY, np.random.default_rng(seed))
    assert kept.tolist() == [0, 1, 2]
    corner, right, below = moved
    assert right[0] > corner[2]
    assert below[1] > corner[3]
    for box, brightness in zip(moved, (1.0, 0.6, 0.3), strict=True):
        x, y = int((box[0] + box[2]) / 2), int((box[1] + box[3]) / 2)
        assert moved_gray[y, x] == pytest.approx(brightness, abs=0.02)


@given(seeds, seeds)
def test_a_box_is_kept_with_at_least_forty_percent_of_its_area(box_seed: int, seed: int) -> None:
    random = np.random.default_rng(box_seed)
    corners = random.uniform(0, SIZE - 20, (6, 2))
    boxes = np.hstack([corners, corners + random.uniform(5, 20, (6, 2))]).astype(np.float32)
    _, moved, kept = augment(np.zeros((SIZE, SIZE), np.float32), boxes, WIDE, np.random.default_rng(seed))
    assert len(moved) == len(kept)
    assert ((moved >= 0) & (moved <= SIZE)).all()
    assert (moved[:, 2:] > moved[:, :2]).all()


def test_a_box_mostly_outside_is_dropped() -> None:
    whole = Augmentation(scale=0, translation=0.45, stretch=0, gamma=0, contrast=0, brightness=0, noise=0)
    boxes = np.array([[0, 40, 20, 60], [40, 40, 60, 60]], np.float32)
    dropped = 0
    for seed in range(40):
        random = np.random.default_rng(seed)
        _, moved, kept = augment(np.zeros((SIZE, SIZE), np.float32), boxes, whole, random)
        assert 1 in kept
        if 0 in kept:
            assert np.prod(moved[0, 2:] - moved[0, :2]) >= 0.4 * 400 - 1e-3
        else:
            dropped += 1
    assert 5 < dropped < 35


def test_no_augmentation_changes_nothing() -> None:
    gray = painted((10, 20, 30, 50))
    boxes = np.array([[10, 20, 30, 50]], np.float32)
    same, moved, kept = augment(gray, boxes, STILL, np.random.default_rng(0))
    np.testing.assert_allclose(same, gray, atol=1e-6)
    assert moved.tolist() == boxes.tolist()
    assert kept.tolist() == [0]


@given(seeds)
def test_shading_stays_within_0_and_1(seed: int) -> None:
    gray = np.linspace(0, 1, SIZE * SIZE, dtype=np.float32).reshape(SIZE, SIZE)
    shaded, _, _ = augment(gray, np.zeros((0, 4), np.float32), Augmentation(), np.random.default_rng(seed))
    assert shaded.dtype == np.float32
    assert shaded.min() >= 0
    assert shaded.max() <= 1


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> list[TrainingImage]:
    """Seven pictures of 16 bits; one has no box, one has a box of a class that was not annotated."""
    folder = tmp_path_factory.mktemp("pictures")
    made = []
    for index in range(7):
        pixels = np.random.default_rng(index).integers(0, 60_000, (60, 80)).astype(np.uint16)
        cv2.imwrite(str(folder / f"{index}.png"), pixels)
        boxes = np.array([[10, 10, 40, 40]] if index else [], np.float32).reshape(-1, 4)
        labels = np.array([index % 2] if index else [], np.int64)
        made.append(TrainingImage(folder / f"{index}.png", boxes, labels, np.array([True, index != 3])))
    return made


def test_an_epoch_shows_every_image_once(images: list[TrainingImage]) -> None:
    batches = list(TrainingSet(images, SETTINGS).epoch(0))
    assert sum(len(batch.images) for batch in batches) == 7
    assert sum(len(boxes) == 0 for batch in batches for boxes in batch.boxes) == 2
    assert sum((~batch.annotated).sum() for batch in batches) == 1
    for batch in batches:
        assert batch.images.shape[1:] == (3, SIZE, SIZE)
        assert batch.images.dtype == np.float32
        assert (batch.images[:, 0] == batch.images[:, 2]).all()
        assert [len(boxes) for boxes in batch.boxes] == [len(labels) for labels in batch.labels]


@pytest.mark.parametrize(("balance", "share"), [(0, 2 / 6), (1, 6 / 10), (0.5, 0.464)])
def test_balance_shows_rare_classes_more_often_in_epochs_of_one_length(
    tmp_path: Path, balance: float, share: float
) -> None:
    made = []
    for index in range(6):  # the first two have the rare class as well as the common one
        pixels = np.full((60, 60), 40 * index + 10, np.uint8)
        cv2.imwrite(str(tmp_path / f"{index}.png"), pixels)
        labels = np.array([0, 1] if index < 2 else [0], np.int64)
        boxes = np.array([[10, 10, 40, 40]] * len(labels), np.float32)
        made.append(TrainingImage(tmp_path / f"{index}.png", boxes, labels, np.ones(2, np.bool_)))
    training = TrainingSet(made, replace(SETTINGS, balance=balance, augmentation=STILL))
    shown = [batch for epoch in range(60) for batch in training.epoch(epoch)]
    rare = sum(1 in labels for batch in shown for labels in batch.labels)
    assert sum(len(batch.images) for batch in shown) == 360
    assert rare / 360 == pytest.approx(share, abs=0.02)


def test_epochs_repeat_by_seed_and_differ_from_each_other(images: list[TrainingImage]) -> None:
    def first(seed: int, epoch: int) -> np.ndarray:
        return next(TrainingSet(images, replace(SETTINGS, seed=seed)).epoch(epoch)).images

    assert (first(7, 0) == first(7, 0)).all()
    assert not (first(7, 0) == first(7, 1)).all()
    assert not (first(7, 0) == first(8, 0)).all()


def test_an_image_is_augmented_the_same_whatever_the_batch_size(images: list[TrainingImage]) -> None:
    def epoch(batch_size: int) -> np.ndarray:
        training = TrainingSet(images, replace(SETTINGS, batch_size=batch_size))
        return np.concatenate([batch.images for batch in training.epoch(4)])

    assert (epoch(2) == epoch(7)).all()


def test_sixteen_bit_pictures_keep_more_than_256_gray_values(images: list[TrainingImage]) -> None:
    still = replace(SETTINGS, augmentation=STILL)
    batch = next(TrainingSet(images, still).epoch(0))
    assert len(np.unique(batch.images[0])) > 1000


def test_boxes_of_a_class_that_was_not_annotated_are_left_out(images: list[TrainingImage]) -> None:
    stray = replace(images[3], boxes=np.array([[5, 5, 30, 30]] * 2, np.float32), labels=np.array([0, 1]))
    batch = next(TrainingSet([stray], SETTINGS).epoch(0))
    assert [labels.tolist() for labels in batch.labels] == [[0]]
    assert len(batch.boxes[0]) == 1
