"""Cases of a draft study, from folders, ZIPs and phantoms."""

import os
import shutil
import stat
import time
from collections.abc import Callable
from pathlib import Path

import pydicom
import pytest
from draft_study import Draft, draft_study, packed, write_examination
from mr_files import StudyFolder, axial, sagittal
from sqlalchemy import select, update

from annotation.labels import LUMBAR
from data.phantom.studies import StudyPlan
from imaging.study import SeriesKind
from reading.cases import sources
from reading.cases.cases import AddedCases, add_cases, remove_stale
from reading.cases.examination import CaseRefused, Examination, read_examination
from reading.cases.sources import CasesOf, Folder, Phantoms, Upload
from reading.people.audit import entries
from reading.store import tables

BATCH = "5b0c9f3e-58ab-4ac0-a4b8-6a4c2fd6a6f3"


@pytest.fixture
def draft(tmp_path: Path) -> Draft:
    return draft_study(tmp_path)


@pytest.fixture(scope="session")
def examination(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_examination(tmp_path_factory.mktemp("examination") / "anna", "PAT-4711")


def add(draft: Draft, source: CasesOf, training: bool = False, batch: str = "") -> AddedCases:
    return add_cases(draft.store, draft.data, draft.id, source, training, batch=batch)


def test_a_folder_of_examinations_becomes_cases(draft: Draft, examination: Path) -> None:
    folder = draft.imports / "first"
    shutil.copytree(examination, folder / "one")
    packed(write_examination(draft.data / "other", "PAT-2"), folder / "two.zip")
    (folder / "REFERENCE.csv").write_text(
        "case,patient,level,verdict,slip\none,p1,L5-S1,bulge,0\none,p1,L4-L5,herniation,1\n"
    )
    added = add(draft, Folder("first"), training=True)
    assert not added.refused
    first, second = draft.cases()
    assert added.added == {first.name: first.id, second.name: second.id}
    assert (first.name, first.patient, first.training) == ("case-01", "patient-01", True)
    assert first.levels == ["L4-L5", "L5-S1"]
    assert first.truth["L4-L5"] == {"verdict": "herniation", "slip": True, "image": None, "edges": None}
    assert (second.name, second.patient, second.levels, second.truth) == (
        "case-02",
        "patient-02",
        list(LUMBAR.levels),
        None,
    )


def test_cases_are_added_in_either_database(tmp_path: Path, database_url: str, examination: Path) -> None:
    draft = draft_study(tmp_path / "served", url=database_url)
    packed(examination, draft.data / "x.zip")
    for expected in (["case-01"], []):
        assert list(add(draft, Upload(draft.data / "x.zip")).added) == expected
    draft.store.engine.dispose()


def test_what_is_kept_names_no_patient_and_holds_what_readers_need(draft: Draft, examination: Path) -> None:
    shutil.copytree(examination, draft.imports / "f" / "anna")
    add(draft, Folder("f"))
    (case,) = draft.cases()
    files = list((draft.data / "cases" / case.folder).rglob("*.dcm"))
    kinds = {pydicom.dcmread(path, stop_before_pixels=True).SeriesDescription for path in files}
    assert kinds == {"sagittal T2", "sagittal T1", "axial T2"}
    assert not any(
        b"PAT-4711" in path.read_bytes() for path in draft.data.rglob("*") if _is_ours(draft, path)
    )
    assert stat.S_IMODE((draft.data / "pseudonyms.key").stat().st_mode) == 0o600


def _is_ours(draft: Draft, path: Path) -> bool:
    return path.is_file() and draft.imports not in path.parents


def test_two_examinations_of_a_patient_share_the_patient(draft: Draft) -> None:
    for name, patient, states in (("a", "P1", {}), ("b", "P2", {}), ("c", "P1", {"L4-L5": "bulge"})):
        write_examination(draft.imports / "f" / name, patient, states)
    # Without this the third would share the pictures of its healthy discs with the first.
    for path in (draft.imports / "f" / "c").glob("*.dcm"):
        dataset = pydicom.dcmread(path)
        dataset.set_pixel_data(dataset.pixel_array + 7, "MONOCHROME2", bits_stored=16)
        dataset.save_as(path)
    assert not add(draft, Folder("f")).refused
    assert [case.patient for case in draft.cases()] == ["patient-01", "patient-02", "patient-01"]


def test_the_same_pictures_are_refused_and_the_batch_goes_on(draft: Draft, examination: Path) -> None:
    folder = draft.imports / "f"
    shutil.copytree(examination, folder / "a")
    shutil.copytree(examination, folder / "b")
    write_examination(folder / "c", "another")
    added = add(draft, Folder("f"))
    assert list(added.added) == ["case-01", "case-02"]
    assert added.refused == ("b: has pictures that case-01 of this study has too",)
    assert len(list((draft.data / "cases").iterdir())) == 2


def test_a_broken_off_batch_goes_on_where_it_was(draft: Draft, examination: Path) -> None:
    shutil.copytree(examination, draft.imports / "f" / "a")
    first = add(draft, Folder("f"), batch=BATCH)
    write_examination(draft.imports / "f" / "b", "another")
    again = add(draft, Folder("f"), batch=BATCH)
    assert not again.refused
    assert again.added == {**first.added, "case-02": draft.cases()[1].id}


def test_every_case_is_in_the_audit_log(draft: Draft, examination: Path) -> None:
    shutil.copytree(examination, draft.imports / "f" / "a")
    add_cases(draft.store, draft.data, draft.id, Folder("f"), False, account_id=draft.coordinator.id)
    (entry,) = entries(draft.store, action="case added")
    assert (entry.account, entry.subject, entry.detail) == ("coordinator", draft.id, {"case": "case-01"})


def mixed(folder: Path) -> None:
    StudyFolder(folder, "Miller").series([sagittal(0)])
    StudyFolder(folder / "more", "Smith").series([sagittal(4)])


def two_examinations(folder: Path) -> None:
    StudyFolder(folder, "Miller").series([sagittal(0)])
    StudyFolder(folder / "Miller-2", "Miller").series([sagittal(4)])


def without_sagittal(folder: Path) -> None:
    StudyFolder(folder, "Miller").series([axial(0), axial(4)])


def without_pixels(folder: Path) -> None:
    for path in StudyFolder(folder, "Miller").series([sagittal(0)]):
        dataset = pydicom.dcmread(path)
        dataset.PixelData = b"12"
        dataset.save_as(path)


def no_dicom(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "Miller.dcm").write_text("a letter")


def linked(folder: Path) -> None:
    StudyFolder(folder, "Miller").series([sagittal(0)])
    (folder / "passwords").symlink_to("/etc/passwd")


@pytest.mark.parametrize(
    ("write", "said"),
    [
        (mixed, "images of two patients are mixed"),
        (two_examinations, "holds 2 examinations"),
        (without_sagittal, "no sagittal T2 or STIR series"),
        (without_pixels, "none of its pictures can be decoded"),
        (no_dicom, "no MR images that can be read in it"),
        (linked, "has a link in it"),
    ],
)
def test_what_is_no_case_is_refused_with_a_sentence(
    draft: Draft, write: Callable[[Path], None], said: str
) -> None:
    write(draft.imports / "f" / "x")
    added = add(draft, Folder("f"))
    assert not added.added and not draft.cases()
    (sentence,) = added.refused
    assert sentence.startswith(f"x: {said}")
    assert "Miller" not in sentence and str(draft.data) not in sentence


@pytest.mark.parametrize("name", ["..", "../cases", "/etc", ".", "", "absent", "f/../../cases", "out"])
def test_only_folders_for_imports_are_taken(draft: Draft, name: str) -> None:
    (draft.imports / "f").mkdir()
    (draft.imports / "out").symlink_to(draft.data / "cases")
    with pytest.raises(CaseRefused, match="server's data folder"):
        add(draft, Folder(name))


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("case,patient,level,verdict,slip\nx,p,L4-L5,broken,0\n", "REFERENCE.csv"),
        ("case,patient,image,xmin,ymin,xmax,ymax,verdict,slip\nx,p,a.png,1,1,2,2,bulge,0\n", "level"),
    ],
)
def test_a_reference_that_cannot_be_used_is_said_before_anything_is_added(
    draft: Draft, examination: Path, table: str, said: str
) -> None:
    shutil.copytree(examination, draft.imports / "f" / "x")
    (draft.imports / "f" / "REFERENCE.csv").write_text(table)
    with pytest.raises(CaseRefused, match=said):
        add(draft, Folder("f"))
    assert not draft.cases()


