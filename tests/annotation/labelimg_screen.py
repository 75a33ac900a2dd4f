"""A screen that nobody looks at, for driving the real LabelImg: Xvfb, xdotool, and pictures of it."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from command import DISCERN
from numpy.typing import NDArray
from PIL import Image, ImageGrab

WIDTH, HEIGHT = 240, 320
UPPER, LOWER = 77, 99
"""The grays of a test picture's halves, of which nothing else on the screen has much."""

MISSING = [program for program in ("Xvfb", "xdotool") if shutil.which(program) is None]
"""What is not installed here; `make system-packages` installs it."""

_LETTERS = 60
"""More pixels of one gray in a row than the letters of a text have."""
_PATIENCE = 90.0  # seconds; for a machine that trains networks at the same time
Thing = TypeVar("Thing")
Point = tuple[float, float]


def write_picture(path: Path) -> Path:
    pixels = np.full((HEIGHT, WIDTH), UPPER, np.uint8)
    pixels[HEIGHT // 2 :] = LOWER
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path


def wait_for(what: str, condition: Callable[[], Thing]) -> Thing:
    """The first true value of a condition."""
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"waited in vain for {what}")


@dataclass(frozen=True)
class View:
    """Where the picture is on the screen: its visible part, and the line between its halves, in pixels."""

    left: int
    top: int
    right: int
    bottom: int
    middle: int

    def on_screen(self, point: Point) -> tuple[str, str]:
        """A point of the picture, in its pixels, where all of it is to be seen."""
        x = self.left + point[0] * (self.right - self.left) / WIDTH
        y = self.top + point[1] * (self.bottom - self.top) / HEIGHT
        return str(round(x)), str(round(y))


class Screen:
    """LabelImg's windows on one display."""

    def __init__(self, display: str) -> None:
        self.display = display

    def xdotool(self, *arguments: str) -> str:
        environment = {**os.environ, "DISPLAY": self.display}
        done = subprocess.run(
            ["xdotool", *arguments], env=environment, capture_output=True, text=True, check=False
        )
        return done.stdout.strip()

    def window(self, title: str) -> str:
        """The number of the visible window of this title; "" where there is none."""
        found = self.xdotool("search", "--onlyvisible", "--name", title)
        return found.splitlines()[0] if found else ""

    def focus(self, title: str) -> None:
        """Give the keyboard to a window: there is no window manager to do it."""
        window = wait_for(f"the window {title!r}", lambda: self.window(title))
        self.xdotool("windowfocus", "--sync", window)

    def keys(self, *keys: str) -> None:
        self.xdotool("key", *keys)

    def pixels(self) -> NDArray[np.uint8]:
        """(height, width, 3) what is to be seen."""
        return np.asarray(ImageGrab.grab(xdisplay=self.display).convert("RGB"))

    def view(self) -> View | None:
        """Where the picture is; None where it is not to be seen."""
        pixels = self.pixels()
        upper, lower = ((pixels == gray).all(axis=2) for gray in (UPPER, LOWER))
        rows = np.flatnonzero((upper | lower).sum(axis=1) > _LETTERS)
        columns = np.flatnonzero((upper | lower).sum(axis=0) > _LETTERS)
        lower_rows = np.flatnonzero(lower.sum(axis=1) > _LETTERS)
        if not len(rows) or not len(columns) or not len(lower_rows):
            return None
        middle = int(lower_rows[0])
        return View(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1, middle)

    def settled_view(self) -> View:
        """Where the picture is once two looks agree."""

        def twice() -> View | None:
            first = self.view()
            time.sleep(0.1)
            return first if first == self.view() else None

        return wait_for("the picture", twice)

    def draw(self, start: Point, end: Point, view: View) -> None:
        """Draw a box, corner to corner, and wait for the question for its class."""
        middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
        self.focus("LabelImg")
        self.keys("w")
        self.xdotool("mousemove", *view.on_screen(start), "mousedown", "1")
        self.xdotool("mousemove", *view.on_screen(middle), "mousemove", *view.on_screen(end))
        self.xdotool("mouseup", "1")
        self.focus("Class of the box")

    def answer(self, text: str) -> None:
        """Type a class that is one of the label set."""
        self.xdotool("type", text)
        self.keys("Return")
        wait_for("the dialog to close", lambda: not self.window("Class of the box"))
        self.focus("LabelImg")


@contextmanager
def screen() -> Iterator[Screen]:
    """A display of its own, of 1280 x 900 pixels."""
    read_end, write_end = os.pipe()
    # Without -noreset it begins anew whenever its last client goes, be it xdotool, and whoever comes at that
    # moment is thrown out: LabelImg, as it starts.
    command = [
        *("Xvfb", "-displayfd", str(write_end), "-noreset"),
        *("-screen", "0", "1280x900x24", "-nolisten", "tcp"),
    ]
    server = subprocess.Popen(command, pass_fds=(write_end,), stderr=subprocess.DEVNULL)
    os.close(write_end)
    try:
        with os.fdopen(read_end) as number:
            yield Screen(f":{number.readline().strip()}")
    finally:
        server.terminate()
        server.wait()


@contextmanager
def annotating(cohort: Path, annotator: str, where: Screen) -> Iterator[subprocess.Popen[str]]:
    """``discern annotate`` on a screen, ended with the test at the latest."""
    environment = {**os.environ, "DISPLAY": where.display, "HOME": str(cohort), "COLUMNS": "200"}
    environment.pop("WAYLAND_DISPLAY", None)
    process = subprocess.Popen(
        [str(DISCERN), "annotate", str(cohort), "--as", annotator],
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        wait_for("LabelImg", lambda: where.window(f"LabelImg {annotator}") or process.poll() is not None)
        assert process.poll() is None, process.communicate()
        yield process
    finally:
        with suppress(ProcessLookupError):  # it and LabelImg
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
