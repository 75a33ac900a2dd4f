"""The reading page of a cervical study, by real keys and mouse, without a server."""

import json
from dataclasses import asdict, replace

import pytest
from playwright.sync_api import Page, expect
from reading_component import ReadingComponent
from running_app import SCREENSHOTS
from test_drawn_boxes import drag, form, one_picture, opened

from annotation.labels import CERVICAL
from axial.result import ModelIdentity
from reading.cases.marks import marks_of_picture
from reading.picture_result import BoxedDisc, PictureResult
from reading.store.form import DiscCall, ReadingForm
from reading.study.design import StudyDesign

DESIGN = StudyDesign("sequential", verdicts=CERVICAL.states, slip=False, label_set="cervical")
EXAMINATION = DESIGN.questions(CERVICAL.levels)
PICTURE = replace(DESIGN, pictures="images").questions(())
FOUND = (
    BoxedDisc("A", (62, 42, 142, 82), "disc", {"normal": 0.1, "disc": 0.9, "injured": 0.0}, None, None),
    BoxedDisc("B", (60, 160, 140, 200), "injured", {"normal": 0.0, "disc": 0.2, "injured": 0.8}, None, None),
)
RESULT = PictureResult(FOUND, (ModelIdentity("discs", "model", "made up", "0"),))


def with_ai(component: ReadingComponent, result: PictureResult) -> None:
    marks = marks_of_picture(result, [item.series for item in component.series])
    component.ai = {"result": json.loads(result.as_json()), "marks": [asdict(mark) for mark in marks]}
    component.arm = "with AI"


def test_states_have_keys_that_are_nothing_elses(blank_page: Page) -> None:
    component = ReadingComponent(EXAMINATION)
    page = opened(component, blank_page, 1366, 650)
    expect(page.get_by_role("button", name="Slip: Yes")).to_have_count(0)
    for key in "c4", "j5", "n1":
        for letter in key:
            page.keyboard.press(letter)
        page.keyboard.press("ArrowDown")
    discs = form(component, page).discs
    assert discs == {
        "C2-C3": DiscCall("disc", lesion_likelihood=4),
        "C3-C4": DiscCall("injured", lesion_likelihood=5),
        "C4-C5": DiscCall("normal", lesion_likelihood=1),
    }
    expect(
        page.get_by_text("Missing for C5-C6, C6-C7, C7-T1: verdict, likelihood of a lesion")
    ).to_be_visible()
    page.screenshot(path=SCREENSHOTS / "cervical-form.png")
    page.keyboard.press("k")
    for word in ("Disc lesion", "Injured", "Cannot tell"):
        expect(page.get_by_role("dialog", name="Keys").get_by_text(word, exact=True)).to_be_visible()
    page.screenshot(path=SCREENSHOTS / "cervical-keys.png")


def test_boxes_are_called_beside_what_the_ai_found(blank_page: Page) -> None:
    component = ReadingComponent(PICTURE, series=[one_picture()])
    page = opened(component, blank_page)
    expect(page.get_by_text("each disc, and around each injured segment")).to_be_visible()
    drag(page, (60, 40), (140, 80))
    for key in "c5":
        page.keyboard.press(key)
    assert form(component, page).discs["1"] == DiscCall("disc", lesion_likelihood=5)
    page.screenshot(path=SCREENSHOTS / "cervical-boxes.png")


def test_the_ai_stands_beside_the_boxes_of_a_cervical_picture(blank_page: Page) -> None:
    component = ReadingComponent(PICTURE, series=[one_picture()])
    with_ai(component, RESULT)
    before = ReadingForm({"1": DiscCall("normal", lesion_likelihood=2)}, "", {"1": (60, 40, 140, 80)})
    component.draft = {"form": before.as_json(), "active_ms": 0, "idle_ms": 0, "sequence": 1}
    page = opened(component, blank_page)
    agreeing = page.get_by_role("region", name="The AI: 1")
    expect(agreeing).to_contain_text("A Disc lesion")
    expect(agreeing).to_have_class("beside differs")
    expect(page.get_by_role("region", name="The AI: B")).to_contain_text("B Injured")
    page.screenshot(path=SCREENSHOTS / "cervical-boxes-with-ai.png")


@pytest.mark.parametrize("found", [FOUND, ()])
def test_of_an_examination_the_ai_marks_a_picture_and_names_no_levels(
    blank_page: Page, found: tuple[BoxedDisc, ...]
) -> None:
    component = ReadingComponent(EXAMINATION)
    with_ai(component, PictureResult(found, RESULT.models, component.series[0].series.slices[4].instance))
    page = opened(component, blank_page, 1366, 650)
    said = "It marks the sagittal picture, and names no levels."
    expect(page.get_by_text(said if found else "The AI found nothing to mark.")).to_be_visible()
    expect(page.get_by_role("region", name="The AI: C2-C3")).to_have_count(0)
    everything = page.get_by_role("region", name="The AI: the picture")
    expect(everything.get_by_role("button")).to_have_count(len(found))
    if found:
        page.locator(".pane .over").first.hover()
        page.mouse.wheel(0, 240)
        everything.get_by_role("button", name="B Injured").click()
        expect(page.locator(".pane .slice").first).to_have_text("5 / 9")
        page.screenshot(path=SCREENSHOTS / "cervical-examination-with-ai.png")
