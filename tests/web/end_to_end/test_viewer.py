"""The viewer under a reader's hands: real mouse and keys on made-up series."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect
from viewer_page import Shown, drag, load_viewer, middle, open_viewer, pane, said, stack, three_series

from imaging.geometry import SliceGeometry, intersection
from imaging.study import SeriesKind

MARK = {"series": 1, "slice": 4, "tone": "finding", "label": "L4-L5", "level": "L4-L5", "line": None}


@pytest.fixture(scope="module")
def viewer(browser: Browser) -> Iterator[Page]:
    """A page that viewers can be opened on, one after the other."""
    page = browser.new_page()
    load_viewer(page)
    yield page
    page.close()


@pytest.fixture
def page(viewer: Page) -> Page:
    open_viewer(viewer, three_series())
    return viewer


def gray_at(page: Page, number: int, place: tuple[float, float]) -> list[int]:
    """What a pane's picture shows at a pixel."""
    found: list[int] = page.evaluate(
        """([number, place]) => {
            const pane = viewer.panes[number];
            const [x, y] = pane.view.toScreen(place).map((value) => value * devicePixelRatio);
            const context = pane.root.querySelector("canvas").getContext("2d");
            return Array.from(context.getImageData(x, y, 1, 1).data);
        }""",
        [number, place],
    )
    return found


def ink_at(page: Page, number: int, place: tuple[float, float]) -> bool:
    """Whether anything is drawn over a pane within two CSS pixels of a pixel of the picture."""
    drawn: bool = page.evaluate(
        """([number, place]) => {
            const pane = viewer.panes[number];
            const [x, y] = pane.view.toScreen(place);
            const found = pane.surface.getContext("2d").getImageData(x - 2, y - 2, 5, 5).data;
            return found.some((value, index) => index % 4 === 3 && value > 40);
        }""",
        [number, place],
    )
    return drawn


def pixel_at(page: Page, number: int) -> list[float]:
    """The picture's pixel in the middle of a pane."""
    pixel: list[float] = page.evaluate(
        "({ view }) => view.toPixel(view.size.map((side) => side / 2))",
        page.evaluate_handle("(number) => viewer.panes[number]", number),
    )
    return pixel


def geometry(shown: Shown, slice_: int) -> SliceGeometry:
    series, item = shown.series, shown.series.slices[slice_]
    assert item.position and item.across and item.down
    return SliceGeometry(item.position, item.across, item.down, series.spacing, series.rows, series.columns)


def test_three_series_stand_side_by_side_at_their_middle(page: Page) -> None:
    assert said(page, "slice") == ["5 / 9"] * 3
    assert said(page, "zoom") == ["1.0×"] * 3
    assert said(page, "window") == ["W 1000 L 500"] * 3
    assert [said(page, edge) for edge in ("left", "right", "top", "bottom")] == [
        ["A", "A", "R"],
        ["P", "P", "L"],
        ["H", "H", "A"],
        ["F", "F", "P"],
    ]
    boxes = [pane(page, number).bounding_box() for number in range(3)]
    assert len({round(box["y"]) for box in boxes if box}) == 1
    pixels = three_series()[0].pixels
    assert pixels is not None
    expected = round(255 * int(pixels[4, 22, 30]) / 1000)
    assert gray_at(page, 0, (30, 22)) == pytest.approx([expected] * 3 + [255], abs=1)


def test_a_notch_of_the_wheel_is_a_slice(page: Page) -> None:
    page.mouse.move(*middle(page, 1))
    for _ in range(2):
        page.mouse.wheel(0, 100)
        page.wait_for_timeout(40)
    expect(page.locator(".pane .slice").nth(1)).to_have_text("7 / 9")
    page.mouse.wheel(0, 900)
    expect(page.locator(".pane .slice").nth(1)).to_have_text("9 / 9")
    assert said(page, "slice") == ["5 / 9", "9 / 9", "5 / 9"]
    page.mouse.wheel(0, 100)
    page.wait_for_function("window.touched === 4 && performance.getEntriesByName('redraw').length === 3")
    for delta in (-15, -15, -15):
        page.mouse.wheel(0, delta)
        page.wait_for_timeout(40)
    expect(page.locator(".pane .slice").nth(1)).to_have_text("8 / 9")


