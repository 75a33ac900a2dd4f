"""Whatever is sent in whichever order, however often: the store is as a simple model says."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from sqlalchemy import Connection
from store_scenery import (
    QUESTIONS,
    VERSION,
    Place,
    add_ai_result,
    close_study,
    full_form,
    make_study,
    opened,
    rows,
    sent,
)

from reading.store.database import Store
from reading.store.drafts import Draft, latest_draft
from reading.store.form import DiscCall, Questions, ReadingForm
from reading.store.reads import Committed, ReadRefused, commit, correct, keep_event, show_ai
from reading.store.sent import Sent
from reading.store.tables import events, findings, readings

PLACES = st.sampled_from((0, 0, 0, 2, 2, 1, 3))
"""Two cases without the AI, then the same with it; most happens to the first one."""
HALF = ReadingForm({"L4-L5": DiscCall("bulge")})
FORMS = st.sampled_from((*map(full_form, ("normal", "bulge", "herniation")), full_form(remark="hard"), HALF))
TIMES = {
    "sequence": st.integers(0, 3),
    "active_ms": st.integers(0, 99),
    "idle_ms": st.integers(0, 99),
}


@dataclass
class Model:
    """What should be of one assignment."""

    events: list[Sent] = field(default_factory=list)
    readings: list[tuple[str, str, ReadingForm, int, int]] = field(default_factory=list)

    def longest(self, name: str) -> int:
        return max(getattr(event, name) for event in self.events)

    def draft(self) -> Draft | None:
        if not self.events:
            return None
        drafts = [event for event in self.events if event.form is not None]
        # Of equals, max takes the first: the list is turned, so that this is the one that came last.
        last = max(reversed(drafts), key=lambda event: event.sequence, default=None)
        form = self.readings[-1][2] if self.readings else (last.form if last else None)
        times = (self.longest(name) for name in ("active_ms", "idle_ms", "sequence"))
        return Draft(form, *times)


class Reader(RuleBasedStateMachine):
    """A reader, whose pages send what they like."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.store = store
        self.places = make_study(store, cases=2, arms=("without AI", "with AI"))
        for place in self.places[2:]:
            add_ai_result(store, place, {"says": "bulge"})
        self.models = [Model() for _ in self.places]
        self.messages: list[tuple[int, Sent, str]] = []
        self.seen: set[str] = set()
        self.closed = False

    @rule(
        number=PLACES,
        kind=st.sampled_from(("opened", "draft", "paused", "commit", "correct")),
        form=FORMS,
        bare=st.booleans(),
        times=st.fixed_dictionaries(TIMES),
        reason=st.sampled_from(("a slip", "another", "")),
    )
    def send_something_new(
        self, number: int, kind: Any, form: ReadingForm, bare: bool, times: dict[str, int], reason: str
    ) -> None:
        given = None if bare and kind not in ("commit", "correct") else form
        self.messages.append((number, sent(self.places[number], kind, given, **times), reason))
        self.deliver(*self.messages[-1])

    @rule(data=st.data())
    def send_a_copy(self, data: st.DataObject) -> None:
        if self.messages:
            self.deliver(*data.draw(st.sampled_from(self.messages), "copy"))

    @rule(number=st.integers(2, 3))
    def look_at_the_ai(self, number: int) -> None:
        place, model = self.places[number], self.models[number]
        assert show_ai(self.store, place.account, place.id, VERSION, lambda _: None) == {"says": "bulge"}
        if not any(event.kind == "ai shown" for event in model.events):
            model.events.append(sent(place, "ai shown", sequence=0, active_ms=0, idle_ms=0))
            self.seen.add(place.case)

    @rule()
    def close(self) -> None:
        if len(self.messages) > 10:
            close_study(self.store, self.places[0])
            self.closed = True

    def deliver(self, number: int, item: Sent, reason: str) -> None:
        place, model = self.places[number], self.models[number]
        answer = self.expected(place, model, item, reason)
        if answer is None:
            with pytest.raises(ValueError):
                self.really(place, item, reason)
        else:
            assert self.really(place, item, reason) == answer
        self.check(place, model)

    def expected(self, place: Place, model: Model, item: Sent, reason: str) -> Committed | str | None:
        """The answer, None where it is a refusal; the model is then as after it."""
        kept = [event.id for event in model.events]
        if item.id not in kept:
            if self.closed or not self.may_be_kept(place, model, item, reason):
                return None
            model.events.append(item)
            if item.kind in ("commit", "correct") and item.form is not None:
                times = model.longest("active_ms"), model.longest("idle_ms")
                model.readings.append((item.id, reason if model.readings else "", item.form, *times))
        if item.kind not in ("commit", "correct"):
            return "kept"
        return Committed(item.id, [reading[0] for reading in model.readings].index(item.id), place.study)

    def may_be_kept(self, place: Place, model: Model, item: Sent, reason: str) -> bool:
        if item.kind not in ("commit", "correct"):
            return True
        whole = item.form is not None and not item.form.missing(QUESTIONS)
        if item.kind == "commit":
            return whole and not model.readings
        return whole and bool(model.readings and reason) and place.case not in self.seen

    def really(self, place: Place, item: Sent, reason: str) -> Committed | str:
        if item.kind == "commit":
            return commit(self.store, place.account, item, VERSION, self.opening)
        if item.kind == "correct":
            return correct(self.store, place.account, item, reason, VERSION, self.opening)
        keep_event(self.store, place.account, item, VERSION, self.opening)
        return "kept"

    def opening(self, connection: Connection) -> Questions:
        if self.closed:
            raise ReadRefused("closed")
        return opened(connection)

    def check(self, place: Place, model: Model) -> None:
        kept = rows(self.store, events, lambda c: c.assignment == place.id)
        assert sorted((row.kind, row.sequence) for row in kept) == sorted(
            (event.kind, event.sequence) for event in model.events
        )
        read = rows(self.store, readings, lambda c: c.assignment == place.id)
        assert [
            (row.id, row.reason, row.form, row.active_ms, row.idle_ms)
            for row in sorted(read, key=lambda row: row.revision)
        ] == [(key, reason, form.as_json(), *times) for key, reason, form, *times in model.readings]
        calls = rows(self.store, findings, lambda c: c.reading.in_([row.id for row in read]))
        assert {(call.reading, call.level): call.verdict for call in calls} == {
            (row.id, level): call["verdict"] for row in read for level, call in row.form["discs"].items()
        }
        with self.store.read() as connection:
            assert latest_draft(connection, place.id) == model.draft()

    def teardown(self) -> None:
        for place, model in zip(self.places, self.models, strict=True):
            self.check(place, model)


def test_the_store_is_as_a_simple_model_says(store: Store) -> None:
    examples = 40 if store.engine.dialect.name == "sqlite" else 5
    run_state_machine_as_test(
        lambda: Reader(store), settings=settings(max_examples=examples, stateful_step_count=30, deadline=None)
    )
