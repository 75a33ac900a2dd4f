"""The training loop: one for every family."""

import math
from collections.abc import Callable, Sequence

from detectors.loading import TrainingImage, TrainingSet
from detectors.network import Network
from detectors.registry import build
from detectors.settings import Settings
from models.start_weights import check_fit, read_start_weights

Progress = Callable[[int, float], None]
"""Called after each epoch with the epochs done and the epoch's mean loss."""


def fit(
    detector: str,
    classes: Sequence[str],
    images: Sequence[TrainingImage],
    settings: Settings,
    progress: Progress = lambda epoch, loss: None,
) -> Network:
    """Train a network on these images; zero epochs gives the start weights with a fresh class layer.

    Deterministic by ``settings.seed`` at the same number of threads. Raises BadInputError for a
    start weights file that is missing or fits nothing, and FloatingPointError where the loss is not
    finite.
    """
    network = build(detector, len(classes), settings.image_size, settings.seed)
    if settings.image_size % network.stride:
        raise ValueError(
            f"image size {settings.image_size} is no multiple of {network.stride}; choose one that is"
        )
    if settings.start_weights is not None:
        weights = read_start_weights(settings.start_weights)
        check_fit(settings.start_weights, weights, network.load(weights))
    if settings.epochs == 0:
        return network
    network.start(settings.optimisation)
    training = TrainingSet(images, settings)
    steps = training.batches_per_epoch()
    for epoch in range(settings.epochs):
        total = 0.0
        for step, batch in enumerate(training.epoch(epoch)):
            rate = learning_rate(settings, epoch + step / steps)
            loss = network.step(batch, rate)
            if not math.isfinite(loss):
                raise FloatingPointError(f"the loss is {loss} in epoch {epoch + 1}; lower the learning rate")
            total += loss
        progress(epoch + 1, total / steps)
    return network


def learning_rate(settings: Settings, epoch: float) -> float:
    """Linear warm-up, then half a cosine down to ``final_rate`` of the peak at the last epoch."""
    peak = settings.optimisation.learning_rate
    if epoch < settings.warmup:
        return peak * (epoch + 0.05) / (settings.warmup + 0.05)
    done = (epoch - settings.warmup) / max(settings.epochs - settings.warmup, 1e-9)
    low = settings.final_rate
    return peak * (low + (1 - low) * (1 + math.cos(math.pi * min(done, 1.0))) / 2)
