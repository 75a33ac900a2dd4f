"""What a comparison leaves behind: tables, plots, the page and the paper, and what stands in them."""

import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from reader_study import plan, reference_study, study
from reader_tables import at, boxed, readings, reference, right, said

from axial.result import ModelIdentity
from errors import BadInputError
from reading.analysis.comparison import Comparison, compare
from reading.readings import AI, Readings
from reading.reference import Reference
from reading.report.about import AboutModels
from reading.report.blocks import Cards, Grid, Report
from reading.report.cells import interval, number, p_value, percent, points
from reading.report.gallery import disc_picture, error_cards
from reading.report.report import report_of, summary
from reading.report.study_folder import write_comparison

MODELS = AboutModels((ModelIdentity("vertebrae", "vertebrae", "yolov5n", "0123456789ab"),), ())


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    tables = ("accuracy", "reader_against_ai", "arm_against_arm")
    experts = study(("before",), ("X", "Y", "Z"))
    return compare(study(), reference_study(), plan(tables=tables), experts)


@pytest.fixture(scope="module")
def report(comparison: Comparison) -> Report:
    return report_of(comparison, MODELS, *error_cards(comparison, 5))


def words(report: Report) -> str:
    return " ".join(
        str(getattr(block, "text", "")) + " ".join(getattr(block, "lines", ()))
        for section in report.sections
        for block in section.blocks
    )


def renamed(given: Readings, reader: str, name: str) -> Readings:
    discs = (replace(disc, reader=name) if disc.reader == reader else disc for disc in given.discs)
    return Readings(given.path, tuple(discs))


def test_a_reference_without_a_single_finding_still_gives_a_report() -> None:
    healthy = tuple(replace(disc, verdict="normal", slip=False) for disc in reference_study().discs)
    found = compare(study(), Reference(Path("nowhere"), healthy), plan())
    written = report_of(found, MODELS, *error_cards(found, 0))
    titles = [section.title for section in written.sections]
    assert {"Primary result", "Per level", "Slip"} <= set(titles)
    assert "Not computed: the finding is in 0 of" in words(written)
    assert set(found.by_level["measure"]) == {""} and found.by_level["note"].str.contains("the finding").all()


def test_the_sections_stand_in_the_order_of_stard(report: Report) -> None:
    titles = [section.title for section in report.sections]
    expected = [
        "Flow of cases and discs", "Participants and partitions", "Reference standard", "Readers",
        "Models and versions", "Analysis plan", "Primary result", "Secondary results", "Per class",
        "Per level", "Slip", "Many readers, many cases", "ROC", "Times", "Agreement of the readers",
        "Indeterminate and uncalled discs", "Sensitivity analysis", "Wrong calls", "Limits",
    ]  # fmt: skip
    assert [title for title in titles if title in expected] == expected


def test_every_table_row_has_a_cell_for_each_heading(report: Report) -> None:
    grids = [block for section in report.sections for block in section.blocks if isinstance(block, Grid)]
    assert len(grids) > 15
    for grid in grids:
        assert {len(row) for group in grid.groups for row in group.rows} == {len(grid.headings)}


def test_what_the_plan_names_is_pre_specified_and_all_else_exploratory(report: Report) -> None:
    marks = {section.title: section.mark for section in report.sections}
    assert marks["Primary result"] == "pre-specified"
    assert marks["ROC"] == marks["Agreement of the readers"] == marks["Per level"] == "exploratory"


def test_few_readers_bring_the_warnings_of_their_tests(report: Report, comparison: Comparison) -> None:
    assert "a claim about readers in general is not supported" in words(report)
    assert "7 to 8 %" in words(report)
    five = tuple("ABCDE")
    many = report_of(compare(study(("alone",), five), reference_study(), plan()), MODELS, (), 0)
    assert "7 to 8 %" not in words(many)


