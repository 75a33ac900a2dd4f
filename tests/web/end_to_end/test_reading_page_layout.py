"""The whole form is in the window, and nothing on the page moves while it is filled in."""

import pytest
from playwright.sync_api import Page, expect
from reading_component import SIX_LEVELS, ReadingComponent, experts_of
from running_app import SCREENSHOTS

from reading.store.form import Questions

SIZES = ((1366, 650), (1500, 900))
_ALL = "header > *, .pictures, .disc, .disc button, .remark, section.beside, footer > *, footer button"
_WITHIN = """(selector) => Array.from(document.querySelectorAll(selector))
    .filter((element) => element.checkVisibility())
    .filter((element) => {
        const { left, top, right, bottom } = element.getBoundingClientRect();
        return left < 0 || top < 0 || right > innerWidth || bottom > innerHeight;
    }).map((element) => element.outerHTML.slice(0, 120))"""
_CUT = """(selector) => Array.from(document.querySelectorAll(selector))
    .filter(({ scrollHeight, clientHeight }) => scrollHeight > clientHeight + 1)
    .concat(Array.from(document.querySelectorAll(selector))
        .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth + 1))
    .map((element) => element.outerHTML.slice(0, 120))"""
_PLACES = """(selector) => Array.from(document.querySelectorAll(selector), (element) => {
    const { x, y, width, height } = element.getBoundingClientRect();
    return [x, y, width, height];
})"""


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("arm", ["without AI", "with AI", "consensus"])
def test_the_whole_form_is_in_the_window(blank_page: Page, width: int, height: int, arm: str) -> None:
    component = ReadingComponent(arm=arm, training=True)
    if arm == "consensus":
        component.questions = Questions(SIX_LEVELS, likelihoods=False)
        component.experts = experts_of(SIX_LEVELS)
    component.open(blank_page, width, height)
    _wait_for_all(blank_page)
    blank_page.screenshot(path=SCREENSHOTS / f"layout-{arm.replace(' ', '-')}-{width}.png")
    assert blank_page.locator(".disc").count() == len(SIX_LEVELS)
    assert blank_page.evaluate(_WITHIN, _ALL) == []
    assert blank_page.evaluate(_CUT, ".discs, .form, .disc, .call, header") == []
    # Pictures keep most of the window.
    pictures = blank_page.locator(".pictures").bounding_box()
    assert pictures is not None and pictures["width"] > 0.4 * width


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_what_is_said_of_a_disc_stands_beside_the_readers_call(
    blank_page: Page, width: int, height: int
) -> None:
    ReadingComponent(arm="with AI").open(blank_page, width, height)
    _wait_for_all(blank_page)
    own = blank_page.evaluate(_PLACES, ".disc")
    others = blank_page.evaluate(_PLACES, "section.beside")
    assert [(place[1], place[3]) for place in own] == [(place[1], place[3]) for place in others]


def test_nothing_moves_while_the_form_is_filled_in(blank_page: Page) -> None:
    component = ReadingComponent(arm="with AI")
    component.open(blank_page)
    before = blank_page.evaluate(_PLACES, _ALL)
    _wait_for_all(blank_page)
    assert blank_page.evaluate(_PLACES, _ALL) == before
    for key in "h4s2bn?x1":
        blank_page.keyboard.press(key)
        assert blank_page.evaluate(_PLACES, _ALL) == before, key
    for name in ("Slip: Yes", "Slip grade II", "Herniation", "Slip likely: 5"):
        blank_page.locator(".disc").nth(2).get_by_role("button", name=name, exact=True).click()
        assert blank_page.evaluate(_PLACES, _ALL) == before, name
    for _ in SIX_LEVELS:
        for key in ("n", "1", "x", "1", "ArrowDown"):
            blank_page.keyboard.press(key)
    for _ in SIX_LEVELS:
        blank_page.keyboard.press("ArrowUp")
        for key in ("n", "1", "x", "1"):
            blank_page.keyboard.press(key)
    expect(blank_page.get_by_text("Everything is filled in.")).to_be_visible()
    assert blank_page.evaluate(_PLACES, _ALL) == before


def _wait_for_all(page: Page) -> None:
    expect(page.get_by_text("Loading…")).to_have_count(0)
    expect(page.locator(".waiting")).to_have_count(0)
