"""The set of trained models: what it opens as, and every part that can be missing or wrong."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from axial_sets import train_small_set
from scenery_studies import LEVELS, axial_slices, write_study, write_study_cohort
from seeing_models import seeing_models

from annotation.labels import DIAGNOSES
from axial.measures import FORESEEN
from axial.models import ANY_LEVEL, ENDPLATES, HERNIATIONS, SAGITTAL, open_models
from axial.pictures import pictures_of
from axial.reading import STAGES, read_pictures
from benchmarks.axial.protocol import read_axial_protocol
from benchmarks.axial.training import epochs_of
from classifiers.fitting import fit
from classifiers.model_card import new_card
from classifiers.samples import Sample
from classifiers.settings import Settings
from errors import BadInputError
from imaging.pictures import pictures_in
from imaging.reading import read_studies
from models.model_folder import write_model_folder


@pytest.fixture(scope="module")
def training(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[int]]:
    """A whole set, with one classifier that is told the level; and the epochs as they were counted."""
    folder = tmp_path_factory.mktemp("axial-models")
    counted = train_small_set(write_study_cohort(folder / "cohort", 4), folder / "models", whole=True)
    return folder / "models", counted


@pytest.fixture(scope="module")
def trained(training: tuple[Path, list[int]]) -> Path:
    return training[0]


@pytest.fixture
def models(trained: Path, tmp_path: Path) -> Path:
    """A copy to damage."""
    return Path(shutil.copytree(trained, tmp_path / "models"))


def one_for_each_level(models: Path) -> None:
    for level in LEVELS:
        shutil.copytree(models / "classifier", models / "classifiers" / level)
    shutil.rmtree(models / "classifier")


def change(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_the_epochs_of_all_models_were_counted(training: tuple[Path, list[int]]) -> None:
    folder, counted = training
    protocol = read_axial_protocol(str(folder.with_suffix(".yaml")))
    assert counted == list(range(1, epochs_of(protocol) + 1))


def test_every_model_knows_its_patients_and_intervals_are_fitted(trained: Path) -> None:
    opened = open_models(trained, threads=1)
    assert opened.sagittal and opened.endplates and opened.herniations
    for model in (opened.vertebrae, opened.sagittal, opened.endplates, opened.herniations):
        assert [model.card.trained_on(f"p{patient}") for patient in range(5)] == [True] * 4 + [False]
    widths = opened.rules.widths
    assert min(widths.slip, widths.height, widths.extent) > 0
    assert FORESEEN not in (widths.slip, widths.height, widths.extent)


def test_a_set_opens_with_its_models(trained: Path) -> None:
    opened = open_models(trained, threads=1)
    assert set(opened.classifiers) == {ANY_LEVEL}
    for level in (*LEVELS, "T12-L1", None):
        assert opened.classifier(level) is opened.classifiers[ANY_LEVEL]
    assert [(item.stage, item.folder) for item in opened.identities] == [
        ("vertebrae", "vertebrae"),
        ("disc regions", "disc"),
        ("classification", "classifier"),
        ("sagittal discs", "sagittal"),
        ("measures", "endplates"),
        ("measures", "herniations"),
    ]
    assert all(len(item.digest) == 12 for item in opened.identities)


def test_a_set_with_a_classifier_for_each_level_opens(models: Path) -> None:
    one_for_each_level(models)
    opened = open_models(models, threads=1)
    assert set(opened.classifiers) == set(LEVELS)
    assert opened.classifier("L4-L5") is opened.classifiers["L4-L5"]
    assert opened.classifier("T12-L1") is None
    assert opened.classifier(None) is None
    assert [item.stage for item in opened.identities[2:7]] == [f"classification {level}" for level in LEVELS]


def test_a_set_of_the_four_stages_alone_opens(models: Path) -> None:
    for name in (SAGITTAL, ENDPLATES, HERNIATIONS):
        shutil.rmtree(models / name)
    opened = open_models(models, threads=1)
    assert (opened.sagittal, opened.endplates, opened.herniations) == (None, None, None)
    assert len(opened.identities) == 3


def test_a_set_reads_a_study_to_its_end(trained: Path, tmp_path: Path) -> None:
    """By a vertebra detector that sees: one epoch of training finds none."""
    (study,) = read_studies(write_study(tmp_path / "study"))
    opened = open_models(trained, threads=1)
    seeing = replace(opened, vertebrae=seeing_models().vertebrae, discs=seeing_models().discs)
    result = read_pictures("study", pictures_of(study), seeing)
    assert [stage.name for stage in result.stages] == list(STAGES)
    assert all(stage.ran for stage in result.stages)
    assert len(result.slices) == len(axial_slices())
    assert {len(finding.opinions) for finding in result.findings} <= {0, 1, 2}
    assert all(finding.slip and finding.height and finding.endplates for finding in result.findings)


def several_pictures(models: Path) -> None:
    """A classifier of two channels in the place of the one that is told the level."""
    picture = pictures_in(models.parent / "cohort")[0]
    samples = [Sample((picture, picture), None, "p", label) for label in range(3)]
    settings = Settings(image_size=32, epochs=0)
    network = fit("resnet18-slim", DIAGNOSES, (), samples, settings)
    shutil.rmtree(models / "classifier")
    card = new_card("resnet18-slim", DIAGNOSES, (), ("T1", "T2"), samples, settings, 1.0)
    write_model_folder(models / "classifier", network, card)


def combine_two_classes(models: Path) -> None:
    rules = json.loads((models / "axial.json").read_text())
    rules["fusion"]["axial"] = {"coefficients": [[0], [1]], "intercepts": [0, 0], "frequencies": [0.5, 0.5]}
    (models / "axial.json").write_text(json.dumps(rules))


def combine_one_side_for_both(models: Path) -> None:
    rules = json.loads((models / "axial.json").read_text())
    rules["fusion"]["both"] = rules["fusion"]["axial"]
    (models / "axial.json").write_text(json.dumps(rules))


def swap_landmarks(models: Path) -> None:
    shutil.rmtree(models / "endplates")
    (models / "herniations").rename(models / "endplates")


def one_level_of_other_classes(models: Path) -> None:
    one_for_each_level(models)
    change(models / "classifiers" / "L4-L5" / "model.json", classes=["none", "some", "much"])


def no_classifier_in_its_folder(models: Path) -> None:
    shutil.rmtree(models / "classifier")
    (models / "classifiers").mkdir()


WRONG: dict[str, tuple[Callable[[Path], object], str]] = {
    "an empty folder": (
        lambda models: (shutil.rmtree(models), models.mkdir()),
        "axial.json: no models here",
    ),
    "no folder": (shutil.rmtree, "axial.json: no models here"),
    "damaged rules": (
        lambda models: (models / "axial.json").write_text("{"),
        "axial.json: not the rules of the axial path",
    ),
    "rules of another kind": (
        lambda models: (models / "axial.json").write_text("{}"),
        "axial.json: not the rules of the axial path",
    ),
    "rules for two classes": (combine_two_classes, "axial.json: combines other classes"),
    "no vertebrae": (lambda models: shutil.rmtree(models / "vertebrae"), "vertebrae/model.json: "),
    "no disc": (lambda models: shutil.rmtree(models / "disc"), "disc/model.json: "),
    "no classifier": (
        lambda models: shutil.rmtree(models / "classifier"),
        "classifier/model.json: no classifier",
    ),
    "an empty folder of classifiers": (no_classifier_in_its_folder, "classifier/model.json: no classifier"),
    "no graph": (lambda models: (models / "disc" / "model.onnx").unlink(), "disc/model.onnx: not a readable"),
    "a damaged graph": (
        lambda models: (models / "classifier" / "model.onnx").write_bytes(b"no graph"),
        "classifier/model.onnx: not a readable ONNX graph",
    ),
    "vertebrae without S1": (
        lambda models: change(
            models / "vertebrae" / "model.json", classes=["vertebra", "S2", "T12", "other"]
        ),
        "vertebrae: a model that does not know S1",
    ),
    "a disc model without discs": (
        lambda models: change(models / "disc" / "model.json", classes=["vertebra"]),
        "disc: a model that does not know `disc`",
    ),
    "levels of different classes": (
        one_level_of_other_classes,
        "classifiers: a classifier of other classes than normal, bulge, herniation",
    ),
    "rules of one side for both": (combine_one_side_for_both, "axial.json: combines other classes"),
    "sagittal discs without the slip": (
        lambda models: change(
            models / "sagittal" / "model.json", classes=["normal", "bulge", "herniation", "other"]
        ),
        "sagittal: a model without every state and the slip",
    ),
    "an empty folder of the sagittal side": (
        lambda models: (shutil.rmtree(models / "sagittal"), (models / "sagittal").mkdir()),
        "sagittal/model.json: ",
    ),
    "landmarks of other points": (swap_landmarks, "endplates: a model of other points than anterior_above, "),
    "a damaged graph of landmarks": (
        lambda models: (models / "herniations" / "model.onnx").write_bytes(b"no graph"),
        "herniations/model.onnx: not a readable ONNX graph",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_missing_or_wrong_is_one_sentence(wrong: str, models: Path) -> None:
    damage, said = WRONG[wrong]
    damage(models)
    with pytest.raises(BadInputError, match=rf"^[^\n]*models/{said}[^\n]*$"):
        open_models(models, threads=1)


def test_a_classifier_of_several_pictures_is_refused(trained: Path, models: Path) -> None:
    shutil.copytree(trained.parent / "cohort" / "images", models.parent / "cohort")
    several_pictures(models)
    with pytest.raises(BadInputError, match="models: a classifier of several pictures at once"):
        open_models(models, threads=1)