def test_with_ctrl_the_wheel_zooms_at_the_pointer(page: Page) -> None:
    x, y = middle(page, 0)
    page.mouse.move(x + 40, y - 30)
    under = "([x, y]) => viewer.panes[0].view.toPixel([x, y])"
    box = pane(page, 0).bounding_box()
    assert box is not None
    place = [x + 40 - box["x"], y - 30 - box["y"]]
    before = page.evaluate(under, place)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -400)
    page.keyboard.up("Control")
    expect(page.locator(".pane .zoom").nth(0)).to_have_text("1.8×")
    assert page.evaluate(under, place) == pytest.approx(before, abs=0.2)
    assert said(page, "slice") == ["5 / 9"] * 3


def test_each_button_drags_its_own(page: Page) -> None:
    drag(page, 0, (50, 0))
    assert said(page, "window") == ["W 1200 L 500", "W 1000 L 500", "W 1000 L 500"]
    drag(page, 0, (0, -25))
    assert said(page, "window")[0] == "W 1200 L 400"
    drag(page, 1, (0, -70), "right")
    assert said(page, "zoom") == ["1.0×", "2.0×", "1.0×"]
    assert pixel_at(page, 2) == [32, 32]
    drag(page, 2, (20, 10), "middle")
    moved = pixel_at(page, 2)
    assert moved[0] < 31 and moved[1] < 32
    page.keyboard.down("Shift")
    drag(page, 2, (-20, -10))
    page.keyboard.up("Shift")
    assert pixel_at(page, 2) == pytest.approx([32, 32])
    page.keyboard.press("r")
    assert (said(page, "window"), said(page, "zoom")) == (["W 1000 L 500"] * 3, ["1.0×"] * 3)
    assert said(page, "slice") == ["5 / 9"] * 3


def test_a_click_is_a_look_at_that_place(page: Page) -> None:
    x, y = middle(page, 0)
    # 128 mm fit into 320 CSS pixels: 50 of them are 20 mm towards the feet, where no ninth slice lies.
    page.mouse.click(x - 20, y + 49)
    assert said(page, "slice") == ["5 / 9", "5 / 9", "8 / 9"]
    # The cross leaves its middle free, and stands in the other series alone; the place is 8 mm in front.
    beside = (32.5 + 1.5, 28)
    assert ink_at(page, 2, beside) and not ink_at(page, 0, (28, 41.8 + 1.5))
    page.mouse.move(*middle(page, 2))
    page.mouse.wheel(0, 100)
    expect(page.locator(".pane .slice").nth(2)).to_have_text("9 / 9")
    assert not ink_at(page, 2, beside)
    page.evaluate("viewer.lookAt([23, 0, 0])")
    assert said(page, "slice") == ["9 / 9", "9 / 9", "5 / 9"]


def test_a_double_click_fills_the_viewer_and_goes_back(page: Page) -> None:
    page.mouse.dblclick(*middle(page, 1))
    expect(page.locator(".pane:visible")).to_have_count(1)
    box = pane(page, 1).bounding_box()
    assert box is not None and box["width"] == 960
    assert page.evaluate("viewer.panes[1].view.size") == [box["width"], box["height"]]
    page.mouse.dblclick(*middle(page, 1))
    expect(page.locator(".pane:visible")).to_have_count(3)


