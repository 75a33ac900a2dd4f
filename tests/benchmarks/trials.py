"""Small benchmarks of made-up detectors."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scenes import random_scene

from benchmarks.protocol_file import open_protocol
from benchmarks.results import BenchmarkResults, FailedTrial
from benchmarks.scoring import ScoredImage
from benchmarks.summary import TrialResult, summarise
from detectors.detections import Detections

CLASSES = ("normal", "herniation", "spondylolisthesis")
FAILURE = FailedTrial("yolov3", "", 1, 0, "Traceback\nMemoryError: <no memory & no luck>")


def made_up_trials(
    detectors: Sequence[str] = ("yolov5n", "ppyolov2-r18"), seeds: Sequence[int] = (0, 1), images: int = 30
) -> tuple[list[TrialResult], list[ScoredImage]]:
    """Three folds; each later detector is a little worse: it loses more of its detections."""
    ground_truth, detections = random_scene(11, images)
    ground_truth = [replace(item, patient=f"patient-{index // 2}") for index, item in enumerate(ground_truth)]
    trials = [
        TrialResult(
            detector=name,
            fold=fold,
            seed=seed,
            epochs=20,
            note="",
            parameters=2_500_000,
            model_bytes=10_000_000,
            train_seconds=90.0 + fold,
            milliseconds_an_image=20.5,
            detections={
                item.image: _thinned(detections[item.image], 0.2 * place, seed)
                for index, item in enumerate(ground_truth)
                if (index // 2) % 3 == fold
            },
        )
        for seed in seeds
        for fold in range(3)
        for place, name in enumerate(detectors)
    ]
    return trials, ground_truth


def made_up_results(resamples: int = 50) -> BenchmarkResults:
    trials, ground_truth = made_up_trials()
    untouched = [replace(trial, epochs=0, note="start weights untouched") for trial in trials[:1]]
    settings = [("view", "diagnosis"), ("seeds", "0, 1")]
    results = summarise(
        "Lumbar <discs>", trials + untouched, [FAILURE], ground_truth, CLASSES, settings, resamples=resamples
    )
    paper = open_protocol("lumbar").paper
    assert paper is not None
    return replace(results, published=paper.detectors)


def _thinned(found: Detections, share: float, seed: int) -> Detections:
    keep = np.random.default_rng([seed, len(found)]).random(len(found)) >= share
    return Detections(found.boxes[keep], found.scores[keep], found.labels[keep])
