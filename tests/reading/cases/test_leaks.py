"""What the AI or a reader may know already is no case."""

import shutil
from pathlib import Path

import cv2
import pydicom
import pytest
from draft_study import SALT, draft_study, packed, write_examination
from small_reader_study import new_account
from sqlalchemy import update

from axial.models import PHANTOM_MODELS
from data.phantom.cohort import OPEN_KEY
from data.phantom.ranges import AXIAL_SEEDS, TEST_SEED
from imaging.export import export_studies
from imaging.picture_form import PictureForm
from imaging.pictures import pictures_in
from imaging.pseudonyms import PseudonymKey, open_key
from imaging.windowing import Window
from models.identities import (
    TrainingIdentities,
    patient_identities,
    picture_identities,
    read_identities,
)
from reading.cases.cases import add_cases
from reading.cases.examination import Examination, read_examination
from reading.cases.leaks import active_study_of, training_leak
from reading.cases.sources import Folder
from reading.store import tables
from reading.study.studies import add_member

KEY = PseudonymKey(bytes(range(32)))


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_examination(tmp_path_factory.mktemp("known") / "anna", "PAT-1")


@pytest.fixture(scope="session")
def known(folder: Path) -> Examination:
    return read_examination(folder)


def trained_on(*patients: str, pictures: tuple[Path, ...] = ()) -> list[TrainingIdentities]:
    """A model that knows nobody, and one that knows these."""
    nobody = TrainingIdentities("other", frozenset(), frozenset())
    people = frozenset(patient_identities(patients, SALT))
    return [nobody, TrainingIdentities(SALT, people, frozenset(picture_identities(pictures, SALT)))]


@pytest.mark.parametrize("name", ["PAT-1", "anna", "ref-7", KEY.patient("PAT-1"), OPEN_KEY.patient("PAT-1")])
def test_a_patient_of_the_training_is_found_by_every_name(known: Examination, name: str) -> None:
    leak = training_leak(trained_on(name), known, {"anna", "ref-7"}, [OPEN_KEY, KEY])
    assert leak is not None and "patient" in leak and name not in leak


def test_others_are_not(known: Examination) -> None:
    strangers = ("PAT-2", "", "Name^PAT-1", KEY.patient("PAT-2"))
    assert training_leak(trained_on(*strangers), known, {"anna"}, [OPEN_KEY, KEY]) is None


@pytest.mark.parametrize("window", [None, "tags", Window()])
def test_a_picture_of_the_training_is_found_whatever_it_was_called(
    folder: Path, known: Examination, tmp_path: Path, window: Window | None
) -> None:
    export_studies([folder], tmp_path / "cohort", PseudonymKey(bytes(32)), PictureForm(window=window))
    first = pictures_in(tmp_path / "cohort" / "images")[1]
    leak = training_leak(trained_on(pictures=(first,)), known)
    assert leak is not None and "picture" in leak


def test_a_cropped_picture_and_that_of_another_patient_are_not_found(
    folder: Path, known: Examination, tmp_path: Path
) -> None:
    export_studies([folder], tmp_path / "cohort", PseudonymKey(bytes(32)))
    first = pictures_in(tmp_path / "cohort" / "images")[1]
    cv2.imwrite(str(tmp_path / "cropped.png"), cv2.imread(str(first), cv2.IMREAD_UNCHANGED)[1:])
    assert training_leak(trained_on(pictures=(tmp_path / "cropped.png",)), known) is None
    other = read_examination(write_examination(tmp_path / "other", "PAT-2"))
    assert training_leak(trained_on(pictures=(first,)), other) is None


def test_such_cases_are_refused_and_others_are_added(folder: Path, tmp_path: Path) -> None:
    key = tmp_path / "hospital.key"
    draft = draft_study(tmp_path, ["by-folder", "in-table", open_key(key).patient("PAT-3"), "PAT-4"])
    shutil.copy(key, draft.imports / "key")
    for number, name in enumerate(("by-folder", "by-table", "by-key", "by-id", "fine"), start=1):
        write_examination(draft.imports / "f" / name, f"PAT-{number}")
    packed(draft.imports / "f" / "by-id", draft.imports / "f" / "zipped.zip")
    (draft.imports / "f" / "REFERENCE.csv").write_text(
        "case,patient,level,verdict,slip\nby-table,in-table,L4-L5,bulge,0\n"
    )
    added = add_cases(draft.store, draft.data, draft.id, Folder("f"), False)
    assert len(added.added) == len(draft.cases()) == 1
    refused = [sentence.split(": ") for sentence in added.refused]
    assert [name for name, _ in refused] == ["by-folder", "by-id", "by-key", "by-table", "zipped"]
    assert all(why.startswith("its patient is among those") for _, why in refused)
    assert len(list((draft.data / "cases").iterdir())) == 1


def test_a_reader_has_the_case_of_a_study_nowhere_else(folder: Path, tmp_path: Path) -> None:
    draft = draft_study(tmp_path)
    shutil.copytree(folder, draft.imports / "f" / "x")
    add_cases(draft.store, draft.data, draft.id, Folder("f"), False)
    reader, stranger = (new_account(draft.store, name, "reader") for name in ("in it", "not in it"))
    add_member(draft.store, draft.coordinator, draft.id, reader.id)
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    for path in sorted(copy.glob("*.dcm"))[1:]:
        path.unlink()
    (path,) = copy.glob("*.dcm")
    renamed = pydicom.dcmread(path)
    renamed.PatientID = "somebody else"
    renamed.save_as(path)
    digests = {next(iter(read_examination(folder).digests))}
    assert active_study_of(draft.store, reader.id, digests) == draft.id
    assert active_study_of(draft.store, stranger.id, digests) is None
    assert active_study_of(draft.store, reader.id, {"0" * 64}) is None
    with draft.store.write() as connection:
        connection.execute(update(tables.studies).values(state="closed"))
    assert active_study_of(draft.store, reader.id, digests) is None


def test_the_models_that_come_with_the_project_know_their_phantoms() -> None:
    models = read_identities(PHANTOM_MODELS)
    for seed in AXIAL_SEEDS:
        assert any(model.has_patient(f"phantom{seed}-0000") for model in models)
    assert not any(model.has_patient(f"phantom{TEST_SEED}-0000") for model in models)
