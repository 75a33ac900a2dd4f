from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
import torchvision
from marks import CATEGORIES, CLASSES, QUICK, Trained, samples
from safetensors.numpy import save_file

from classifiers.fitting import fit
from classifiers.network import Network
from classifiers.registry import CLASSIFIERS, architecture
from classifiers.resnet import ResNet
from classifiers.runtime import load
from classifiers.settings import Settings
from errors import BadInputError
from models.gray import normalise


@pytest.mark.parametrize("name", ["resnet18", "resnet50", "resnet101"])
def test_torchvisions_weights_give_torchvisions_features(name: str) -> None:
    torch.manual_seed(0)
    theirs = getattr(torchvision.models, name)(weights=None).eval()
    ours = ResNet(architecture(name), 3, 2, 0).eval()
    missing, unexpected = ours.load_state_dict(theirs.state_dict(), strict=False)
    assert (missing, unexpected) == (["head.weight", "head.bias"], ["fc.weight", "fc.bias"])
    images = torch.rand(1, 3, 32, 32)
    theirs.fc = torch.nn.Identity()
    with torch.no_grad():
        torch.testing.assert_close(ours.features(images).mean(dim=(2, 3)), theirs(images))


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_every_classifier_gives_the_same_from_its_graph(name: str, tmp_path: Path) -> None:
    network = Network(name, classes=3, categories=2, channels=2, seed=0)
    network.export(tmp_path / "model.onnx", 64)
    images = np.random.default_rng(0).random((1, 2, 64, 64), np.float32)
    category = np.array([[0, 1]], np.float32)
    logits, activation = network.outputs(images, category)
    session = onnxruntime.InferenceSession(str(tmp_path / "model.onnx"))
    mean, std = (0.449,) * 2, (0.226,) * 2
    found = session.run(None, {"images": normalise(images, mean, std), "category": category})
    assert [output.shape for output in found] == [(1, 3), (1, 3, 2, 2)]
    np.testing.assert_allclose(found[0], logits, atol=1e-4 * max(1, np.abs(logits).max()))
    np.testing.assert_allclose(found[1], activation, atol=1e-4 * max(1, np.abs(activation).max()))


def test_the_exported_folder_gives_what_the_trained_network_gave(trained: Trained) -> None:
    images = np.random.default_rng(0).random((1, 1, 32, 32), np.float32)
    for category in (np.zeros((1, 2), np.float32), np.array([[1, 0]], np.float32)):
        expected, found = (
            trained.network.outputs(images, category),
            load(trained.folder).raw(images, category),
        )
        np.testing.assert_allclose(found[0], expected[0], atol=1e-4)
        np.testing.assert_allclose(found[1], expected[1], atol=1e-4)


def test_mean_activation_and_bias_and_category_are_the_logit() -> None:
    network = Network("resnet18-slim", classes=3, categories=2, channels=1, seed=0)
    images = np.random.default_rng(0).random((4, 1, 96, 96), np.float32)
    category = np.eye(2, dtype=np.float32)[[0, 1, 1, 0]]
    logits, activation = network.outputs(images, category)
    weights = network.weights()
    term = category @ weights["category_term.weight"].T
    np.testing.assert_allclose(activation.mean(axis=(2, 3)) + weights["head.bias"] + term, logits, atol=1e-5)


def test_without_categories_the_graph_takes_images_alone(tmp_path: Path) -> None:
    Network("resnet18-slim", 2, 0, 1, seed=0).export(tmp_path / "model.onnx", 32)
    session = onnxruntime.InferenceSession(str(tmp_path / "model.onnx"))
    assert [tensor.name for tensor in session.get_inputs()] == ["images"]


def test_the_slim_network_is_small() -> None:
    weights = Network("resnet18-slim", 3, 5, 1, seed=0).weights()
    assert sum(value.size for value in weights.values()) < 750_000


@pytest.mark.parametrize("channels", [1, 2, 3, 6])
def test_a_first_layer_for_colours_sees_gray_as_before(channels: int) -> None:
    theirs = torchvision.models.resnet18(weights=None).state_dict()
    network = Network("resnet18", 2, 0, channels, seed=0)
    left = network.load({name: value.numpy() for name, value in theirs.items()})
    assert left == ["head.weight", "head.bias"]
    ours, first = network.weights()["conv1.weight"], theirs["conv1.weight"].numpy()
    assert ours.shape[1] == channels
    np.testing.assert_allclose(ours.sum(axis=1), first.sum(axis=1), atol=1e-6)


def test_training_goes_on_from_start_weights(tmp_path: Path) -> None:
    start = Network("resnet18-slim", 3, 2, 1, seed=9)
    save_file(start.weights(), tmp_path / "start.safetensors")
    made = samples(tmp_path, range(1))
    settings = Settings(image_size=32, epochs=0, start_weights=tmp_path / "start.safetensors")
    begun = fit("resnet18-slim", CLASSES, CATEGORIES, made, settings).weights()
    assert all(np.array_equal(begun[name], value) for name, value in start.weights().items())


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "no such weights file"), (b"junk", "not a safetensors file"), (b"other", "another network")],
)
def test_start_weights_that_cannot_be_used_are_named(
    tmp_path: Path, content: bytes | None, reason: str
) -> None:
    path = tmp_path / "start.safetensors"
    if content == b"other":
        save_file({str(index): np.zeros(3, np.float32) for index in range(5)}, path)
    elif content is not None:
        path.write_bytes(content)
    settings = Settings(image_size=32, epochs=0, start_weights=path)
    with pytest.raises(BadInputError, match=rf"start\.safetensors: .*{reason}"):
        fit("resnet18-slim", CLASSES, CATEGORIES, samples(tmp_path, range(1)), settings)


def test_an_unknown_classifier_is_named() -> None:
    with pytest.raises(ValueError, match="unknown classifier 'resnet19'"):
        Network("resnet19", 3, 0, 1, QUICK.seed)