def test_a_reference_of_what_is_not_there_is_said(draft: Draft, examination: Path) -> None:
    shutil.copytree(examination, draft.imports / "f" / "x")
    (draft.imports / "f" / "REFERENCE.csv").write_text("case,patient,level,verdict,slip\ny,p,L4-L5,bulge,0\n")
    added = add(draft, Folder("f"))
    assert list(added.added) == ["case-01"]
    assert added.refused == ("y: in REFERENCE.csv, but no such folder or ZIP",)


def test_an_open_study_takes_no_more_cases(draft: Draft, examination: Path) -> None:
    shutil.copytree(examination, draft.imports / "f" / "x")
    with draft.store.write() as connection:
        connection.execute(update(tables.studies).values(state="open"))
    with pytest.raises(CaseRefused, match="open already"):
        add(draft, Folder("f"))


def test_a_broken_picture_is_left_out_and_said(draft: Draft, examination: Path) -> None:
    folder = Path(shutil.copytree(examination, draft.imports / "f" / "x"))
    path = min(folder.glob("*.dcm"), key=lambda path: path.stat().st_size)
    path.write_bytes(path.read_bytes()[:200])
    added = add(draft, Folder("f"))
    assert added.warnings == ("x: 1 of its pictures cannot be used",)


def test_phantoms_come_with_their_truth(draft: Draft) -> None:
    plan = StudyPlan((SeriesKind.SAGITTAL_T2,), sagittal_slices=3)
    added = add(draft, Phantoms(1, 21, plan))
    assert not added.refused and list(draft.data.glob(".new-*")) == []
    (case,) = draft.cases()
    assert case.levels == sorted(case.truth) and len(case.levels) >= 4
    disc = case.truth[case.levels[0]]
    assert disc["verdict"] in ("normal", "bulge", "herniation") and isinstance(disc["slip"], bool)
    picture = pydicom.dcmread(draft.data / "cases" / case.folder / disc["image"])
    assert picture.SeriesDescription == "sagittal T2"
    left, top, right, bottom = disc["edges"]
    assert 0 <= left < right <= picture.Columns and 0 <= top < bottom <= picture.Rows


