import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from marks import CATEGORIES, CLASSES, Trained, picture
from safetensors.numpy import load_file

from classifiers.fitting import class_weights
from classifiers.model_card import read_card
from classifiers.network import Network
from classifiers.runtime import load
from errors import BadInputError
from models.half_precision import halve_folders
from models.identities import picture_digest, read_identities
from models.model_folder import write_card, write_model_folder


@pytest.fixture
def model(trained: Trained, tmp_path: Path) -> Path:
    """A copy to spoil."""
    return Path(shutil.copytree(trained.folder, tmp_path / "model"))


def test_the_card_says_how_the_classifier_was_made(trained: Trained) -> None:
    card = read_card(trained.folder)
    assert (card.classifier, card.classes, card.categories) == ("resnet18-slim", CLASSES, CATEGORIES)
    assert (card.channels, card.image_size, card.temperature) == (("T2",), 32, 1.5)
    assert card.frequencies == pytest.approx((1 / 3, 1 / 3, 1 / 3))
    assert card.training["augmentation"]["rotation"] == 3
    assert {"torch", "torchvision", "onnxruntime"} <= set(card.versions)


def test_it_knows_its_training_patients_without_naming_them(trained: Trained) -> None:
    card = read_card(trained.folder)
    assert all(card.trained_on(f"p{patient}") for patient in range(16))
    assert not any(card.trained_on(patient) for patient in ("p16", "stranger", ""))
    assert '"p0"' not in (trained.folder / "model.json").read_text()


def test_it_knows_its_training_pictures(trained: Trained) -> None:
    (identities,) = read_identities(trained.folder)
    for seed, known in ((0, True), (151, True), (160, False)):
        assert identities.has_picture(picture_digest(picture(seed % 10, seed)) or "") == known


def test_probabilities_are_those_of_the_training_population(trained: Trained) -> None:
    card = replace(read_card(trained.folder), frequencies=(0.7, 0.2, 0.1), cost=1.0, temperature=2.0)
    np.testing.assert_allclose(card.probabilities(np.zeros(3)), [0.7, 0.2, 0.1])
    odds = card.probabilities(np.array([[0.0, 2.0, 0.0]]))[0]
    assert odds[1] / odds[0] == pytest.approx(np.e * 0.2 / 0.7)
    even = replace(card, cost=0.0)
    np.testing.assert_allclose(even.probabilities(np.zeros(3)), 1 / 3)


@pytest.mark.parametrize("cost", [0, 0.5, 1])
def test_probabilities_take_back_what_the_loss_weighed(trained: Trained, cost: float) -> None:
    frequencies, seen = (0.7, 0.2, 0.1), np.array([5, 3, 2])
    # The weighted cross-entropy of what looks alike is least where softmax(z) is count times weight.
    logits = np.log(seen * class_weights(frequencies, cost))
    card = replace(read_card(trained.folder), frequencies=frequencies, cost=cost, temperature=1.0)
    np.testing.assert_allclose(card.probabilities(logits), seen / 10, rtol=1e-6)


def test_a_card_is_written_and_read_back(model: Path) -> None:
    card = replace(read_card(model), metrics={"balanced accuracy": 0.9})
    write_card(model, card)
    assert read_card(model) == card
    assert sorted(path.name for path in model.iterdir()) == [
        "model.json",
        "model.onnx",
        "weights.safetensors",
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "no classifier here"),
        ("", "not a classifier's description"),
        ("[]", "not a classifier's description"),
        ('{"format": 1}', "not a classifier's description"),
    ],
)
def test_cards_that_cannot_be_read_are_named(model: Path, content: str | None, reason: str) -> None:
    (model / "model.json").unlink()
    if content is not None:
        (model / "model.json").write_text(content)
    with pytest.raises(BadInputError, match=rf"model\.json: {reason}"):
        load(model)


def test_a_card_of_another_format_says_so(model: Path) -> None:
    content = json.loads((model / "model.json").read_text()) | {"format": 99}
    (model / "model.json").write_text(json.dumps(content))
    with pytest.raises(BadInputError, match="format 99; this version reads 1"):
        read_card(model)


@pytest.mark.parametrize("content", [None, b"", b"not a graph"])
def test_graphs_that_cannot_be_read_are_named(model: Path, tmp_path: Path, content: bytes | None) -> None:
    (model / "model.onnx").unlink()
    if content is not None:
        (model / "model.onnx").write_bytes(content)
    with pytest.raises(BadInputError, match=r"model\.onnx: not a readable ONNX graph"):
        load(model)
    with pytest.raises(BadInputError, match=r"not a readable ONNX graph|no model in it"):
        halve_folders(model, tmp_path / "half")
    assert not (tmp_path / "half").exists()


@pytest.mark.parametrize(
    "change", [{"image_size": 64}, {"categories": ()}, {"channels": ("T1", "T2")}, {"classes": CLASSES[:2]}]
)
def test_a_graph_of_another_model_is_refused(model: Path, change: dict[str, object]) -> None:
    write_card(model, replace(read_card(model), **change))
    with pytest.raises(BadInputError, match=r"model\.onnx: .*parts of two models"):
        load(model)


def test_a_folder_that_fails_to_export_does_not_appear(
    trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = Network("resnet18-slim", 3, 2, 1, seed=0)

    def fail(path: Path, image_size: int) -> None:
        path.write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(network, "export", fail)
    with pytest.raises(OSError, match="disk full"):
        write_model_folder(tmp_path / "new", network, read_card(trained.folder))
    assert list(tmp_path.iterdir()) == []


def test_the_weights_are_those_of_the_network(trained: Trained) -> None:
    kept, own = load_file(trained.folder / "weights.safetensors"), trained.network.weights()
    assert kept.keys() == own.keys()
    assert all(np.array_equal(kept[name], own[name]) for name in own)


def test_half_precision_halves_the_graph_and_classifies_the_same(trained: Trained, tmp_path: Path) -> None:
    halve_folders(trained.folder, tmp_path / "half")
    assert sorted(path.name for path in (tmp_path / "half").iterdir()) == ["model.json", "model.onnx"]
    whole, half = trained.folder / "model.onnx", tmp_path / "half" / "model.onnx"
    assert half.stat().st_size < 0.52 * whole.stat().st_size
    for place in range(3):
        expected = load(trained.folder).classify([picture(place, 1)], category="upper")
        found = load(tmp_path / "half").classify([picture(place, 1)], category="upper")
        assert not np.array_equal(found.logits, expected.logits)
        np.testing.assert_allclose(found.logits, expected.logits, atol=1e-2)
