"""The loop over epochs."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest

from models.epochs import learning_rate, train


@dataclass(frozen=True)
class Plan:
    epochs: int = 4
    learning_rate: float = 0.01
    warmup: float = 0.1


class Numbers:
    """Three batches an epoch: 10, 11, 12 in the first."""

    def batches_per_epoch(self) -> int:
        return 3

    def epoch(self, number: int) -> Iterator[int]:
        yield from range(10 * (number + 1), 10 * (number + 1) + 3)


def test_the_learning_rate_rises_and_falls_to_nothing() -> None:
    rates = [learning_rate(Plan(), done) for done in np.linspace(0, 1, 101)]
    assert rates[0] == 0 and np.isclose(rates[10], 0.01) and np.isclose(rates[-1], 0)
    assert (np.diff(rates[:11]) > 0).all() and (np.diff(rates[10:]) < 0).all()


def test_every_batch_is_a_step_and_every_epoch_tells_its_mean_loss() -> None:
    seen: list[int] = []
    told: list[tuple[int, float]] = []

    def step(batch: int, rate: float) -> float:
        assert 0 < rate <= 0.01
        seen.append(batch)
        return float(batch)

    train(step, Numbers(), Plan(epochs=2), lambda epoch, loss: told.append((epoch, loss)))
    assert seen == [10, 11, 12, 20, 21, 22]
    assert told == [(1, 11.0), (2, 21.0)]


def test_a_loss_that_is_no_number_ends_the_training() -> None:
    with pytest.raises(FloatingPointError, match="the loss is nan in epoch 1; lower the learning rate"):
        train(lambda batch, rate: float("nan"), Numbers(), Plan(), lambda epoch, loss: None)
