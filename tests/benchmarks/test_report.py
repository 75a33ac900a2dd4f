"""The table and the report, as their readers find them."""

import csv
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from trials import CLASSES, made_up_results, made_up_trials

from benchmarks.report import write_report
from benchmarks.results import BenchmarkResults
from benchmarks.summary import summarise


@pytest.fixture(scope="module")
def results() -> BenchmarkResults:
    return made_up_results()


@pytest.fixture(scope="module")
def folder(results: BenchmarkResults, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report")
    write_report(results, path)
    return path


class Page(HTMLParser):
    """Which elements are open at the end, which addresses the page asks for, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.addresses: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "br", "link", "img"):
            self.open.append(tag)
        names = ("src", "href", "xlink:href", "srcset", "data")
        self.addresses += [value or "" for name, value in attributes if name in names]

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attributes)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, text: str) -> None:
        self.text += text


def test_everything_is_written_and_nothing_else(folder: Path) -> None:
    assert sorted(path.name for path in folder.iterdir()) == [
        "report.html",
        "results.json",
        "table.csv",
        "table.md",
    ]


def test_report_is_one_whole_file_without_network(folder: Path) -> None:
    text = (folder / "report.html").read_text()
    page = Page(text)
    assert page.open == []
    assert all(address.startswith("#") for address in page.addresses)
    assert not re.search(r"url\((?!#)|@import|<script|<link", text)


def test_report_holds_what_a_reader_looks_for(folder: Path) -> None:
    text = Page((folder / "report.html").read_text()).text
    for words in (
        "Lumbar <discs>",
        "yolov5n, start weights untouched",
        "conditional on the trained models",
        "ppyolov2-r18 − yolov5n",
        "PP-YOLOv2 (published, other data)",
        "90.08",
        "84.67",
        "MemoryError: <no memory & no luck>",
        "background",
        "Patients with a box",
    ):
        assert words.lower() in text.lower()


def test_ids_are_unique(folder: Path) -> None:
    ids = re.findall(r'\bid="([^"]+)"', (folder / "report.html").read_text())
    assert len(ids) == len(set(ids))


def test_same_results_give_the_same_report(results: BenchmarkResults, folder: Path, tmp_path: Path) -> None:
    write_report(results, tmp_path)
    for path in folder.iterdir():
        assert path.read_bytes() == (tmp_path / path.name).read_bytes()


def test_csv_holds_the_figures(results: BenchmarkResults, folder: Path) -> None:
    with (folder / "table.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == len(results.detectors) + 3
    first = results.detectors[0]
    assert float(rows[0]["map50"]) == pytest.approx(first.map50.estimate, abs=1e-6)
    assert float(rows[0]["ap50_low_herniation"]) == pytest.approx(first.classes[1].ap50.low, abs=1e-6)
    assert float(rows[0]["train_seconds"]) == pytest.approx(91)
    assert rows[-1]["note"] == "published, other data"
    assert float(rows[-1]["ap50_normal"]) == 0.9384


def test_markdown_table_is_rectangular(folder: Path) -> None:
    blocks = re.findall(r"(?:^\|.*\n)+", (folder / "table.md").read_text(), flags=re.MULTILINE)
    assert len(blocks) == 2
    for block in blocks:
        assert len({line.count("|") for line in block.splitlines()}) == 1


def test_report_of_failures_alone_and_of_a_class_without_boxes(tmp_path: Path) -> None:
    trials, ground_truth = made_up_trials(detectors=("yolov5n",), seeds=(0,))
    lacking = [
        type(item)(
            item.image, item.patient, item.boxes, np.minimum(item.labels, 1), item.annotated, item.difficult
        )
        for item in ground_truth
    ]
    write_report(summarise("", trials, [], lacking, CLASSES, [], resamples=5), tmp_path)
    assert "No annotated box of spondylolisthesis" in (tmp_path / "table.md").read_text()
    write_report(summarise("", [], [], ground_truth, CLASSES, [], resamples=5), tmp_path)
    assert "0 images" in (tmp_path / "table.md").read_text()


def test_published_numbers_stand_beside_ours(folder: Path) -> None:
    assert "90.08" in (folder / "report.html").read_text()
    assert "PP-YOLOv2 (published, other data)" in (folder / "table.md").read_text()
