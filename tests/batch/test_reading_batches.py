"""Batches of studies: what is written, goes on and is refused, with models that are always right."""

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
from scenery_studies import write_study
from seeing_models import seeing_models
from shelf import shelf_storage
from typer.testing import CliRunner, Result

import axial.models
import batch.page
from axial.result import read_result
from batch.local import LocalReading
from batch.manifest import BatchSettings, Manifest, ReadingOptions
from batch.sources import StudySource, study_sources
from batch.studies import Task
from cluster.storage import Storage, open_storage
from commands.read_study import app
from errors import BadInputError

OPTIONS = ReadingOptions()


@pytest.fixture(scope="module")
def studies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three patients, and a study that cannot be read."""
    folder = tmp_path_factory.mktemp("batch") / "studies"
    for number in (1, 2, 3):
        write_study(folder / f"study-{number}", f"patient-{number}")
    (folder / "study-0").mkdir()
    return folder


@pytest.fixture(autouse=True)
def models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(axial.models, "open_models", lambda folder, threads, runtime: seeing_models())


def settings(options: ReadingOptions = OPTIONS) -> BatchSettings:
    return BatchSettings.of(seeing_models(), "onnxruntime", options)


def discern(studies: Path, out: object, *arguments: str) -> Result:
    return CliRunner().invoke(app, [str(studies), "--out", str(out), *arguments])


def begun(folder: Path, studies: Path) -> None:
    """A batch of which one study was read."""
    manifest = Manifest.open(open_storage(str(folder)), settings())
    manifest.note(StudySource("study-1", studies / "study-1"), ["study-1"], [])


def read_all(storage: Storage, sources: list[StudySource]) -> list[str]:
    manifest = Manifest.open(storage, settings())
    task = Task(OPTIONS, storage, manifest)
    outcomes = LocalReading(seeing_models()).read(manifest.unread(sources), task)
    return [outcome.source.name for outcome in outcomes]


def test_a_second_call_reads_what_is_missing_alone(studies: Path, tmp_path: Path) -> None:
    first = discern(studies, tmp_path / "out")
    assert first.exit_code == 1
    assert "no MR images that can be read in it" in first.output
    result = tmp_path / "out" / "study-2.json"
    kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").glob("study-*")}
    again = discern(studies, tmp_path / "out")
    assert again.exit_code == 1
    assert "3 of 4 studies were read before; going on with 1" in again.output
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out").glob("study-*")} == kept
    assert read_result(result).study == "study-2"
    page = (tmp_path / "out" / "index.html").read_text()
    assert "3 read, 1 failed." in page
    assert page.count("<h3>") == 3


def test_a_study_is_noted_when_all_of_its_files_are_there(
    studies: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = study_sources([studies])

    def full(result: object, source: object, path: Path, when: object) -> None:
        raise OSError(28, "No space left on device", str(path))

    with monkeypatch.context() as patch:
        patch.setattr("reporting.structured.write_structured_report", full)
        read_all(open_storage(str(tmp_path)), sources)
    assert [path.name for path in tmp_path.iterdir()] == ["manifest"]
    assert read_all(open_storage(str(tmp_path)), sources) == [source.name for source in sources]
    assert (tmp_path / "study-1.sr.dcm").is_file()


@pytest.mark.parametrize("option", ["--without-levels", "--without-reports", "--activation-maps"])
def test_other_options_are_refused_in_the_same_folder(option: str, studies: Path, tmp_path: Path) -> None:
    begun(tmp_path, studies)
    for given in (studies, studies / "study-2"):
        done = discern(given, tmp_path, option)
        assert isinstance(done.exception, BadInputError)
        assert "were read with other settings (options); choose another --out" in str(done.exception)
        assert [path.name for path in tmp_path.iterdir()] == ["manifest"]


def test_settings_with_which_nothing_was_read_are_replaced(studies: Path, tmp_path: Path) -> None:
    Manifest.open(open_storage(str(tmp_path)), settings())
    done = discern(studies / "study-1", tmp_path, "--without-reports")
    assert done.exit_code == 0, done.output
    begun_again = discern(studies / "study-1", tmp_path)
    assert "were read with other settings (options)" in str(begun_again.exception)


def test_other_models_are_refused_in_the_same_folder(studies: Path, tmp_path: Path) -> None:
    begun(tmp_path, studies)
    with pytest.raises(BadInputError, match=r"other settings \(runtime\)"):
        Manifest.open(open_storage(str(tmp_path)), BatchSettings.of(seeing_models(), "openvino", OPTIONS))
    other = seeing_models(("L4-L5",))
    if other.identities != seeing_models().identities:
        with pytest.raises(BadInputError, match=r"other settings \(models\)"):
            Manifest.open(open_storage(str(tmp_path)), BatchSettings.of(other, "onnxruntime", OPTIONS))


def test_another_study_of_a_name_that_was_read_is_refused(studies: Path, tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path / "out"))
    manifest = Manifest.open(storage, settings())
    manifest.note(StudySource("study-1", studies / "study-1"), ["study-1"], [])
    assert manifest.unread([StudySource("study-1", studies / "study-1")]) == []
    with pytest.raises(BadInputError, match="another study of this name was read into --out"):
        manifest.unread([StudySource("study-1", tmp_path / "study-1")])


@pytest.fixture(scope="module")
def numbered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two studies of one patient in a folder, and one of another patient that is called like the first."""
    folder = tmp_path_factory.mktemp("numbered") / "studies"
    for name in ("a/first", "a/second"):
        write_study(folder / name, "patient-a")
    write_study(folder / "a-1", "patient-b")
    return folder


