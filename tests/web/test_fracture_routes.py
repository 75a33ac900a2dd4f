"""The vertebra marked in an open reading, over HTTP: for its owner alone, from the box to the files."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from fracture_studies import EDGES, LESION
from pdf_text import text_of
from reading_app import app_service, signed_in_client
from seeing_fractures import write_fracture_model
from small_reader_study import Clock, new_account
from starlette.testclient import TestClient
from stored_open_reading import fractured_examination_folder, stored_open_reading

from reading.jobs.open_reading import ask_for_open_reading
from reading.open.fractures import FRACTURE_FILE, FRACTURE_MODEL_VARIABLE
from reading.open.open_readings import folder_of, remove
from reading.people.accounts import Account
from reading.people.audit import entries
from reading.store.database import Store, open_store

MARKED = {"series": 1, "slice": LESION - 1, "edges": list(EDGES)}
MAP = "what spoke for malignant"


@dataclass(frozen=True)
class Scene:
    store: Store
    data: Path
    anna: Account
    made: str

    @property
    def address(self) -> str:
        return f"/api/open-readings/{self.made}"

    def browser(self, account: Account | None = None) -> TestClient:
        return signed_in_client(app_service(self.store, self.data), account or self.anna)

    def said(self) -> dict[str, Any]:
        return dict(self.browser().get(self.address).json()["fracture"])

    def mark(self, marked: Any = MARKED, **other: Any) -> httpx.Response:
        browser = self.browser()
        ticket = browser.get(self.address).json()["ticket"]
        return browser.post(f"{self.address}/fracture", json={"marked": marked, "ticket": ticket} | other)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fractured_examination_folder(tmp_path_factory.mktemp("fracture-routes") / "one")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_fracture_model(tmp_path_factory.mktemp("fracture-models") / "fractures")


@pytest.fixture
def scene(tmp_path: Path, template: Path, model: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    monkeypatch.setenv(FRACTURE_MODEL_VARIABLE, str(model))
    store = open_store(f"sqlite:///{tmp_path / 'discern.db'}", Clock())
    anna = new_account(store, "anna", "reader")
    yield Scene(store, tmp_path, anna, stored_open_reading(store, tmp_path, anna, template))
    store.engine.dispose()


def test_it_is_offered_where_there_is_a_model(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    assert scene.said() == {"offered": True, "result": None, "mark": None, "map": None, "problem": ""}
    monkeypatch.setenv(FRACTURE_MODEL_VARIABLE, "")
    assert scene.said()["offered"] is False
    refused = scene.mark()
    assert refused.status_code == 422 and "not judged on this server" in refused.json()["error"]


def test_a_box_is_answered_with_the_call_and_both_are_there_again(scene: Scene) -> None:
    answer = scene.mark().json()
    assert answer["result"]["cause"] == "malignant" and answer["result"]["activation"] is None
    assert answer["mark"]["edges"] == list(EDGES) and answer["mark"]["slice"] == LESION - 1
    assert (answer["map"]["series"], answer["map"]["slice"]) == (1, LESION - 1)
    assert scene.said() == answer
    again = scene.mark(MARKED | {"edges": [2, 2, 12, 10]}).json()
    assert again["result"]["cause"] == "benign" and scene.said() == again


def test_it_can_be_taken_away(scene: Scene) -> None:
    scene.mark()
    assert scene.mark(None).json()["result"] is None
    assert scene.said()["result"] is None
    refused = scene.browser().get(f"{scene.address}/{FRACTURE_FILE}")
    assert refused.status_code == 404 and "no vertebra is marked" in refused.json()["error"]
    done = [entry.action for entry in entries(scene.store) if entry.subject == scene.made]
    assert done == ["open reading vertebra unmarked", "open reading vertebra marked"]


def test_it_is_in_the_files_with_its_map_where_that_is_asked_for(scene: Scene) -> None:
    scene.mark()
    browser = scene.browser()
    taken = browser.get(f"{scene.address}/{FRACTURE_FILE}")
    assert taken.json()["result"]["activation"]["rows"]
    assert taken.headers["content-disposition"] == (
        'attachment; filename="open-reading-2026-03-02-0800-fracture.json"'
    )
    plain, mapped = (
        " ".join(text_of(browser.get(f"{scene.address}/report.pdf{asked}").content).split())
        for asked in ("", "?maps=shown")
    )
    assert "the AI says malignant" in plain and MAP not in plain and MAP in mapped
    files = [entry.detail["file"] for entry in entries(scene.store, action="open reading taken")]
    assert sorted(files) == [FRACTURE_FILE, "report.pdf", "report.pdf"]


@pytest.mark.parametrize(
    ("marked", "other", "status", "said"),
    [
        (MARKED, {"ticket": ""}, 403, "no longer valid"),
        (MARKED | {"slice": 0}, {}, 422, "is the first of its T2 series"),
        (MARKED | {"series": 2}, {}, 422, "on no sagittal T2 slice"),
        (MARKED | {"series": 7}, {}, 404, "no such series"),
        (MARKED | {"edges": [30, 30, 60, 60]}, {}, 422, "does not lie in the picture"),
        (MARKED | {"edges": [1, 2]}, {}, 422, "not what can be stored"),
        ("here", {}, 422, "not what can be stored"),
    ],
)
def test_what_cannot_be_judged_is_refused_with_a_sentence(
    scene: Scene, marked: Any, other: dict[str, Any], status: int, said: str
) -> None:
    refused = scene.mark(marked, **other)
    assert refused.status_code == status and said in refused.json()["error"]
    assert scene.said()["result"] is None


def test_a_page_that_says_nothing_of_a_box_takes_none_away(scene: Scene) -> None:
    kept = scene.mark().json()
    browser = scene.browser()
    ticket = browser.get(scene.address).json()["ticket"]
    refused = browser.post(f"{scene.address}/fracture", json={"ticket": ticket})
    assert refused.status_code == 422 and "not what can be stored" in refused.json()["error"]
    assert scene.said() == kept


def test_nobody_marks_anothers_and_none_that_is_not_read_yet(scene: Scene) -> None:
    other = scene.browser(new_account(scene.store, "ben", "coordinator"))
    assert other.post(f"{scene.address}/fracture", json={"marked": MARKED}).status_code == 404
    assert other.get(f"{scene.address}/{FRACTURE_FILE}").status_code == 404
    waiting = ask_for_open_reading(scene.store, Path("u.zip"), scene.anna.id)
    early = scene.browser().post(f"/api/open-readings/{waiting}/fracture", json={"marked": MARKED})
    assert early.status_code == 409 and "wait" in early.json()["error"]


def test_it_is_removed_with_its_reading(scene: Scene) -> None:
    scene.mark()
    folder = folder_of(scene.data, scene.made)
    assert (folder / FRACTURE_FILE).exists()
    remove(scene.store, scene.data, scene.anna.id, scene.made)
    assert not folder.exists()
    assert scene.browser().get(f"{scene.address}/{FRACTURE_FILE}").status_code == 404


def test_what_cannot_be_read_any_more_is_a_sentence_beside_all_else(scene: Scene) -> None:
    kept = scene.mark().json()
    path = folder_of(scene.data, scene.made) / FRACTURE_FILE
    path.write_text("{")
    said = scene.said()
    assert said.pop("problem").startswith("What was said of the marked vertebra cannot be read any more")
    assert said == {"offered": True, "result": None, "mark": None, "map": None}
    browser = scene.browser()
    for name in ("report.pdf", "report.json", "report.sr.dcm"):
        assert browser.get(f"{scene.address}/{name}").status_code == 200
    taken = browser.get(f"{scene.address}/{FRACTURE_FILE}")
    assert taken.status_code == 404 and "mark it again" in taken.json()["error"]
    assert scene.mark().json() == kept == scene.said()
    path.write_text("{")
    assert scene.mark(None).json()["problem"] == ""
