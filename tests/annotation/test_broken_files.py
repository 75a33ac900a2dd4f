"""At least 200 differently broken files: each is named in the report, none ends in a traceback."""

import json
from pathlib import Path

import pytest
from broken_files import BrokenFile, write_broken_files
from rich.console import Console

from annotation.checking.fixing import fix_folder
from annotation.checking.folder import Report, check_folder
from annotation.checking.rendering import as_dict, print_report
from annotation.labels import named_label_set
from annotation.problems import Kind
from annotation.voc import read_voc
from errors import BadInputError

LUMBAR = named_label_set("lumbar")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("broken")


@pytest.fixture(scope="module")
def files(folder: Path) -> list[BrokenFile]:
    return write_broken_files(folder)


@pytest.fixture(scope="module")
def report(folder: Path, files: list[BrokenFile]) -> Report:
    return check_folder(folder, LUMBAR)


def test_there_are_at_least_200_different_ones(files: list[BrokenFile]) -> None:
    assert len({(file.xml, file.image) for file in files}) >= 200


def test_every_broken_file_is_named_with_what_is_wrong(files: list[BrokenFile], report: Report) -> None:
    found = {(problem.file.stem, problem.kind) for problem in report.problems}
    assert [(file.name, file.expected) for file in files if (file.name, file.expected) not in found] == []


def test_every_problem_says_where_and_what_to_do(report: Report) -> None:
    for problem in report.problems:
        assert problem.message and problem.kind.remedy and "\n" not in problem.message
        assert problem.box is None or (problem.box > 0 and problem.line)


def test_the_whole_report_can_be_printed_and_written_as_json(report: Report) -> None:
    console = Console(width=120, record=True)
    print_report(report, console)
    assert "errors" in console.export_text()
    content = json.loads(json.dumps(as_dict(report)))
    assert len(content["problems"]) == len(report.problems) and content["errors"] == report.count("error")


def test_reading_refuses_exactly_the_files_with_errors(files: list[BrokenFile], folder: Path) -> None:
    for file in files:
        if file.xml is None or file.name.startswith("image-"):
            continue
        own = {Kind.SIZE_DIFFERS, Kind.IMAGE_RESIZED, Kind.TWO_DIAGNOSES, Kind.TOO_MANY_BOXES}
        refused = file.expected.severity == "error" and file.expected not in own
        try:
            read_voc(folder / f"{file.name}.xml", label_set=LUMBAR, image_size=(320, 400))
        except BadInputError as error:
            assert refused, error
        else:
            assert not refused, file.name


def test_fixing_leaves_nothing_fixable_and_backs_up_what_it_changes(
    tmp_path: Path, files: list[BrokenFile], report: Report
) -> None:
    write_broken_files(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.glob("*.xml")}
    fixes = fix_folder(tmp_path, LUMBAR)
    after = check_folder(tmp_path, LUMBAR)
    assert [problem for problem in after.problems if problem.kind.fixable] == []
    assert len(fixes.problems) == sum(problem.kind.fixable for problem in report.problems)
    assert fixes.left == () and fixes.backup is not None
    changed = {name for name, content in before.items() if (tmp_path / name).read_bytes() != content}
    assert changed == {path.name for path in fixes.backup.iterdir()}
    assert all((fixes.backup / name).read_bytes() == before[name] for name in changed)
    assert not [
        problem for problem in after.problems if problem.kind not in {p.kind for p in report.problems}
    ]
