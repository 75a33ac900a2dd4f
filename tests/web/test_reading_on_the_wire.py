"""A reading by its routes: what its page is given, what it may send, and what it is told."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from killed_server import give_pictures
from reading_app import app_service, signed_in_client
from small_reader_study import AI_WORDS, LEVELS, SmallStudy, small_study
from sqlalchemy import select, update
from starlette.testclient import TestClient

from axial.result import ActivationMap, SliceResult
from reading.cases.pictures import CaseSeries, series_of
from reading.people.audit import entries
from reading.store import tables
from reading.store.database import Store
from reading.study.design import StudyDesign
from reading.study.studies import close_study
from reading.study.worklist import next_assignment

CALL = {"verdict": "bulge", "slip": True, "slip_grade": 1, "lesion_likelihood": 2, "slip_likelihood": 5}
FULL: dict[str, Any] = {"discs": dict.fromkeys(LEVELS, CALL), "remark": "a remark"}


@dataclass
class Desk:
    """A reader's browser, on the assignment that is next."""

    small: SmallStudy
    browser: TestClient
    assignment: str
    answers: list[httpx.Response] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"/api/assignments/{self.assignment}"

    def get(self, path: str = "") -> httpx.Response:
        self.answers.append(self.browser.get(self.address + path))
        return self.answers[-1]

    def page(self) -> dict[str, Any]:
        response = self.get()
        assert response.status_code == 200, response.text
        page: dict[str, Any] = response.json()
        return page

    def post(self, path: str, form: Any = FULL, **more: Any) -> httpx.Response:
        times = {"sequence": 1, "active_ms": 900, "idle_ms": 0, "client_ms": 1234.5}
        body = {"ticket": self.page()["ticket"], "id": str(uuid4()), "form": form, **times, **more}
        self.answers.append(self.browser.post(f"{self.address}/{path}", json=body))
        return self.answers[-1]

    def go_on(self) -> None:
        """Commit, and go to the next case."""
        answer = self.post("commit")
        assert answer.status_code == 200, answer.text
        self.assignment = answer.json()["next"]


def desk_of(folder: Path, design: StudyDesign | None = None, cases: int = 3) -> Desk:
    small = small_study(folder, design, cases=cases)
    give_pictures(small, folder)
    reader = small.readers[0]
    with small.store.read() as connection:
        first = next_assignment(connection, small.store.now(), reader.id, small.id).assignment
    assert first is not None
    return Desk(small, signed_in_client(app_service(small.store, folder), reader), first)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    yield desk_of(tmp_path)


def refused(response: httpx.Response, status: int, words: str) -> None:
    assert (response.status_code, list(response.json())) == (status, ["error"])
    assert words in response.json()["error"]


def test_a_page_is_given_what_is_asked_and_shown(desk: Desk) -> None:
    page = desk.page()
    assert {key: page[key] for key in ("assignment", "arm", "training", "committed", "draft", "ai")} == {
        "assignment": desk.assignment,
        "arm": "without AI",
        "training": False,
        "committed": False,
        "draft": None,
        "ai": False,
    }
    assert page["case"] in desk.small.cases
    assert page["questions"]["levels"] == list(LEVELS)
    (series,) = page["series"]
    assert (series["number"], series["name"], len(series["slices"]), series["signed"]) == (
        1,
        "sagittal T2",
        1,
        False,
    )
    assert (series["rows"], series["columns"], series["spacing"]) == (40, 48, [2, 2])
    centre, width = series["window"]
    assert width > 0 and 0 < centre < 4095


def test_what_was_sent_last_is_given_back_when_the_page_is_loaded_again(desk: Desk) -> None:
    assert desk.post("events", None, kind="opened", active_ms=0).json() == {"stored": True}
    assert desk.post(
        "events", {"discs": {"L4-L5": {"verdict": "bulge"}}}, kind="draft", sequence=2
    ).is_success
    assert desk.post("events", None, kind="paused", sequence=3, active_ms=1500).is_success
    draft = desk.page()["draft"]
    assert (draft["active_ms"], draft["idle_ms"], draft["sequence"]) == (1500, 0, 3)
    assert draft["form"]["discs"]["L4-L5"]["verdict"] == "bulge"


def test_a_commit_tells_the_reading_and_the_next_case_each_time_that_it_is_sent(desk: Desk) -> None:
    key = str(uuid4())
    first, again = desk.post("commit", id=key), desk.post("commit", id=key)
    assert first.json() == again.json()
    assert first.json()["next"] not in (None, desk.assignment)
    assert desk.page()["committed"]
    refused(desk.post("commit"), 409, "committed already")
    (noted,) = entries(desk.small.store, action="reading committed")
    assert (noted.account, noted.subject) == ("surgeon 1", desk.assignment)


def test_after_the_last_case_nothing_is_next(desk: Desk) -> None:
    for _ in range(3):
        desk.go_on()
    assert desk.assignment is None


def test_a_commit_that_was_kept_is_answered_after_the_study_is_closed(desk: Desk) -> None:
    ticket, key = desk.page()["ticket"], str(uuid4())
    done = desk.post("commit", id=key, ticket=ticket).json()
    close_study(desk.small.store, desk.small.coordinator, desk.small.id)
    body = {"ticket": ticket, "id": key, "form": FULL, "sequence": 1, "active_ms": 900, "idle_ms": 0}
    again = desk.browser.post(f"{desk.address}/commit", json=body | {"client_ms": 1.0})
    assert again.json() == {"reading": done["reading"], "next": None}


