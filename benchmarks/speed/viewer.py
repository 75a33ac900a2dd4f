"""The viewer in the browser: a step of the wheel, and the way to the next case, by the page's own clock."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.speed.goal import NotMeasurableError, Outcome, Setting, below
from benchmarks.speed.running_app import make_phantom_study, running_app, signed_in

LONGEST_STEP, LONGEST_NEXT_CASE = 16.0, 1000.0
"""Milliseconds; docs/results.md held reading in the browser to them before there were speed goals."""
CASES, STEPS = 6, 40
"""Steps of the wheel over each series in each round."""
_SEED = 77
_ONE_WAY = 5
"""Steps until the wheel turns back: a stack has at least 11 slices, and begins in its middle."""
_ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage"]

_WATCH_WHEEL = """() => {
    if (window.wheelSteps) { window.wheelSteps.length = 0; return; }
    window.wheelSteps = [];
    window.addEventListener("wheel", (event) => {
        const begun = performance.now();
        requestAnimationFrame(() => setTimeout(() => {
            const now = performance.now();
            window.wheelSteps.push([now - begun, now - event.timeStamp]);
        }));
    }, { capture: true, passive: true });
}"""
_COMMIT_AND_GO_ON = """(root) => new Promise((there, failed) => {
    const begun = performance.now();
    const until = (shown) => new Promise((done) => {
        const look = () => {
            if (shown()) done();
            else if (performance.now() - begun > 60000) failed(new Error("the next case did not come"));
            else requestAnimationFrame(look);
        };
        look();
    });
    const commit = () => root.querySelector("button.commit");
    const drawn = () => {
        const notes = Array.from(root.querySelectorAll(".pane .note"), (note) => note.textContent);
        return root.querySelector(".disc") && notes.length && notes.every((text) => text === "");
    };
    commit().click();
    until(() => root.querySelector(".done button.commit"))
        .then(() => { commit().click(); return until(drawn); })
        .then(() => requestAnimationFrame(() => there(performance.now() - begun)))
        .catch(failed);
})"""


def measure(setting: Setting) -> list[Outcome]:
    """Phantom cases of full size, three series side by side, in Debian's chromium, without a window. Raises
    NotMeasurableError where there is no browser."""
    cases, steps = setting.count(CASES, least=2), setting.count(STEPS, least=2 * _ONE_WAY)
    with launched_browser() as browser, running_app(setting.folder / "data") as invitation:
        setting.tell(f"making {cases} phantom cases")
        invited = make_phantom_study(signed_in(browser, invitation), cases, _SEED)
        page = signed_in(browser, invited)
        page.get_by_role("button", name="Read the next case").click()
        page.locator(".commit").wait_for()
        for pane in page.locator(".pane").all():
            pane.get_by_text("Loading…").wait_for(state="hidden")
        rounds = []
        for number in range(setting.rounds):
            setting.tell(f"the wheel, round {number + 1} of {setting.rounds}")
            rounds.append(wheel_steps(page, steps))
        following = []
        for number in range(1, cases):
            setting.tell(f"case {number + 1} of {cases}")
            fill_in(page)
            following.append(commit_and_go_on(page))
    return [_wheel_outcome(np.array(rounds)), _next_case_outcome(np.array(following))]


def _wheel_outcome(steps: NDArray[np.float64]) -> Outcome:
    """``steps``: (rounds, steps, 2) ms, from the page's getting the event and from the event itself."""
    worked, waited = steps[..., 0], steps[..., 1]
    return below(
        "wheel-step",
        f"{steps.shape[1]} steps of the wheel over the series of a phantom case, each until its frame is "
        "done; their 95th percentile",
        np.percentile(worked, 95, axis=1),
        LONGEST_STEP,
        "a frame at 60 Hz",
        "ms",
        note=f"median {np.median(worked):.1f} ms; from the event itself, which waits for the browser's next "
        f"frame, median {np.median(waited):.1f} and 95th percentile {np.percentile(waited, 95):.1f} ms",
    )


def _next_case_outcome(following: NDArray[np.float64]) -> Outcome:
    return below(
        "next-case",
        "committing a case and going on, until all pictures and the form of the next one are there",
        following,
        LONGEST_NEXT_CASE,
        "a second",
        "ms",
        note="each round is another case",
    )


@contextmanager
def launched_browser() -> Iterator[Browser]:
    """Chromium, by CHROMIUM where it names one. NotMeasurableError where there is none."""
    chromium = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
    if not chromium.exists():
        raise NotMeasurableError(
            f"there is no browser at {chromium}; install chromium, or name it by CHROMIUM"
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium), args=_ARGUMENTS)
        yield browser
        browser.close()


def wheel_steps(page: Page, steps: int) -> NDArray[np.float64]:
    """(series * steps, 2) ms until the frame of each step was done, from the page's getting the event and
    from the event itself: over each series of an opened case in turn, there and back again."""
    page.evaluate(_WATCH_WHEEL)
    panes = page.locator(".pane .over")
    count = panes.count()
    for pane in range(count):
        panes.nth(pane).hover()
        for number in range(steps):
            page.mouse.wheel(0, 120 if number // _ONE_WAY % 2 == 0 else -120)
    # The page hears of them after the calls that send them.
    page.wait_for_function(f"() => window.wheelSteps.length >= {count * steps}")
    return np.array(page.evaluate("() => window.wheelSteps"))


def fill_in(page: Page) -> None:
    """Calls every disc of an opened case normal, by keys."""
    discs = page.locator(".discs .disc")
    discs.first.get_by_role("heading").click()
    likelihood = discs.first.get_by_role("button", name="likely").count() > 0
    for _ in range(discs.count()):
        for key in ("n", "2", "x", "1", "ArrowDown") if likelihood else ("n", "x", "ArrowDown"):
            page.keyboard.press(key)
    page.get_by_text("Everything is filled in.").wait_for()


def commit_and_go_on(page: Page) -> float:
    """Milliseconds from the commit of a filled-in case, its next one opened at once, until all of that is
    drawn."""
    taken: float = page.locator(".reading").evaluate(_COMMIT_AND_GO_ON)
    return taken
