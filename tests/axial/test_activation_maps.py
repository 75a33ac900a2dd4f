"""The activation maps of the slices' verdicts in a study's result."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scenery_studies import write_study
from seeing_models import seeing_models

from axial.models import ANY_LEVEL, CLASSIFIER, PHANTOM_MODELS
from axial.pictures import StudyPictures, pictures_of
from axial.reading import read_pictures
from axial.result import ActivationMap, StudyResult, read_result
from classifiers.runtime import load
from imaging.reading import read_studies


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> StudyPictures:
    (study,) = read_studies(write_study(tmp_path_factory.mktemp("activations") / "study"))
    return pictures_of(study)


def timeless(result: StudyResult) -> StudyResult:
    return replace(result, stages=tuple(replace(stage, seconds=0.0) for stage in result.stages))


def test_maps_are_kept_only_when_they_are_asked_for(pictures: StudyPictures) -> None:
    without = timeless(read_pictures("study", pictures, seeing_models()))
    with_maps = timeless(read_pictures("study", pictures, seeing_models(), activations=True))
    assert "activation" not in without.as_json()
    for item in with_maps.slices:
        assert item.edges is not None
        assert item.activation == ActivationMap(((0.0, 0.0), (0.0, 8.125)), item.edges)
    bare = tuple(replace(item, activation=None) for item in with_maps.slices)
    assert replace(with_maps, slices=bare).as_json() == without.as_json()


def test_a_result_with_maps_comes_back_from_its_file(pictures: StudyPictures, tmp_path: Path) -> None:
    result = read_pictures("study", pictures, seeing_models(), activations=True)
    result.write(tmp_path / "study.json")
    assert read_result(tmp_path / "study.json") == result
    stored = json.loads((tmp_path / "study.json").read_text())["slices"][0]["activation"]
    assert set(stored) == {"rows", "seen"}


def test_the_map_is_that_of_the_slices_verdict(pictures: StudyPictures) -> None:
    classifier = load(PHANTOM_MODELS / CLASSIFIER)
    models = replace(seeing_models(), classifiers={ANY_LEVEL: classifier})
    item = read_pictures("study", pictures, models, activations=True).slices[0]
    assert item.activation is not None and item.edges is not None and item.verdict is not None
    said = classifier.classify([pictures.axial[0].pixels], item.edges, item.level)
    of_verdict = said.activation[classifier.card.classes.index(item.verdict)]
    np.testing.assert_allclose(item.activation.rows, of_verdict, atol=6e-4)
    assert item.activation.seen == pytest.approx(said.seen, abs=6e-3)
