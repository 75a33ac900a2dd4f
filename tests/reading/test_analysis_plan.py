"""The analysis plan: what it fixes, and what deviates from it."""

import hashlib
from pathlib import Path

import pandas as pd
import pytest

from errors import BadInputError
from reading.analysis.analysis_plan import DEFAULT_PLAN, EXPLORATORY, PRE_SPECIFIED, read_plan

PLAN = """
title: Surgeons against the AI
tables: [accuracy, times]
primary_endpoint: slip
endpoints: [herniation]
readers: [Ann, Bo]
"""


def plan_file(tmp_path: Path, content: str = PLAN) -> Path:
    path = tmp_path / "plan.yaml"
    path.write_text(content)
    return path


def table(**columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(columns)


def test_a_plan_has_the_sha_256_of_its_file(tmp_path: Path) -> None:
    plan = read_plan(plan_file(tmp_path))
    assert plan.sha256 == hashlib.sha256(PLAN.encode()).hexdigest()
    assert plan.planned.not_called == "wrong"


def test_the_default_plan_can_be_read() -> None:
    plan = read_plan()
    assert plan.path == DEFAULT_PLAN
    assert plan.planned.primary_endpoint == "herniation"
    assert plan.planned.primary_measures == ("sensitivity", "specificity")


def test_rows_are_pre_specified_by_table_endpoint_and_reader(tmp_path: Path) -> None:
    plan = read_plan(plan_file(tmp_path))
    rows = table(endpoint=["herniation", "slip", "bulge", "slip"], reader=["Ann", "AI", "Bo", "Cy"])
    expected = [PRE_SPECIFIED, PRE_SPECIFIED, EXPLORATORY, EXPLORATORY]
    assert plan.marked("accuracy", rows)["plan"].tolist() == expected
    assert set(plan.marked("agreement", rows)["plan"]) == {EXPLORATORY}
    assert plan.marked("times", table(reader=["Ann"]))["plan"].tolist() == [PRE_SPECIFIED]


def test_a_plan_that_is_not_the_registered_one_makes_everything_exploratory(tmp_path: Path) -> None:
    path = plan_file(tmp_path)
    registered = read_plan(path).sha256.upper()
    kept = read_plan(path, registered)
    assert not kept.changed and kept.deviations({"Ann", "Bo"}) == ()
    path.write_text(PLAN + "alpha: 0.1\n")
    changed = read_plan(path, registered)
    assert changed.changed
    assert set(changed.marked("accuracy", table(endpoint=["slip"]))["plan"]) == {EXPLORATORY}
    assert "not the file" in changed.deviations({"Ann", "Bo"})[0]


def test_readers_who_were_not_planned_or_did_not_read_are_deviations(tmp_path: Path) -> None:
    unregistered, missing, unplanned = read_plan(plan_file(tmp_path)).deviations({"Ann", "Cy"})
    assert "No SHA-256" in unregistered
    assert missing == "Planned, but did not read: Bo."
    assert unplanned == "Read, but were not planned: Cy."


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("title: [", "not YAML"),
        ("a list", "an analysis plan is a mapping"),
        ("title: A", "'tables' is missing"),
        (PLAN + "colour: red", "unknown key 'colour'"),
        (PLAN.replace("slip", "fracture"), "unknown endpoint 'fracture'"),
        (PLAN + "alpha: 2", "alpha lies between 0 and 1"),
        (PLAN + "primary_measures: []", "primary_measures is empty"),
        (PLAN + "primary_measures: [speed]", "one of sensitivity, specificity"),
        (PLAN + "not_called: ignored", "one of wrong, normal"),
    ],
)
def test_what_is_no_plan_is_one_sentence(content: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=rf"^[^\n]*plan\.yaml: [^\n]*{said}[^\n]*$"):
        read_plan(plan_file(tmp_path, content))


def test_a_missing_plan_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="cannot be read"):
        read_plan(tmp_path / "none.yaml")
