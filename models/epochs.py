"""The loop over epochs, with the learning rate's rise and fall."""

import math
from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

Progress = Callable[[int, float], None]
"""Called after each epoch with the epochs done and the epoch's mean loss."""
Batch = TypeVar("Batch")
Drawn = TypeVar("Drawn", covariant=True)


class Batches(Protocol[Drawn]):
    """What is learned from, drawn anew for each epoch."""

    def batches_per_epoch(self) -> int: ...

    def epoch(self, number: int) -> Iterator[Drawn]: ...


class Schedule(Protocol):
    """``learning_rate``: the highest; ``warmup``: the part of the training in which it rises."""

    @property
    def epochs(self) -> int: ...

    @property
    def learning_rate(self) -> float: ...

    @property
    def warmup(self) -> float: ...


def train(
    step: Callable[[Batch, float], float], batches: Batches[Batch], schedule: Schedule, progress: Progress
) -> None:
    """Take a ``step`` (a batch and a learning rate -> the loss) for each batch of each epoch.

    Raises FloatingPointError where the loss is not finite.
    """
    steps = batches.batches_per_epoch()
    for epoch in range(schedule.epochs):
        total = 0.0
        for number, batch in enumerate(batches.epoch(epoch)):
            done = (epoch + (number + 0.5) / steps) / schedule.epochs
            loss = step(batch, learning_rate(schedule, done))
            if not math.isfinite(loss):
                raise FloatingPointError(f"the loss is {loss} in epoch {epoch + 1}; lower the learning rate")
            total += loss
        progress(epoch + 1, total / steps)


def learning_rate(schedule: Schedule, done: float) -> float:
    """The rate when this part (0 to 1) of the training is done: up to the highest in a line, then down to
    zero along half a cosine."""
    if done < schedule.warmup:
        return schedule.learning_rate * done / schedule.warmup
    left = (done - schedule.warmup) / (1 - schedule.warmup)
    return schedule.learning_rate * (1 + math.cos(math.pi * left)) / 2
