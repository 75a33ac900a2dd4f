"""The training loop."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from classifiers.network import Network
from classifiers.samples import Sample, SampleSet, class_frequencies
from classifiers.settings import Settings
from models.epochs import Progress, train
from models.start_weights import check_fit, read_start_weights


def fit(
    name: str,
    classes: Sequence[str],
    categories: Sequence[str],
    samples: Sequence[Sample],
    settings: Settings,
    progress: Progress = lambda epoch, loss: None,
) -> Network:
    """Train a classifier on these samples; zero epochs gives the start weights with a fresh head.

    The loss is cost-sensitive: the logits z it learns speak of classes made equal by ``settings.cost``
    (``class_weights``; model_card.py says what that makes of probabilities and verdicts).
    Deterministic by ``settings.seed`` at the same number of threads. Raises ValueError where a class has
    no sample or samples differ in their number of pictures, BadInputError for start weights or pictures
    that cannot be used, and FloatingPointError where the loss is not finite.
    """
    weights = class_weights(class_frequencies(samples, classes), settings.cost)
    channels = {len(sample.pictures) for sample in samples}
    if len(channels) > 1:
        raise ValueError(f"samples of {sorted(channels)} pictures; give each sample as many as the others")
    torch.set_num_threads(settings.threads)
    network = Network(name, len(classes), len(categories), channels.pop(), settings.seed)
    if settings.start_weights is not None:
        weights_file = read_start_weights(settings.start_weights)
        check_fit(settings.start_weights, weights_file, network.load(weights_file))
    if settings.epochs == 0:
        return network
    network.start(weights, settings)
    training = SampleSet(samples, len(categories), settings)
    train(network.step, training, settings, progress)
    return network


def class_weights(frequencies: Sequence[float], cost: float) -> NDArray[np.float32]:
    """What a sample of each class counts: frequency ** -cost, of mean 1 over the samples.

    With cost 1 every class counts the same, however rare.
    """
    share = np.asarray(frequencies, np.float64)
    weight = share**-cost
    return (weight / (share * weight).sum()).astype(np.float32)
