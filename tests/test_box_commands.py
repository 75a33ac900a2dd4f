"""`discern convert` and `discern import coco | yolo | roboflow`, as their users type them."""

from pathlib import Path

import pytest
from scenery import write_cohort

import cli
from data.folder import read_cohort


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_cohort(tmp_path_factory.mktemp("boxes") / "cohort", patients=6)


def run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: object
) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of the command line, in this process."""
    monkeypatch.setattr("sys.argv", ["discern", *map(str, arguments)])
    monkeypatch.setenv("COLUMNS", "200")
    code = 0
    try:
        cli.main()
    except SystemExit as end:
        code = int(end.code or 0)
    printed = capsys.readouterr()
    return code, printed.out, printed.err


@pytest.mark.parametrize("name", ["coco", "yolo", "roboflow"])
def test_there_and_back(
    name: str,
    cohort: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out, back = tmp_path / "out", tmp_path / "back"
    code, printed, told = run(
        capsys, monkeypatch, "convert", cohort, "--to", name, "--out", out, "--view", "anatomy", "--test", 0.2
    )
    assert code == 0 and "left out" not in told
    assert "train: 4 pictures of 4 patients" in printed
    code, printed, told = run(capsys, monkeypatch, "import", name, out, "--out", back, "--labels", "lumbar")
    assert code == 0 and told == "" and "6 pictures in" in printed
    before = {image.name: image for image in read_cohort(cohort).images}
    for image in read_cohort(back).images:
        assert image.patient == before[image.name].patient
        drawn = [box for box in before[image.name].boxes if box.label in ("vertebra", "disc")]
        kept = sorted(drawn, key=lambda box: (box.label, box.edges))
        found = sorted(image.boxes, key=lambda box: (box.label, box.edges))
        assert [box.label for box in found] == [box.label for box in kept]
        for box, other in zip(found, kept, strict=True):
            assert box.edges == pytest.approx(other.edges, abs=0.006)
    assert {image.name for image in read_cohort(back).images} == before.keys()
    assert run(capsys, monkeypatch, "check", back, "--labels", back / "classes.txt")[0] == 0
    code, _, told = run(capsys, monkeypatch, "import", name, out, "--out", back)
    assert code == 1 and "already there and not empty" in told


def test_an_import_says_what_it_needs(
    cohort: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    run(capsys, monkeypatch, "convert", cohort, "--to", "yolo", "--out", out)
    (out / "patients.csv").unlink()
    arguments = ("import", "yolo", out, "--out", tmp_path / "back")
    code, _, told = run(capsys, monkeypatch, *arguments)
    assert code == 1 and "nothing says whose its pictures are" in told
    code, _, told = run(
        capsys, monkeypatch, *arguments, "--patient-pattern", r"^(?P<patient>p\d)", "--rename", "x"
    )
    assert code == 2 and "give OLD=NEW" in told
    next((out / "images").glob("*/*.png")).write_bytes(b"")
    code, printed, told = run(
        capsys, monkeypatch, *arguments, "--patient-pattern", r"^(?P<patient>p\d)", "--rename", "disc=disk"
    )
    assert code == 1 and "the file is empty" in told and "5 pictures in" in printed
    assert "disk" in read_cohort(tmp_path / "back").label_set.classes


def test_a_format_that_is_none(
    cohort: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, _, told = run(capsys, monkeypatch, "convert", cohort, "--to", "voc", "--out", tmp_path / "out")
    assert code == 2 and "choose one of coco, yolo, roboflow" in told
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["coco", "yolo", "roboflow"])
def test_every_import_shows_an_example(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert f"discern import {name}" in run(capsys, monkeypatch, "import", name, "--help")[1]


def test_what_complete_and_view_leave_out_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_cohort(tmp_path / "cohort", patients=4)
    rows = [f"p{number}-0.png,p{number},{'disc' if number else ''}" for number in range(4)]
    (folder / "images.csv").write_text("\n".join(("image,patient,annotated", *rows)), encoding="utf-8")
    arguments = ("convert", folder, "--to", "coco", "--out", tmp_path / "out", "--valid", 0, "--complete")
    code, _, told = run(capsys, monkeypatch, *arguments)
    assert code == 0
    assert "left out: 3 pictures, such as p1-0.png: not every class was annotated in them" in told
    text = (folder / "images.csv").read_text(encoding="utf-8")
    (folder / "images.csv").write_text(text.replace("p0,", "p0,disc"), encoding="utf-8")
    code, _, told = run(capsys, monkeypatch, *arguments)
    assert (
        code == 1 and "cohort: in all of its pictures not every class was annotated; leave --complete" in told
    )


def test_a_file_of_a_side_finds_the_table_and_brackets_are_no_markup(
    cohort: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out, back = tmp_path / "out[" / "red]", tmp_path / "back[" / "red]"
    code, printed, _ = run(capsys, monkeypatch, "convert", cohort, "--to", "coco", "--out", out)
    assert code == 0 and "[/red]" in printed.replace("\n", "")
    file = out / "annotations" / "instances_train.json"
    code, printed, told = run(capsys, monkeypatch, "import", "coco", file, "--out", back)
    assert (code, told) == (0, "") and "[/red]" in printed.replace("\n", "")
