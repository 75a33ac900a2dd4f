"""What keys do on the reading page."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect
from reading_component import ReadingComponent

from reading.store.form import Questions

LEVELS = ("L4-L5", "L5-S1")


@pytest.fixture
def component(blank_page: Page) -> ReadingComponent:
    component = ReadingComponent(Questions(LEVELS))
    component.open(blank_page)
    expect(blank_page.get_by_text("Loading…")).to_have_count(0)
    return component


def test_digits_rate_what_was_just_said(blank_page: Page, component: ReadingComponent) -> None:
    for key in "h45s2x3n":
        blank_page.keyboard.press(key)
    call = _last(blank_page, component)["L4-L5"]
    assert (call["verdict"], call["lesion_likelihood"]) == ("normal", 5)
    assert (call["slip"], call["slip_likelihood"]) == (False, 3)


def test_digits_are_windows_before_a_verdict_and_after_a_move_or_a_touch_of_the_pictures(
    blank_page: Page, component: ReadingComponent
) -> None:
    keyboard, armed = blank_page.keyboard, blank_page.locator(".armed")
    keyboard.press("2")
    expect(_window(blank_page, 2)).to_have_attribute("aria-pressed", "true")
    keyboard.press("h")
    expect(armed).to_have_count(1)
    keyboard.press("ArrowDown")
    expect(armed).to_have_count(0)
    keyboard.press("3")
    expect(_window(blank_page, 3)).to_have_attribute("aria-pressed", "true")
    keyboard.press("s")
    expect(armed).to_have_text("Slip12345")
    blank_page.locator(".pictures .over").first.hover()
    blank_page.mouse.wheel(0, 120)
    expect(armed).to_have_count(0)
    keyboard.press("4")
    expect(_window(blank_page, 4)).to_have_attribute("aria-pressed", "true")
    calls = _last(blank_page, component)
    assert [call["lesion_likelihood"] for call in calls.values()] == [None, None]
    assert calls["L5-S1"]["slip_likelihood"] is None


def test_a_mouse_arms_a_scale_too(blank_page: Page, component: ReadingComponent) -> None:
    blank_page.locator(".disc").last.get_by_role("button", name="Slip: Yes").click()
    blank_page.keyboard.press("5")
    assert _last(blank_page, component)["L5-S1"]["slip_likelihood"] == 5


def test_a_list_of_all_keys_comes_and_goes(blank_page: Page, component: ReadingComponent) -> None:
    help_list = blank_page.get_by_role("dialog", name="Keys")
    for key in ("k", "F1"):
        blank_page.keyboard.press(key)
        expect(help_list).to_be_visible()
        blank_page.keyboard.press("Escape")
        expect(help_list).to_be_hidden()
    blank_page.get_by_role("button", name="Keys").click()
    for word in ("Herniation", "Cannot tell", "Commit", "Invert", "Pause"):
        expect(help_list.get_by_text(word, exact=True)).to_be_visible()


def test_letters_of_a_remark_are_no_keys(blank_page: Page, component: ReadingComponent) -> None:
    remark = blank_page.get_by_label("Remark on L4-L5")
    remark.click()
    blank_page.keyboard.type("bones, 3 h")
    blank_page.keyboard.press("Enter")
    blank_page.keyboard.press("n")
    call = _last(blank_page, component)["L4-L5"]
    assert (call["remark"], call["verdict"], call["lesion_likelihood"]) == ("bones, 3 h", "normal", None)


def test_keys_go_on_after_a_click_beside_the_buttons(blank_page: Page, component: ReadingComponent) -> None:
    blank_page.get_by_role("heading", name="L5-S1").click()
    blank_page.keyboard.press("b")
    assert _last(blank_page, component)["L5-S1"]["verdict"] == "bulge"


def test_the_next_case_follows_the_commit_on_the_same_page(
    blank_page: Page, component: ReadingComponent
) -> None:
    component.next = "2"
    for _ in LEVELS:
        for key in ("n", "1", "x", "1", "ArrowDown"):
            blank_page.keyboard.press(key)
    blank_page.keyboard.press("Control+Enter")
    blank_page.keyboard.press("h")
    blank_page.get_by_role("button", name="Next case").click()
    expect(blank_page.get_by_role("heading", name="case-02")).to_be_visible()
    assert blank_page.url.endswith("?assignment=2")
    assert [kind for kind, _ in component.sent].count("commit") == 1
    # What was said of the case before is gone with it.
    assert blank_page.locator(".disc [aria-pressed=true]").count() == 0


def test_a_disc_of_the_ai_is_looked_at(blank_page: Page) -> None:
    ReadingComponent(Questions(LEVELS), arm="with AI").open(blank_page)
    expect(blank_page.locator(".waiting")).to_have_count(0)
    blank_page.get_by_label("The AI: L5-S1").get_by_role("button").click()
    expect(blank_page.locator(".pane .slice").first).to_have_text("2 / 9")
    expect(blank_page.locator(".disc.current")).to_have_attribute("aria-label", "L5-S1")


def _window(page: Page, digit: int) -> Any:
    return page.locator(".viewer-tools button").nth(digit - 1)


def _last(page: Page, component: ReadingComponent) -> dict[str, Any]:
    """The discs of the last form that was sent."""
    expect(page.get_by_text("Saved")).to_be_visible()
    page.wait_for_timeout(400)
    discs: dict[str, Any] = component.sent[-1][1]["form"]["discs"]
    return discs
