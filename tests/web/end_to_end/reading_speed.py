"""What is measured while somebody reads in the browser: in the page, by the page's own clock."""

import random
from dataclasses import dataclass

import numpy as np
from playwright.sync_api import expect
from reading_page import discs
from running_app import Person, RunningApp

from reading.store.drafts import latest_draft

VERDICT_KEYS = {"n": "Normal", "b": "Bulge", "h": "Herniation", "?": "Cannot tell"}
_REDRAWS = "() => performance.getEntriesByName('redraw').map((entry) => entry.duration)"
_NEXT = """(root) => new Promise((there) => {
    const begun = performance.now();
    root.querySelector("button.commit").click();
    const look = () => {
        const notes = Array.from(root.querySelectorAll(".pane .note"), (note) => note.textContent);
        if (root.querySelector(".disc") && notes.length && notes.every((text) => text === "")) {
            requestAnimationFrame(() => there(performance.now() - begun));
        } else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
})"""


@dataclass(frozen=True)
class Milliseconds:
    values: tuple[float, ...]

    @property
    def p95(self) -> float:
        return float(np.percentile(self.values, 95))

    def __str__(self) -> str:
        middle, worst = np.median(self.values), max(self.values)
        return f"{middle:.1f} ms (median), {self.p95:.1f} (p95), {worst:.1f} (worst) of {len(self.values)}"


def redraws(reader: Person, steps: int) -> Milliseconds:
    """Of so many steps of the wheel, over each pane in turn, down and up again."""
    page = reader.page
    panes = page.locator(".pane .over")
    count = panes.count()
    for number in range(count):
        panes.nth(number).hover()
        for step in range(steps // count + 1):
            page.mouse.wheel(0, 120 if step // 7 % 2 == 0 else -120)
    # Wheel events are taken after the call that sends them.
    page.wait_for_function(f"({_REDRAWS})().length >= {steps // 2}")
    page.wait_for_timeout(500)
    return Milliseconds(tuple(page.evaluate(_REDRAWS)))


def next_case(reader: Person) -> float:
    """Milliseconds from pressing "Next case" until all pictures and the form are there."""
    button = reader.page.get_by_role("button", name="Next case")
    expect(button).to_be_visible()
    taken: float = reader.page.locator(".reading").evaluate(_NEXT)
    return taken


@dataclass(frozen=True)
class Burst:
    """Ten verdicts by keys, and a move now and then. ``ends``: what they leave of each disc that they reach,
    by its place from above."""

    keys: tuple[str, ...]
    ends: dict[int, str]


def random_burst(chance: random.Random, discs: int) -> Burst:
    """From the first disc on, where a move upwards that is no longer possible ends."""
    keys, ends, place = ["ArrowUp"] * discs, {}, 0
    for _ in range(10):
        verdict = chance.choice(list(VERDICT_KEYS))
        keys.append(verdict)
        ends[place] = verdict
        if chance.random() < 0.5:
            keys.append("ArrowDown")
            place = min(place + 1, discs - 1)
    return Burst(tuple(keys), ends)


def type_burst(reader: Person, burst: Burst) -> None:
    for key in burst.keys:
        reader.page.keyboard.press(key)


def shown_after(reader: Person, burst: Burst) -> dict[int, str]:
    """What the page shows of the burst's discs."""
    return {place: _pressed(reader, place) for place in burst.ends}


def stored_after(app: RunningApp, reader: Person, burst: Burst) -> dict[int, str]:
    """What the server has stored of them, once the page says that it has."""
    expect(reader.page.get_by_text("Saved")).to_be_visible()
    with app.store().read() as connection:
        draft = latest_draft(connection, reader.page.url.partition("assignment=")[2])
    assert draft is not None and draft.form is not None
    levels = [disc.get_attribute("aria-label") or "" for disc in discs(reader).all()]
    calls = [draft.form.discs.get(level) for level in levels]
    words = {None: "", "normal": "n", "bulge": "b", "herniation": "h"}
    return {
        place: "?" if call and call.indeterminate else words[call.verdict if call else None]
        for place, call in enumerate(calls)
        if place in burst.ends
    }


def _pressed(reader: Person, place: int) -> str:
    pressed = discs(reader).nth(place).locator(".verdicts [aria-pressed=true]").all()
    names = [button.get_attribute("aria-label") for button in pressed]
    return "".join(key for key, name in VERDICT_KEYS.items() if name in names)
