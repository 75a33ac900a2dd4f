"""The parts of the reading page that need no server, in a real browser."""

import random
from typing import Any

import pytest
from playwright.sync_api import Page

from reading.store.form import DiscCall, Questions, ReadingForm
from web.component import source

LEVELS = ("L3-L4", "L4-L5", "L5-S1")
QUESTIONS = {
    "levels": list(LEVELS),
    "verdicts": ["normal", "bulge", "herniation"],
    "slip": True,
    "likelihoods": True,
    "lesion": "herniation",
}


@pytest.fixture
def scripts(blank_page: Page) -> Page:
    blank_page.add_script_tag(content=source("elements", "clock", "form", "keys", "sending"))
    return blank_page


def test_a_minute_without_input_is_the_last_active_one(scripts: Page) -> None:
    times = scripts.evaluate(
        """() => {
            let now = 1000;
            const clock = new ReadingClock(() => now, { active_ms: 500, idle_ms: 70 });
            now += 40_000; clock.input();
            now += 90_000; const idle = clock.times;
            clock.input(); now += 5_000;
            return [idle, clock.times];
        }"""
    )
    assert times == [{"active_ms": 100_500, "idle_ms": 30_070}, {"active_ms": 105_500, "idle_ms": 30_070}]


def test_a_hidden_or_paused_page_is_idle_at_once(scripts: Page) -> None:
    times = scripts.evaluate(
        """() => {
            let now = 0;
            const clock = new ReadingClock(() => now);
            now += 1_000; clock.hidden = true; now += 2_000; clock.hidden = false;
            now += 4_000; clock.paused = true; now += 8_000; clock.input();
            now += 1_000; clock.paused = false; now += 16_000;
            return clock.times;
        }"""
    )
    assert times == {"active_ms": 21_000, "idle_ms": 11_000}


def test_the_page_misses_what_the_server_misses(scripts: Page) -> None:
    chance = random.Random(5)
    for slip, likelihoods in ((True, True), (True, False), (False, True), (False, False)):
        forms = [_form(chance) for _ in range(60)]
        questions = Questions(LEVELS, slip=slip, likelihoods=likelihoods)
        asked = QUESTIONS | {"slip": slip, "likelihoods": likelihoods}
        missed = scripts.evaluate(
            "([forms, asked]) => forms.map((form) => missingOf(form, asked))",
            [[form.as_json() for form in forms], asked],
        )
        assert missed == [[_briefly(what) for what in form.missing(questions)] for form in forms]


def _briefly(missing: str) -> str:
    """The page's words for what the server's sentence names."""
    words = ("likelihood of a herniation", "likelihood of a slip", "verdict", "slip")
    return f"{missing.split(':')[0]}: {next(word for word in words if word in missing)}"


def _form(chance: random.Random) -> ReadingForm:
    """As the page's buttons can make it."""
    return ReadingForm({level: _call(chance) for level in LEVELS if chance.random() < 0.8})


def _call(chance: random.Random) -> DiscCall:
    verdict = chance.choice((None, "normal", "herniation"))
    slip, grade = chance.choice(((None, None), (True, None), (True, 2), (False, 0)))
    return DiscCall(
        verdict,
        indeterminate=verdict is None and chance.random() < 0.5,
        slip=slip,
        slip_grade=grade,
        lesion_likelihood=chance.choice((None, 1, 5)),
        slip_likelihood=chance.choice((None, 3)),
    )


def test_keys_fill_in_a_disc(scripts: Page) -> None:
    call = scripts.evaluate(
        """(questions) => {
            const keys = [
                { key: "b" }, { key: "h" }, { key: "4", code: "Digit4" },
                { key: "s" }, { key: "é", code: "Digit2" },
            ];
            const press = ([form, armed], key) => {
                const { change, arms } = formAction(key, questions, armed);
                return [change(form, "L4-L5"), arms];
            };
            return keys.reduce(press, [EMPTY_FORM, null])[0].discs["L4-L5"];
        }""",
        QUESTIONS,
    )
    expected = DiscCall("herniation", slip=True, lesion_likelihood=4, slip_likelihood=2)
    assert call == ReadingForm({"L4-L5": expected}).as_json()["discs"]["L4-L5"]


