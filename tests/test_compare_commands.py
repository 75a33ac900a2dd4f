"""``discern compare`` and ``discern simulate-readers``, from files to reports."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import cli
from axial.result import StageRun, StudyResult
from data.phantom.studies import StudyPlan, generate_studies
from imaging.study import SeriesKind
from reading.analysis.analysis_plan import DEFAULT_PLAN, DEFAULT_PLANS, read_plan
from reading.simulation.simulated_readers import FIRST_PAPER

Run = Callable[..., tuple[int, str, str]]
LEVELS, VERDICTS = ("L3-L4", "L4-L5", "L5-S1"), ("normal", "bulge", "herniation")
PLAN = DEFAULT_PLAN.read_text().replace("resamples: 2000", "resamples: 100")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """``discern`` in this process and in ``tmp_path``; returns its exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def discern_here(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["discern", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        printed = capsys.readouterr()
        assert "Traceback" not in printed.err
        return int(end.value.code or 0), printed.out, printed.err

    return discern_here


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """READINGS.csv of Ann and the AI, REFERENCE.csv and a quick plan."""
    truth = [(case, place, VERDICTS[(case + place) % 3]) for case in range(8) for place in range(3)]
    rows = ["case,patient,level,verdict,slip"]
    rows += [f"c{case},p{case},{LEVELS[place]},{verdict},0" for case, place, verdict in truth]
    (tmp_path / "REFERENCE.csv").write_text("\n".join(rows) + "\n")
    rows = ["reader,arm,case,patient,level,verdict,slip,seconds"]
    for reader, arm, wrong in (("Ann", "alone", 3), ("AI", "standalone", 5)):
        for number, (case, place, verdict) in enumerate(truth):
            said = "bulge" if number % wrong == 0 else verdict
            rows.append(f"{reader},{arm},c{case},p{case},{LEVELS[place]},{said},0,{20 + case}")
    (tmp_path / "READINGS.csv").write_text("\n".join(rows) + "\n")
    (tmp_path / "plan.yaml").write_text(PLAN)
    return tmp_path


COMPARE = ("compare", "READINGS.csv", "--reference", "REFERENCE.csv", "--out", "out", "--plan", "plan.yaml")


def test_a_comparison_says_the_primary_result_and_where_its_report_is(run: Run, files: Path) -> None:
    code, printed, complaint = run(*COMPARE)
    assert (code, complaint) == (0, "")
    assert "Herniation, sensitivity: the AI" in printed
    assert "No SHA-256 of the plan was noted" in printed
    assert "begin at out/report.html" in printed
    assert sorted(path.name for path in (files / "out").iterdir()) == [
        "plots",
        "report.html",
        "report.pdf",
        "tables",
    ]


def test_results_of_lumbar_studies_are_no_readings_of_cervical_discs(run: Run, tmp_path: Path) -> None:
    (tmp_path / "REFERENCE.csv").write_text("case,patient,level,verdict\nc1,p1,C2-C3,injured\n")
    (tmp_path / "READINGS.csv").write_text(
        "reader,arm,case,patient,level,verdict\nA,alone,c1,p1,C2-C3,disc\n"
    )
    (tmp_path / "plan.yaml").write_text(DEFAULT_PLANS["cervical"].read_text())
    code, _, complaint = run(*COMPARE, "--ai", "results")
    assert code == 1 and "results of lumbar studies" in complaint
    assert not (tmp_path / "out").exists()


def test_the_json_has_every_table_and_the_plans_hash(run: Run, files: Path) -> None:
    sha256 = read_plan(files / "plan.yaml").sha256
    code, printed, said = run(*COMPARE, "--plan-hash", sha256, "--json")
    found = json.loads(printed)
    assert code == 0 and "begin at out/report.html" in said
    assert found["plan"] == {"sha256": sha256, "registered": sha256, "deviations": []}
    assert set(found["tables"]) == {path.stem for path in (files / "out/tables").iterdir()}


def result(study: str) -> StudyResult:
    return StudyResult(study, None, (), (), (), (), (StageRun("vertebrae", True, seconds=1.5),), ())


def test_the_ais_readings_come_from_results_too(run: Run, files: Path) -> None:
    table = files / "READINGS.csv"
    table.write_text("\n".join(row for row in table.read_text().splitlines() if row[:3] != "AI,") + "\n")
    (files / "results").mkdir()
    for case in range(8):
        result(f"c{case}").write(files / "results" / f"c{case}.json")
    assert run(*COMPARE, "--ai", "results")[0] == 0
    reads = (files / "out/tables/readings.csv").read_text()
    assert "AI,standalone,8,0,8,24,24" in reads


def bad(files: Path) -> dict[str, tuple[tuple[object, ...], str]]:
    """Wrong calls, and what is said of each."""
    lines = (files / "READINGS.csv").read_text().splitlines()
    (files / "typo.csv").write_text(
        "\n".join([*lines[:3], lines[3].replace("herniation", "hernia"), *lines[4:]])
    )
    (files / "results").mkdir()
    result("elsewhere").write(files / "results" / "elsewhere.json")
    (files / "full").mkdir()
    (files / "full" / "something").write_text("")
    (files / "no-results").mkdir()
    people = files / "people.csv"
    people.write_text("\n".join(row for row in lines if not row.startswith("AI,")) + "\n")
    given = ("--reference", "REFERENCE.csv", "--out", "out", "--plan", "plan.yaml")
    return {
        "line": (("compare", "typo.csv", *given), "typo.csv:4: verdict is none of"),
        "table": (("compare", "none.csv", *given), "none.csv: cannot be read"),
        "truth": (
            ("compare", "READINGS.csv", *given[2:], "--reference", "no-results"),
            "no-results: no phantom",
        ),
        "plan": (("compare", "READINGS.csv", *given[:4], "--plan", "none.yaml"), "none.yaml: cannot be read"),
        "elsewhere": (
            ("compare", "READINGS.csv", *given, "--ai", "results"),
            "results/elsewhere.json: a study",
        ),
        "ai": (("compare", "people.csv", *given, "--ai", "no-results"), "no-results: no results in it"),
        "models": (("compare", "people.csv", *given, "--models", "no-results"), "axial.json: no models here"),
        "out": (("compare", "people.csv", *given[:2], "--out", "full"), "full: already there and not empty"),
        "protocol": (("simulate-readers", "none.yaml", "--out", "out"), "none.yaml: cannot be read"),
        "studies": (
            ("simulate-readers", "--out", "out", "--studies", "no-results"),
            "no-results: no phantom studies",
        ),
    }


BAD = ("line", "table", "truth", "plan", "elsewhere", "ai", "models", "out", "protocol", "studies")


@pytest.mark.parametrize("mistake", BAD)
def test_bad_input_is_one_sentence_and_nothing_is_written(mistake: str, run: Run, files: Path) -> None:
    call, sentence = bad(files)[mistake]
    before = sorted(files.iterdir())
    code, printed, complaint = run(*call)
    assert (code, printed) == (1, "")
    assert sentence in complaint and complaint.count("\n") == 1
    assert sorted(files.iterdir()) == before


def test_readings_and_results_of_the_ai_at_once_are_refused(run: Run, files: Path) -> None:
    (files / "results").mkdir()
    result("c0").write(files / "results" / "c0.json")
    code, _, complaint = run(*COMPARE, "--ai", "results")
    assert code == 1
    assert "READINGS.csv:26: has readings of the AI already" in complaint


@pytest.mark.slow
def test_a_simulated_study_goes_from_phantoms_to_the_report(run: Run, files: Path) -> None:
    generate_studies(files / "studies", 3, 21, StudyPlan((SeriesKind.SAGITTAL_T2,), 1), workers=1)
    call = ("simulate-readers", FIRST_PAPER, "--cases", 3, "--studies", "studies", "--plan", "plan.yaml")
    code, printed, complaint = run(*call, "--out", "out")
    assert (code, complaint) == (0, "")
    assert "No surgeon has read anything here" in printed
    assert "No SHA-256" not in printed
    names = {path.name for path in (files / "out").iterdir()}
    assert names == {"READINGS.csv", "REFERENCE.csv", "EXPERTS.csv", "comparison"}
    page = (files / "out/comparison/report.html").read_text()
    assert "No surgeon has read anything here" in page
    assert "simulated surgeon, 4 years" in page
    again = ("compare", "out/READINGS.csv", "--reference", "out/REFERENCE.csv", "--plan", "plan.yaml")
    assert run(*again, "--out", "again")[0] == 0
    assert "No surgeon has read anything here" in (files / "again/report.html").read_text()
