"""Forms and messages: what is read, what is refused, what is still wanted."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_scenery import QUESTIONS, VERSION, full_form, make_study, opened

from annotation.labels import DIAGNOSES
from reading.store.database import Store
from reading.store.drafts import latest_draft
from reading.store.form import DiscCall, Questions, ReadingForm, read_form
from reading.store.reads import keep_event
from reading.store.sent import read_sent

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(("discs", "remark")), inner),
    max_leaves=5,
)
LIKELIHOODS = st.none() | st.integers(1, 5)
CALLS = st.builds(
    DiscCall,
    verdict=st.none() | st.sampled_from(DIAGNOSES),
    indeterminate=st.booleans(),
    slip=st.none() | st.booleans(),
    slip_grade=st.none() | st.integers(0, 5),
    lesion_likelihood=LIKELIHOODS,
    slip_likelihood=LIKELIHOODS,
    remark=st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20),
)
FORMS = st.builds(ReadingForm, st.dictionaries(st.sampled_from(QUESTIONS.levels), CALLS))
NUMBERS = st.integers(1, 99).map(str)
BOXES = st.tuples(*[st.floats(0, 9000)] * 2, *[st.floats(5, 900)] * 2).map(
    lambda box: (box[0], box[1], box[0] + box[2], box[1] + box[3])
)
DRAWN_FORMS = st.builds(
    ReadingForm,
    st.dictionaries(NUMBERS, CALLS),
    boxes=st.dictionaries(NUMBERS, BOXES),
    nothing=st.booleans(),
)
MESSAGE: dict[str, Any] = {
    "id": "0A0A0A0A-0000-4000-8000-000000000000",
    "sequence": 1,
    "active_ms": 2,
    "idle_ms": 3,
    "client_ms": 4.5,
}


@given(FORMS | DRAWN_FORMS)
def test_a_form_is_read_as_it_was_written(form: ReadingForm) -> None:
    assert read_form(form.as_json()) == form


@given(JSON)
def test_what_is_no_form_is_refused_with_a_sentence(content: Any) -> None:
    try:
        assert read_form(content).as_json()
    except ValueError as error:
        assert str(error).endswith("; reload the page")


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(form=FORMS)
def test_what_is_read_can_be_kept_and_comes_back_the_same(store: Store, form: ReadingForm) -> None:
    (place,) = make_study(store)
    sent = read_sent(
        {**MESSAGE, "id": str(UUID(place.id)), "form": form.as_json()}, assignment=place.id, kind="draft"
    )
    keep_event(store, place.account, sent, VERSION, opened)
    with store.read() as connection:
        draft = latest_draft(connection, place.id)
    assert draft is not None and draft.form == form


@pytest.mark.parametrize(
    "call",
    [
        {"slip_grade": 6},
        {"slip_grade": -1},
        {"slip_grade": 1.0},
        {"slip_grade": True},
        {"lesion_likelihood": 0},
        {"slip_likelihood": 6},
        {"verdict": "fracture"},
        {"slip": 1},
        {"indeterminate": None},
        {"remark": "x" * 2001},
        {"remark": "\0"},
        {"remark": "\ud800"},
        {"certainty": 1},
    ],
    ids=lambda call: str(call)[:30].encode("ascii", "backslashreplace").decode(),
)
def test_a_value_that_no_page_offers_is_refused(call: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="not what can be stored"):
        read_form({"discs": {"L4-L5": call}})


def test_of_a_full_form_nothing_is_missing_and_of_an_empty_one_all() -> None:
    assert full_form().missing(QUESTIONS) == ()
    assert len(ReadingForm().missing(QUESTIONS)) == 4 * len(QUESTIONS.levels)
    few = Questions(("L4-L5",), slip=False, likelihoods=False)
    assert ReadingForm().missing(few) == ("L4-L5: a verdict, or else that it cannot be told",)


@pytest.mark.parametrize(
    ("call", "wanted"),
    [
        (DiscCall(indeterminate=True, slip=True, slip_grade=2), ()),
        (DiscCall("bulge", slip=True), ()),
        (DiscCall("bulge", indeterminate=True, slip=False), ("a verdict, or else that it cannot be told",)),
        (DiscCall("bulge", slip=False, slip_grade=1), ("a grade that goes with the slip",)),
        (DiscCall("bulge", slip=True, slip_grade=0), ("a grade that goes with the slip",)),
        (DiscCall("bulge"), ("whether there is a slip",)),
    ],
)
def test_a_call_that_contradicts_itself_cannot_be_committed(call: DiscCall, wanted: tuple[str, ...]) -> None:
    asked = Questions(("L4-L5",), likelihoods=False)
    assert ReadingForm({"L4-L5": call}).missing(asked) == tuple(f"L4-L5: {word}" for word in wanted)


def test_an_id_is_the_same_however_it_is_written() -> None:
    sent = read_sent(MESSAGE, "some assignment", "opened")
    assert sent.id == "0a0a0a0a-0000-4000-8000-000000000000"
    assert sent == read_sent({**MESSAGE, "id": MESSAGE["id"].lower()}, "some assignment", "opened")
    assert (sent.assignment, sent.kind, sent.form) == ("some assignment", "opened", None)


DRAWN = Questions((), boxes=True, likelihoods=False)
BOX = (10.5, 20.0, 60.0, 40.0)
CALL = DiscCall("normal", slip=False)


def test_a_drawn_form_is_complete_with_a_call_of_each_box_or_with_nothing_to_mark() -> None:
    assert ReadingForm({"1": CALL, "12": CALL}, "", {"1": BOX, "12": BOX}).missing(DRAWN) == ()
    assert ReadingForm(nothing=True).missing(DRAWN) == ()
    (unmarked,) = ReadingForm().missing(DRAWN)
    assert unmarked == "the picture: a box around each disc, or else that there is nothing to mark"
    assert ReadingForm({"1": CALL}, "", {"1": BOX}, nothing=True).missing(DRAWN) == (unmarked,)
    assert ReadingForm({"2": CALL}, "", {"10": BOX, "2": BOX}).missing(DRAWN) == (
        "10: a verdict, or else that it cannot be told",
        "10: whether there is a slip",
    )


def test_a_call_without_its_box_and_boxes_that_nobody_asked_for_are_strange() -> None:
    assert ReadingForm({"1": CALL}, "", {"1": BOX}).strange(DRAWN) is None
    assert ReadingForm({"2": CALL}, "", {"1": BOX}).strange(DRAWN) == (
        "this case has no disc 2; reload the page"
    )
    for form in (ReadingForm(boxes={"1": BOX}), ReadingForm(nothing=True)):
        assert form.strange(QUESTIONS) == "no boxes are drawn in this study; reload the page"


@pytest.mark.parametrize(
    "boxes",
    [
        {"1": [10, 20, 13, 40]},
        {"1": [60, 20, 10, 40]},
        {"1": [-1, 20, 10, 40]},
        {"1": [10, 20, 1e9, 40]},
        {"1": [10, 20, float("nan"), 40]},
        {"1": [10, 20, 60]},
        {"0": [10, 20, 60, 40]},
        {"100": [10, 20, 60, 40]},
        {"L4-L5": [10, 20, 60, 40]},
    ],
    ids=str,
)
def test_a_box_that_no_page_draws_is_refused(boxes: dict[str, list[float]]) -> None:
    with pytest.raises(ValueError, match="not what can be stored"):
        read_form({"boxes": boxes})
