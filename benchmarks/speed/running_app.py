"""The app in a process of its own, and a study that is made and read on its pages, as people do it."""

import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page

_LINK = re.compile(r"http://\S+/invitation/\S+")
_PASSWORD = "correct horse battery"
_TITLE, _READER = "Speed", "reader of the speed study"
_CASES_MS = 600_000
"""For a worker that makes phantoms and reads them."""
_PATIENCE_MS = 60_000
_START_SECONDS = 60
_END_SECONDS = 30


@contextmanager
def running_app(data: Path) -> Iterator[str]:
    """``discern app`` over a new folder, at a free port of this computer; the coordinator's invitation.
    Raises RuntimeError where it does not start."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "cli", "app", "--without-demo", "--data", str(data), "--port", str(port)]
    log = data.with_name("app.log")
    with log.open("w") as complaints:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints, text=True)
    try:
        invitation = _invitation(process)
        _wait_until_it_answers(port)
        yield invitation
    finally:
        process.terminate()
        process.communicate(timeout=_END_SECONDS)


def _invitation(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if found := _LINK.search(line):
            return found.group()
    raise RuntimeError("the app did not start")


def _wait_until_it_answers(port: int) -> None:
    ends = time.monotonic() + _START_SECONDS
    while time.monotonic() < ends:
        with suppress(ConnectionError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.1)
    raise RuntimeError("the app does not answer")


def signed_in(browser: Browser, invitation: str) -> Page:
    """The page of somebody who took up an invitation, in a browser context of their own."""
    page = browser.new_context(viewport={"width": 1500, "height": 900}).new_page()
    page.set_default_timeout(_PATIENCE_MS)
    page.goto(invitation)
    page.fill("#password", _PASSWORD)
    page.fill("#again", _PASSWORD)
    page.get_by_role("button").click()
    page.get_by_role("heading", level=1).wait_for()
    return page


def make_phantom_study(coordinator: Page, cases: int, seed: int) -> str:
    """A study of so many phantoms of full size, each read once without the AI, and opened; the invitation of
    its one reader."""
    page = coordinator
    _go_to(page, "Studies")
    page.get_by_role("button", name="New study").click()
    _fill(page.get_by_role("textbox", name="Title"), _TITLE)
    page.get_by_text("AI alone against readers.").click()
    page.get_by_role("button", name="Make the study").click()
    page.get_by_role("heading", name=_TITLE).wait_for()
    page.get_by_role("tab", name="Cases").click()
    _fill(page.get_by_role("spinbutton", name="How many"), str(cases))
    _fill(page.get_by_role("spinbutton", name="Seed"), str(seed))
    page.get_by_role("button", name="Add phantoms").click()
    page.get_by_text("all read by the AI").wait_for(timeout=_CASES_MS)
    _go_to(page, "People")
    _fill(page.get_by_role("textbox", name="Name"), _READER)
    page.get_by_role("button", name="Invite").click()
    link = page.get_by_text(re.compile(r"/invitation/")).inner_text().strip()
    _open_study(page)
    return link


def _open_study(page: Page) -> None:
    """For its reader."""
    _go_to(page, "Studies")
    page.get_by_role("button", name="Go to it").first.click()
    page.get_by_role("heading", name=_TITLE).wait_for()
    page.get_by_role("tab", name="People").click()
    page.get_by_role("combobox", name="Add").click()
    page.get_by_role("option", name=re.compile(f"^{_READER} ")).click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Add to the study").click()
    page.get_by_role("button", name="Remove", exact=True).wait_for()
    page.get_by_role("tab", name="Reading").click()
    page.get_by_role("button", name="Open the study").click()
    page.get_by_role("button", name="Close the study").wait_for()


def _go_to(page: Page, title: str) -> None:
    page.get_by_role("link", name=title).click()
    page.get_by_role("heading", name=title).wait_for()


def _fill(field: Locator, text: str) -> None:
    """Typed and sent: Streamlit takes a value when the field is left."""
    field.fill(text)
    field.press("Tab")
