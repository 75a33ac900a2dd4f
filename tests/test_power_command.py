"""``discern power``: the table, its JSON, its files and what it refuses."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest
from click.testing import Result
from PIL import Image
from typer.testing import CliRunner

from commands.power import app
from stats.power import PairedStudy, power_table

DESIGN = ["--readers", "1", "--readers", "3", "--cases", "20", "--cases", "40", "--repetitions", "10"]
ENDPOINT = ["--sensitivity", "0.85", "--difference", "0.08"]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [*map(str, arguments)], env={"COLUMNS": "200", "NO_COLOR": "1"})


def test_every_design_has_its_row_and_few_readers_their_note() -> None:
    done = run(*DESIGN, *ENDPOINT)
    assert done.exit_code == 0
    assert "sensitivity 85 % by readers, 93 % by readers with the AI's help" in done.stdout
    said = " ".join(done.stdout.replace("│", " ").split())  # whatever the width of the terminal
    assert said.count("speaks about these readers only") == 2
    assert said.count("3 readers: a claim about readers in general is not supported") == 2


def test_the_json_has_the_assumptions_whose_defaults_are_the_studys() -> None:
    said = json.loads(run(*DESIGN, *ENDPOINT, "--json").stdout)
    assert said["study"] == asdict(PairedStudy(0.85, 0.93))
    expected = power_table(PairedStudy(0.85, 0.93), [1, 3], [20, 40], repetitions=10)
    assert said["power"] == expected.to_dict("records")


def test_the_folder_gets_table_figures_and_plot(tmp_path: Path) -> None:
    done = run(*DESIGN, *ENDPOINT, "--json", "--out", tmp_path / "power")
    assert sorted(path.name for path in (tmp_path / "power").iterdir()) == [
        "power.csv",
        "power.json",
        "power.png",
    ]
    assert json.loads((tmp_path / "power/power.json").read_text()) == json.loads(done.stdout)
    assert (tmp_path / "power/power.csv").read_text().startswith("readers,cases,power,low,high\n1,20,")
    with Image.open(tmp_path / "power/power.png") as picture:
        assert picture.width > picture.height > 400


def test_specificity_against_the_ai_is_another_study() -> None:
    done = run(*DESIGN, "--specificity", "0.9", "--difference", "-0.1", "--against", "AI", "--json")
    study = json.loads(done.stdout)["study"]
    assert (study["merit"], study["against"], study["first"]) == ("specificity", "AI", 0.9)
    assert study["second"] == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("endpoint", "complaint"),
    [
        (["--difference", "0.1"], "one of the two"),
        ([*ENDPOINT, "--specificity", "0.9"], "one of the two"),
        (["--sensitivity", "0.95", "--difference", "0.08"], "second sensitivity is 1.03"),
        ([*ENDPOINT, "--within-patient", "1"], "correlation within patients is 1"),
    ],
)
def test_an_impossible_study_is_refused_in_a_sentence(endpoint: list[str], complaint: str) -> None:
    done = run(*DESIGN, *endpoint)
    assert done.exit_code == 2
    assert complaint in " ".join(done.stderr.split())
