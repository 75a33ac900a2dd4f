"""Open readings as they are listed, kept and removed."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import pytest
from draft_study import packed, write_examination
from pydicom import dcmread
from small_reader_study import Clock, new_account
from sqlalchemy import update
from stored_open_reading import read_examination_folder, stored_open_reading

from errors import BadInputError
from reading.jobs import open_reading as jobs_of_open_readings
from reading.jobs.inference import AiReading
from reading.jobs.open_reading import MODELS_VARIABLE, ask_for_open_reading, open_reading_models
from reading.jobs.worker import do_next
from reading.open.downloads import DOWNLOADS, download
from reading.open.kept_result import (
    CorrectedElsewhere,
    KeptForm,
    ai_result,
    final_result,
    keep_form,
    kept_form,
    of_phantoms_alone,
)
from reading.open.open_readings import (
    OPEN_FOLDER,
    folder_of,
    open_reading,
    open_readings,
    remove,
    remove_orphans,
)
from reading.people.accounts import Account
from reading.people.audit import entries
from reading.store.database import Store, open_store
from reading.store.form import DiscCall, ReadingForm
from reading.store.tables import jobs


@dataclass(frozen=True)
class Scene:
    store: Store
    clock: Clock
    data: Path
    anna: Account
    ben: Account
    template: Path

    def stored(self, account: Account | None = None) -> str:
        return stored_open_reading(self.store, self.data, account or self.anna, self.template)

    def upload(self, name: str = "u") -> Path:
        folder = self.data / "uploads"
        folder.mkdir(exist_ok=True)
        return packed(write_examination(self.data / "source" / name, f"PAT-{name}"), folder / f"{name}.zip")

    def work(self) -> None:
        while do_next(self.store, self.data, "worker"):
            pass

    @property
    def left(self) -> list[Path]:
        """Files of uploads and open readings."""
        return [
            path
            for name in ("uploads", OPEN_FOLDER)
            for path in (self.data / name).rglob("*")
            if path.is_file()
        ]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return read_examination_folder(tmp_path_factory.mktemp("open-readings") / "one")


@pytest.fixture
def scene(tmp_path: Path, template: Path) -> Iterator[Scene]:
    clock = Clock()
    store = open_store(f"sqlite:///{tmp_path / 'discern.db'}", clock)
    anna, ben = (new_account(store, name, "reader") for name in ("anna", "ben"))
    yield Scene(store, clock, tmp_path, anna, ben, template)
    store.engine.dispose()


@pytest.fixture
def by_models_of_the_test(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker's AI says what a stored open reading says."""
    result = ai_result(folder_of(scene.data, scene.stored(scene.ben)))
    monkeypatch.setattr(
        jobs_of_open_readings, "read_folder", lambda name, *_: AiReading(replace(result, study=name), 1.0)
    )


def sent(form: ReadingForm, sequence: int = 1) -> KeptForm:
    return KeptForm(str(uuid4()), sequence, form)


def test_each_account_has_its_own_the_newest_first(scene: Scene) -> None:
    first = ask_for_open_reading(scene.store, Path("a.zip"), scene.anna.id)
    scene.clock.go_on(minutes=1)
    second = ask_for_open_reading(scene.store, Path("b.zip"), scene.anna.id)
    others = ask_for_open_reading(scene.store, Path("c.zip"), scene.ben.id)
    found = open_readings(scene.store, scene.anna.id)
    assert [(item.id, item.state, item.before) for item in found] == [
        (second, "waiting", 1),
        (first, "waiting", 0),
    ]
    assert open_reading(scene.store, scene.anna.id, others) is None
    assert open_reading(scene.store, scene.anna.id, "absent") is None


@pytest.mark.usefixtures("by_models_of_the_test")
def test_an_upload_is_read_without_its_patient(scene: Scene) -> None:
    made = ask_for_open_reading(scene.store, scene.upload(), scene.anna.id)
    scene.work()
    done = open_reading(scene.store, scene.anna.id, made)
    assert done is not None and (done.state, done.problem) == ("done", "")
    result = ai_result(folder_of(scene.data, made))
    assert result.study == "open reading 2026-03-02 08:00"
    pictures = list(folder_of(scene.data, made).rglob("*.dcm"))
    assert pictures and not any(b"PAT-u" in path.read_bytes() for path in pictures)
    assert not list((scene.data / "uploads").iterdir())


