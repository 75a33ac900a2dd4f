"""A single picture under a reader's hands: boxes by real mouse and keys, without a server."""

import json
import random
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Literal

import numpy as np
import pytest
from playwright.sync_api import Page, expect
from reading_component import ReadingComponent
from running_app import SCREENSHOTS
from viewer_page import Shown, stack

from axial.result import ModelIdentity
from imaging.study import SeriesKind
from reading.cases.marks import marks_of_picture
from reading.cases.pictures import PICTURE
from reading.picture_result import BoxedDisc, PictureResult
from reading.store.form import DiscCall, Questions, ReadingForm, read_form
from web.component import BOX_SCRIPTS, source

QUESTIONS = Questions((), boxes=True)
ROWS, COLUMNS = 320, 240
Point = tuple[float, float]


def one_picture() -> Shown:
    blocks = np.random.default_rng(3).integers(0, 900, (1, ROWS // 16, COLUMNS // 16), np.uint16)
    shown = stack(1, SeriesKind.OTHER, 1, blocks.repeat(16, axis=1).repeat(16, axis=2))
    return replace(shown, series=replace(shown.series, name=PICTURE, kind=PICTURE))


@pytest.fixture
def component() -> ReadingComponent:
    return ReadingComponent(QUESTIONS, series=[one_picture()])


def opened(component: ReadingComponent, page: Page, width: int = 1500, height: int = 900) -> Page:
    component.open(page, width, height)
    expect(page.get_by_text("Loading…")).to_have_count(0)
    return page


def drag(page: Page, start: Point, end: Point, button: Literal["left", "right"] = "left") -> None:
    """From a pixel of the picture to another one."""
    places = [_on_page(page, point) for point in (start, end)]
    page.mouse.move(*places[0])
    page.mouse.down(button=button)
    page.mouse.move(*((one + other) / 2 for one, other in zip(*places, strict=True)))
    page.mouse.move(*places[1])
    page.mouse.up(button=button)


def _on_page(page: Page, point: Point) -> Point:
    """Where a pixel of the picture is: it is shown as large as fits, in the middle."""
    box = page.locator(".pane").bounding_box()
    assert box is not None
    scale = min(box["width"] / COLUMNS, box["height"] / ROWS)
    left = box["x"] + (box["width"] - COLUMNS * scale) / 2
    top = box["y"] + (box["height"] - ROWS * scale) / 2
    return left + point[0] * scale, top + point[1] * scale


def form(component: ReadingComponent, page: Page) -> ReadingForm:
    """As it was sent last."""
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    return read_form(component.sent[-1][1]["form"])


def near(edges: Sequence[float], expected: Sequence[float]) -> bool:
    return all(abs(one - other) <= 1 for one, other in zip(edges, expected, strict=True))


def test_boxes_are_drawn_moved_resized_and_removed(component: ReadingComponent, blank_page: Page) -> None:
    page = opened(component, blank_page)
    expect(page.get_by_text("Draw a box around each disc")).to_be_visible()
    drag(page, (60, 40), (140, 80))
    drag(page, (140, 200), (60, 160))
    drawn = form(component, page).boxes
    assert list(drawn) == ["1", "2"]
    assert near(drawn["1"], (60, 40, 140, 80)) and near(drawn["2"], (60, 160, 140, 200))
    drag(page, (100, 60), (110, 75))
    assert near(form(component, page).boxes["1"], (70, 55, 150, 95))
    drag(page, (150, 95), (160, 120))
    assert near(form(component, page).boxes["1"], (70, 55, 160, 120))
    drag(page, (70, 55), (200, 150))
    turned = form(component, page).boxes["1"]
    assert near(turned, (160, 120, 200, 150)), "a corner may be dragged over the opposite one"
    page.keyboard.press("Delete")
    assert list(form(component, page).boxes) == ["2"]
    drag(page, (20, 20), (60, 60))
    assert list(form(component, page).boxes) == ["1", "2"], "a number that is free again is given again"


def test_boxes_stay_in_the_picture_and_are_no_specks(component: ReadingComponent, blank_page: Page) -> None:
    page = opened(component, blank_page)
    drag(page, (200, 280), (400, 500))
    assert form(component, page).boxes["1"][2:] == (COLUMNS, ROWS)
    drag(page, (220, 300), (500, 20))
    (left, _, right, _) = form(component, page).boxes["1"]
    assert right == COLUMNS and abs(right - left - 40) <= 1, "moved as far as the edge"
    page.mouse.click(*_on_page(page, (100, 100)))
    drag(page, (100, 100), (102, 140))
    assert list(form(component, page).boxes) == ["1"]


def test_every_box_is_asked_about_by_the_same_keys(component: ReadingComponent, blank_page: Page) -> None:
    page = opened(component, blank_page)
    commit = page.get_by_role("button", name="Commit")
    expect(commit).to_be_disabled()
    drag(page, (60, 40), (140, 80))
    for key in "h5x1":
        page.keyboard.press(key)
    drag(page, (60, 160), (140, 200))
    expect(page.get_by_text("Missing for 2")).to_be_visible()
    page.keyboard.press("n")
    page.mouse.click(*_on_page(page, (100, 60)))
    expect(page.get_by_role("region", name="1", exact=True)).to_have_class("disc complete current")
    page.keyboard.press("b")
    page.keyboard.press("ArrowDown")
    for key in "n1s2":
        page.keyboard.press(key)
    expect(page.get_by_text("Everything is filled in.")).to_be_visible()
    page.screenshot(path=SCREENSHOTS / "boxes-drawn.png")
    commit.click()
    expect(page.get_by_text("The reading is stored.")).to_be_visible()
    kind, sent = component.sent[-1]
    discs = read_form(sent["form"]).discs
    assert kind == "commit"
    assert discs["1"] == DiscCall("bulge", False, False, 0, 5, 1)
    assert discs["2"] == DiscCall("normal", False, True, None, 1, 2)


def test_there_may_be_nothing_to_mark(component: ReadingComponent, blank_page: Page) -> None:
    page = opened(component, blank_page)
    nothing = page.get_by_role("button", name="Nothing to mark")
    expect(page.get_by_text("Missing for the picture: a box around each disc")).to_be_visible()
    page.screenshot(path=SCREENSHOTS / "boxes-none-yet.png")
    nothing.click()
    expect(page.get_by_text("Everything is filled in.")).to_be_visible()
    assert form(component, page) == ReadingForm(nothing=True)
    drag(page, (60, 40), (140, 80))
    assert not form(component, page).nothing
    expect(nothing).to_be_hidden()
    page.keyboard.press("Delete")
    page.keyboard.press("0")
    assert form(component, page) == ReadingForm(nothing=True)


def test_the_left_button_sets_the_window_where_it_is_told_to(
    component: ReadingComponent, blank_page: Page
) -> None:
    page = opened(component, blank_page)
    window = page.locator(".pane-text.window")
    before = window.text_content()
    page.keyboard.press("d")
    drag(page, (60, 40), (140, 80))
    assert window.text_content() != before
    assert page.get_by_role("region", name="1", exact=True).count() == 0
    page.get_by_role("button", name="The left button draws boxes").click()
    drag(page, (60, 40), (140, 80))
    expect(page.get_by_role("region", name="1", exact=True)).to_be_visible()


def test_the_form_keeps_its_width_and_the_picture_its_place(
    component: ReadingComponent, blank_page: Page
) -> None:
    page = opened(component, blank_page, 1366, 650)
    before = page.locator(".pictures").bounding_box()
    for top in range(20, 300, 30):
        drag(page, (60, top), (140, top + 20))
    assert page.locator(".pictures").bounding_box() == before
    last = page.get_by_role("region", name="10", exact=True)
    expect(last).to_be_in_viewport()
    page.screenshot(path=SCREENSHOTS / "boxes-many.png")


def test_the_ai_stands_beside_the_box_that_it_agrees_with(
    component: ReadingComponent, blank_page: Page
) -> None:
    found = (
        BoxedDisc("A", (62, 42, 142, 82), "herniation", {"normal": 0.1, "herniation": 0.9}, False, 0.0),
        BoxedDisc("B", (60, 240, 140, 280), "normal", {"normal": 1.0}, True, 0.8),
    )
    result = PictureResult(found, (ModelIdentity("discs", "model", "made up", "0"),))
    marks = marks_of_picture(result, [component.series[0].series])
    component.ai = {"result": json.loads(result.as_json()), "marks": [asdict(mark) for mark in marks]}
    component.arm = "with AI"
    call = DiscCall("normal", slip=False, slip_grade=0)
    before = ReadingForm({"1": call, "2": call}, "", {"1": (60, 160, 140, 200), "2": (60, 40, 140, 80)})
    component.draft = {"form": before.as_json(), "active_ms": 0, "idle_ms": 0, "sequence": 1}
    page = opened(component, blank_page)
    expect(page.get_by_role("region", name="The AI: 1")).to_have_text("Nothing found here.")
    agreeing = page.get_by_role("region", name="The AI: 2")
    expect(agreeing).to_contain_text("A Herniation")
    expect(agreeing).to_have_class("beside differs")
    expect(page.get_by_role("region", name="The AI: B")).to_contain_text("B Normal")
    page.screenshot(path=SCREENSHOTS / "boxes-with-ai.png")
    drag(page, (60, 240), (140, 282))
    expect(page.get_by_role("region", name="The AI: 3")).to_contain_text("B Normal")
    expect(page.get_by_role("region", name="The AI: B")).to_have_count(0)


def test_the_page_misses_of_boxes_what_the_server_misses(blank_page: Page) -> None:
    blank_page.add_script_tag(content=source("elements", "form", "keys", *BOX_SCRIPTS))
    chance = random.Random(7)
    asked = asdict(QUESTIONS)
    forms = [_any_form(chance) for _ in range(80)]
    missed = blank_page.evaluate(
        "([forms, asked]) => forms.map((form) => missingOf(form, asked))",
        [[item.as_json() for item in forms], asked],
    )
    for item, words in zip(forms, missed, strict=True):
        said = item.missing(QUESTIONS)
        assert len(words) == len(said)
        assert all(
            one.split(": ")[0] == other.split(": ")[0] and one.split(": ")[1] in other
            for one, other in zip(words, said, strict=True)
        )


def _any_form(chance: random.Random) -> ReadingForm:
    """As the page can make it."""
    numbers = chance.sample(["1", "2", "3", "11"], chance.randrange(4))
    calls = [
        DiscCall(
            chance.choice((None, "normal")),
            slip=chance.choice((None, True)),
            lesion_likelihood=chance.choice((None, 1)),
            slip_likelihood=chance.choice((None, 5)),
        )
        for _ in numbers
    ]
    boxes = dict.fromkeys(numbers, (10.0, 10.0, 30.0, 30.0))
    nothing = not numbers and chance.random() < 0.5
    return ReadingForm(dict(zip(numbers, calls, strict=True)), "", boxes, nothing)
