"""Faster R-CNN learns from random weights to find shapes in pictures that it has not seen."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scenery import CLASSES, scene

from benchmarks.precision import voc_ap
from benchmarks.scoring import ScoredImage, match
from detectors.decoding import DECODERS
from detectors.network import Batch, Network
from detectors.presets import preset
from detectors.registry import build
from models.gray import normalise

SIZE = 64


def batch_of(seeds: range) -> Batch:
    """The scenes of these seeds."""
    scenes = [scene(seed, SIZE) for seed in seeds]
    gray = np.stack([pixels for pixels, _ in scenes]).astype(np.float32) / 255
    return Batch(
        np.repeat(gray[:, None], 3, axis=1),
        [np.array([box.edges for box in boxes], np.float32).reshape(-1, 4) for _, boxes in scenes],
        [np.array([CLASSES.index(box.label) for box in boxes], np.int64) for _, boxes in scenes],
        np.ones((len(scenes), len(CLASSES)), np.bool_),
    )


def average_precision(network: Network, batch: Batch) -> NDArray[np.float64]:
    """(classes,) AP50 on these pictures."""
    found, truth = {}, []
    for number, (boxes, labels) in enumerate(zip(batch.boxes, batch.labels, strict=True)):
        images = normalise(batch.images[number : number + 1], network.mean, network.std)
        found[f"{number}"] = DECODERS[network.decoding](
            network.outputs(images), SIZE, len(CLASSES), 0.001, **network.decoding_parameters
        )
        all_annotated, none_hard = np.ones(len(CLASSES), bool), np.zeros(len(boxes), bool)
        truth.append(ScoredImage(f"{number}", f"{number}", boxes, labels, all_annotated, none_hard))
    return voc_ap(match(truth, found, CLASSES))


@pytest.mark.slow
def test_r50_from_scratch_finds_shapes_it_has_not_seen() -> None:
    torch.set_num_threads(1)
    network = build("fasterrcnn-r50", len(CLASSES), SIZE, seed=0)
    unseen = batch_of(range(1000, 1016))
    assert average_precision(network, unseen).max() < 0.05
    network.start(replace(preset("quick", "fasterrcnn-r50").optimisation, ema_decay=0.9))
    steps, peak = 60, 0.0003
    for step in range(steps):
        rate = peak * min(1.0, (step + 1) / 10, (steps - step) / 20)
        network.step(batch_of(range(2 * step, 2 * step + 2)), rate)
    assert average_precision(network, unseen).min() > 0.3
