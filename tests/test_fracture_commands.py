"""The fracture system on the command line."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from fracture_studies import EDGES, SIDE, FracturePatient, patients, write_features, write_fracture_study

import cli
import fracture.classification
from annotation.boxes import Box
from annotation.voc import new_voc, write_voc
from fracture.lesion import Lesion
from fracture.result import FractureResult

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """``discern`` in this process and in ``tmp_path``; returns its exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)

    def discern_here(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["discern", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        printed = capsys.readouterr()
        assert "Traceback" not in printed.err
        return int(end.value.code or 0), " ".join(printed.out.split()), printed.err

    return discern_here


@pytest.fixture
def sure_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """A classifier that calls everything malignant."""

    def classify(model: object, lesion: Lesion, vertebrae: object, with_activation: bool) -> FractureResult:
        shares = {"benign": 0.2, "malignant": 0.8}
        return FractureResult(
            lesion.study, lesion.pictures, lesion.edges, lesion.marked_by, "malignant", (), "", shares
        )

    opened = SimpleNamespace(classifier=SimpleNamespace(runtime="made up"))
    monkeypatch.setattr(fracture.classification, "open_fracture_model", lambda *given: opened)
    monkeypatch.setattr(fracture.classification, "classify", classify)


def write_box(folder: Path) -> Path:
    path = folder / "patient_series_003.xml"
    write_voc(new_voc(path, Path("a.png"), (SIDE, SIDE, 1), [Box("malignant", *EDGES)]))
    return path


def test_a_fracture_is_classified_from_a_study_and_a_box(run: Run, tmp_path: Path, sure_model: None) -> None:
    write_fracture_study(tmp_path / "study", FracturePatient("a", "malignant", 1))
    box = write_box(tmp_path)
    code, printed, _ = run("classify-fracture", "study", "--model", "any", "--box", box, "--out", "said.json")
    assert code == 0
    assert "study: malignant, probability of malignancy 0.80" in printed
    assert "vertebra marked by a box" in printed and "T2 lesion slice: 3" in printed
    assert json.loads(Path("said.json").read_text(encoding="utf-8"))["cause"] == "malignant"
    code, printed, _ = run("classify-fracture", "study", "--model", "any", "--box", box, "--json")
    assert json.loads(printed)["probabilities"]["malignant"] == 0.8


@pytest.mark.parametrize(
    "marked",
    [(), ("--level", "L1"), ("--vertebrae", "v"), ("--box", "b.xml", "--vertebrae", "v", "--level", "L1")],
)
def test_the_vertebra_is_marked_in_one_way(run: Run, marked: tuple[str, ...]) -> None:
    code, _, error = run("classify-fracture", "study", "--model", "any", *marked)
    assert code == 2 and "give --box, or --vertebrae and" in error


def test_bad_input_is_one_sentence(run: Run, tmp_path: Path, sure_model: None) -> None:
    write_fracture_study(tmp_path / "study", FracturePatient("a", "malignant", 1), t1_shift=30)
    code, _, error = run("classify-fracture", "study", "--model", "any", "--box", write_box(tmp_path))
    assert code == 1 and "no T1 slice within half a slice step" in " ".join(error.split())
    assert not list(tmp_path.glob("*.json"))


@pytest.mark.parametrize("system", ["axial", "cervical"])
def test_a_benchmark_without_activation_maps_says_so_before_it_begins(run: Run, system: str) -> None:
    code, _, error = run("benchmark", system, "--quick", "--out", "out", "--activation-maps")
    assert code == 2 and "--activation-maps is for fractures alone" in error
    assert not Path("out").exists()


def test_features_are_tested_printed_and_written(run: Run, tmp_path: Path) -> None:
    write_features(tmp_path / "features.csv", patients(30))
    code, printed, _ = run("fracture-features", "features.csv", "--out", "tests.csv")
    assert code == 0
    assert "1 of 3 features differ between the causes at p ≤ .001" in printed
    assert Path("tests.csv").read_text(encoding="utf-8").startswith("name,malignant,of_malignant,")
    code, printed, _ = run("fracture-features", "features.csv", "--json")
    assert [item["name"] for item in json.loads(printed)] == ["convex_border", "thoracic", "fracture"]
    before = Path("features.csv").read_bytes()
    code, _, error = run("fracture-features", "features.csv", "--out", "./features.csv")
    assert code == 2 and "name another file" in " ".join(error.split())
    assert Path("features.csv").read_bytes() == before
    code, _, error = run("fracture-features", "nothing.csv")
    assert code == 1 and "cannot be read" in error
