"""The protocol of an axial benchmark; every mistake in it is one sentence."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from benchmarks.axial.protocol import read_axial_protocol
from benchmarks.axial.training import epochs_of
from errors import BadInputError
from landmarks.settings import Settings as LandmarkSettings

STAGES: dict[str, Any] = {
    "system": "axial",
    "vertebrae": {"detector": "yolov5n-slim", "view": "axial-vertebrae"},
    "discs": {"detector": "yolov5n-slim", "view": "axial-roi"},
    "states": {"classifier": "resnet18-slim"},
}

SAGITTAL = {"detector": "yolov5n-slim", "view": "axial-sagittal"}


def written(folder: Path, **changes: Any) -> str:
    """A protocol with changes of its stages, or beside them; a stage None is left away."""
    content = dict(STAGES)
    for name, change in changes.items():
        content[name] = {**STAGES.get(name, {}), **change} if isinstance(change, dict) else change
    path = folder / "mine.yaml"
    path.write_text(yaml.safe_dump({name: value for name, value in content.items() if value is not None}))
    return str(path)


def test_the_embedded_protocol_is_the_axial_path() -> None:
    protocol = read_axial_protocol("axial", quick=True)
    assert (protocol.folds, protocol.label_set) == (4, "axial")
    assert (protocol.vertebrae.view, protocol.discs.view) == ("axial-vertebrae", "axial-roi")
    assert not protocol.states.per_level
    states = protocol.states.settings
    trained = protocol.vertebrae.settings.epochs + protocol.discs.settings.epochs
    assert epochs_of(protocol) == trained + (states.inner_folds + 1) * states.epochs


def test_its_whole_form_is_as_published() -> None:
    protocol = read_axial_protocol("axial")
    assert protocol.vertebrae.detector == protocol.discs.detector == "fasterrcnn-r50"
    assert protocol.vertebrae.view == "axial-published-vertebrae"
    assert (protocol.states.classifier, protocol.states.per_level) == ("resnet101", True)


def test_the_embedded_protocol_of_a_whole_study_has_every_model() -> None:
    protocol, path = read_axial_protocol("study"), read_axial_protocol("axial", quick=True)
    assert (protocol.vertebrae, protocol.discs, protocol.states) == (path.vertebrae, path.discs, path.states)
    assert protocol.sagittal is not None and protocol.sagittal.view == "axial-sagittal"
    assert protocol.endplates is not None and not protocol.endplates.augmentation.mirror
    assert protocol.herniations is not None and protocol.herniations.augmentation.mirror
    beyond = sum(
        (settings.inner_folds + 1) * settings.epochs
        for settings in (protocol.endplates, protocol.herniations)
    )
    beyond += (protocol.inner_folds + 1) * protocol.sagittal.settings.epochs
    assert epochs_of(protocol) == epochs_of(path) + beyond


def test_models_beyond_the_four_stages_are_given_with_their_settings(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        inner_folds=3,
        sagittal={**SAGITTAL, "settings": {"epochs": 7}},
        endplates={},
        herniations={"epochs": 5, "inner_folds": 4, "augmentation": {"mirror": True}},
    )
    protocol = read_axial_protocol(path)
    assert protocol.inner_folds == 3
    assert protocol.sagittal is not None and protocol.sagittal.settings.epochs == 7
    assert protocol.endplates == LandmarkSettings()
    augmentation = replace(LandmarkSettings().augmentation, mirror=True)
    assert protocol.herniations == LandmarkSettings(epochs=5, inner_folds=4, augmentation=augmentation)


def test_what_is_not_said_is_the_default(tmp_path: Path) -> None:
    protocol = read_axial_protocol(written(tmp_path))
    assert (protocol.sagittal, protocol.endplates, protocol.herniations) == (None, None, None)
    assert protocol.inner_folds == 2
    assert (protocol.title, protocol.label_set, protocol.folds, protocol.seed) == ("mine", "axial", 4, 0)


def test_settings_of_each_stage_are_changed(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        title="As published",
        folds=5,
        vertebrae={"detector": "fasterrcnn-r50", "settings": {"epochs": 3, "start_weights": None}},
        discs={"preset": "paper", "settings": {"image_size": 320}},
        states={"classifier": "resnet101", "per_level": True, "settings": {"cost": 0.5, "epochs": 2}},
    )
    protocol = read_axial_protocol(path)
    assert (protocol.title, protocol.folds) == ("As published", 5)
    assert protocol.vertebrae.settings.epochs == 3
    assert protocol.vertebrae.settings.start_weights is None
    assert protocol.discs.settings.image_size == 320
    assert protocol.discs.settings.epochs == 300
    assert (protocol.states.classifier, protocol.states.per_level) == ("resnet101", True)
    assert protocol.states.settings.cost == 0.5
    assert epochs_of(protocol) == 3 + 300 + 5 * (4 + 1) * 2


def test_start_weights_lie_beside_the_protocol(tmp_path: Path) -> None:
    weights = {"settings": {"start_weights": "mine.safetensors"}}
    protocol = read_axial_protocol(written(tmp_path, discs=weights, states=weights))
    assert protocol.discs.settings.start_weights == tmp_path / "mine.safetensors"
    assert protocol.states.settings.start_weights == tmp_path / "mine.safetensors"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"vertebrae": {"detector": "yolov9"}}, "unknown detector 'yolov9'; choose one of "),
        ({"states": {"classifier": "vgg"}}, "unknown classifier 'vgg'; choose one of "),
        ({"discs": {"preset": "slow"}}, "unknown preset 'slow'; choose one of paper, quick"),
        ({"discs": {"settings": {"epoch": 3}}}, "unknown setting 'epoch'; known are "),
        ({"states": {"settings": {"epoch": 3}}}, "unknown setting 'epoch'; known are "),
        ({"states": {"settings": {"seed": 3}}}, "unknown setting 'seed'; known are "),
        ({"discs": {"settings": {"epochs": "many"}}}, "epochs is 'many'; give a whole number"),
        ({"states": {"settings": {"epochs": 2.5}}}, "epochs is 2.5; give a whole number"),
        ({"states": {"settings": {"image_size": 50}}}, "image_size is 50; give a multiple of 32"),
        ({"states": {"settings": {"augmentation": {"shift": 3}}}}, "augmentation shift is 3"),
        ({"states": {"settings": {"augmentation": {"turn": 3}}}}, "unknown key 'turn' in augmentation"),
        ({"states": {"per_level": "some"}}, "per_level is 'some'; give true or false"),
        ({"states": {"levels": 5}}, "unknown key 'levels' in states"),
        ({"vertebrae": {"view": None}}, "'view' is missing in vertebrae"),
        ({"discs": None}, "'discs' is missing in an axial protocol"),
        ({"states": "resnet18-slim"}, "states is a mapping; known are "),
        ({"vertebrae": {"view": "axial-roi"}}, "the view 'axial-roi' has no class 'S1'"),
        ({"discs": {"view": "axial-states"}}, "the view 'axial-states' has no class 'disc'"),
        ({"folds": 1}, "folds is 1; give 2 or more"),
        ({"folds": "four"}, "folds is 'four'; give a whole number"),
        ({"inner_folds": 1}, "inner_folds is 1; give 2 or more"),
        ({"sagittal": {"view": "axial-sagittal"}}, "'detector' is missing in sagittal"),
        ({"sagittal": {**SAGITTAL, "view": "axial-states"}}, "the view 'axial-states' has no class 'spond"),
        ({"endplates": {"epoch": 3}}, "unknown setting 'epoch'; known are "),
        ({"endplates": {"seed": 3}}, "unknown setting 'seed'; known are "),
        ({"endplates": {"image_size": 50}}, "image_size is 50; give a multiple of 8"),
        ({"endplates": 3}, "endplates is "),
        ({"herniations": {"epochs": "many"}}, "epochs is 'many'; give a whole number"),
        ({"herniations": {"augmentation": {"shift": 30}}}, "augmentation shift is 30"),
        ({"detectors": ["yolov3"]}, "unknown key 'detectors' in an axial protocol"),
    ],
)
def test_every_mistake_is_one_sentence(changes: dict[str, Any], said: str, tmp_path: Path) -> None:
    path = written(tmp_path, **changes)
    with pytest.raises(BadInputError) as error:
        read_axial_protocol(path)
    assert str(error.value).startswith(f"{path}: {said}")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "a protocol is a mapping"),
        (b"- 1\n- 2\n", "a protocol is a mapping"),
        (b"vertebrae: [", "not YAML"),
        (b"\xff\xfe\x00", "not YAML"),
    ],
)
def test_what_is_no_protocol_is_one_sentence(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_bytes(content)
    with pytest.raises(BadInputError, match=rf"mine\.yaml: {said}[^\n]*$"):
        read_axial_protocol(str(path))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"vertebrae": {"view": "nowhere"}}, "nowhere: no such view"),
        ({"label_set": "nowhere"}, "nowhere: no such label set"),
        ({"label_set": "lumbar"}, "axial-vertebrae.yaml: the label set has no class 'S1'"),
    ],
)
def test_what_a_protocol_names_must_be_there(changes: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=rf"^[^\n]*{said}[^\n]*$"):
        read_axial_protocol(written(tmp_path, **changes))


def test_the_vertebrae_as_published_are_a_view_too(tmp_path: Path) -> None:
    path = written(tmp_path, label_set="axial-published", vertebrae={"view": "axial-published-vertebrae"})
    assert read_axial_protocol(path).vertebrae.view == "axial-published-vertebrae"


def test_a_protocol_that_is_not_there_says_what_to_name() -> None:
    with pytest.raises(BadInputError, match="nowhere: no such protocol; name one of axial"):
        read_axial_protocol("nowhere")
