"""An open reading over HTTP: for its owner alone, from its stages to the files."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import numpy as np
import pytest
from highdicom.sr import srread
from pdf_text import text_of
from pydicom import dcmread
from reading_app import app_service, signed_in_client
from small_reader_study import Clock, new_account
from sqlalchemy import update
from starlette.testclient import TestClient
from stored_open_reading import read_examination_folder, stored_open_reading

from reading.jobs.open_reading import OPEN_READING_STAGES, ask_for_open_reading
from reading.open.open_readings import folder_of, remove
from reading.people.accounts import Account
from reading.people.audit import entries
from reading.store.database import Store, open_store
from reading.store.tables import jobs

CORRECTED = "the AI said bulge"


@dataclass(frozen=True)
class Scene:
    store: Store
    data: Path
    anna: Account
    made: str

    def browser(self, account: Account | None = None) -> TestClient:
        return signed_in_client(app_service(self.store, self.data), account or self.anna)

    @property
    def address(self) -> str:
        return f"/api/open-readings/{self.made}"

    def page(self) -> dict[str, Any]:
        return dict(self.browser().get(self.address).json())

    def correct(self, **other: Any) -> httpx.Response:
        """L5-S1 is normal; as the page sends it."""
        browser = self.browser()
        page = browser.get(self.address).json()
        form = page["draft"]["form"]
        form["discs"]["L5-S1"] |= {"verdict": "normal", "remark": "seen again"}
        sequence = page["draft"]["sequence"] + 1
        content = {"id": str(uuid4()), "kind": "draft", "sequence": sequence, "form": form}
        return browser.post(f"{self.address}/events", json=content | {"ticket": page["ticket"]} | other)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return read_examination_folder(tmp_path_factory.mktemp("open-reading-routes") / "one")


@pytest.fixture
def scene(tmp_path: Path, template: Path) -> Iterator[Scene]:
    store = open_store(f"sqlite:///{tmp_path / 'discern.db'}", Clock())
    anna = new_account(store, "anna", "reader")
    yield Scene(store, tmp_path, anna, stored_open_reading(store, tmp_path, anna, template))
    store.engine.dispose()


def test_while_it_is_made_the_page_hears_how_far_it_has_come(scene: Scene) -> None:
    waiting = ask_for_open_reading(scene.store, Path("u.zip"), scene.anna.id)
    page = scene.browser().get(f"/api/open-readings/{waiting}").json()
    assert (page["state"], page["stage"], page["problem"]) == ("waiting", "", "")
    assert page["stages"] == list(OPEN_READING_STAGES) and page["stages"][-1] == "measures"
    assert "result" not in page
    assert scene.browser().get(f"/api/open-readings/{waiting}/report.pdf").status_code == 409


def test_then_it_gets_the_pictures_the_result_its_marks_and_the_form(scene: Scene) -> None:
    page = scene.page()
    assert page["state"] == "done" and page["name"] == "2 Mar 2026, 08:00 UTC"
    assert page["questions"]["levels"][-1] == "L5-S1" and page["questions"]["likelihoods"] is False
    assert page["draft"] == {"form": page["ai"], "sequence": 0}
    assert page["ai"]["discs"]["L4-L5"]["verdict"] == "herniation"
    assert {mark["tone"] for mark in page["marks"]} >= {"vertebra", "finding"}
    assert len(page["maps"]) == 15
    assert {str(item["rows"]) for item in page["maps"]} == {"[[0.0, 0.0], [0.0, 8.125]]"}
    assert page["said"]["L4-L5"].startswith("Herniation (")
    assert page["result"]["models"] and page["phantoms"] is False
    series = page["series"][0]
    pixels = scene.browser().get(f"{scene.address}/series/{series['number']}")
    assert (
        np.frombuffer(pixels.content, "<u2").size
        == len(series["slices"]) * series["rows"] * series["columns"]
    )
    assert scene.browser().get(f"{scene.address}/series/99").status_code == 404


def test_a_correction_is_kept_and_is_in_every_file(scene: Scene, tmp_path: Path) -> None:
    assert scene.correct().json() == {"stored": True}
    page = scene.page()
    assert page["draft"]["form"]["discs"]["L5-S1"]["verdict"] == "normal"
    assert page["ai"]["discs"]["L5-S1"]["verdict"] == "bulge", "the AI's own word stays"
    got = {
        name: scene.browser().get(f"{scene.address}/{name}")
        for name in ("report.pdf", "report.json", "report.pdf.dcm", "report.sr.dcm")
    }
    assert [answer.status_code for answer in got.values()] == [200] * 4
    assert got["report.sr.dcm"].headers["content-disposition"] == (
        'attachment; filename="open-reading-2026-03-02-0800.sr.dcm"'
    )
    assert CORRECTED in " ".join(text_of(got["report.pdf"].content).split())
    (put_right,) = [item for item in got["report.json"].json()["findings"] if item["correction"]]
    assert (put_right["level"], put_right["verdict"]) == ("L5-S1", "normal")
    by_ai = put_right["correction"]["by_ai"]
    assert by_ai["verdict"] == "bulge" and by_ai["probabilities"] and by_ai["opinions"]
    for name in ("report.pdf.dcm", "report.sr.dcm"):
        (tmp_path / name).write_bytes(got[name].content)
    within = dcmread(tmp_path / "report.pdf.dcm").EncapsulatedDocument
    assert CORRECTED in " ".join(text_of(within).split())
    (group,) = [
        group
        for group in srread(tmp_path / "report.sr.dcm").content.get_image_measurement_groups()
        if str(group.tracking_identifier) == "L5-S1"
    ]
    said = [item.TextValue for item in group[0].ContentSequence if item.ValueType == "TEXT"]
    assert any(CORRECTED in text for text in said) and any("seen again" in text for text in said)
    taken = entries(scene.store, action="open reading taken")
    assert {entry.detail["file"] for entry in taken} == set(got)


@pytest.mark.parametrize(
    ("sent", "status", "said"),
    [
        ({"ticket": ""}, 403, "no longer valid"),
        ({"form": {"discs": {"L9": {"verdict": "normal"}}}}, 422, "no disc L9"),
        ({"form": {"discs": {"L5-S1": {"verdict": "odd"}}}}, 422, "not what can be stored"),
        ({"form": None}, 422, "not what can be stored"),
        ({"sequence": -1}, 422, "not what can be stored"),
        ({"sequence": 0}, 409, "another window"),
        ({"more": 1}, 422, "not what can be stored"),
    ],
)
def test_what_is_no_correction_is_refused_with_a_sentence(
    scene: Scene, sent: dict[str, Any], status: int, said: str
) -> None:
    refused = scene.correct(**sent)
    assert refused.status_code == status and said in refused.json()["error"]
    assert scene.page()["draft"]["sequence"] == 0


def test_nobody_sees_anothers_whatever_their_role(scene: Scene) -> None:
    for role in ("reader", "expert", "coordinator"):
        browser = scene.browser(new_account(scene.store, role, role))
        for path in ("", "/series/1", "/report.pdf", "/report.json", "/report.pdf.dcm", "/report.sr.dcm"):
            answer = browser.get(f"{scene.address}{path}")
            assert answer.status_code == 404 and list(answer.json()) == ["error"]
        assert browser.post(f"{scene.address}/events", json={}).status_code == 404


def test_another_jobs_id_opens_nothing(scene: Scene) -> None:
    with scene.store.write() as connection:
        connection.execute(update(jobs).values(kind="add cases"))
    assert scene.browser().get(scene.address).status_code == 404


def test_of_one_that_was_removed_there_is_nothing_any_more(scene: Scene) -> None:
    assert scene.browser().get(f"{scene.address}/series/1").status_code == 200
    remove(scene.store, scene.data, scene.anna.id, scene.made)
    for path in ("", "/series/1", "/report.pdf"):
        assert scene.browser().get(f"{scene.address}{path}").status_code == 404


@pytest.mark.parametrize("name", ["result.json", "form.json"])
def test_files_that_are_damaged_are_a_sentence(scene: Scene, name: str) -> None:
    (folder_of(scene.data, scene.made) / name).write_text("{")
    answer = scene.browser().get(scene.address)
    assert answer.status_code == 500 and "remove it" in answer.json()["error"]
