"""A vertebra that is marked in an open reading: judged, kept, replaced, taken away, and in the report."""

import json
import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from fracture_studies import EDGES, LESION
from pdf_text import text_of
from seeing_fractures import CALLED_FROM, write_fracture_model
from stored_open_reading import fractured_examination_folder

from fracture.classification import classify
from fracture.registration import CHANNELS
from fracture.result import FractureResult
from reading.cases.pictures import series_of
from reading.open import fractures
from reading.open.downloads import download
from reading.open.fractures import (
    FRACTURE_FILE,
    FRACTURE_MODEL_VARIABLE,
    MarkedVertebra,
    UnreadableFracture,
    can_be_judged,
    judge_fracture,
    kept_fracture,
    map_of_fracture,
    mark_of_fracture,
    read_marked,
    remove_fracture,
)

T2, T1 = 1, 2
"""The numbers of the series."""
MARKED = MarkedVertebra(T2, LESION - 1, EDGES)
ELSEWHERE = MarkedVertebra(T2, LESION, (2.0, 2.0, 12.0, 10.0))
WHEN = datetime(2026, 3, 2, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_fracture_model(tmp_path_factory.mktemp("models") / "fractures")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fractured_examination_folder(tmp_path_factory.mktemp("fractured") / "one")


@pytest.fixture
def folder(tmp_path: Path, template: Path, model: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of an open reading on a server with the model."""
    monkeypatch.setenv(FRACTURE_MODEL_VARIABLE, str(model))
    return Path(shutil.copytree(template, tmp_path / "one"))


def test_a_marked_vertebra_is_judged_and_kept(folder: Path) -> None:
    assert kept_fracture(folder) is None
    kept = judge_fracture(folder, MARKED)
    assert kept_fracture(folder) == kept
    said = kept.result
    assert (said.study, said.cause, said.edges, said.marked_by) == (
        "open reading",
        "malignant",
        EDGES,
        "a reader",
    )
    assert said.probabilities["malignant"] > 0.5 and said.called_from == CALLED_FROM
    assert said.pictures[CHANNELS.index("T2 lesion slice")] == f"T2 lesion slice: {LESION}"
    assert said.models[0].network == "made up"


def test_its_box_and_its_map_lie_over_the_slice_on_which_it_is_marked(folder: Path) -> None:
    kept, series = judge_fracture(folder, MARKED), series_of(folder)
    mark, over = mark_of_fracture(kept, series), map_of_fracture(kept, series)
    assert mark is not None and over is not None
    assert (mark.series, mark.slice, mark.edges, mark.label) == (T2, LESION - 1, EDGES, "fracture: malignant")
    assert (over.series, over.slice) == (T2, LESION - 1)
    xmin, _, xmax, _ = over.seen
    assert xmin <= EDGES[0] and xmax >= EDGES[2] and len(over.rows) == 4
    others = [item for item in series if item.number != T2]
    assert mark_of_fracture(kept, others) is None and map_of_fracture(kept, others) is None


def test_a_new_box_replaces_it_and_it_can_be_taken_away(folder: Path) -> None:
    judge_fracture(folder, MARKED)
    replaced = judge_fracture(folder, ELSEWHERE)
    assert replaced.result.cause == "benign"
    assert kept_fracture(folder) == replaced
    for _ in range(2):
        remove_fracture(folder)
        assert kept_fracture(folder) is None
    assert not (folder / FRACTURE_FILE).exists()


def test_one_that_is_taken_away_while_it_is_judged_stays_away(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judging, goes_on = Event(), Event()

    def slow(*given: Any, **asked: Any) -> FractureResult:
        judging.set()
        assert goes_on.wait(20)
        return classify(*given, **asked)

    monkeypatch.setattr(fractures, "classify", slow)
    with ThreadPoolExecutor(2) as threads:
        judged = threads.submit(judge_fracture, folder, MARKED)
        assert judging.wait(20)
        removed = threads.submit(remove_fracture, folder)
        with pytest.raises(TimeoutError):
            removed.result(0.2)
        remove_fracture(tmp_path / "another reader's, which waits for nothing")
        goes_on.set()
        assert judged.result().result.cause == "malignant"
        removed.result()
    assert kept_fracture(folder) is None


@pytest.mark.parametrize(
    ("marked", "said"),
    [
        (MarkedVertebra(T1, LESION, EDGES), "on no sagittal T2 slice; draw it on one"),
        (MarkedVertebra(T2, 0, EDGES), "the first of its T2 series"),
        (MarkedVertebra(T2, LESION, (40.0, 2.0, 49.0, 12.0)), "does not lie in the picture"),
    ],
)
def test_what_cannot_be_judged_is_one_sentence_and_changes_nothing(
    folder: Path, marked: MarkedVertebra, said: str
) -> None:
    before = judge_fracture(folder, MARKED)
    with pytest.raises(ValueError, match=said) as refused:
        judge_fracture(folder, marked)
    assert str(folder) not in str(refused.value)
    assert kept_fracture(folder) == before


@pytest.mark.parametrize(("series", "place"), [(9, 0), (T2, 5)])
def test_a_slice_that_is_not_there_is_refused(folder: Path, series: int, place: int) -> None:
    with pytest.raises(KeyError):
        judge_fracture(folder, MarkedVertebra(series, place, EDGES))


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"series": 1, "slice": -1, "edges": EDGES},
        {"series": 1, "slice": 1, "edges": (1, 2, 3)},
        {"series": 1, "slice": 1, "edges": (10, 10, 11, 30)},
        {"series": 1, "slice": 1, "edges": EDGES, "more": 1},
        "a box",
    ],
)
def test_what_is_no_box_is_refused(content: Any) -> None:
    for sent in ({"marked": content}, content):
        with pytest.raises(ValueError, match="not what can be stored"):
            read_marked(sent)


def test_a_box_is_taken_away_by_a_word_and_not_by_silence() -> None:
    assert read_marked({"marked": None}) is None
    assert read_marked({"marked": {"series": 1, "slice": 2, "edges": EDGES}}) == MARKED
    with pytest.raises(ValueError, match=r"not what can be stored \(marked\)"):
        read_marked({})


def test_without_a_model_or_without_t1_nothing_is_offered(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    series = series_of(folder)
    assert can_be_judged(series)
    assert not can_be_judged([item for item in series if item.number == T2])
    monkeypatch.setenv(FRACTURE_MODEL_VARIABLE, str(tmp_path / "gone"))
    with pytest.raises(ValueError, match="cannot be opened"):
        judge_fracture(folder, MARKED)
    monkeypatch.setenv(FRACTURE_MODEL_VARIABLE, "")
    assert not can_be_judged(series)
    with pytest.raises(ValueError, match="not judged on this server"):
        judge_fracture(folder, MARKED)


@pytest.fixture
def report(folder: Path) -> Callable[[bool], str]:
    def text(maps: bool) -> str:
        return " ".join(text_of(download(folder, "report.pdf", WHEN, maps)).split())

    return text


def test_the_report_says_it_and_shows_the_map_only_where_maps_are_on(
    folder: Path, report: Callable[[bool], str]
) -> None:
    assert "fracture" not in report(True)
    judge_fracture(folder, MARKED)
    plain, mapped = report(False), report(True)
    said = "Vertebral fracture, marked by a reader: the AI says malignant (probability of malignancy"
    for text in (plain, mapped):
        assert text.count(said) == 2, "in the impression and in its own part"
        assert "Malignant is called from 26 % on" in text and "T2 lesion slice: 3" in text
        assert "Model: fracture" in text
    assert "what spoke for malignant" in mapped and "4 × 4 places" in mapped
    assert "what spoke for" not in plain


def test_what_is_kept_says_what_is_odd_and_not_where_the_files_lie(
    folder: Path, report: Callable[[bool], str]
) -> None:
    damaged = next((folder / "patient").rglob("*.dcm"))
    (damaged.parent / "damaged.dcm").write_bytes(damaged.read_bytes()[:700])
    assert "Warning" not in report(False)
    (warning,) = judge_fracture(folder, MARKED).result.warnings
    assert f"Warning {warning}" in report(False)
    assert f"{folder}{os.sep}" not in (folder / FRACTURE_FILE).read_text(encoding="utf-8")


@pytest.mark.parametrize("damage", ["{", "of another version", "of another study"])
def test_what_cannot_be_read_any_more_closes_nothing_else(
    folder: Path, report: Callable[[bool], str], damage: str
) -> None:
    kept, path = judge_fracture(folder, MARKED), folder / FRACTURE_FILE
    content = path.read_text(encoding="utf-8")
    assert set(json.loads(content)) == {"instance", "result"}
    changes = {
        "of another version": ('"format": 1', '"format": 2'),
        "of another study": (kept.instance, "1.2.3"),
    }
    path.write_text(content.replace(*changes[damage]) if damage in changes else damage, encoding="utf-8")
    if damage != "of another study":
        with pytest.raises(UnreadableFracture, match="mark it again"):
            kept_fracture(folder)
    said = report(True)
    assert "Warning what was said of the marked vertebra cannot be read any more" in said
    assert "the AI says" not in said and str(folder) not in said
    assert judge_fracture(folder, MARKED) == kept == kept_fracture(folder)
    path.write_text("{", encoding="utf-8")
    remove_fracture(folder)
    assert kept_fracture(folder) is None