@pytest.mark.parametrize(
    "key",
    [
        {"key": "r"},
        {"key": "6", "code": "Digit6"},
        {"key": "2", "code": "Digit2"},
        {"key": "b", "ctrlKey": True},
        {"key": "Shift"},
    ],
)
def test_other_keys_do_nothing_to_the_form(scripts: Page, key: dict[str, Any]) -> None:
    assert scripts.evaluate("([key, questions]) => formAction(key, questions)", [key, QUESTIONS]) is None


def test_keys_of_what_is_not_asked_do_nothing(scripts: Page) -> None:
    asked = QUESTIONS | {"verdicts": ["normal", "herniation"], "slip": False, "likelihoods": False}
    actions = scripts.evaluate("(asked) => ['b', 's', 'x'].map((key) => formAction({ key }, asked))", asked)
    assert actions == [None] * 3


NETWORK = """
    const posted = [], said = [], beacons = [];
    let answers = [];
    const wire = {
        fetch: async (address, options) => {
            posted.push([address, options.body ? JSON.parse(options.body) : null]);
            const status = answers.shift() ?? 200;
            if (status === 0) throw new TypeError("no network");
            const answer = address.endsWith("/a") ? { ticket: "fresh" } : { error: `refused ${status}` };
            return { status, json: async () => answer };
        },
        beacon: (address, body) => beacons.push([address, JSON.parse(body)]),
        sleep: async () => {},
    };
    let form = 0;
    const sender = new Sender({
        address: "/a", ticket: "old", sequence: 7, wire,
        say: () => ({ form }), notice: (state, sentence) => said.push(sentence ?? state),
    });
    const settle = () => new Promise((resolve) => setTimeout(resolve, 350));
"""


def test_a_burst_of_changes_is_one_draft_of_the_last(scripts: Page) -> None:
    posted = scripts.evaluate(
        f"""async () => {{ {NETWORK}
            for (form = 1; form < 9; form += 1) sender.draft();
            await settle(); return posted; }}"""
    )
    assert [(address, body["kind"], body["sequence"], body["form"]) for address, body in posted] == [
        ("/a/events", "draft", 8, 9)
    ]


def test_a_commit_is_sent_under_one_id_until_it_is_answered(scripts: Page) -> None:
    posted, said, answer = scripts.evaluate(
        f"""async () => {{ {NETWORK}
            answers = [0, 503, 200];
            const answer = await sender.commit();
            return [posted, said, answer]; }}"""
    )
    assert len(posted) == 3
    assert len({body["id"] for _, body in posted}) == 1
    assert said == ["away", "away", "saved"]
    assert answer == {"error": "refused 200"}


def test_a_draft_that_a_later_one_replaces_is_not_sent_again(scripts: Page) -> None:
    posted = scripts.evaluate(
        f"""async () => {{ {NETWORK}
            answers = [0];
            form = 1; sender.event("draft"); form = 2; sender.event("draft");
            await settle(); return posted; }}"""
    )
    assert [body["form"] for _, body in posted] == [1, 2]


def test_a_refusal_says_why_and_is_not_repeated(scripts: Page) -> None:
    posted, said = scripts.evaluate(
        f"""async () => {{ {NETWORK}
            answers = [409];
            await sender.commit().catch((error) => said.push(error.message));
            return [posted, said]; }}"""
    )
    assert len(posted) == 1
    assert said == ["Refused 409.", "Refused 409."]


def test_after_signing_in_again_the_page_goes_on_with_a_fresh_ticket(scripts: Page) -> None:
    posted, said = scripts.evaluate(
        f"""async () => {{ {NETWORK}
            answers = [401, 403, 200, 200];
            await sender.commit();
            return [posted, said]; }}"""
    )
    assert [(address, body and body["ticket"]) for address, body in posted] == [
        ("/a/commit", "old"),
        ("/a/commit", "old"),
        ("/a", None),
        ("/a/commit", "fresh"),
    ]
    assert said == ["signed out", "saved"]


def test_a_page_that_goes_hands_its_draft_to_the_browser(scripts: Page) -> None:
    beacons, posted = scripts.evaluate(
        f"""async () => {{ {NETWORK}
            form = 3; sender.draft(); sender.leave();
            await settle(); return [beacons, posted]; }}"""
    )
    assert [(address, body["kind"], body["form"], body["ticket"]) for address, body in beacons] == [
        ("/a/events", "draft", 3, "old")
    ]
    assert posted == []


def test_uuids_are_of_the_fourth_kind(scripts: Page) -> None:
    assert scripts.evaluate(
        "() => /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(randomUuid())"
    )
