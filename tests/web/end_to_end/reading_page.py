"""What a reader does: the next case, by keyboard and mouse, until it is committed."""

import re

from playwright.sync_api import Locator, expect
from running_app import Person


def begin_next(reader: Person) -> None:
    """From the worklist to the next case."""
    reader.page.get_by_role("button", name="Read the next case").click()
    expect(commit_button(reader)).to_be_visible()


def commit_button(reader: Person) -> Locator:
    return reader.page.get_by_role("button", name="Commit")


def discs(reader: Person) -> Locator:
    return reader.page.locator(".discs .disc")


def fill_in(reader: Person, verdict: str = "n") -> None:
    """Every disc, by keys; the last one's verdict by the mouse."""
    last = discs(reader).last
    discs(reader).first.get_by_role("heading").click()
    keys = (verdict, "2", "x", "1") if last.get_by_role("button", name="likely").count() else (verdict, "x")
    for _ in range(discs(reader).count()):
        for key in (*keys, "ArrowDown"):
            reader.page.keyboard.press(key)
    last.get_by_role("button", name="Bulge").click()
    expect(reader.page.get_by_text("Everything is filled in.")).to_be_visible()


def commit(reader: Person) -> None:
    expect(commit_button(reader)).to_be_enabled()
    reader.page.keyboard.press("Control+Enter")
    expect(reader.page.get_by_text("The reading is stored.")).to_be_visible()


def go_on(reader: Person) -> bool:
    """To the next case; False where there is none, and the worklist is shown."""
    button = reader.page.get_by_role("button", name=re.compile("^(Next case|To my studies)$"))
    more = button.inner_text() == "Next case"
    button.click()
    expect(
        commit_button(reader) if more else reader.page.get_by_role("heading", name="My studies")
    ).to_be_visible()
    return more


def read_all(reader: Person, verdict: str = "n") -> int:
    """From the worklist to the worklist; how many readings that were."""
    begin_next(reader)
    done = 0
    while True:
        fill_in(reader, verdict)
        commit(reader)
        done += 1
        if not go_on(reader):
            return done
