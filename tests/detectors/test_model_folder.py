import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from command import SmallBenchmark
from safetensors.numpy import load_file

from data.folder import read_cohort
from detectors.model_folder import (
    read_card,
    write_card,
    write_model_folder,
    write_start_weights,
)
from detectors.registry import build
from errors import BadInputError
from imaging.pictures import read_picture
from models.identities import picture_digest, read_identities
from models.start_weights import read_start_weights


@pytest.fixture
def model(small_benchmark: SmallBenchmark, tmp_path: Path) -> Path:
    """A model folder of a finished trial, to spoil."""
    trial = small_benchmark.out / "trials" / "yolov5n-fold0-seed0" / "model"
    return Path(shutil.copytree(trial, tmp_path / "model"))


def test_the_card_says_how_the_model_was_made(model: Path) -> None:
    card = read_card(model)
    assert (card.detector, card.view, card.classes) == ("yolov5n", "anatomy", ("vertebra", "disc"))
    assert card.label_set == ("normal", "bulge", "herniation", "spondylolisthesis", "vertebra", "disc")
    assert (card.image_size, card.folds, card.licence) == (64, "all but fold 0", "AGPL-3.0-only")
    assert card.training["epochs"] == 24
    assert {"torch", "ultralytics", "onnxruntime"} <= set(card.versions)


def test_it_knows_its_training_patients_without_naming_them(
    model: Path, small_benchmark: SmallBenchmark
) -> None:
    tested, trained = json.loads((small_benchmark.out / "folds.json").read_text())["test"]
    card = read_card(model)
    assert all(card.trained_on(patient) for patient in trained)
    assert not any(card.trained_on(patient) for patient in [*tested, "stranger", ""])
    content = (model / "model.json").read_text()
    assert not any(f'"{patient}"' in content for patient in [*tested, *trained])


def test_it_knows_its_training_pictures_whatever_they_are_called(
    model: Path, small_benchmark: SmallBenchmark
) -> None:
    cohort = read_cohort(small_benchmark.data)
    (identities,) = read_identities(model)
    known = [
        (image.patient, identities.has_picture(picture_digest(read_picture(image.path)) or ""))
        for image in cohort.images
    ]
    tested, trained = json.loads((small_benchmark.out / "folds.json").read_text())["test"]
    assert {patient for patient, is_known in known if is_known} == set(trained)
    assert {patient for patient, is_known in known if not is_known} == set(tested)


def test_a_card_of_before_pictures_were_kept_is_read(model: Path) -> None:
    content = json.loads((model / "model.json").read_text())
    del content["pictures"]
    (model / "model.json").write_text(json.dumps(content))
    assert read_card(model).pictures == ()


def test_a_card_is_written_and_read_back(model: Path) -> None:
    card = replace(read_card(model), thresholds={"disc": 0.31}, metrics={"mAP50": 0.9})
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
        (None, "no model here"),
        ("", "not a model description"),
        ("[]", "not a model description"),
        ('{"format": 1}', "not a model description"),
        ('{"format": 99}', "format 99"),
    ],
)
def test_cards_that_cannot_be_read_are_named(model: Path, content: str | None, reason: str) -> None:
    (model / "model.json").unlink()
    if content is not None:
        (model / "model.json").write_text(content)
    with pytest.raises(BadInputError, match=rf"model\.json: {reason}"):
        read_card(model)


def test_an_export_that_fails_leaves_the_model_that_was_there(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (model / "model.onnx").read_bytes()
    network = build("yolov5n", 2, 64, seed=0)

    def fail(path: Path, image_size: int) -> None:
        path.write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(network, "export", fail)
    with pytest.raises(OSError, match="disk full"):
        write_model_folder(model, network, read_card(model))
    assert (model / "model.onnx").read_bytes() == before


def test_start_weights_are_the_weights_in_half_precision(model: Path, tmp_path: Path) -> None:
    write_start_weights(model, tmp_path / "new" / "start.safetensors")
    whole, half = load_file(model / "weights.safetensors"), load_file(tmp_path / "new" / "start.safetensors")
    assert whole.keys() == half.keys()
    assert {value.dtype for value in half.values() if value.ndim} == {np.dtype(np.float16)}
    for name, value in whole.items():
        np.testing.assert_allclose(half[name], value, rtol=1e-3, atol=1e-6)


def test_start_weights_may_be_packed(model: Path, tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("start.safetensors", "start.safetensors.gz")]
    for path in paths:
        write_start_weights(model, path)
    plain, packed = map(read_start_weights, paths)
    assert plain.keys() == packed.keys()
    for name, value in plain.items():
        np.testing.assert_array_equal(packed[name], value)
    assert paths[1].stat().st_size < paths[0].stat().st_size


def test_start_weights_of_no_model_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="no readable weights"):
        write_start_weights(tmp_path, tmp_path / "start.safetensors")
    assert list(tmp_path.iterdir()) == []
