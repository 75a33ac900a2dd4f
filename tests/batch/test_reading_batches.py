"""Batches of studies: what is written, goes on and is refused, with models that are always right."""

from pathlib import Path

import pytest
from scenery_studies import write_study
from seeing_models import seeing_models
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
        with pytest.raises(OSError, match="No space left"):
            read_all(open_storage(str(tmp_path)), sources)
    assert [path.name for path in tmp_path.iterdir()] == ["manifest"]
    assert read_all(open_storage(str(tmp_path)), sources) == [source.name for source in sources]
    assert (tmp_path / "study-1.sr.dcm").is_file()


@pytest.mark.parametrize("option", ["--without-levels", "--without-reports", "--activation-maps"])
def test_other_options_are_refused_in_the_same_folder(option: str, studies: Path, tmp_path: Path) -> None:
    Manifest.open(open_storage(str(tmp_path)), settings())
    done = discern(studies, tmp_path, option)
    assert isinstance(done.exception, BadInputError)
    assert "were read with other settings (options); choose another --out" in str(done.exception)
    assert [path.name for path in tmp_path.iterdir()] == ["manifest"]


def test_other_models_are_refused_in_the_same_folder(tmp_path: Path) -> None:
    Manifest.open(open_storage(str(tmp_path)), settings())
    with pytest.raises(BadInputError, match=r"other settings \(runtime\)"):
        Manifest.open(open_storage(str(tmp_path)), BatchSettings.of(seeing_models(), "openvino", OPTIONS))
    other = seeing_models(("L4-L5",))
    if other.identities != seeing_models().identities:
        with pytest.raises(BadInputError, match=r"other settings \(models\)"):
            Manifest.open(open_storage(str(tmp_path)), BatchSettings.of(other, "onnxruntime", OPTIONS))


def test_another_study_of_a_name_that_was_read_is_refused(studies: Path, tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path / "out"))
    manifest = Manifest.open(storage, settings())
    manifest.note(StudySource("study-1", studies / "study-1"), [])
    assert manifest.unread([StudySource("study-1", studies / "study-1")]) == []
    with pytest.raises(BadInputError, match="another study of this name was read into --out"):
        manifest.unread([StudySource("study-1", tmp_path / "study-1")])


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
    url = f"memory://{tmp_path.name}/results"
    done = discern(studies, url)
    assert f"begin at {url}/index.html" in " ".join(done.output.split()).replace("- ", "-")
    discern(studies, tmp_path / "out")
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert set(open_storage(url).names("")) == written
    assert open_storage(url).read("index.html") == (tmp_path / "out" / "index.html").read_bytes()


def test_what_ray_alone_takes_is_refused_without_it(studies: Path, tmp_path: Path) -> None:
    for arguments in (("--actors", "2"), ("--address", "127.0.0.1:1"), ("--gpus-per-actor", "1")):
        done = discern(studies, tmp_path / "out", *arguments)
        assert done.exit_code == 2
        assert "only --executor ray takes" in done.output
    assert not (tmp_path / "out").exists()
