"""The report of the axial benchmark, as its readers find it."""

import csv
import io
import json
import math
import re
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console
from test_report import Page

from annotation.labels import DIAGNOSES
from axial.findings import Finding, Herniation, Measure, Opinion, Slip
from axial.reading import STAGES
from axial.result import SliceResult, StageRun, StudyResult, VertebraResult
from benchmarks.axial.reference import DiscOnSlice, StudyReference
from benchmarks.axial.report import write_axial_report
from benchmarks.axial.results import AxialResults, scored_discs, summarise
from benchmarks.axial.scoring import ReadStudy
from benchmarks.axial.tables import shown, stages
from benchmarks.axial.terminal import print_axial
from benchmarks.published import NOTE, PUBLISHED_AXIAL
from benchmarks.results import without_nan
from benchmarks.scoring import ScoredImage
from benchmarks.tables import interval
from data.phantom.landmarks import DiscLandmarks
from detectors.detections import Detections
from imaging.geometry import SliceGeometry

BOX = (10.0, 10.0, 50.0, 40.0)
CENTRES = {name: (0.0, 0.0, 35.0 * step) for step, name in enumerate(("S1", "L5", "L4", "L3", "L2"))}
SEEN = ("L2-L3", "L3-L4", "L4-L5", "L5-S1")
"""No disc of L1-L2 was looked at."""


def read_study(number: int) -> ReadStudy:
    """A study with two slices through each of four discs, one of the eight unanswered."""
    random = np.random.default_rng(number)
    states = {level: DIAGNOSES[int(random.integers(3))] for level in SEEN}
    slices, right, places = [], {}, {}
    for step, level in enumerate(2 * SEEN):
        name = f"axial {step}"
        middle = (CENTRES[level[:2]][2] + CENTRES[level[3:]][2]) / 2
        places[name] = SliceGeometry((-40.0, -40.0, middle), (1, 0, 0), (0, 1, 0), (1, 1), 80, 80, 4.0)
        right[name] = DiscOnSlice(level, states[level], BOX)
        slices.append(
            SliceResult(name, "", level) if step % 5 == 4 else answered(name, level, states, random)
        )
    found = [
        Finding(
            item.level,
            item.level or "",
            item.verdict,
            item.probabilities,
            (Opinion("axial", item.verdict, item.probabilities, (item.picture,)),),
            False,
            0.9,
        )
        for item in slices[:4]
        if item.verdict
    ]
    vertebrae = [VertebraResult(name, BOX, centre, 0.9) for name, centre in CENTRES.items()]
    runs = [StageRun(name, ran=name != "levels" or number > 0, seconds=0.25) for name in STAGES]
    doubts = ("one more vertebra",) if number % 4 == 0 else ()
    result = StudyResult(
        f"s{number}", "m", tuple(vertebrae), doubts, tuple(slices), tuple(found), tuple(runs), ()
    )
    boxes = dict.fromkeys(CENTRES, BOX)
    reference = StudyReference(
        f"s{number}", f"patient-{number}", boxes, frozenset(), CENTRES, "", right, states, discs={}
    )
    return ReadStudy(result, reference, places)


def of_a_phantom(study: ReadStudy) -> ReadStudy:
    """The study with its phantom's truth, and with what the sagittal side and the measures say of it."""
    random = np.random.default_rng(len(study.result.study))
    discs = {
        level: DiscLandmarks(
            level, (0, 0, 0), (0, 0, 1), 9.0, state, "left", 5.0, 4.0 * (level == "L4-L5"), 0, 2.0,
            (0, 0, 0), (0, 5, 0),
        )
        for level, state in study.reference.states.items()
    }  # fmt: skip
    found = tuple(measured(item, discs[item.place], random) for item in study.result.findings)
    return replace(
        study,
        result=replace(study.result, findings=found),
        reference=replace(study.reference, discs=discs),
    )