@pytest.mark.usefixtures("by_models_of_the_test")
def test_nothing_is_left_of_what_cannot_be_read(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> AiReading:
        raise BadInputError(scene.data / "models", "no models here; give a folder")

    kept = scene.left
    gone = ask_for_open_reading(scene.store, scene.upload("gone"), scene.anna.id)
    (scene.data / "uploads" / "gone.zip").unlink()
    monkeypatch.setattr(jobs_of_open_readings, "read_folder", fail)
    unread = ask_for_open_reading(scene.store, scene.upload(), scene.anna.id)
    scene.work()
    said = [open_reading(scene.store, scene.anna.id, made) for made in (gone, unread)]
    assert [item.problem for item in said if item] == [
        "the upload is no longer there; send it again",
        "the AI cannot read it: no models here; give a folder; tell the coordinator",
    ]
    assert scene.left == kept


@pytest.mark.usefixtures("by_models_of_the_test")
def test_what_a_worker_has_taken_in_is_not_taken_in_again_by_the_next(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: object) -> AiReading:
        raise Killed

    made = ask_for_open_reading(scene.store, scene.upload(), scene.anna.id)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(jobs_of_open_readings, "read_folder", die)
        scene.work()
    monkeypatch.setattr(jobs_of_open_readings, "take_in", die)
    scene.work()
    done = open_reading(scene.store, scene.anna.id, made)
    assert done is not None and done.state == "done"


@pytest.mark.usefixtures("by_models_of_the_test")
def test_one_that_is_removed_while_it_is_read_leaves_nothing(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = scene.left
    made = ask_for_open_reading(scene.store, scene.upload(), scene.anna.id)
    take_in = jobs_of_open_readings.take_in

    def removed_meanwhile(*given: object) -> tuple[str, ...]:
        remove(scene.store, scene.data, scene.anna.id, made)
        (scene.data / "uploads").mkdir(exist_ok=True)
        scene.upload()
        return take_in(*given)  # type: ignore[arg-type]

    def read(name: str, folder: Path, models: Path, stage: object) -> AiReading:
        stage("vertebrae")  # type: ignore[operator]
        raise AssertionError("it is nobody's")

    monkeypatch.setattr(jobs_of_open_readings, "take_in", removed_meanwhile)
    monkeypatch.setattr(jobs_of_open_readings, "read_folder", read)
    scene.work()
    assert open_readings(scene.store, scene.anna.id) == []
    (scene.data / "uploads" / "u.zip").unlink(missing_ok=True)
    assert scene.left == kept


def test_it_is_removed_with_all_that_belongs_to_it_by_its_owner_alone(scene: Scene) -> None:
    made = scene.stored()
    remove(scene.store, scene.data, scene.ben.id, made)
    assert open_reading(scene.store, scene.anna.id, made) is not None and scene.left
    remove(scene.store, scene.data, scene.anna.id, made)
    assert open_readings(scene.store, scene.anna.id) == [] and not scene.left
    (noted,) = entries(scene.store, action="open reading removed")
    assert (noted.account, noted.subject) == ("anna", made)


def test_what_killed_workers_left_is_removed(scene: Scene) -> None:
    kept, failed = (scene.stored() for _ in range(2))
    with scene.store.write() as connection:
        connection.execute(update(jobs).where(jobs.c.id == failed).values(state="failed"))
    folder = scene.data / OPEN_FOLDER
    names = (f".{kept}-now", f".{kept}-old", str(uuid4()), f".{uuid4()}-x", f".removed-{uuid4()}")
    for name in names:
        (folder / name).mkdir()
    yesterday = time.time() - 25 * 60 * 60
    os.utime(folder / names[1], (yesterday, yesterday))
    remove_orphans(scene.store, scene.data)
    assert {path.name for path in folder.iterdir()} == {kept, names[0]}


def test_a_form_is_kept_once_and_in_the_order_of_its_page(scene: Scene) -> None:
    folder = folder_of(scene.data, scene.stored())
    result = ai_result(folder)
    assert final_result(folder) == result
    first = sent(ReadingForm({"L5-S1": DiscCall("normal", slip=False)}), 4)
    for _ in range(2):
        keep_form(folder, first)
    assert kept_form(folder, result) == first
    assert next(item.verdict for item in final_result(folder).findings if item.level == "L5-S1") == "normal"
    with pytest.raises(CorrectedElsewhere, match="another window"):
        keep_form(folder, sent(ReadingForm(), 4))
    with pytest.raises(ValueError, match="no disc L9"):
        keep_form(folder, sent(ReadingForm({"L9": DiscCall("normal")}), 5))
    assert kept_form(folder, result) == first


def test_the_files_are_made_of_what_was_corrected(scene: Scene) -> None:
    folder = folder_of(scene.data, scene.stored())
    keep_form(folder, sent(ReadingForm({"L5-S1": DiscCall("normal", slip=False)})))
    made = {name: download(folder, name, scene.clock()) for name in DOWNLOADS}
    assert made["report.pdf"].startswith(b"%PDF")
    assert b'"by_ai"' in made["report.json"]
    for name, title in (("report.pdf.dcm", "DOC"), ("report.sr.dcm", "SR")):
        (scene.data / name).write_bytes(made[name])
        assert dcmread(scene.data / name).Modality == title
    with pytest.raises(KeyError):
        download(folder, "../result.json", scene.clock())


def test_the_models_are_those_of_the_phantom_unless_others_are_named(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (open_reading_models() / "axial.json").exists()
    monkeypatch.setenv(MODELS_VARIABLE, "/ours")
    assert open_reading_models() == Path("/ours")
    result = ai_result(folder_of(scene.data, scene.stored()))
    assert not of_phantoms_alone(result)
