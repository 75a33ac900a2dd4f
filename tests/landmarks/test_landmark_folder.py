"""The landmark model's folder: it says what was trained, and every damage is one sentence."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from corner_pictures import CLEAR, NOISY, POINTS, QUICK, SPACING, Trained, samples, scene
from safetensors.numpy import load_file

from errors import BadInputError
from landmarks.model_card import new_card, read_card
from landmarks.network import Network
from landmarks.runtime import load, locate
from models.half_precision import halve_folders
from models.identities import picture_digest, read_identities
from models.model_folder import write_card, write_model_folder


@pytest.fixture
def model(trained: Trained, tmp_path: Path) -> Path:
    """A copy to spoil."""
    return Path(shutil.copytree(trained.folder, tmp_path / "model"))


def test_the_folder_finds_what_the_network_found(trained: Trained) -> None:
    exported = load(trained.folder)
    images = np.random.default_rng(0).random((3, 1, QUICK.image_size, QUICK.image_size), np.float32)
    points, deviations = trained.network.outputs(images)
    for image, expected, spread in zip(images, points, deviations, strict=True):
        found, said = exported.raw(image[None])
        np.testing.assert_allclose(found[0], expected, atol=1e-3)
        np.testing.assert_allclose(said[0], spread, atol=1e-3)
    drawn = scene(7)
    (inside,) = locate(trained.network.outputs, exported.card, drawn.pixels, SPACING, [drawn.guides])
    (outside,) = exported.find(drawn.pixels, SPACING, [drawn.guides])
    np.testing.assert_allclose(outside.points, inside.points, atol=1e-3)
    np.testing.assert_allclose(outside.covariances, inside.covariances, atol=1e-3)


def test_openvino_finds_the_same(trained: Trained) -> None:
    drawn = scene(7)
    (ours,), (theirs,) = (
        load(trained.folder, runtime=runtime).find(drawn.pixels, SPACING, [drawn.guides])
        for runtime in ("onnxruntime", "openvino")
    )
    np.testing.assert_allclose(theirs.mm, ours.mm, atol=1e-3)
    np.testing.assert_allclose(theirs.covariances, ours.covariances, atol=1e-3)


def test_the_card_says_how_the_model_was_made(trained: Trained) -> None:
    card = read_card(trained.folder)
    assert (card.points, card.guides) == (POINTS, 2)
    assert (card.image_size, card.resolution, card.window) == (32, 1.5, QUICK.window)
    assert card.training["augmentation"]["rotation"] == 4.0
    assert {"torch", "onnxruntime"} <= set(card.versions)
    assert sorted(path.name for path in trained.folder.iterdir()) == [
        "model.json",
        "model.onnx",
        "weights.safetensors",
    ]


def test_it_knows_its_training_patients_without_naming_them(trained: Trained) -> None:
    card = read_card(trained.folder)
    assert all(card.trained_on(f"p{patient}") for patient in range(24))
    assert not any(card.trained_on(patient) for patient in ("p24", "stranger", ""))
    assert '"p0"' not in (trained.folder / "model.json").read_text()


def test_it_knows_its_training_pictures(trained: Trained) -> None:
    (identities,) = read_identities(trained.folder)
    for seed, known in ((0, True), (47, True), (48, False)):
        digest = picture_digest(scene(seed, NOISY if seed % 2 else CLEAR).pixels)
        assert identities.has_picture(digest or "") == known


def test_the_weights_are_those_of_the_network_and_load_into_another(trained: Trained) -> None:
    kept = load_file(trained.folder / "weights.safetensors")
    other = Network(len(POINTS), seed=5)
    assert other.load(kept) == []
    assert all(np.array_equal(value, kept[name]) for name, value in other.weights().items())
    fewer = Network(1, seed=5)
    assert {name.partition(".")[0] for name in fewer.load(kept)} == {"heat", "deviation"}


def test_half_precision_finds_the_same(trained: Trained, tmp_path: Path) -> None:
    halve_folders(trained.folder, tmp_path / "half")
    drawn = scene(3)
    whole, half = (
        load(folder).find(drawn.pixels, SPACING, [drawn.guides])[0]
        for folder in (trained.folder, tmp_path / "half")
    )
    assert (tmp_path / "half" / "model.onnx").stat().st_size < 0.6 * (
        trained.folder / "model.onnx"
    ).stat().st_size
    np.testing.assert_allclose(half.mm, whole.mm, atol=0.05)


def test_each_place_is_looked_at_on_its_own(trained: Trained) -> None:
    model, drawn = load(trained.folder), scene(11)
    elsewhere = tuple((x + 6, y - 9) for x, y in drawn.guides)
    both = model.find(drawn.pixels, SPACING, [drawn.guides, elsewhere])
    for places, found in zip((drawn.guides, elsewhere), both, strict=True):
        (alone,) = model.find(drawn.pixels, SPACING, [places])
        assert np.array_equal(alone.points, found.points)
    assert model.find(drawn.pixels, SPACING, []) == []


def test_covariances_turn_with_the_guides(trained: Trained) -> None:
    """Of the same patch, seen in a picture on its side: what was across is down."""
    model, drawn = load(trained.folder), scene(0)
    square = (1.0, 1.0)
    (upright,) = model.find(drawn.pixels, square, [((32, 38), (32, 62))])
    (lying,) = model.find(np.rot90(drawn.pixels), square, [((38, 32), (62, 32))])
    np.testing.assert_allclose(
        lying.points, np.column_stack([upright.points[:, 1], 64 - upright.points[:, 0]]), atol=0.3
    )
    turn = np.array([[0.0, 1.0], [-1.0, 0.0]])
    np.testing.assert_allclose(lying.covariances, turn @ upright.covariances @ turn.T, rtol=0.1, atol=1e-9)


@pytest.mark.parametrize("guides", [(), ((9.0, 9.0),), ((9.0, 9.0),) * 3])
def test_another_number_of_guides_is_refused(
    trained: Trained, guides: tuple[tuple[float, float], ...]
) -> None:
    with pytest.raises(ValueError, match="takes 2 guides for each place"):
        load(trained.folder).find(scene(1).pixels, SPACING, [guides])


def test_a_folder_that_is_not_empty_is_left_alone(trained: Trained, model: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in model.iterdir()}
    with pytest.raises(BadInputError, match="model: "):
        write_model_folder(model, trained.network, read_card(model))
    assert {path: path.stat().st_mtime_ns for path in model.iterdir()} == before


def test_a_folder_that_fails_to_export_does_not_appear(
    trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = Network(1, seed=0)

    def fail(path: Path, image_size: int) -> None:
        path.write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(network, "export", fail)
    with pytest.raises(OSError, match="disk full"):
        write_model_folder(tmp_path / "new", network, read_card(trained.folder))
    assert list(tmp_path.iterdir()) == []


def test_a_card_comes_back_as_it_was_written(tmp_path: Path) -> None:
    card = new_card(POINTS[:2], samples(tmp_path, range(2)), QUICK)
    write_card(tmp_path, card)
    assert read_card(tmp_path).points == POINTS[:2]
    assert read_card(tmp_path).salt == card.salt != new_card(POINTS, samples(tmp_path, range(1)), QUICK).salt


def changed(**changes: object) -> Callable[[Path], object]:
    """Changes of the card."""
    return lambda model: write_card(model, replace(read_card(model), **changes))  # type: ignore[arg-type]


def other_format(model: Path) -> None:
    content = json.loads((model / "model.json").read_text()) | {"format": 99}
    (model / "model.json").write_text(json.dumps(content))


DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "no folder": (shutil.rmtree, "model.json: no landmark model here"),
    "no card": (lambda model: (model / "model.json").unlink(), "model.json: no landmark model here"),
    "an empty card": (
        lambda model: (model / "model.json").write_text(""),
        "model.json: not a landmark model's",
    ),
    "another card": (
        lambda model: (model / "model.json").write_text("{}"),
        "model.json: not a landmark model's",
    ),
    "a card of another format": (other_format, "model.json: format 99; this version reads 1: train it again"),
    "no graph": (lambda model: (model / "model.onnx").unlink(), "model.onnx: not a readable ONNX graph"),
    "half a graph": (
        lambda model: (model / "model.onnx").write_bytes((model / "model.onnx").read_bytes()[:999]),
        "model.onnx: not a readable ONNX graph",
    ),
    "a graph of another size": (changed(image_size=64), "model.onnx: takes or gives other sizes"),
    "a graph of other points": (changed(points=POINTS[:3]), "model.onnx: takes or gives other sizes"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_every_damage_is_one_sentence(damage: str, model: Path) -> None:
    spoil, said = DAMAGES[damage]
    spoil(model)
    with pytest.raises(BadInputError, match=rf"^[^\n]*{said}[^\n]*$"):
        load(model)