def measured(found: Finding, truth: DiscLandmarks, random: np.random.Generator) -> Finding:
    error = float(random.normal(0, 0.4))
    slip, height, extent = (
        Measure(value + error, value + error - 0.8, value + error + 0.8)
        for value in (truth.slip, truth.height, 5.0)
    )
    second = {name: 0.8 if name == truth.state else 0.1 for name in DIAGNOSES}
    return replace(
        found,
        opinions=(*found.opinions, Opinion("sagittal", truth.state, second, ())),
        disagreement=found.verdict != truth.state,
        slip_probability=0.9 if truth.slip else 0.1,
        slip=Slip(slip, slip, 0),
        height=height,
        herniation=Herniation(extent, "", (0, 0), (0, 0), "left", "central")
        if found.verdict == "herniation"
        else None,
    )


def answered(name: str, level: str, states: dict[str, str], random: np.random.Generator) -> SliceResult:
    shares = random.dirichlet(np.where(np.array(DIAGNOSES) == states[level], 4, 1)).round(4)
    verdict = DIAGNOSES[int(shares.argmax())]
    return SliceResult(
        name, "", level, "", 0.0, BOX, 0.9, verdict, dict(zip(DIAGNOSES, shares.tolist(), strict=True))
    )


def true_boxes(study: ReadStudy) -> list[ScoredImage]:
    return scored_discs(study.reference, {name: [BOX] for name in study.places})


def made_up_results(of_phantom: bool = False) -> AxialResults:
    studies = [read_study(number) for number in range(12)]
    if of_phantom:
        studies = [of_a_phantom(item) for item in studies]
    boxes = [
        replace(disc, image=f"{study.reference.study} {disc.image}")
        for study in studies
        for disc in true_boxes(study)
    ]
    found = Detections(np.array([BOX], np.float32), np.ones(1, np.float32), np.zeros(1, np.int64))
    settings = [("folds", "4 of 4, by patient"), ("stage 1", "yolov5n & <others>")]
    return summarise("Axial <path> & more", studies, boxes, {box.image: found for box in boxes}, settings)


@pytest.fixture(scope="module")
def results() -> AxialResults:
    return made_up_results()


