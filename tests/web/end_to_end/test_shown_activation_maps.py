"""Activation maps over the pictures: off until they are asked for, and drawn as the reports draw them."""

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page, expect
from reading_component import ReadingComponent
from running_app import SCREENSHOTS
from viewer_page import load_viewer, open_viewer, three_series

from models.activation import overlay

ROWS = ((0.25, 1.5, -2.0), (3.5, 6.0, 0.5), (1.0, 2.5, 2.0))
SEEN = (12.0, 20.0, 48.0, 56.0)
AXIAL, MIDDLE = 3, 4
"""The number of the axial series, and its slice that is shown first."""
MAP = {"series": AXIAL, "slice": MIDDLE, "rows": ROWS, "seen": SEEN}
CAPTION = "no segmentation, no explanation"


@pytest.fixture(scope="module")
def viewer(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    load_viewer(page)
    yield page
    page.close()


@pytest.fixture
def page(viewer: Page) -> Page:
    open_viewer(viewer, three_series())
    viewer.evaluate("(map) => { viewer.maps = [map]; viewer.toggleLines(); }", MAP)
    return viewer


def pixels_over(page: Page, places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Red, green, blue and opacity of what lies over the axial picture at the middles of its pixels."""
    found = page.evaluate(
        """(places) => {
            const pane = viewer.panes[2];
            const context = pane.surface.getContext("2d");
            return places.map((place) => {
                const [x, y] = pane.view.toScreen(place).map((value) => value * devicePixelRatio);
                return Array.from(context.getImageData(x, y, 1, 1).data);
            });
        }""",
        places.tolist(),
    )
    return np.array(found, float)


def test_a_map_is_hidden_until_its_key_or_button_is_pressed(page: Page) -> None:
    button = page.get_by_role("button", name="Activation maps")
    inside = np.array([[24.5, 38.5]])
    expect(button).to_have_attribute("aria-pressed", "false")
    assert pixels_over(page, inside)[0, 3] == 0
    page.keyboard.press("a")
    expect(button).to_have_attribute("aria-pressed", "true")
    assert pixels_over(page, inside)[0, 3] > 100
    expect(page.locator(".pane .caption")).to_contain_text(["", "", CAPTION])
    page.mouse.move(800, 200)
    page.mouse.wheel(0, 100)
    expect(page.locator(".pane .caption")).to_have_text(["", "", ""])
    page.mouse.wheel(0, -100)
    expect(page.locator(".pane .caption")).to_contain_text(["", "", CAPTION])
    button.click()
    assert pixels_over(page, inside)[0, 3] == 0


def test_where_there_are_no_maps_there_is_no_button(page: Page) -> None:
    expect(page.get_by_role("button", name="Activation maps")).to_be_visible()
    page.evaluate("viewer.maps = []")
    expect(page.get_by_role("button", name="Activation maps")).to_be_hidden()


def test_a_map_is_drawn_as_in_the_reports(page: Page) -> None:
    page.keyboard.press("a")
    columns, rows = np.meshgrid(np.arange(64), np.arange(64))
    apart = (np.minimum(abs(columns - 12), abs(columns - 47)) > 1) & (
        np.minimum(abs(rows - 20), abs(rows - 55)) > 1
    )
    places = np.column_stack([columns[apart], rows[apart]])
    shown = pixels_over(page, places + 0.5)
    opacity = shown[:, 3:] / 255
    reported = overlay(np.full((64, 64), 0.5), np.array(ROWS), SEEN)[places[:, 1], places[:, 0]]
    np.testing.assert_allclose(127.5 * (1 - opacity) + shown[:, :3] * opacity, reported, atol=12)


def test_a_square_beyond_the_picture_is_cut_off(page: Page) -> None:
    page.evaluate("(map) => { viewer.maps = [map]; }", {**MAP, "seen": (40.0, -20.0, 90.0, 30.0)})
    page.keyboard.press("a")
    assert (pixels_over(page, np.array([[62.5, 1.5]]))[:, 3] > 0).all()
    assert (pixels_over(page, np.array([[65.5, 10.5], [50.5, -2.5]]))[:, 3] == 0).all()


def test_in_a_reading_with_the_ai_its_maps_can_be_switched_on(blank_page: Page) -> None:
    component = ReadingComponent(arm="with AI", maps=[MAP])
    component.open(blank_page)
    button = blank_page.get_by_role("button", name="Activation maps")
    expect(button).to_have_attribute("aria-pressed", "false")
    blank_page.keyboard.press("a")
    expect(blank_page.get_by_text(CAPTION)).to_be_visible()
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    blank_page.screenshot(path=SCREENSHOTS / "activation-map.png")


def test_without_the_ai_its_key_does_nothing(blank_page: Page) -> None:
    component = ReadingComponent(maps=[MAP])
    component.open(blank_page)
    blank_page.keyboard.press("a")
    expect(blank_page.get_by_role("button", name="Activation maps")).to_be_hidden()
    expect(blank_page.get_by_text(CAPTION)).to_have_count(0)
    assert not [path for path in component.asked if path.endswith("/ai")]
