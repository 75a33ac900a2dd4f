"""The patient bootstrap of 1,000 resamples, beside an evaluation of each resample's images."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.bootstrap import draw_patients, resampled_ap
from benchmarks.precision import voc_ap
from benchmarks.scoring import ScoredImage, match
from benchmarks.speed.goal import Outcome, Setting, Target, largest_difference, outcome, seconds_of
from benchmarks.speed.scene import CLASSES, DETECTIONS, IMAGES, scored_scene
from detectors.detections import Detections

TARGET = Target("speed-up", 100)
RESAMPLES = 1000
_SAME = 1e-9


def measure(setting: Setting) -> list[Outcome]:
    """AP50 of each class in each resample. ValueError where the two do not agree."""
    images, resamples = setting.count(IMAGES, least=10), setting.count(RESAMPLES, least=10)
    truths, found = scored_scene(images)
    draws = draw_patients(sorted({item.patient for item in truths}), resamples, seed=0)
    resample = dict(zip(draws.patients, draws.weights[0].astype(int).tolist(), strict=True))
    drawn = _drawn(truths, found, resample)

    def ours() -> NDArray[np.float64]:
        return resampled_ap([match(truths, found, CLASSES, (0.5,))], draws).resamples

    def other() -> NDArray[np.float64]:
        return voc_ap(match(*drawn, CLASSES, (0.5,)))

    difference = largest_difference(ours()[0], other())
    if difference > _SAME:
        raise ValueError(f"a resample's average precision differs from its images' by {difference:g}")
    once = seconds_of([ours, other], setting.rounds, setting.tell)
    return [
        outcome(
            "bootstrap",
            f"AP50 in {resamples:,} resamples of {len(draws.patients):,} patients, {images:,} images × "
            f"{DETECTIONS} detections",
            "repeating our own evaluation",
            once[0],
            once[1] * resamples,
            TARGET,
            note=f"the other side is extrapolated: one resample is timed in each round, times {resamples:,}",
        )
    ]


def _drawn(
    truths: Sequence[ScoredImage], found: Mapping[str, Detections], resample: Mapping[str, int]
) -> tuple[list[ScoredImage], dict[str, Detections]]:
    """The images of a resample's patients, each as often as drawn."""
    copies = [(item, f"{item.image}-{copy}") for item in truths for copy in range(resample[item.patient])]
    return (
        [replace(item, image=name) for item, name in copies],
        {name: found[item.image] for item, name in copies},
    )
