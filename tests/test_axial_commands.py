"""Reading studies from the command line, with models that are always right; and the whole road once."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from axial_sets import small_axial_protocol
from command import discern
from mr_files import T1, StudyFolder
from pdf_text import text_of
from pydicom import dcmread
from scenery_studies import (
    LEVELS,
    axial_slices,
    sagittal_slices,
    write_slices,
    write_study,
    write_study_cohort,
)
from seeing_models import seeing_models

import axial.models
import cli
from axial.reading import STAGES
from axial.result import read_result
from errors import BadInputError

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """``discern`` in this process and in ``tmp_path``; returns its exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(axial.models, "open_models", lambda folder, threads, runtime: seeing_models())

    def discern_here(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["discern", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        printed = capsys.readouterr()
        assert "Traceback" not in printed.err
        return int(end.value.code or 0), " ".join(printed.out.split()), printed.err

    return discern_here


def break_study(folder: Path) -> None:
    """All files lose their place in the patient."""
    for path in folder.iterdir():
        dataset = dcmread(path)
        del dataset.ImagePositionPatient
        dataset.save_as(path)


def batch(folder: Path) -> None:
    for number in (1, 2, 3):
        write_study(folder / f"study-{number}", f"patient-{number}")


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def reports(study: str) -> list[str]:
    return [f"{study}.pdf", f"{study}.pdf.dcm", f"{study}.sr.dcm"]


def test_one_study_is_printed_and_written(run: Run, tmp_path: Path) -> None:
    write_study(tmp_path / "study")
    code, printed, complaint = run("read-study", "study", "--out", "results")
    assert (code, complaint) == (0, "")
    for number, name in enumerate(STAGES, start=1):
        assert f"stage {number}, {name}: 0." in printed
    assert all(level in printed for level in LEVELS)
    assert "8.0 mm, grade 2" in printed
    assert "6.0 mm" in printed
    assert "axial 10" not in printed
    assert printed.strip().endswith("result and report in results")
    assert names_in(tmp_path / "results") == ["study.json", *reports("study")]
    result = read_result(tmp_path / "results" / "study.json")
    assert result.study == "study"
    assert {level: said.verdict for level, said in result.opinions("axial").items()}["L4-L5"] == "herniation"


def test_without_out_nothing_is_written(run: Run, tmp_path: Path) -> None:
    write_study(tmp_path / "study")
    assert run("read-study", "study")[0] == 0
    assert names_in(tmp_path) == ["study"]


def test_json_on_stdout_is_what_is_written(run: Run, tmp_path: Path) -> None:
    write_study(tmp_path / "study")
    code, printed, _ = run("read-study", "study", "--json", "--out", "results", "--without-reports")
    assert code == 0
    assert json.loads(printed) == json.loads((tmp_path / "results" / "study.json").read_text())


def test_without_levels_says_so(run: Run, tmp_path: Path) -> None:
    write_study(tmp_path / "study")
    code, printed, _ = run("read-study", "study", "--without-levels", "--out", "results", "--without-reports")
    assert code == 0
    assert "stage 2, levels: did not run: levels were not asked for" in printed
    assert "disc 1 from below" in printed
    assert "axial 10 │ levels were not asked for │ herniation" in printed
    result = read_result(tmp_path / "results" / "study.json")
    assert not result.opinions("axial")
    assert all(item.verdict for item in result.slices)


def test_activation_maps_are_in_result_and_report_when_asked_for(run: Run, tmp_path: Path) -> None:
    write_study(tmp_path / "study")
    assert run("read-study", "study", "--out", "plain")[0] == 0
    assert run("read-study", "study", "--activation-maps", "--out", "maps")[0] == 0
    plain, maps = (read_result(tmp_path / name / "study.json") for name in ("plain", "maps"))
    assert [item.activation is not None for item in maps.slices] == [True] * len(maps.slices)
    assert {item.activation for item in plain.slices} == {None}
    said = [text_of((tmp_path / name / "study.pdf").read_bytes()) for name in ("plain", "maps")]
    assert ["activation map" in text for text in said] == [False, True]


def test_a_folder_of_studies_is_a_batch(run: Run, tmp_path: Path) -> None:
    batch(tmp_path / "studies")
    code, printed, complaint = run("read-study", "studies", "--out", "results", "--without-reports")
    assert (code, complaint) == (0, "")
    assert names_in(tmp_path / "results") == ["manifest", *(f"study-{number}.json" for number in (1, 2, 3))]
    for number in (1, 2, 3):
        assert f"study-{number}: L5-S1 bulge, L4-L5 herniation" in printed


def test_a_batch_as_json_is_a_line_a_study(run: Run, tmp_path: Path) -> None:
    batch(tmp_path / "studies")
    code, printed, _ = run("read-study", "studies", "--json")
    assert code == 0
    lines = printed.replace('} {"study"', '}\n{"study"').splitlines()  # `run` makes one line of all
    assert [json.loads(line)["study"] for line in lines] == ["study-1", "study-2", "study-3"]


def test_one_broken_study_is_named_and_passed_over(run: Run, tmp_path: Path) -> None:
    batch(tmp_path / "studies")
    break_study(tmp_path / "studies" / "study-2")
    code, printed, complaint = run("read-study", "studies", "--out", "results")
    assert code == 1
    assert complaint.startswith("error: studies/study-2: no MR images that can be read in it")
    assert complaint.count("\n") == 1
    written = [name for number in (1, 3) for name in (f"study-{number}.json", *reports(f"study-{number}"))]
    assert names_in(tmp_path / "results") == ["index.html", "manifest", *written]
    assert "study-3: L5-S1 bulge" in printed
    assert "results and reports in results; begin at results/index.html" in printed
    page = (tmp_path / "results" / "index.html").read_text()
    assert "study-2: no MR images that can be read in it" in page


def test_a_study_that_is_not_there_does_not_stop_the_others(run: Run, tmp_path: Path) -> None:
    write_study(tmp_path / "study")
    code, printed, complaint = run("read-study", "nowhere", "study")
    assert code == 1
    assert complaint.startswith("error: nowhere: no such study")
    assert "study: L5-S1 bulge" in printed


def test_a_batch_says_what_could_not_be_done(run: Run, tmp_path: Path) -> None:
    batch(tmp_path / "studies")
    for name, slices in (("no-axial", sagittal_slices()), ("no-sagittal", axial_slices())):
        write_slices(StudyFolder(tmp_path / "studies" / name, name), slices)
    write_slices(StudyFolder(tmp_path / "studies" / "nothing", "nothing"), sagittal_slices(), **T1)
    code, printed, _ = run("read-study", "studies")
    assert code == 0
    assert "no-axial: L5-S1 bulge, L4-L5 herniation, " in printed
    assert "there is no axial T2 series" in printed
    assert "nothing: no disc could be judged the only sagittal series is T1; " in printed
    assert "no-sagittal: axial 10 herniation" in printed
    assert "there is no sagittal T2 series" in printed


def test_two_studies_of_a_patient_in_one_folder_get_a_result_each(run: Run, tmp_path: Path) -> None:
    for number in (1, 2):
        write_study(tmp_path / "patient" / f"visit-{number}")
    code, _, _ = run("read-study", "patient", "--out", "results", "--without-reports")
    assert code == 0
    assert names_in(tmp_path / "results") == ["patient-1.json", "patient-2.json"]


def test_folders_named_by_uid_keep_their_results_apart(run: Run, tmp_path: Path) -> None:
    for number in (4, 5):
        write_study(tmp_path / "studies" / f"1.2.3.{number}", f"patient-{number}")
    assert run("read-study", "studies", "--out", "results", "--without-reports")[0] == 0
    assert names_in(tmp_path / "results") == ["1.2.3.4.json", "1.2.3.5.json", "manifest"]


def test_the_folder_one_stands_in_has_a_name(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(write_study(tmp_path / "study"))
    assert run("read-study", ".", "--out", tmp_path / "results", "--without-reports")[0] == 0
    assert names_in(tmp_path / "results") == ["study.json"]


def test_two_studies_of_one_name_overwrite_nothing(run: Run, tmp_path: Path) -> None:
    for parent in ("first", "second"):
        write_study(tmp_path / parent / "study")
    code, _, complaint = run("read-study", "first/study", "second/study", "--out", "results")
    assert code == 1
    assert "another study has the same name" in complaint
    assert names_in(tmp_path) == ["first", "second"]


def test_brackets_in_a_name_are_printed_as_they_are(run: Run, tmp_path: Path) -> None:
    for name in ("case [red] 1", "case [bold] 2"):
        write_study(tmp_path / "studies" / name, name)
    code, printed, _ = run("read-study", "studies")
    assert code == 0
    assert "case [red] 1: L5-S1" in printed
    assert "case [bold] 2: L5-S1" in printed


Build = Callable[[StudyFolder], object]
BAD: dict[str, tuple[Build, str]] = {
    "no sagittal": (
        lambda study: write_slices(study, axial_slices()),
        "stage 1, vertebrae: did not run: there is no sagittal T2 series",
    ),
    "no axial": (
        lambda study: write_slices(study, sagittal_slices()),
        "stage 3, disc regions: did not run: there is no axial T2 series",
    ),
    "only T1": (
        lambda study: write_slices(study, sagittal_slices(), **T1),
        "stage 1, vertebrae: did not run: the only sagittal series is T1",
    ),
    "one slice": (
        lambda study: write_slices(study, axial_slices()[:1]),
        "stage 2, levels: did not run: there is no sagittal T2 series",
    ),
    "planes that do not meet": (
        lambda study: (
            write_slices(study, sagittal_slices()),
            write_slices(study, axial_slices(aside=500.0)),
        ),
        "stage 2, levels: did not run: no axial slice meets the sagittal one",
    ),
}


@pytest.mark.parametrize("bad", BAD)
def test_bad_input_is_a_result_that_says_why(bad: str, run: Run, tmp_path: Path) -> None:
    build, said = BAD[bad]
    study = StudyFolder(tmp_path / "study")
    build(study)
    code, printed, complaint = run("read-study", "study", "--out", "results", "--without-reports")
    assert (code, complaint) == (0, "")
    assert said in printed
    result = read_result(tmp_path / "results" / "study.json")
    assert not any(item.level for item in result.slices)


def test_unknown_geometry_is_one_sentence(run: Run, tmp_path: Path) -> None:
    break_study(write_study(tmp_path / "study"))
    code, printed, complaint = run("read-study", "study", "--out", "results")
    assert (code, printed) == (1, "")
    assert "place in the patient is unknown" in complaint
    assert complaint.count("\n") == 1
    assert names_in(tmp_path) == ["study"]


def test_a_slice_that_was_left_out_is_a_warning(run: Run, tmp_path: Path) -> None:
    write_study(tmp_path / "study")
    path = sorted((tmp_path / "study").iterdir())[0]
    path.write_bytes(path.read_bytes()[:-500])
    code, printed, _ = run("read-study", "study")
    assert code == 0
    assert "warning:" in printed
    assert path.name in printed.replace(" ", "")


def test_nothing_of_the_patient_is_printed_or_written(run: Run, tmp_path: Path) -> None:
    write_study(tmp_path / "study", "Secret-Patient")
    _, printed, complaint = run("read-study", "study", "--out", "results")
    written = (tmp_path / "results" / "study.json").read_text()
    assert "Secret" not in printed + complaint + written


def test_models_that_are_not_there_are_one_sentence(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(folder: Path, threads: int, runtime: str) -> None:
        raise BadInputError(folder / "axial.json", "no models here")

    monkeypatch.setattr(axial.models, "open_models", refuse)
    write_study(tmp_path / "study")
    code, printed, complaint = run("read-study", "study", "--models", "nowhere", "--out", "results")
    assert (code, printed, complaint) == (1, "", "error: nowhere/axial.json: no models here\n")
    assert names_in(tmp_path) == ["study"]


@pytest.mark.parametrize(
    "command",
    [("train-axial", "--quick", "--protocol"), ("benchmark", "--quick")],
    ids=lambda words: words[0],
)
@pytest.mark.parametrize(
    ("protocol", "data", "said"),
    [
        ("nowhere.yaml", "cohort", "nowhere.yaml: no such protocol"),
        ("axial", "nowhere", "nowhere: no such folder"),
        ("axial", "without-place", "without-place/images.csv: no place in the patient for "),
    ],
)
def test_what_cannot_be_trained_on_is_one_sentence(
    command: tuple[str, ...], protocol: str, data: str, said: str, run: Run, tmp_path: Path
) -> None:
    table = write_study_cohort(tmp_path / "without-place", 1) / "images.csv"
    rows = [line.split(",") for line in table.read_text().splitlines()]
    table.write_text("".join(f"{row[0]},{row[1]}\n" for row in rows))
    code, _, complaint = run(*command, protocol, "--data", data, "--out", "out")
    assert code == 1
    assert complaint.startswith(f"error: {said}")
    assert complaint.count("\n") == 1
    assert names_in(tmp_path) == ["without-place"]


@pytest.mark.slow
def test_from_a_cohort_to_a_result(tmp_path: Path) -> None:
    write_study_cohort(tmp_path / "cohort", 4)
    small_axial_protocol(tmp_path / "small.yaml")
    training = ("--data", "cohort", "--protocol", "small.yaml", "--out", "models", "--threads", 1)
    done = discern("train-axial", *training, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert names_in(tmp_path) == ["cohort", "models", "models.log", "small.yaml"]
    write_study(tmp_path / "study")
    done = discern("read-study", "study", "--models", "models", "--json", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)["slices"]) == len(axial_slices())