def test_keys_window_invert_reset_and_show_marks(page: Page) -> None:
    page.evaluate("(mark) => { viewer.marks = [mark]; }", {**MARK, "edges": [10, 10, 30, 30]})
    dark = gray_at(page, 0, (30, 22))[0]
    page.keyboard.press("i")
    assert gray_at(page, 0, (30, 22))[0] == pytest.approx(255 - dark, abs=1)
    page.keyboard.press("2")
    assert said(page, "window") == ["W 600 L 500"] * 3
    buttons = page.get_by_role("toolbar").get_by_role("button", pressed=True)
    assert [re.sub(r"[ :(].*", "", name or "") for name in _names(buttons)] == [
        "Window",
        "Invert",
        "3",
        "Where",
        "Marks",
    ]
    page.keyboard.press("3")
    assert len(set(said(page, "window"))) > 1  # by each one's own values
    assert ink_at(page, 0, (10, 20))
    page.keyboard.press("o")
    assert not page.evaluate("viewer.marksShown") and not ink_at(page, 0, (10, 20))
    page.keyboard.press("r")
    assert gray_at(page, 0, (30, 22))[0] == dark
    assert said(page, "window") == ["W 1000 L 500"] * 3
    taken = page.evaluate(
        """() => [{ key: "b" }, { key: "6", code: "Digit6" }, { key: "1", code: "Digit1", shiftKey: true },
            { key: "r", ctrlKey: true }, { key: "5", code: "Numpad5" }].map((event) => viewer.key(event))"""
    )
    assert taken == [False, False, False, False, True]


def _names(buttons: Any) -> list[str | None]:
    return [button.get_attribute("title") for button in buttons.all()]


def test_the_toolbar_does_what_the_keys_do(page: Page) -> None:
    tools = page.get_by_role("toolbar")
    tools.get_by_title("Window 2").click()
    assert said(page, "window") == ["W 600 L 500"] * 3
    tools.get_by_title("Reset").click()
    tools.get_by_title("2 series").click()
    expect(page.locator(".pane:visible .pane-title")).to_have_count(2)
    assert page.evaluate(
        "viewer.panes.filter((pane) => !pane.root.hidden).map((pane) => pane.series.name)"
    ) == [
        "sagittal T2",
        "axial T2",
    ]
    tools.get_by_title("One series").click()
    expect(page.locator(".pane:visible")).to_have_count(1)
    expect(tools.get_by_title("Marks")).to_be_disabled()


def test_lines_are_where_the_other_slices_cut(page: Page) -> None:
    sagittal, _, axial = three_series()
    page.mouse.move(*middle(page, 2))
    page.mouse.wheel(0, -200)
    expect(page.locator(".pane .slice").nth(2)).to_have_text("3 / 9")
    own, other = geometry(sagittal, 4), geometry(axial, 2)
    ends = intersection(own, other)
    assert ends is not None
    along = own.to_pixels(ends[0] + np.linspace(0.05, 0.95, 60)[:, None] * (ends[1] - ends[0]))
    drawn = [ink_at(page, 0, (x, y)) for x, y in along.tolist()]
    assert sum(drawn) > 45  # dashed
    assert not any(ink_at(page, 0, (x, y + 4)) for x, y in along.tolist())
    page.get_by_role("toolbar").get_by_title("Where the other series cut").click()
    assert not any(ink_at(page, 0, (x, y)) for x, y in along.tolist())


def test_marks_stand_on_their_slice_alone(page: Page) -> None:
    line = {**MARK, "tone": "measure", "line": [[12, 40], [28, 44]], "edges": None}
    page.evaluate("(marks) => { viewer.marks = marks; }", [{**MARK, "edges": [10, 10, 30, 30]}, line])
    assert ink_at(page, 0, (10, 15)) and ink_at(page, 0, (20, 42)) and not ink_at(page, 1, (10, 15))
    page.mouse.move(*middle(page, 0))
    page.mouse.wheel(0, 100)
    expect(page.locator(".pane .slice").nth(0)).to_have_text("6 / 9")
    assert not ink_at(page, 0, (10, 15))
    page.evaluate("(mark) => viewer.lookAtMark(mark)", line)
    assert said(page, "slice") == ["5 / 9", "5 / 9", "8 / 9"]
    page.evaluate("viewer.marks = []")
    assert not ink_at(page, 0, (10, 15))


