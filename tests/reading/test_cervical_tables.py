"""Tables of cervical discs: what is read, refused and compared in the words of their label set."""

from pathlib import Path

import pytest
from reader_tables import at, readings, reference, right, said

from annotation.labels import CERVICAL, LUMBAR, grading_of, named_label_set
from axial.models import PHANTOM_MODELS, SAGITTAL
from errors import BadInputError
from reading.analysis.analysis_plan import DEFAULT_PLANS, AnalysisPlan, read_plan
from reading.analysis.comparison import Comparison, compare
from reading.analysis.endpoints import compared_endpoints, endpoints_of
from reading.readings import AI, AI_ARM, DiscReading, read_readings, write_readings
from reading.reference import read_reference, write_reference
from reading.report.about import AboutModels, about_models
from reading.report.blocks import Grid
from reading.report.report import report_of

LEVELS = CERVICAL.levels[:3]
CASES = 9


def state_of(case: int, level: str) -> str:
    return CERVICAL.states[(case + LEVELS.index(level)) % 3]


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> AnalysisPlan:
    path = tmp_path_factory.mktemp("plan") / "plan.yaml"
    path.write_text(DEFAULT_PLANS["cervical"].read_text().replace("resamples: 2000", "resamples: 100"))
    return read_plan(path)


@pytest.fixture(scope="module")
def comparison(plan: AnalysisPlan) -> Comparison:
    """Ann takes every injury for a lesion of the disc, the AI every third case for normal."""
    truth = [(f"c{case}", level, state_of(case, level)) for case in range(CASES) for level in LEVELS]
    of_ann = [
        said("Ann", case, at(level), "disc" if state == "injured" else state, None)
        for case, level, state in truth
    ]
    of_ai = [
        DiscReading(AI, AI_ARM, case, f"patient of {case}", at(level), state, lesion_likelihood=likelihood)
        for case, level, right_state in truth
        for state in ["normal" if case in ("c0", "c3", "c6") else right_state]
        for likelihood in [0.1 if state == "normal" else 0.9]
    ]
    discs = (right(case, at(level), state) for case, level, state in truth)
    return compare(readings(*of_ann, *of_ai), reference(*discs), plan)


def test_a_label_set_has_the_grading_whose_states_it_has() -> None:
    assert grading_of(named_label_set("cervical").classes) is CERVICAL
    for name in ("lumbar", "axial", "axial-published"):
        assert grading_of(named_label_set(name).classes) is LUMBAR


def test_the_endpoints_are_the_states_and_any_but_normal() -> None:
    assert [*endpoints_of(CERVICAL)] == ["injured", "disc", "normal", "disc or injured"]
    assert endpoints_of(CERVICAL)["disc or injured"].likelihood == "lesion_likelihood"
    assert [item.name for item in compared_endpoints(CERVICAL)] == ["injured", "disc", "disc or injured"]
    assert [*endpoints_of(LUMBAR)] == ["herniation", "bulge", "normal", "bulge or herniation", "slip"]


def test_tables_come_back_as_they_were_written(tmp_path: Path) -> None:
    calls = (
        DiscReading("Ann", "alone", "c1", "p1", at("C7-T1"), "injured", lesion_likelihood=5, seconds=30.5),
        DiscReading("Ann", "alone", "c1", "p1", at("C2-C3"), None, seconds=30.5, indeterminate=True),
    )
    write_readings(tmp_path / "READINGS.csv", calls, CERVICAL)
    head = (tmp_path / "READINGS.csv").read_text().splitlines()[0]
    assert head.endswith("ymax,verdict,lesion_likelihood,seconds,indeterminate")
    assert read_readings(tmp_path / "READINGS.csv", CERVICAL).discs == calls
    discs = reference(right("c1", at("C2-C3"), "disc"), right("c1", at("C3-C4"), "injured"))
    write_reference(tmp_path / "REFERENCE.csv", discs, CERVICAL)
    assert read_reference(tmp_path / "REFERENCE.csv", CERVICAL).discs == discs.discs


def test_words_of_another_label_set_are_refused_with_those_that_are_right(tmp_path: Path) -> None:
    (tmp_path / "READINGS.csv").write_text("reader,arm,case,patient,level,verdict\nA,x,c,p,C2-C3,bulge\n")
    with pytest.raises(BadInputError, match="none of normal, disc, injured"):
        read_readings(tmp_path / "READINGS.csv", CERVICAL)
    (tmp_path / "REFERENCE.csv").write_text("case,patient,level,verdict,slip\nc,p,C2-C3,disc,0\n")
    with pytest.raises(BadInputError, match="'slip' is unknown"):
        read_reference(tmp_path / "REFERENCE.csv", CERVICAL)


def test_a_plan_names_endpoints_of_its_own_label_set(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text("title: x\ntables: []\nlabel_set: cervical\n")
    with pytest.raises(BadInputError, match="'herniation'; choose of injured, disc"):
        read_plan(path)
    path.write_text("title: x\ntables: []\nlabel_set: thoracic\n")
    with pytest.raises(BadInputError, match="choose of lumbar, cervical"):
        read_plan(path)


def test_readers_are_compared_by_the_states_of_the_label_set(comparison: Comparison) -> None:
    measured = comparison.accuracy.set_index(["reader", "endpoint", "measure"])["estimate"]
    assert measured["Ann", "injured", "sensitivity"] == 0
    assert measured["Ann", "disc or injured", "sensitivity"] == 1
    assert measured["Ann", "disc", "specificity"] == 0.5
    assert measured[AI, "disc or injured", "sensitivity"] == pytest.approx(2 / 3)
    assert set(comparison.reader_against_ai["endpoint"]) == {"injured", "disc", "disc or injured"}
    roc = comparison.roc[comparison.roc["reader"] == AI]
    assert set(roc["endpoint"]) == {"disc or injured"}


def test_the_report_speaks_of_no_slips_and_of_no_lumbar_paper(comparison: Comparison) -> None:
    report = report_of(comparison, AboutModels(), (), 0)
    titles = [section.title for section in report.sections]
    assert "Primary result" in titles
    assert not {"Slip", "As the first paper has it"} & set(titles)
    (participants,) = (item for item in report.sections if item.title == "Participants and partitions")
    (table,) = (block for block in participants.blocks if isinstance(block, Grid))
    assert table.headings == ("Level", "discs", "normal", "disc", "injured")
    everything = repr(report.sections).casefold()
    assert "herniat" not in everything and "slip" not in everything


def test_one_detector_is_named_in_a_report_and_asked_whom_it_learned_from() -> None:
    about = about_models(PHANTOM_MODELS / SAGITTAL, reference(right("c1", at("C2-C3"))))
    assert [(item.stage, item.folder) for item in about.identities] == [("discs", "sagittal")]
    assert about.learned_from == ()