def test_simulated_readers_are_named_so_at_the_top_and_in_the_limits(comparison: Comparison) -> None:
    simulated = compare(renamed(study(), "Ann", "simulated Ann"), reference_study(), plan())
    report = report_of(simulated, MODELS, (), 0)
    assert report.warning.startswith("Simulated readers")
    assert report.warning in words(report)
    assert report_of(comparison, MODELS, (), 0).warning == ""


@pytest.mark.parametrize(
    ("learned_from", "says"),
    [
        (None, "was not looked up"),
        ((), "has none of the 10 in it"),
        (("patient of c1",), "were trained on 1 of them"),
    ],
)
def test_whether_models_learned_from_these_patients_is_said(
    learned_from: tuple[str, ...] | None, says: str, comparison: Comparison
) -> None:
    report = report_of(comparison, AboutModels((), learned_from), (), 0)
    assert says in words(report)
    assert "patient of c1" not in words(report)


def test_the_summary_has_the_primary_result(comparison: Comparison) -> None:
    rows = comparison.accuracy.query("endpoint == 'herniation' and measure == 'sensitivity'")
    (ai,) = rows[rows["reader"] == AI]["estimate"]
    first, second, tests = summary(comparison)[:3]
    assert first.startswith(f"Herniation, sensitivity: the AI {100 * ai:.1f} %")
    assert second.startswith("Herniation, specificity: the AI")
    assert "primary tests of the AI against a reader" in tests


def test_a_study_without_ai_likelihoods_times_and_levels_has_a_report_too(tmp_path: Path) -> None:
    truth = reference(
        *(
            right(f"c{case}", boxed(f"{case}.png", 0, 20 * row, 40, 20 * row + 15), verdict)
            for case in range(4)
            for row, verdict in enumerate(("normal", "herniation"))
        )
    )
    said_of = [
        said(reader, disc.case, disc.place, disc.verdict, None)
        for reader in ("Ann", "Bo")
        for disc in truth.discs
    ]
    found = compare(readings(*said_of), truth, plan())
    write_comparison(found, AboutModels(), tmp_path, when=datetime(2026, 1, 2).astimezone())
    titles = re.findall("<h2[^>]*>([^<]+)", (tmp_path / "report.html").read_text())
    assert "Primary result" in titles
    assert not {"ROC", "Times", "Per level"} & set(titles)


def test_the_folder_has_every_table_plot_page_and_paper(comparison: Comparison, tmp_path: Path) -> None:
    write_comparison(comparison, MODELS, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "plots",
        "report.html",
        "report.pdf",
        "tables",
    ]
    for name, table in comparison.tables().items():
        written = pd.read_csv(tmp_path / "tables" / f"{name}.csv", keep_default_na=False)
        assert list(written.columns) == list(table.columns)
        assert len(written) == len(table)
    names = {path.name for path in (tmp_path / "plots").iterdir()}
    assert {"flow.svg", "flow.png", "primary.svg", "primary-differences.svg", "roc.svg", "times.svg"} <= names
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")


def test_the_page_needs_no_network_and_keeps_its_svg_ids_apart(
    comparison: Comparison, tmp_path: Path
) -> None:
    write_comparison(comparison, MODELS, tmp_path)
    page = (tmp_path / "report.html").read_text()
    assert not re.findall(r'(?:src|href)="(?!data:|#)', page)
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_names_cannot_break_the_page(tmp_path: Path) -> None:
    named = renamed(study(("alone",)), "Ann", "<b>Ann & co</b>")
    write_comparison(compare(named, reference_study(), plan()), MODELS, tmp_path)
    assert "<b>Ann" not in (tmp_path / "report.html").read_text()


