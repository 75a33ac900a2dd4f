from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file
from scenery import CLASSES, training_images

from detectors.fitting import fit, learning_rate
from detectors.loading import TrainingImage
from detectors.presets import preset
from detectors.registry import build
from detectors.settings import Settings
from errors import BadInputError

SMALL: Settings = replace(
    preset("quick", "yolov5n"), image_size=64, batch_size=2, epochs=2, start_weights=None
)


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> list[TrainingImage]:
    return training_images(tmp_path_factory.mktemp("pictures"), range(4), size=64)


@given(st.integers(1, 300), st.floats(0, 10), st.floats(0, 1), st.floats(0.01, 0.5))
def test_the_rate_rises_then_falls_within_its_bounds(
    epochs: int, warmup: float, done: float, final_rate: float
) -> None:
    settings = replace(SMALL, epochs=epochs, warmup=warmup, final_rate=final_rate)
    peak = settings.optimisation.learning_rate
    rate = learning_rate(settings, done * epochs)
    assert 0 < rate <= peak
    if done * epochs >= warmup:
        assert rate >= final_rate * peak * (1 - 1e-9)


def test_the_rate_warms_up_peaks_and_ends_at_its_final_share() -> None:
    settings = replace(SMALL, epochs=20, warmup=2, final_rate=0.1)
    rates = [learning_rate(settings, epoch) for epoch in range(21)]
    peak = settings.optimisation.learning_rate
    assert rates[2] == pytest.approx(peak)
    assert rates[20] == pytest.approx(0.1 * peak)
    assert rates[:3] == sorted(rates[:3])
    assert rates[2:] == sorted(rates[2:], reverse=True)


def test_every_epoch_is_reported_with_its_loss(images: list[TrainingImage]) -> None:
    reported: list[tuple[int, float]] = []
    fit("yolov5n", CLASSES, images, SMALL, lambda epoch, loss: reported.append((epoch, loss)))
    assert [epoch for epoch, _ in reported] == [1, 2]
    assert all(np.isfinite(loss) and loss > 0 for _, loss in reported)


def test_no_epochs_give_the_start_weights(images: list[TrainingImage], tmp_path: Path) -> None:
    start = build("yolov5n", 3, 64, seed=5).weights()
    save_file(start, tmp_path / "start.safetensors")
    network = fit(
        "yolov5n", CLASSES, images, replace(SMALL, epochs=0, start_weights=tmp_path / "start.safetensors")
    )
    same = [name for name, value in network.weights().items() if np.array_equal(value, start[name])]
    assert len(same) > 0.9 * len(start)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "no such weights file.*--from-scratch"),
        (b"", "not a safetensors file"),
        (b"PK\x03\x04 a zip, as .pt files are", "not a safetensors file"),
        ({"backbone": np.zeros((3, 3), np.float32)}, "weights of another network"),
    ],
)
def test_start_weights_that_do_not_serve_are_named(
    images: list[TrainingImage], tmp_path: Path, content: bytes | dict | None, reason: str
) -> None:
    path = tmp_path / "start.safetensors"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        save_file(content, path)
    with pytest.raises(BadInputError, match=rf"start\.safetensors: {reason}"):
        fit("yolov5n", CLASSES, images, replace(SMALL, start_weights=path))


def test_weights_of_another_network_are_refused(images: list[TrainingImage], tmp_path: Path) -> None:
    save_file(build("yolov3-tiny", 2, 64, seed=0).weights(), tmp_path / "tiny.safetensors")
    with pytest.raises(BadInputError, match=r"tiny\.safetensors: weights of another network"):
        fit("yolov5n", CLASSES, images, replace(SMALL, start_weights=tmp_path / "tiny.safetensors"))


def test_a_loss_that_is_not_finite_stops_the_training(images: list[TrainingImage]) -> None:
    absurd = replace(SMALL.optimisation, learning_rate=1e30, method="sgd")
    with pytest.raises(FloatingPointError, match="lower the learning rate"):
        fit("yolov5n", CLASSES, images, replace(SMALL, epochs=9, warmup=0, optimisation=absurd))