@pytest.fixture(scope="module")
def folder(results: AxialResults, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("axial-report")
    write_axial_report(results, path)
    return path


@pytest.fixture(scope="module")
def text(folder: Path) -> str:
    return Page((folder / "report.html").read_text()).text


def test_everything_is_written_and_nothing_else(folder: Path) -> None:
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["report.html", "results.json", "table.csv", "table.md"]


def test_json_holds_the_results_without_nan(results: AxialResults, folder: Path) -> None:
    def refuse(constant: str) -> Any:
        raise AssertionError(f"{constant} is no JSON")

    content = json.loads((folder / "results.json").read_text(), parse_constant=refuse)
    assert content == without_nan(asdict(results))
    assert content["discs"][0]["accuracy"] == {"share": None, "low": None, "high": None, "of": 0}
    assert "patient-" not in json.dumps(content)


def test_report_is_one_whole_file_without_network(folder: Path) -> None:
    content = (folder / "report.html").read_text()
    page = Page(content)
    assert page.open == []
    assert all(address.startswith("#") for address in page.addresses)
    assert not re.search(r"url\((?!#)|@import|<script|<link|<metadata|<!DOCTYPE svg", content)


def test_ids_are_unique(folder: Path) -> None:
    ids = re.findall(r'\bid="([^"]+)"', (folder / "report.html").read_text())
    assert len(ids) == len(set(ids))


def test_every_figure_stands_in_the_page(results: AxialResults, text: str) -> None:
    for figure in results.figures:
        assert figure.name in text
        assert shown(figure.value) in text
    for row in results.slices + results.discs:
        for share in (row.accuracy, row.balanced_accuracy, *row.recalls):
            assert shown(share) in text
    for stage in results.seconds:
        assert f"{stage.seconds:.2f}" in text
    assert f"{results.calibration.brier:.3f}" in text


def test_lead_says_what_was_read(text: str) -> None:
    assert "12 studies of 12 patients, with 8.0 axial slices a study, taken through" in text
    assert "3 (25.0 %) was flagged as doubtful" in text


def test_published_numbers_stand_beside_ours_and_are_marked(folder: Path, text: str) -> None:
    assert text.count(NOTE) >= 3
    for value in PUBLISHED_AXIAL.accuracy.values():
        assert f"{100 * value:.1f}" in text
    legends = re.findall(r'<ul class="legend">.*?</ul>', (folder / "report.html").read_text(), re.DOTALL)
    assert [NOTE in legend for legend in legends] == [False, True]


def test_titles_and_settings_are_escaped(folder: Path) -> None:
    content = (folder / "report.html").read_text()
    assert "<h1>Axial &lt;path&gt; &amp; more</h1>" in content
    assert "yolov5n &amp; &lt;others&gt;" in content


def test_level_without_discs_keeps_its_line(results: AxialResults, folder: Path) -> None:
    first = results.discs[0]
    assert (first.level, first.accuracy.of) == ("L1-L2", 0)
    assert "| L1-L2 | 0 | – | – | – | – | – |" in (folder / "table.md").read_text()
    assert "<h3>L1-L2</h3>" not in (folder / "report.html").read_text()


def test_unanswered_slices_are_counted_in_the_confusion(results: AxialResults, folder: Path) -> None:
    assert sum(results.slices[-1].unanswered) == 12
    for row in results.slices:
        counted = [sum(line) + none for line, none in zip(row.confusion, row.unanswered, strict=True)]
        assert counted == [recall.of for recall in row.recalls]
    rows = re.findall(r'<tr><th scope="row">.*?</tr>', (folder / "report.html").read_text(), re.DOTALL)
    for row in rows:
        of = int(re.findall(r"<small>([\d,]+)</small></th>", row)[0])
        assert sum(map(int, re.findall(r"<small>(\d+)</small></td>", row))) == of


def test_calibration_is_of_the_answered_slices(results: AxialResults, folder: Path) -> None:
    found = results.calibration
    assert len(found.labels) == len(found.probabilities) == 12 * 7
    assert set(found.patients) == set(range(12))
    right = np.eye(3)[list(found.labels)]
    expected = ((np.array(found.probabilities) - right) ** 2).sum(axis=1).mean()
    assert found.brier == pytest.approx(expected)
    assert "probability given, %" in (folder / "report.html").read_text()


def test_seconds_are_of_the_studies_in_which_a_stage_ran(results: AxialResults) -> None:
    assert [(item.seconds, item.studies) for item in results.seconds] == [
        (0.25, 11 if name == "levels" else 12) for name in STAGES
    ]


@pytest.fixture(scope="module")
def phantom_results() -> AxialResults:
    return made_up_results(of_phantom=True)


@pytest.fixture(scope="module")
def phantom_folder(phantom_results: AxialResults, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("phantom-report")
    write_axial_report(phantom_results, path)
    return path


@pytest.fixture(scope="module")
def phantom_text(phantom_folder: Path) -> str:
    return Page((phantom_folder / "report.html").read_text()).text


def test_a_phantom_has_its_own_discs_in_the_report(phantom_text: str, text: str) -> None:
    assert "phantom's own" in phantom_text
    assert "phantom's own" not in text


def test_what_annotations_cannot_tell_is_left_out(results: AxialResults, folder: Path, text: str) -> None:
    assert results.fusion is None
    assert results.measures == ()
    assert [name for name, _ in stages(results)][-1] == "4. Classification"
    for words in ("Both sides together", "limit of agreement", "measured − true"):
        assert words not in text
        assert words not in (folder / "table.md").read_text() + (folder / "table.csv").read_text()


def test_both_sides_stand_beside_each_alone(phantom_results: AxialResults, phantom_text: str) -> None:
    assert phantom_results.fusion is not None
    for row in (*phantom_results.fusion.sides, *phantom_results.fusion.differences):
        assert row.name.capitalize() in phantom_text
        for value in (row.balanced_accuracy, *row.recalls):
            assert interval(value) in phantom_text
        assert f"{row.brier.estimate:.3f}".replace("-", "−") in phantom_text
    assert "better than the axial side alone" in phantom_text or "not told apart from" in phantom_text


def test_measures_stand_with_their_limits_and_plots(
    phantom_results: AxialResults, phantom_folder: Path, phantom_text: str
) -> None:
    assert [item.name for item in phantom_results.measures] == ["Slip", "Disc height", "Herniation’s extent"]
    for item in phantom_results.measures:
        assert item.name in phantom_text
        for value in (item.bias, item.deviation, item.lower, item.upper):
            assert f"{value.estimate:.2f} (".replace("-", "−") in phantom_text
        assert shown(item.near) in phantom_text
        assert shown(item.covered) in phantom_text
    content = (phantom_folder / "report.html").read_text()
    assert content.count("measured − true, mm") == 3
    ids = re.findall(r'\bid="([^"]+)"', content)
    assert len(ids) == len(set(ids))


def test_csv_holds_measures_and_fusion(phantom_results: AxialResults, phantom_folder: Path) -> None:
    with (phantom_folder / "table.csv").open() as stream:
        by_name = {(row["stage"], row["what"], row["figure"]): row for row in csv.DictReader(stream)}
    slip = phantom_results.measures[0]
    assert float(by_name["6", "Slip", "bias, mm"]["value"]) == pytest.approx(slip.bias.estimate, abs=1e-6)
    assert int(by_name["6", "Slip", "within 1 mm of the truth"]["of"]) == slip.near.of
    assert phantom_results.fusion is not None
    (against_axial, _) = phantom_results.fusion.differences
    row = by_name["5", "both − axial", "balanced accuracy"]
    assert float(row["low"]) == pytest.approx(against_axial.balanced_accuracy.low, abs=1e-6)


def test_report_of_studies_in_which_nothing_was_found(tmp_path: Path) -> None:
    read = read_study(1)
    runs = tuple(StageRun(name, ran=False, reason="nothing found") for name in STAGES)
    slices = tuple(SliceResult(name, "", None, "nothing found") for name in read.places)
    blank = replace(read.result, vertebrae=(), slices=slices, findings=(), stages=runs)
    boxes = true_boxes(read)
    found = {box.image: Detections.none() for box in boxes}
    results = summarise("Nothing", [replace(read, result=blank)], boxes, found, [])
    assert math.isnan(results.calibration.brier)
    write_axial_report(results, tmp_path)
    assert "No slice with a disc was given a probability." in (tmp_path / "report.html").read_text()
    json.loads((tmp_path / "results.json").read_text())


def test_csv_holds_the_figures(results: AxialResults, folder: Path) -> None:
    with (folder / "table.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == len(results.figures) + 5 * len(results.discs + results.slices) + 3
    by_name = {(row["what"], row["level"], row["figure"]): row for row in rows}
    ours = results.slices[1]
    row = by_name["slices", "L2-L3", "accuracy"]
    assert float(row["value"]) == pytest.approx(ours.accuracy.share, abs=1e-6)
    assert float(row["low"]) == pytest.approx(ours.accuracy.low, abs=1e-6)
    assert float(row["published"]) == PUBLISHED_AXIAL.accuracy["L2-L3"]
    assert by_name["discs", "L1-L2", "accuracy"]["value"] == ""


def test_markdown_tables_are_rectangular(folder: Path) -> None:
    blocks = re.findall(r"(?:^\|.*\n)+", (folder / "table.md").read_text(), flags=re.MULTILINE)
    assert len(blocks) == 4 + 2 + 2
    for block in blocks:
        assert len({line.count("|") for line in block.splitlines()}) == 1


def test_same_results_give_the_same_report(results: AxialResults, folder: Path, tmp_path: Path) -> None:
    write_axial_report(results, tmp_path)
    for path in folder.iterdir():
        assert path.read_bytes() == (tmp_path / path.name).read_bytes()


def test_terminal_cuts_nothing_off_in_80_columns(phantom_results: AxialResults) -> None:
    stream = io.StringIO()
    print_axial(phantom_results, Console(file=stream, width=80))
    said = stream.getvalue()
    assert "…" not in said
    assert "Upper limit of agreement, mm" in said
    assert "Both − sagittal" in said
    for row in phantom_results.slices[1:]:
        assert shown(row.accuracy).replace(" to ", "–").replace("100.0", "100") in said