def test_who_takes_the_pointer_has_it(page: Page) -> None:
    page.evaluate(
        """() => {
            window.heard = [];
            const taken = {
                move: (pixel) => heard.push(["move", ...pixel.map(Math.round)]),
                end: (pixel) => heard.push(["end", ...pixel.map(Math.round)]),
            };
            viewer.panes[0].addLayer({
                draw: (context, toScreen) => context.fillRect(...toScreen([20, 20]), 9, 9),
                grab: (pixel, event) => (event.button === 0 ? taken : null),
            });
            viewer.panes[0].redraw();
        }"""
    )
    assert ink_at(page, 0, (21, 21))
    drag(page, 0, (50, 25))
    assert page.evaluate("window.heard") == [["move", 37, 35], ["move", 42, 37], ["end", 42, 37]]
    assert said(page, "window")[0] == "W 1000 L 500"
    drag(page, 0, (0, -70), "right")
    assert said(page, "zoom")[0] == "2.0×"


def test_a_single_picture_without_a_place_is_shown_all_the_same(viewer: Page) -> None:
    errors: list[Any] = []
    viewer.on("pageerror", lambda error: errors.append(error))
    sagittal = three_series()[0]
    open_viewer(viewer, [sagittal, stack(2, SeriesKind.OTHER, 2)])
    assert said(viewer, "left") == ["A", ""]
    viewer.mouse.click(*middle(viewer, 1))
    viewer.evaluate("viewer.lookAt([20, 0, 0]); viewer.key({ key: '4', code: 'Digit4' })")
    viewer.mouse.move(*middle(viewer, 1))
    viewer.mouse.wheel(0, -100)
    expect(viewer.locator(".pane .slice").nth(1)).to_have_text("1 / 2")
    assert said(viewer, "slice")[0] == "8 / 9"
    assert errors == []


def test_pixels_that_are_not_square_are_shown_so(viewer: Page) -> None:
    flat = SliceGeometry((0, 0, 0), (0, 1, 0), (0, 0, -1), (4.0, 1.0), 30, 60)
    signed = np.full((1, 30, 60), -300, np.int16)
    signed[0, 10:20, 20:40] = 900
    shown = stack(1, SeriesKind.SAGITTAL_T2, [flat], signed)
    shown = replace(shown, series=replace(shown.series, window=(-500.0, 1500.0)))
    open_viewer(viewer, [shown], (600, 332))
    # 120 mm high and 60 wide, in 300 CSS pixels.
    corners = viewer.evaluate("[[0, 0], [60, 30]].map((pixel) => viewer.panes[0].view.toScreen(pixel))")
    assert corners == [[225, 0], [375, 300]]
    assert gray_at(viewer, 0, (5, 5))[0] == round(255 * 200 / 2000)
    assert gray_at(viewer, 0, (30, 15))[0] == pytest.approx(255 * 1400 / 2000, abs=1)
    expect(viewer.get_by_role("combobox")).to_be_disabled()


def test_another_series_comes_at_the_same_place(viewer: Page) -> None:
    shown = three_series()
    planes = [geometry(shown[2], place) for place in range(0, 9, 2)]
    missing = replace(stack(5, SeriesKind.SAGITTAL_STIR, planes), pixels=None)
    open_viewer(viewer, [*shown, stack(4, SeriesKind.AXIAL_T2, planes), missing])
    viewer.evaluate("viewer.lookAt([0, 0, -23])")
    viewer.keyboard.press("2")
    series = viewer.get_by_role("combobox").nth(2)
    series.select_option(index=3)
    expect(viewer.locator(".pane .slice").nth(2)).to_have_text("5 / 5")
    expect(viewer.locator(".pane .window").nth(2)).to_have_text("W 600 L 500")
    series.select_option(index=4)
    expect(viewer.get_by_text("These pictures did not come; reload the page.")).to_be_visible()
    viewer.evaluate("viewer.close()")
    expect(viewer.locator(".viewer")).to_have_count(0)


def test_in_a_narrow_place_the_third_series_stands_below(viewer: Page) -> None:
    open_viewer(viewer, three_series(), (600, 700))
    first, second, third = (pane(viewer, number).bounding_box() for number in range(3))
    assert first and second and third
    assert first["y"] == second["y"] < third["y"] and third["width"] == 600