def test_numbered_studies_take_no_other_study_s_name(numbered: Path, tmp_path: Path) -> None:
    done = discern(numbered, tmp_path / "out", "--without-reports")
    assert done.exit_code == 1
    assert "it holds 2 studies, and a-1 is another study's name; rename one" in done.output
    assert [path.name for path in (tmp_path / "out").glob("*.json")] == ["a-1.json"]
    again = discern(numbered / "a", tmp_path / "out", "--without-reports")
    assert "a-1 is another study's name" in again.output


def test_what_a_numbered_study_is_called_no_later_study_may_be(numbered: Path, tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "a").symlink_to(numbered / "a")
    (tmp_path / "more" / "c").symlink_to(numbered / "a-1")
    assert discern(tmp_path / "more", tmp_path / "out", "--without-reports").exit_code == 0
    before = (tmp_path / "out" / "a-1.json").read_bytes()
    done = discern(numbered / "a-1", tmp_path / "out", "--without-reports")
    assert "another study of this name was read into --out" in str(done.exception)
    assert (tmp_path / "out" / "a-1.json").read_bytes() == before


def test_a_single_study_becomes_one_of_the_batch_that_lies_there(studies: Path, tmp_path: Path) -> None:
    discern(studies, tmp_path / "out")
    kept = (tmp_path / "out" / "study-1.json").read_bytes()
    (tmp_path / "study-1").symlink_to(studies / "study-2")
    other = discern(tmp_path / "study-1", tmp_path / "out")
    assert "another study of this name was read into --out" in str(other.exception)
    assert (tmp_path / "out" / "study-1.json").read_bytes() == kept
    (tmp_path / "study-4").symlink_to(studies / "study-1")
    assert discern(tmp_path / "study-4", tmp_path / "out").exit_code == 0
    assert (tmp_path / "out" / "index.html").read_text().count("<h3>") == 4


def test_a_study_whose_results_would_be_hidden_is_refused(studies: Path, tmp_path: Path) -> None:
    (tmp_path / ".hidden").symlink_to(studies / "study-1")
    done = discern(tmp_path / ".hidden", tmp_path / "out")
    assert done.exit_code == 1
    assert "its name begins with a dot" in done.output
    assert not list(tmp_path.glob("out/*"))


def test_a_damaged_note_is_named(studies: Path, tmp_path: Path) -> None:
    discern(studies, tmp_path)
    (note,) = tmp_path.glob("manifest/study-2.*")
    note.write_text('{"studies"')
    done = discern(studies, tmp_path)
    assert str(done.exception) == f"{note}: not the note of a study; remove it, and the study is read again"
    note.unlink()
    assert "2 of 4 studies were read before" in discern(studies, tmp_path).output


def test_an_error_that_none_expected_ends_no_batch(
    studies: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: object, **options: object) -> None:
        raise RuntimeError("Smith^John")

    monkeypatch.setattr("batch.studies.read_pictures", broken)
    done = discern(studies, tmp_path)
    assert done.exit_code == 1
    assert done.output.count("RuntimeError; read it alone with --executor local to see more") == 3
    assert "Smith" not in done.output
    assert isinstance(discern(studies / "study-1", tmp_path / "alone").exception, RuntimeError)


def test_results_into_a_file_are_refused(studies: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    for given in (studies, studies / "study-1"):
        done = discern(given, tmp_path / "out")
        assert isinstance(done.exception, BadInputError)
        assert str(done.exception).startswith(f"{tmp_path / 'out'}: ")
    assert (tmp_path / "out").read_text() == "mine"


def test_help_names_the_files_that_are_written() -> None:
    said = CliRunner().invoke(app, ["--help"]).output
    assert all(f"STUDY{ending}" in said for ending in (".json", ".pdf", ".pdf.dcm", ".sr.dcm"))


def test_a_large_batch_gets_several_pages(
    studies: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch.page, "STUDIES_A_PAGE", 2)
    discern(studies, tmp_path / "out")
    pages = [(tmp_path / "out" / name).read_text() for name in ("index.html", "index-2.html")]
    assert [page.count("<h3>") for page in pages] == [2, 1]
    assert all("3 read" in page for page in pages)
    assert ["study-0" in page for page in pages] == [True, False]


def test_results_go_to_a_url_as_to_a_folder(studies: Path, tmp_path: Path) -> None:
    storage = shelf_storage(tmp_path / "shelf")
    done = discern(studies, storage.address())
    assert f"beginat{storage.address('index.html')}" in "".join(done.output.split())
    # What a command left that was killed a week ago goes.
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / ".study-1.pdf.17.partial").touch()
    os.utime(tmp_path / "out" / ".study-1.pdf.17.partial", (time.time() - 7 * 24 * 60 * 60,) * 2)
    discern(studies, tmp_path / "out")
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert set(storage.names("")) == written
    assert storage.read("index.html") == (tmp_path / "out" / "index.html").read_bytes()


def test_what_a_cluster_computes_with_is_said_once(
    studies: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = LocalReading(replace(seeing_models(), runtimes=("CUDA on a machine",)))
    monkeypatch.setattr("commands.read_study._executor", lambda *arguments: there)
    arguments = ("--executor", "ray", "--runtime", "auto", "--without-reports")
    assert discern(studies, tmp_path, *arguments).output.count("computed by CUDA on a machine") == 1


def test_what_ray_alone_takes_is_refused_without_it(studies: Path, tmp_path: Path) -> None:
    for arguments in (("--actors", "2"), ("--address", "127.0.0.1:1"), ("--gpus-per-actor", "1")):
        done = discern(studies, tmp_path / "out", *arguments)
        assert done.exit_code == 2
        assert "only --executor ray takes" in done.output
    assert not (tmp_path / "out").exists()