def pictured(folder: Path) -> tuple[Readings, Reference]:
    rng = np.random.default_rng(0)
    for case in ("c", "d"):
        cv2.imwrite(str(folder / f"{case}.png"), rng.integers(0, 200, (90, 120), np.uint8))
    truth = reference(
        right("c", boxed("c.png", 10, 10, 50, 30), "herniation", slip=True),
        right("c", boxed("c.png", 10, 50, 50, 70), "normal"),
        right("d", boxed("d.png", 10, 10, 50, 30), "bulge"),
    )
    given = readings(
        said("Ann", "c", boxed("c.png", 10, 10, 50, 30), "bulge", False),
        said("Ann", "c", boxed("c.png", 10, 50, 50, 70), "normal"),
        said("Ann", "d", None, None, None),
        said("Bo", "c", boxed("c.png", 10, 10, 50, 30), "bulge", True),
        said("Bo", "c", boxed("c.png", 10, 50, 50, 70), "normal"),
        said("Bo", "d", boxed("d.png", 10, 10, 50, 30), "bulge"),
    )
    return given, replace(truth, folder=folder)


def test_wrong_calls_stand_beside_their_picture_the_most_often_wrong_first(tmp_path: Path) -> None:
    given, truth = pictured(tmp_path)
    cards, wrong = error_cards(compare(given, truth, plan()), 10)
    assert wrong == len(cards) == 2
    first, second = cards
    assert (first.where, first.right) == ("c", "herniation, slipped")
    assert first.said == (("Ann", "bulge, slip missed"), ("Bo", "bulge"))
    assert (second.where, second.said) == ("d", (("Ann", "not called"),))
    assert first.jpeg and first.jpeg.startswith(b"\xff\xd8")
    assert len(error_cards(compare(given, truth, plan()), 1)[0]) == 1


def test_the_box_is_drawn_where_the_disc_is(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "gray.png"), np.full((300, 300), 90, np.uint8))
    shown = cv2.imdecode(
        np.frombuffer(disc_picture(tmp_path / "gray.png", (120, 130, 180, 160)), np.uint8), 1
    )
    height, width = shown.shape[:2]
    assert height == width
    drawn = np.argwhere(shown.max(axis=2) > 120) / width
    assert drawn.min(axis=0) == pytest.approx([5 / 12, 1 / 3], abs=0.02)
    assert drawn.max(axis=0) == pytest.approx([7 / 12, 2 / 3], abs=0.02)


def test_a_picture_that_is_not_there_is_one_sentence_with_its_name(tmp_path: Path) -> None:
    given, truth = pictured(tmp_path)
    (tmp_path / "d.png").unlink()
    with pytest.raises(BadInputError, match=r"d\.png: cannot be read"):
        error_cards(compare(given, truth, plan()), 10)


def test_pictures_may_be_dicom_files(phantom_studies: Path) -> None:
    path = next(phantom_studies.rglob("*.dcm"))
    assert disc_picture(path, (20, 30, 60, 50)).startswith(b"\xff\xd8")
    with pytest.raises(BadInputError, match="no such picture"):
        disc_picture(path.with_name("none.dcm"), None)


def test_cards_without_pictures_have_words(report: Report) -> None:
    (cards,) = (block for section in report.sections for block in section.blocks if isinstance(block, Cards))
    assert len(cards.cards) == 5
    assert all(card.jpeg is None and card.said for card in cards.cards)


def test_numbers_have_true_minus_signs_and_dashes_for_nothing() -> None:
    assert [number(-0.004), number(-1.5), number(float("nan")), number(None)] == ["0.00", "−1.50", "–", "–"]
    assert [percent(0.12345), points(0.05), points(-0.05), points(0.0)] == ["12.3", "+5.0", "−5.0", "0.0"]
    assert [p_value(0.0004), p_value(0.0213)] == ["< 0.001", "0.021"]
    assert interval({"low": 0.1, "high": 0.2}, "low", "high") == "10.0 to 20.0"
    assert interval({"low": float("nan"), "high": 0.2}, "low", "high") == "–"


def test_levels_and_discs_without_an_image_are_named_by_case_and_level() -> None:
    truth = reference(right("c", at("L4-L5"), "bulge"), right("d", at("L4-L5"), "normal"))
    given = readings(said("Ann", "c", at("L4-L5"), "normal"), said("Ann", "d", at("L4-L5"), "normal"))
    (card,), _ = error_cards(compare(given, truth, plan()), 5)
    assert (card.where, card.path) == ("c, L4-L5", None)
