"""The export by its route: a ZIP for the coordinator, noted; nothing for anybody else."""

import io
from pathlib import Path
from zipfile import ZipFile

import pytest
from reading_app import app_service, client, signed_in_client
from small_reader_study import SmallStudy, commit_all, small_study

from reading.people.audit import entries
from reading.study.design import StudyDesign
from web.routes.studies import EXPORT


@pytest.fixture
def small(tmp_path: Path) -> SmallStudy:
    (tmp_path / "cases").mkdir()
    return small_study(
        tmp_path, StudyDesign("standalone", reference="experts"), readers=1, cases=1, experts=3
    )


def test_the_coordinator_takes_a_study_out_and_it_is_noted(small: SmallStudy, tmp_path: Path) -> None:
    commit_all(small, small.readers[0])
    browser = signed_in_client(app_service(small.store, tmp_path), small.coordinator)
    answer = browser.get(EXPORT.format(study=small.id))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-disposition"] == 'attachment; filename="reader-study.zip"'
    with ZipFile(io.BytesIO(answer.content)) as archive:
        assert "READINGS.csv" in archive.namelist()
    (entry,) = entries(small.store, action="study exported")
    assert (entry.account, entry.subject) == ("coordinator", small.id)


@pytest.mark.parametrize(("study", "sentence"), [("nothing", "no such study"), ("", "no reader has read")])
def test_what_cannot_be_exported_is_refused_with_a_sentence_and_not_noted(
    small: SmallStudy, tmp_path: Path, study: str, sentence: str
) -> None:
    browser = signed_in_client(app_service(small.store, tmp_path), small.coordinator)
    answer = browser.get(EXPORT.format(study=study or small.id))
    assert answer.status_code == 409
    assert sentence in answer.json()["error"]
    assert entries(small.store, action="study exported") == []


def test_readers_experts_and_strangers_get_nothing(small: SmallStudy, tmp_path: Path) -> None:
    commit_all(small, small.readers[0])
    service = app_service(small.store, tmp_path)
    browsers = [signed_in_client(service, person) for person in (small.readers[0], small.experts[0])]
    for browser, status in zip([*browsers, client(service)], (403, 403, 401), strict=True):
        answer = browser.get(EXPORT.format(study=small.id))
        assert answer.status_code == status
        assert "READINGS" not in answer.text
