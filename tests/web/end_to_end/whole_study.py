"""From a read study's page to the report over its exported readings."""

import io
import zipfile
from pathlib import Path

from command import discern
from running_app import Person, RunningApp
from study_pages import go_to_study


def exported(coordinator: Person, app: RunningApp, title: str, folder: Path) -> Path:
    """By the link on the study's page."""
    page = go_to_study(coordinator, title)
    page.get_by_role("tab", name="Reading").click()
    address = page.get_by_role("link", name="Download the export").get_attribute("href")
    answer = coordinator.context.request.get(f"{app.address}{address}")
    assert answer.ok, answer.text()
    zipfile.ZipFile(io.BytesIO(answer.body())).extractall(folder / "export")
    return folder / "export"


def compare(export: Path, *arguments: object) -> None:
    plan_hash = (export / "PLAN_SHA256").read_text().strip()
    done = discern(
        *("compare", export / "READINGS.csv", "--reference", export / "REFERENCE.csv"),
        *("--plan", export / "plan.yaml", "--plan-hash", plan_hash, "--out", export / "comparison"),
        *arguments,
    )
    assert done.returncode == 0, done.stderr
    assert (export / "comparison" / "report.html").stat().st_size > 10_000


def only_loopback(app: RunningApp, *people: Person) -> None:
    assert {host for person in people for host in person.wire.hosts} == {app.address.removeprefix("http://")}