def test_a_form_with_a_gap_is_refused_with_what_is_missing(desk: Desk) -> None:
    refused(desk.post("commit", {"discs": {"L4-L5": CALL}}), 422, "L5-S1: a verdict")
    refused(desk.post("commit", None), 422, "L4-L5: a verdict")
    assert not desk.page()["committed"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "1"},
        {"active_ms": -1},
        {"idle_ms": 2**40},
        {"client_ms": "soon"},
        {"sequence": None},
        {"kind": "commit"},
        {"kind": "ai shown"},
        {"kind": ["draft"]},
        {"arm": "with AI"},
        {"form": {"discs": {"L1-L2": CALL}}},
        {"form": {"discs": {"L4-L5": {"verdict": "fracture"}}}},
        {"form": {"remark": "\0"}},
        {"form": {"remark": "x" * 2001}},
        {"form": "normal"},
    ],
    ids=str,
)
def test_what_no_page_sends_is_refused_and_not_kept(desk: Desk, wrong: dict[str, Any]) -> None:
    answer = desk.post("events", **{"kind": "draft", **wrong})
    assert answer.status_code in (409, 422) and list(answer.json()) == ["error"]
    assert desk.page()["draft"] is None


def test_another_case_than_the_next_is_not_opened(desk: Desk) -> None:
    with desk.small.store.read() as connection:
        all_of_them = connection.execute(select(tables.assignments.c.id)).scalars().all()
    for other in [*set(all_of_them) - {desk.assignment}, str(uuid4()), "nowhere"]:
        response = desk.browser.get(f"/api/assignments/{other}")
        refused(response, response.status_code, "go back to My studies")
        assert response.status_code in (403, 404)


def test_a_correction_needs_a_reason(desk: Desk) -> None:
    refused(desk.post("correct", reason="a slip"), 409, "nothing to correct")
    first = desk.post("commit").json()["reading"]
    refused(desk.post("correct"), 422, "needs a reason")
    refused(desk.post("correct", reason=["a slip"]), 422, "reload the page")
    refused(desk.post("correct", reason="\0"), 422, "reload the page")
    corrected = {**FULL, "remark": "another remark"}
    second = desk.post("correct", corrected, reason="a slip")
    assert second.json()["reading"] != first
    assert desk.page()["draft"]["form"]["remark"] == "another remark"
    assert len(entries(desk.small.store, action="reading corrected")) == 1


def test_without_the_ai_nothing_that_it_says_is_on_the_wire(desk: Desk) -> None:
    for _ in range(3):
        assert desk.post("events", kind="opened").is_success
        refused(desk.get("/ai"), 403, "not shown now")
        assert desk.post("events", kind="draft").is_success
        desk.page()
        desk.go_on()
    said = [response.text for response in desk.answers] + [str(answer.headers) for answer in desk.answers]
    assert not [text for text in said if AI_WORDS in text or "probabilit" in text]


def test_with_the_ai_it_is_shown_after_the_reading_without_and_then_nothing_is_corrected(
    tmp_path: Path,
) -> None:
    desk = desk_of(tmp_path, StudyDesign("sequential"), cases=1)
    alone = desk.assignment
    refused(desk.get("/ai"), 403, "not shown now")
    desk.go_on()
    assert desk.page()["ai"]
    for _ in range(2):
        answer = desk.get("/ai").json()
        assert AI_WORDS in json.dumps(answer["result"]) and answer["marks"] == []
    with desk.small.store.read() as connection:
        kinds = connection.execute(select(tables.events.c.kind).order_by(tables.events.c.received_at))
        assert kinds.scalars().all() == ["commit", "ai shown"]
    with_ai, desk.assignment = desk.assignment, alone
    answer = desk.get()
    if answer.is_success:
        refused(desk.post("correct", reason="the AI says so"), 409, "seen what the AI says")
    desk.assignment = with_ai
    desk.go_on()
    assert desk.assignment is None


def test_activation_maps_come_with_what_the_ai_says_and_not_before(tmp_path: Path) -> None:
    desk = desk_of(tmp_path, StudyDesign("sequential"), cases=1)
    keep_a_map(desk.small.store, series_of(tmp_path / "cases" / "pictures"))
    refused(desk.get("/ai"), 403, "not shown now")
    desk.page()
    desk.go_on()
    desk.page()
    said = [response.text for response in desk.answers]
    assert not [text for text in said if "activation" in text or "7.625" in text]
    (shown,) = desk.get("/ai").json()["maps"]
    assert shown == {"series": 1, "slice": 0, "rows": [[0.125, 7.625]], "seen": [1.0, 2.0, 9.0, 10.0]}


def keep_a_map(store: Store, series: Sequence[CaseSeries]) -> None:
    """In what the AI says of every case: of the first slice of its pictures."""
    activation = ActivationMap(((0.125, 7.625),), (1.0, 2.0, 9.0, 10.0))
    item = SliceResult("axial 1", series[0].slices[0].instance, "L4-L5", activation=activation)
    with store.write() as connection:
        for row in connection.execute(select(tables.ai_results)).all():
            changed = {**row.result, "slices": [asdict(item)]}
            connection.execute(update(tables.ai_results).values(result=changed))