def test_an_upload_is_a_case(draft: Draft, examination: Path) -> None:
    path = packed(examination, draft.data / "upload.zip")
    assert list(add(draft, Upload(path)).added) == ["case-01"]
    (sentence,) = add(draft, Upload(path)).refused
    assert sentence.startswith("the upload: has pictures that case-01")


def test_the_digest_of_a_picture_does_not_depend_on_its_copy(draft: Draft, examination: Path) -> None:
    add(draft, Upload(packed(examination, draft.data / "upload.zip")))
    (case,) = draft.cases()
    with draft.store.read() as connection:
        kept = set(connection.scalars(select(tables.case_pixels.c.digest)))
    assert kept == read_examination(examination).digests
    assert kept == read_examination(draft.data / "cases" / case.folder).digests
    compressed = draft.data / "compressed"
    shutil.copytree(examination, compressed)
    for file in compressed.glob("*.dcm"):
        dataset = pydicom.dcmread(file)
        dataset.compress(pydicom.uid.RLELossless)
        dataset.save_as(file)
    assert kept == read_examination(compressed).digests


def test_what_killed_processes_left_is_removed_after_a_day(draft: Draft) -> None:
    paths = [draft.data / name for name in ("uploads/x.zip", ".new-a/x", "cases/.new-b/x", "cases/c/x")]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    remove_stale(draft.data)
    assert all(path.exists() for path in paths)
    for path in (*paths, *(path.parent for path in paths)):
        os.utime(path, (time.time() - 90_000,) * 2)
    remove_stale(draft.data)
    assert [path.exists() for path in paths] == [False, False, False, True]


def test_a_worker_that_comes_back_late_harms_no_case(draft: Draft, examination: Path) -> None:
    """It was taken for dead, and the next one has added the case meanwhile."""
    shutil.copytree(examination, draft.imports / "f" / "a")
    found = read_examination

    def slowly(source: Path) -> Examination:
        patched.undo()
        add(draft, Folder("f"), batch=BATCH)
        return found(source)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sources, "read_examination", slowly)
        assert list(add(draft, Folder("f"), batch=BATCH).added) == ["case-01"]
    (case,) = draft.cases()
    assert read_examination(draft.data / "cases" / case.folder).digests == found(examination).digests
