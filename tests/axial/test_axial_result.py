"""The result of a study as JSON."""

import json
from pathlib import Path

import pytest
from mr_files import StudyFolder
from scenery_studies import LEVELS, axial_slices, write_slices, write_study
from seeing_models import seeing_models

from axial.pictures import pictures_of
from axial.reading import read_pictures
from axial.result import StudyResult, read_result, result_of_json
from errors import BadInputError
from imaging.reading import read_studies


def result_of(folder: Path) -> StudyResult:
    (study,) = read_studies(folder)
    return read_pictures("case 7", pictures_of(study), seeing_models())


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> StudyResult:
    return result_of(write_study(tmp_path_factory.mktemp("result") / "study"))


def test_a_result_comes_back_from_its_file_as_it_was(result: StudyResult, tmp_path: Path) -> None:
    result.write(tmp_path / "case.json")
    assert read_result(tmp_path / "case.json") == result
    assert [path.name for path in tmp_path.iterdir()] == ["case.json"]


def test_an_empty_result_comes_back_too(tmp_path: Path) -> None:
    study = StudyFolder(tmp_path / "study")
    write_slices(study, axial_slices())
    result = result_of(study.folder)
    result.write(tmp_path / "case.json")
    assert read_result(tmp_path / "case.json") == result


def test_the_json_says_what_a_reader_needs(result: StudyResult) -> None:
    content = json.loads(result.as_json())
    assert content["study"] == "case 7"
    lowest, second, *_ = content["findings"]
    assert (lowest["level"], second["level"]) == ("L5-S1", "L4-L5")
    assert set(lowest["probabilities"]) == {"normal", "bulge", "herniation"}
    assert set(second["slip"]["distance"]) == {"value", "low", "high"}
    assert second["herniation"]["side"] == "left"
    assert lowest["herniation"] is None
    assert [stage["ran"] for stage in content["stages"]] == [True] * 6
    assert content["models"][0]["digest"]


def test_a_result_of_before_does_not_say_which_slice_the_sagittal_picture_is(
    result: StudyResult, tmp_path: Path
) -> None:
    content = json.loads(result.as_json())
    assert content.pop("sagittal_instance") == result.sagittal_instance != ""
    (tmp_path / "case.json").write_text(json.dumps(content))
    assert read_result(tmp_path / "case.json") == result_of_json(content)
    assert result_of_json(content).sagittal_instance == ""


def test_opinions_are_sorted_by_side_and_place(result: StudyResult) -> None:
    sagittal, axial = result.opinions("sagittal"), result.opinions("axial")
    assert list(sagittal) == [finding.place for finding in result.findings]
    assert list(axial) == list(reversed(LEVELS))
    assert {said.side for said in sagittal.values()} == {"sagittal"}
    assert sagittal["L5-S1"].pictures == ("middle sagittal T2",)


def test_instances_are_not_shown_where_a_result_is_printed(result: StudyResult) -> None:
    assert result.slices[0].instance
    assert result.slices[0].instance not in repr(result)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read"),
        (b"", "not the result of a study"),
        (b"{}", "not the result of a study"),
        (b"\xff\xfe", "not the result of a study"),
        (b"format 3", "not the result of a study"),
    ],
)
def test_what_is_no_result_is_one_sentence(
    content: bytes | None, said: str, result: StudyResult, tmp_path: Path
) -> None:
    path = tmp_path / "case.json"
    if content == b"format 3":
        content = json.dumps({**json.loads(result.as_json()), "format": 3}).encode()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadInputError, match=rf"^[^\n]*case\.json: {said}[^\n]*$"):
        read_result(path)
