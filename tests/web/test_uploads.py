"""Uploads, the pictures of a reading, and jobs, over HTTP."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np
import pytest
from draft_study import Draft, draft_study, packed, write_examination
from reading_app import app_service, client, signed_in_client
from small_reader_study import new_account
from sqlalchemy import select, update

from axial.models import PHANTOM_MODELS
from errors import BadInputError
from reading.cases.pictures import series_of, series_pixels
from reading.cases.sources import Folder
from reading.jobs.queue import job
from reading.jobs.work import ask_for_cases
from reading.jobs.worker import do_next
from reading.people.accounts import Account
from reading.store import tables
from reading.study.studies import add_member, open_study
from web.routes.cases import LIMIT_VARIABLE, UPLOADS, largest_upload

ZIP = {"content-type": "application/zip"}


@dataclass(frozen=True)
class Scene:
    draft: Draft
    upload: bytes
    reader: Account
    other: Account

    def post(self, account: Account, content: bytes | None = None, **sent: object) -> httpx.Response:
        browser = signed_in_client(app_service(self.draft.store, self.draft.data), account)
        sent = {"headers": ZIP, **sent}
        return browser.post(UPLOADS, content=self.upload if content is None else content, **sent)  # type: ignore[arg-type]

    def get(self, account: Account, path: str) -> httpx.Response:
        return signed_in_client(app_service(self.draft.store, self.draft.data), account).get(path)

    @property
    def left(self) -> list[Path]:
        """What lies in the folder of uploads."""
        return list((self.draft.data / "uploads").glob("*"))

    def work(self) -> None:
        while do_next(self.draft.store, self.draft.data, "worker"):
            pass


@pytest.fixture(scope="session")
def upload(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("upload")
    return packed(write_examination(folder / "anna", "PAT-1"), folder / "x.zip").read_bytes()


@pytest.fixture
def scene(tmp_path: Path, upload: bytes) -> Iterator[Scene]:
    draft = draft_study(tmp_path, models=PHANTOM_MODELS)
    reader, other = (new_account(draft.store, name, "reader") for name in ("reader", "other"))
    yield Scene(draft, upload, reader, other)
    draft.store.engine.dispose()


def test_a_coordinator_uploads_a_case(scene: Scene) -> None:
    asked = scene.post(scene.draft.coordinator, params={"study": scene.draft.id, "training": "1"})
    assert asked.status_code == 202
    path = f"/api/jobs/{asked.json()['job']}"
    assert scene.get(scene.draft.coordinator, path).json()["state"] == "waiting"
    scene.work()
    assert scene.get(scene.draft.coordinator, path).json() == {
        "id": asked.json()["job"],
        "kind": "add cases",
        "state": "done",
        "stage": "1 of 1 cases",
        "problem": "",
    }
    (case,) = scene.draft.cases()
    assert (case.name, case.training) == ("case-01", True) and not scene.left
    with scene.draft.store.read() as connection:
        assert len(connection.execute(select(tables.ai_results)).all()) == 1


def test_the_same_case_again_is_refused_in_its_job(scene: Scene) -> None:
    first, again = (scene.post(scene.draft.coordinator, params={"study": scene.draft.id}) for _ in range(2))
    scene.work()
    states = [job(scene.draft.store, asked.json()["job"]) for asked in (first, again)]
    assert [found.state for found in states if found] == ["done", "failed"]
    assert states[1] is not None and "case-01 of this study has too" in states[1].problem
    assert not scene.left


def test_anybody_may_ask_for_an_open_reading_and_sees_the_own_alone(scene: Scene) -> None:
    asked = scene.post(scene.reader)
    assert asked.status_code == 202
    path = f"/api/jobs/{asked.json()['job']}"
    scene.work()
    assert scene.get(scene.reader, path).json()["state"] == "done"
    assert scene.get(scene.other, path).status_code == 404
    assert scene.get(scene.draft.coordinator, path).status_code == 200
    assert not scene.left


def test_a_reader_adds_no_cases_to_a_study(scene: Scene) -> None:
    refused = scene.post(scene.reader, params={"study": scene.draft.id})
    assert refused.status_code == 403 and refused.json()["error"].endswith("ask the coordinator")
    assert not scene.left


@pytest.mark.parametrize("study", ["absent", "open"])
def test_cases_are_added_to_drafts_alone(scene: Scene, study: str) -> None:
    if study == "open":
        with scene.draft.store.write() as connection:
            connection.execute(update(tables.studies).values(state="open"))
    params = {"study": scene.draft.id if study == "open" else study}
    assert scene.post(scene.draft.coordinator, params=params).status_code == 409
    assert not scene.left


def test_nobody_uploads_without_signing_in_or_from_another_site(scene: Scene) -> None:
    stranger = client(app_service(scene.draft.store, scene.draft.data))
    assert stranger.post(UPLOADS, content=scene.upload, headers=ZIP).status_code == 401
    foreign = scene.post(scene.reader, headers={**ZIP, "origin": "https://elsewhere.test"})
    assert foreign.status_code == 403
    assert not scene.left


@pytest.mark.parametrize(
    ("content", "headers", "status", "said"),
    [
        (b"no ZIP", ZIP, 422, "not a ZIP"),
        (b"", ZIP, 422, "not a ZIP"),
        (None, {"content-type": "text/plain"}, 415, "not a ZIP"),
        (bytes(2**20 + 1), ZIP, 413, "more than 1 MB"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(
    scene: Scene,
    monkeypatch: pytest.MonkeyPatch,
    content: bytes | None,
    headers: dict[str, str],
    status: int,
    said: str,
) -> None:
    monkeypatch.setenv(LIMIT_VARIABLE, "1")
    refused = scene.post(scene.reader, content, headers=headers)
    assert refused.status_code == status and said in refused.json()["error"]
    assert not scene.left


def test_a_stream_that_does_not_say_its_length_is_limited_too(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def parts() -> Iterator[bytes]:
        for _ in range(20):
            yield bytes(2**16)

    monkeypatch.setenv(LIMIT_VARIABLE, "1")
    browser = signed_in_client(app_service(scene.draft.store, scene.draft.data), scene.reader)
    refused = browser.post(UPLOADS, content=parts(), headers=ZIP)
    assert refused.status_code == 413 and not scene.left


def test_a_reader_gets_the_pictures_of_the_case_that_is_next(scene: Scene) -> None:
    draft = scene.draft
    for number in (1, 2):
        write_examination(draft.imports / "f" / f"{number}", f"PAT-{number}")
    (draft.imports / "f" / "REFERENCE.csv").write_text(
        "case,patient,level,verdict,slip\n1,p,L4-L5,bulge,0\n2,q,L4-L5,normal,0\n"
    )
    ask_for_cases(draft.store, draft.id, Folder("f"), False, None)
    scene.work()
    for account in (scene.reader, scene.other):
        add_member(draft.store, draft.coordinator, draft.id, account.id)
    open_study(draft.store, draft.coordinator, draft.id)
    with draft.store.read() as connection:
        mine = connection.execute(
            select(tables.assignments)
            .where(tables.assignments.c.account == scene.reader.id)
            .order_by(tables.assignments.c.position)
        ).all()
    first, later = (f"/api/assignments/{row.id}/series/1" for row in mine)
    got = scene.get(scene.reader, first)
    folder = draft.data / "cases" / mine[0].case
    assert got.status_code == 200 and got.content == series_pixels(folder, 1)
    series = series_of(folder)[0]
    pixels = np.frombuffer(got.content, series.dtype)
    assert pixels.size == len(series.slices) * series.rows * series.columns
    assert scene.get(scene.reader, f"{first[:-1]}9").status_code == 404
    later_refused = scene.get(scene.reader, later)
    assert later_refused.status_code == 403 and "another case" in later_refused.json()["error"]
    for account in (scene.other, draft.coordinator):
        assert scene.get(account, first).status_code in (403, 404)


@pytest.mark.parametrize("said", ["much", "0", "-1", "1.5"])
def test_a_limit_that_is_no_number_of_megabytes_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    monkeypatch.setenv(LIMIT_VARIABLE, said)
    with pytest.raises(BadInputError, match="is no number of MB; give one"):
        largest_upload()
