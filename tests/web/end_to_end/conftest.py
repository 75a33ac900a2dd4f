"""One browser and one app for all tests."""

from collections.abc import Iterator

import pytest
from chromium import launched_browser
from playwright.sync_api import Browser, Page
from running_app import CASES, Person, RunningApp, person, running_app
from seeing_fractures import write_fracture_model

from data.phantom.studies import StudyPlan, generate_studies
from imaging.study import SeriesKind
from reading.cases.sources import IMPORT_FOLDER, REFERENCE_FILE
from reading.reference import reference_of_phantoms, write_reference


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with launched_browser() as browser:
        yield browser


@pytest.fixture
def blank_page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    yield page
    page.close()


@pytest.fixture(scope="session")
def app(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    data = tmp_path_factory.mktemp("server") / "data"
    folder = data / IMPORT_FOLDER / CASES
    folder.parent.mkdir(parents=True)
    generate_studies(folder, 2, 31, StudyPlan((SeriesKind.SAGITTAL_T2,), 3), workers=1)
    write_reference(folder / REFERENCE_FILE, reference_of_phantoms(folder))
    model = write_fracture_model(data.parent / "fractures")
    with running_app(data, options=("--fracture-model", model)) as app:
        yield app
        for context in browser.contexts:
            context.close()


@pytest.fixture(scope="session")
def coordinator(browser: Browser, app: RunningApp) -> Person:
    return person(browser, app.invitation)
