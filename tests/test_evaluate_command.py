"""``discern evaluate``: its table, its JSON, and what it refuses."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import Result
from command import SmallBenchmark
from typer.testing import CliRunner

from commands.evaluate import app
from errors import BadInputError


@pytest.fixture(scope="module")
def model(small_benchmark: SmallBenchmark) -> Path:
    return small_benchmark.out / "trials" / "yolov5n-fold0-seed0" / "model"


@pytest.fixture(scope="module")
def unseen(small_benchmark: SmallBenchmark, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Patients of the fold that the model was tested on, and a picture that is none."""
    folder = Path(shutil.copytree(small_benchmark.data, tmp_path_factory.mktemp("unseen") / "cohort"))
    tested = json.loads((small_benchmark.out / "folds.json").read_text())["test"][0]
    first, *rows = (folder / "images.csv").read_text().splitlines()
    kept = [row for row in rows if row.split(",")[1] in tested]
    (folder / "images.csv").write_text("\n".join([first, *kept, "broken.png,new"]) + "\n", encoding="utf-8")
    (folder / "images" / "broken.png").write_bytes(b"broken")
    return folder


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [*map(str, arguments)], env={"COLUMNS": "80", "NO_COLOR": "1"})


def test_runtimes_stand_side_by_side_within_eighty_columns(model: Path, unseen: Path, tmp_path: Path) -> None:
    out = tmp_path / "scores.json"
    done = run(model, "--data", unseen, "--runtime", "onnxruntime", "--runtime", "openvino", "--out", out)
    assert done.exit_code == 0, done.output
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "yolov5n: images 8, patients 4" in done.stdout
    assert "images that cannot be used: 1;" in " ".join(done.stderr.split())
    written = json.loads(out.read_text())
    assert [item["runtime"] for item in written["runtimes"]] == ["onnxruntime", "openvino"]
    assert [item["name"] for item in written["runtimes"][1]["difference"]] == ["mean", "vertebra", "disc"]


def test_the_json_of_one_runtime_is_all_that_is_printed(model: Path, unseen: Path) -> None:
    done = run(model, "--data", unseen, "--json")
    (only,) = json.loads(done.stdout)["runtimes"]
    assert only["runtime"] == "onnxruntime" and only["difference"] == []


def test_a_cohort_that_the_model_knows_is_refused(
    model: Path, small_benchmark: SmallBenchmark, tmp_path: Path
) -> None:
    done = run(model, "--data", small_benchmark.data, "--out", tmp_path / "scores.json")
    assert isinstance(done.exception, BadInputError)
    assert "trained on 4 of its 8 patients" in str(done.exception)
    assert not (tmp_path / "scores.json").exists()


@pytest.mark.parametrize("out", [".", "no-folder/scores.json"])
def test_a_place_that_cannot_be_written_is_named_before_anything_is_scored(
    model: Path, unseen: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(model, "--data", unseen, "--out", out)
    assert isinstance(done.exception, BadInputError)
    assert str(done.exception).startswith(f"{out}: cannot be written") and done.stdout == ""
    assert [*tmp_path.iterdir()] == []
