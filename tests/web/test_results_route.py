"""The report and its files by their route: for the coordinator, then for the members, for nobody else."""

import io
from pathlib import Path
from zipfile import ZipFile

import httpx
import pytest
from reading_app import app_service, client, signed_in_client
from small_reader_study import SmallStudy, commit_all, new_account, small_study

from reading.people.audit import entries
from reading.study.compute_results import compute_results
from reading.study.results import EVERYTHING, FILES, open_results
from reading.study.studies import close_study
from web.routes.results import RESULTS


@pytest.fixture(scope="module")
def computed(tmp_path_factory: pytest.TempPathFactory) -> tuple[SmallStudy, Path]:
    folder = tmp_path_factory.mktemp("results")
    (folder / "cases").mkdir()
    small = small_study(folder, readers=1, cases=2)
    commit_all(small, small.readers[0])
    close_study(small.store, small.coordinator, small.id)
    compute_results(small.store, folder, small.id)
    return small, folder


def address(small: SmallStudy, name: str) -> str:
    return RESULTS.format(study=small.id, file=name)


def test_the_results_are_the_coordinators_until_they_are_opened_to_the_members(
    computed: tuple[SmallStudy, Path],
) -> None:
    small, folder = computed
    service = app_service(small.store, folder)
    stranger = new_account(small.store, "a stranger", "reader")
    coordinator, member, other = (
        signed_in_client(service, account) for account in (small.coordinator, small.readers[0], stranger)
    )
    for name in FILES:
        assert coordinator.get(address(small, name)).status_code == 200
        for browser, status in ((member, 404), (other, 404), (client(service), 401)):
            answer = browser.get(address(small, name))
            assert answer.status_code == status and list(answer.json()) == ["error"]
    open_results(small.store, folder, small.coordinator, small.id)
    for name in FILES:
        assert member.get(address(small, name)).status_code == 200
        assert other.get(address(small, name)).status_code == 404
    taken = entries(small.store, action="results taken")
    assert [item.account for item in taken] == [*["surgeon 1"] * 3, *["coordinator"] * 3]
    _check_files(coordinator.get(address(small, "report.html")), coordinator.get(address(small, EVERYTHING)))


def _check_files(page: httpx.Response, archive: httpx.Response) -> None:
    assert page.headers["content-type"].startswith("text/html") and "reader 1" in page.text
    assert page.headers["content-disposition"].startswith("inline")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == archive.headers["cache-control"] == "no-store"
    assert archive.headers["content-disposition"] == f'attachment; filename="{EVERYTHING}"'
    with ZipFile(io.BytesIO(archive.content)) as files:
        assert {"READINGS.csv", "REFERENCE.csv", "plan.yaml", "tables/accuracy.csv"} <= set(files.namelist())


@pytest.mark.parametrize("name", ["shown.json", "plots", "../discern.db", "..%2fdiscern.db", "%00"])
def test_no_other_file_is_given(computed: tuple[SmallStudy, Path], name: str) -> None:
    small, folder = computed
    browser = signed_in_client(app_service(small.store, folder), small.coordinator)
    assert browser.get(address(small, name)).status_code == 404


def test_no_other_folder_is_one_of_a_study(computed: tuple[SmallStudy, Path]) -> None:
    small, folder = computed
    browser = signed_in_client(app_service(small.store, folder), small.coordinator)
    for name in (".", "..", "x", f"..%2fresults%2f{small.id}"):
        assert browser.get(RESULTS.format(study=name, file="report.html")).status_code == 404
