"""The real app, in a process of its own, and people who use it, each in a browser context of their own."""

import contextlib
import re
import signal
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen

from command import start
from free_port import free_port
from playwright.sync_api import Browser, BrowserContext, Page
from wire import Wire, recorded

from reading.store.database import Store, open_store

CASES = "two-phantoms"
"""A folder to import: two cases with truth, three sagittal slices each."""
PASSWORD = "correct horse battery"
SCREENSHOTS = Path(__file__).parents[3] / "build" / "screenshots"
_LONGEST_START = 60
"""Seconds."""
_LINK = re.compile(r"http://\S+/invitation/\S+")


@dataclass(frozen=True)
class RunningApp:
    """``invitation``: the coordinator's first link; ``demo_invitation``: of the reader of a demo study."""

    address: str
    data: Path
    invitation: str
    demo_invitation: str | None
    process: "Popen[str]" = field(repr=False)

    def store(self) -> Store:
        """The server's own database, beside it."""
        return open_store(f"sqlite:///{self.data / 'discern.db'}")


@contextmanager
def running_app(
    data: Path,
    folder: Path | None = None,
    port: int | None = None,
    demo: bool = False,
    options: Sequence[object] = (),
) -> Iterator[RunningApp]:
    """``discern app``, started in ``folder``, on a free port where none is given, with its demo or not,
    and with other ``options``."""
    port = port or free_port()
    without = () if demo else ("--without-demo",)
    process = start("app", *without, "--data", data, "--port", port, *options, folder=folder)
    try:
        invitation = _invitation(process)
        demo_invitation = _invitation(process) if demo else None
        wait_until_it_answers(port)
        yield RunningApp(f"http://127.0.0.1:{port}", data, invitation, demo_invitation, process)
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)


def _invitation(process: "Popen[str]") -> str:
    """The next one printed."""
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        found = _LINK.search(line)
        if found:
            return found.group()
    raise AssertionError(f"no invitation was printed, but: {said}")


def wait_until_it_answers(port: int) -> None:
    ends = time.monotonic() + _LONGEST_START
    while time.monotonic() < ends:
        with contextlib.suppress(ConnectionError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.1)
    raise AssertionError("the server does not answer")


@dataclass
class Person:
    """Somebody signed in, in a browser of their own."""

    page: Page
    context: BrowserContext
    wire: Wire = field(repr=False)

    def see(self, name: str) -> None:
        """Keep a picture of the page."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png")


def person(browser: Browser, invitation: str) -> Person:
    """Who opens an invitation and chooses a password."""
    context = browser.new_context(viewport={"width": 1500, "height": 900})
    wire = recorded(context)
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.goto(invitation)
    page.fill("#password", PASSWORD)
    page.fill("#again", PASSWORD)
    page.get_by_role("button").click()
    page.get_by_role("heading", level=1).wait_for()
    return Person(page, context, wire)
