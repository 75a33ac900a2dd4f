"""The command line as its users meet it: what it prints, and how it says no."""

import json
import subprocess
from pathlib import Path

import cv2
import pytest
from command import SmallBenchmark, discern
from scenery import scene, write_cohort

import cli
from annotation.voc import read_voc

COMMANDS = [
    "export", "deidentify", "phantom", "label-phantom", "convert",
    "annotate", "assign", "status", "agree", "adjudicate", "prelabel", "progress", "noise",
    "check", "benchmark", "compare-benchmarks", "train", "start-weights", "predict", "evaluate", "demo",
    "train-axial", "evaluate-axial", "train-fracture", "classify-fracture", "fracture-features",
    "compare", "simulate-readers", "simulate-null", "power",
]  # fmt: skip


def run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: object
) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of the command line, in this process."""
    monkeypatch.setattr("sys.argv", ["discern", *map(str, arguments)])
    monkeypatch.setenv("COLUMNS", "200")
    code = 0
    try:
        cli.main()
    except SystemExit as end:
        code = int(end.code or 0)
    printed = capsys.readouterr()
    return code, printed.out, printed.err


@pytest.fixture
def model(small_benchmark: SmallBenchmark) -> Path:
    return small_benchmark.out / "trials" / "yolov5n-fold0-seed0" / "model"


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "picture.png"
    cv2.imwrite(str(path), scene(3)[0])
    return path


def test_the_console_script_lists_its_commands() -> None:
    done = discern("--help")
    assert done.returncode == 0
    for command in COMMANDS:
        assert command in done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_shows_an_example(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, _ = run(capsys, monkeypatch, command, "--help")
    assert code == 0
    assert f"Example: discern {command}" in " ".join(out.split())


def bad_calls(folder: Path) -> dict[str, list[object]]:
    """A wrong call of every command, by the file that its complaint must name."""
    data = write_cohort(folder / "cohort", patients=3)
    (folder / "empty").mkdir()
    (folder / "broken.yaml").write_text("view: [")
    (folder / "view.yaml").write_text("view: nowhere\ndetectors: [yolov5n]\n")
    benchmark: list[object] = ["benchmark", "--out", folder / "out"]
    return {
        "no-such-folder": ["check", folder / "no-such-folder"],
        "no-such-labels.txt": ["check", data, "--labels", folder / "no-such-labels.txt"],
        "no-such-protocol": [*benchmark, "no-such-protocol", "--data", data],
        "broken.yaml": [*benchmark, folder / "broken.yaml", "--data", data],
        "nowhere": [*benchmark, folder / "view.yaml", "--data", data],
        "no-such-cohort": [*benchmark, "lumbar", "--data", folder / "no-such-cohort"],
        "images.csv": [*benchmark, "lumbar", "--data", folder / "empty"],
        "(": [*benchmark, "lumbar", "--data", data, "--patient-pattern", "("],
        "3 patients": [*benchmark, "lumbar", "--data", data],
        "no-such-benchmark": [
            "train", "yolov5n", "--benchmark", folder / "no-such-benchmark", "--out", folder / "model",
        ],
        "no yolov5n": [
            "train", "yolov5n", "--protocol", "lumbar", "--data", data, "--out", folder / "model",
        ],
        "weights.safetensors": ["start-weights", folder / "empty", folder / "start.safetensors"],
        "model.json": ["predict", folder / "empty", data / "images"],
        "empty/model.json": ["evaluate", folder / "empty", "--data", data],
    }  # fmt: skip


def test_bad_input_is_one_sentence_on_stderr_and_exit_code_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = bad_calls(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    for named, call in calls.items():
        code, _, err = run(capsys, monkeypatch, *call)
        assert code == 1, (call, err)
        assert err.startswith("error: "), err
        assert err.count("\n") == 1, err
        assert named in err
        assert "Traceback" not in err
        assert sorted(tmp_path.rglob("*")) == before, f"{call} left something behind"


def test_a_place_that_cannot_be_written_is_named(
    model: Path,
    picture: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "taken").touch()
    taken = tmp_path / "taken" / "out"
    for call in (
        ["predict", model, picture, "--out", taken],
        ["phantom", "--out", taken, "--patients", 1],
        ["start-weights", model, taken],
    ):
        code, _, err = run(capsys, monkeypatch, *call)
        assert code == 1, err
        assert "taken" in err
        assert err.count("\n") == 1, err


@pytest.mark.parametrize(
    "call", [["predict"], ["benchmark", "lumbar"], ["nothing"], ["train", "yolov5n", "--out", "m"]]
)
def test_wrong_usage_is_exit_code_2(
    call: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, _, err = run(capsys, monkeypatch, *call)
    assert code == 2
    assert "Traceback" not in err


def test_benchmark_prints_its_table(small_benchmark: SmallBenchmark) -> None:
    assert "16 images of 8 patients, 2 folds, 2 trials" in small_benchmark.printed
    assert "yolov5n" in small_benchmark.printed


def test_benchmark_as_json_is_the_results_file(small_benchmark: SmallBenchmark) -> None:
    done = discern(
        "benchmark",
        small_benchmark.protocol,
        "--data",
        small_benchmark.data,
        "--out",
        small_benchmark.out,
        "--json",
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == json.loads((small_benchmark.out / "results.json").read_text())


def test_predict_writes_xml_that_reads_back(
    model: Path,
    picture: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    call = ("predict", model, picture, "--out", tmp_path / "boxes", "--threshold", 0.01, "--json")
    code, out, _ = run(capsys, monkeypatch, *call)
    assert code == 0
    printed = json.loads(out)[str(picture)]
    assert printed
    voc = read_voc(tmp_path / "boxes" / "picture.xml")
    assert (voc.filename, voc.width, voc.height) == ("picture.png", 96, 96)
    assert not voc.warnings
    assert [box.label for box in voc.boxes] == [box["label"] for box in printed]
    for box, other in zip(voc.boxes, printed, strict=True):
        for edge in ("xmin", "ymin", "xmax", "ymax"):
            assert getattr(box, edge) == pytest.approx(other[edge], abs=1)


def test_predict_in_another_runtime_says_which_one(
    model: Path, picture: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    call = ("predict", model, picture, "--threshold", 0.01, "--json")
    _, usual, silent = run(capsys, monkeypatch, *call)
    code, out, err = run(capsys, monkeypatch, *call, "--runtime", "openvino")
    assert code == 0
    boxes, others = (json.loads(text)[str(picture)] for text in (usual, out))
    assert [box["label"] for box in others] == [box["label"] for box in boxes]
    assert [box["xmin"] for box in others] == pytest.approx([box["xmin"] for box in boxes], abs=0.5)
    assert silent == ""
    assert err.startswith("computed by OpenVINO ") and err.endswith(", CPU, f32\n")
    assert run(capsys, monkeypatch, *call, "--runtime", "telepathy")[0] == 2


def test_predict_goes_on_after_a_broken_picture_and_names_it(
    model: Path, picture: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (picture.parent / "broken.png").write_bytes(picture.read_bytes()[:300])
    code, out, err = run(capsys, monkeypatch, "predict", model, picture.parent, "--threshold", 0.01)
    assert code == 1
    assert "picture.png" in out
    assert err.startswith("error: ")
    assert "broken.png" in err
    assert err.count("\n") == 1


def test_a_broken_picture_is_one_line_of_the_whole_process(model: Path, picture: Path) -> None:
    """OpenCV, ONNX Runtime and the like write to stderr past Python."""
    picture.write_bytes(picture.read_bytes()[:300])
    done: subprocess.CompletedProcess[str] = discern("predict", model, picture)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1, done.stderr
