"""A network under training: repeatable, averaged, and loaded where it fits."""

from pathlib import Path

import numpy as np
import onnxruntime
import torch

from models.torch_training import Training, export_onnx, load_fitting, start_repeatably, weights_of


def trained(seed: int, steps: int = 5) -> tuple[torch.nn.Linear, Training]:
    start_repeatably(seed)
    model = torch.nn.Linear(3, 2)
    training = Training(model, learning_rate=0.1, weight_decay=0.1, ema_decay=0.5)
    for _ in range(steps):
        training.step((model(torch.ones(4, 3)) - 1).square().mean(), 0.1)
    return model, training


def test_the_same_seed_trains_the_same() -> None:
    first, again, other = (weights_of(trained(seed)[0]) for seed in (3, 3, 4))
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert not np.array_equal(first["weight"], other["weight"])


def test_a_step_goes_down_the_loss_and_says_it() -> None:
    start_repeatably(0)
    model = torch.nn.Linear(3, 2)
    training = Training(model, 0.05, 0.0, 0.9)
    losses = [training.step((model(torch.ones(4, 3)) - 1).square().mean(), 0.05) for _ in range(20)]
    assert losses[-1] < losses[0] / 4


def test_a_rate_of_nothing_changes_nothing() -> None:
    model, training = trained(0)
    before = weights_of(model)
    training.step(model(torch.ones(4, 3)).square().mean(), 0.0)
    assert all(np.array_equal(before[name], value) for name, value in weights_of(model).items())


def test_the_average_lies_between_the_first_weights_and_the_last() -> None:
    start_repeatably(0)
    first = weights_of(torch.nn.Linear(3, 2))["bias"]
    model, training = trained(0)
    last, averaged = weights_of(model)["bias"], weights_of(training.averaged)["bias"]
    assert ((averaged > np.minimum(first, last)) & (averaged < np.maximum(first, last))).all()


def test_weights_decay_and_biases_do_not() -> None:
    start_repeatably(0)
    model = torch.nn.Linear(3, 2)
    before = weights_of(model)
    Training(model, 0.1, 0.5, 0.9).step(0 * model(torch.ones(1, 3)).sum(), 0.1)
    after = weights_of(model)
    np.testing.assert_allclose(after["weight"], before["weight"] * (1 - 0.1 * 0.5), rtol=1e-6)
    np.testing.assert_array_equal(after["bias"], before["bias"])


def test_what_fits_is_loaded_and_the_rest_is_named() -> None:
    source, target = torch.nn.Linear(3, 2), torch.nn.Linear(4, 2)
    weights = weights_of(source)
    assert load_fitting(target, {**weights, "stranger": weights["bias"]}) == ["weight"]
    np.testing.assert_array_equal(weights_of(target)["bias"], weights["bias"])
    assert load_fitting(source, {}) == ["weight", "bias"]


def test_weights_are_copies() -> None:
    model = torch.nn.Linear(3, 2)
    weights = weights_of(model)
    weights["bias"][:] = 7
    assert (weights_of(model)["bias"] != 7).all()


def test_the_graph_computes_what_the_model_did(tmp_path: Path) -> None:
    _, training = trained(0)
    path = tmp_path / "model.onnx"
    export_onnx(training.averaged, path, {"given": torch.zeros(1, 3)}, ["said"])
    assert [item.name for item in tmp_path.iterdir()] == ["model.onnx"]
    given = np.array([[1.0, -2.0, 0.5]], np.float32)
    (said,) = onnxruntime.InferenceSession(str(path)).run(["said"], {"given": given})
    expected = training.averaged(torch.from_numpy(given)).detach().numpy()
    np.testing.assert_allclose(said, expected, atol=1e-5)
