"""What a coordinator does on the pages to bring a study to its readers."""

import re

from playwright.sync_api import Browser, Locator, Page, expect
from running_app import Person, person

CASES_MS = 120_000
"""A worker that makes phantoms and reads them with the AI, on a busy machine."""


def make_study(
    coordinator: Person, title: str, design: str, experts: bool = False, washout: float = 4
) -> None:
    """A draft, whose page is then open. ``design``: as the page calls it."""
    page = coordinator.page
    page.get_by_role("link", name="Studies").click()
    expect(page.get_by_role("heading", name="Studies")).to_be_visible()
    page.get_by_role("button", name="New study").click()
    fill(page.get_by_role("textbox", name="Title"), title)
    page.get_by_text(design).click()
    if experts:
        page.get_by_text("Three experts: each alone").click()
    if design == "Two periods.":
        fill(page.get_by_role("spinbutton", name="Washout, weeks"), f"{washout:g}")
    page.get_by_role("button", name="Make the study").click()
    expect(page.get_by_role("heading", name=title)).to_be_visible()


def add_phantoms(coordinator: Person, count: int, seed: int, training: bool = False) -> None:
    page = coordinator.page
    page.get_by_role("tab", name="Cases").click()
    toggle = page.get_by_role("switch", name="For training")
    if toggle.is_checked() != training:
        page.get_by_text("For training: read first").click()
    fill(page.get_by_role("spinbutton", name="How many"), str(count))
    fill(page.get_by_role("spinbutton", name="Seed"), str(seed))
    page.get_by_role("button", name="Add phantoms").click()
    expect(page.get_by_text(f"of seed {seed}" + (" for training" if training else ""))).to_be_visible()


def import_folder(coordinator: Person, name: str) -> None:
    page = coordinator.page
    page.get_by_role("tab", name="Cases").click()
    fill(page.get_by_role("textbox", name="Its name in import/"), name)
    page.get_by_role("button", name="Import the folder").click()
    expect(page.get_by_text(f"Folder {name}")).to_be_visible()


def wait_for_cases(coordinator: Person, count: int) -> None:
    """Until they are there, and the AI has read them."""
    cases = f"{count} {'case' if count == 1 else 'cases'}"
    expect(coordinator.page.get_by_text(f"{cases}, all read by the AI")).to_be_visible(timeout=CASES_MS)


def invited(browser: Browser, coordinator: Person, name: str, role: str = "reader") -> Person:
    """Somebody invited on the page and signed in by the link."""
    page = coordinator.page
    page.get_by_role("link", name="People").click()
    expect(page.get_by_role("heading", name="People")).to_be_visible()
    fill(page.get_by_role("textbox", name="Name"), name)
    if role != "reader":
        page.get_by_role("combobox", name="Role").click()
        page.get_by_role("option", name=role).click()
    page.get_by_role("button", name="Invite").click()
    link = page.get_by_text(re.compile(r"/invitation/"))
    expect(page.get_by_text(f"The link for {name}")).to_be_visible()
    return person(browser, link.inner_text().strip())


def open_with_members(coordinator: Person, title: str, names: list[str]) -> None:
    page = go_to_study(coordinator, title)
    page.get_by_role("tab", name="People").click()
    page.get_by_role("combobox", name="Add").click()
    for name in names:
        page.get_by_role("option", name=re.compile(f"^{name} ")).click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Add to the study").click()
    expect(page.get_by_role("button", name="Remove", exact=True)).to_have_count(len(names))
    page.get_by_role("tab", name="Reading").click()
    page.get_by_role("button", name="Open the study").click()
    expect(page.get_by_role("button", name="Close the study")).to_be_visible()


def go_to_study(coordinator: Person, title: str) -> Page:
    page = coordinator.page
    page.get_by_role("link", name="Studies").click()
    expect(page.get_by_role("heading", name="Studies")).to_be_visible()
    page.get_by_role("button", name="Go to it").first.click()
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    return page


def fill(field: Locator, text: str) -> None:
    """Typed and sent: Streamlit takes a value when the field is left."""
    field.fill(text)
    field.press("Tab")


def settled(page: Page) -> None:
    """Wait until nothing of the page is made anew: text in a field that another one replaces is lost."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
