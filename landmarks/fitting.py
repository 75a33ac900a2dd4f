"""The training loop."""

from collections.abc import Sequence

import torch

from landmarks.network import Network
from landmarks.samples import Sample, SampleSet
from landmarks.settings import Settings
from models.epochs import Progress, train


def fit(
    samples: Sequence[Sample], settings: Settings, progress: Progress = lambda epoch, loss: None
) -> Network:
    """Train a landmark model on these samples.

    Deterministic by ``settings.seed`` at the same number of threads. Raises ValueError where there are no
    samples or they differ in their points, BadInputError for pictures that cannot be read, and
    FloatingPointError where the loss is not finite.
    """
    kinds = {(len(sample.points), len(sample.guides)) for sample in samples}
    if len(kinds) != 1:
        raise ValueError("no marked place to learn from" if not kinds else "samples with different points")
    torch.set_num_threads(settings.threads)
    network = Network(kinds.pop()[0], settings.seed)
    network.start(settings)
    train(network.step, SampleSet(samples, settings), settings, progress)
    return network
