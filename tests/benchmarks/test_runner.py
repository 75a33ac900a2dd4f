"""Trials as processes: what a benchmark leaves behind when all goes well, and when it does not."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from command import SmallBenchmark, discern, small_protocol, start
from scenery import write_cohort

from benchmarks.jobs import run_trials
from benchmarks.processes import LocalProcesses
from benchmarks.runner import BenchmarkFolder, Run, prepare
from benchmarks.trial import read_predictions
from detectors.model_folder import read_card
from errors import BadInputError

SECONDS = 300


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[str] | None = None) -> None:
    """Wait until something is so, as long as the process that is to make it so lives."""
    end = time.monotonic() + (SECONDS if process else 10)
    while not condition():
        assert process is None or process.poll() is None, process.communicate()
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def children(process: subprocess.Popen[str]) -> list[int]:
    return [
        int(child)
        for task in Path(f"/proc/{process.pid}/task").iterdir()
        for child in (task / "children").read_text().split()
    ]


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def trained(log: Path, epochs: int) -> bool:
    return log.exists() and f"epoch {epochs}/" in log.read_text(errors="replace")


def partial(out: Path) -> list[str]:
    return [path.name for path in (out / "trials").iterdir() if path.name.startswith(".")]


def record(trial: Path) -> dict[str, object]:
    """``trial.json`` but for the timing."""
    content = json.loads((trial / "trial.json").read_text())
    return {name: value for name, value in content.items() if "seconds" not in name}


def results(out: Path) -> dict[str, object]:
    content = json.loads((out / "results.json").read_text())
    del content["timing"]
    return content


def test_a_finished_benchmark(small_benchmark: SmallBenchmark) -> None:
    out = small_benchmark.out
    assert sorted(path.name for path in (out / "trials").iterdir()) == [
        "yolov5n-fold0-seed0",
        "yolov5n-fold1-seed0",
    ]
    folds = json.loads((out / "folds.json").read_text())["test"]
    for number, patients in enumerate(folds):
        trial = out / "trials" / f"yolov5n-fold{number}-seed0"
        assert sorted(path.name for path in (trial / "model").iterdir()) == [
            "model.json",
            "model.onnx",
            "weights.safetensors",
        ]
        predicted = read_predictions(trial / "predictions.npz")
        assert sorted({name.partition("-")[0] for name in predicted}) == sorted(patients)
    for name in ("table.md", "table.csv", "results.json", "report.html"):
        assert (out / name).stat().st_size > 100


def test_a_finished_benchmark_trains_nothing_again(small_benchmark: SmallBenchmark) -> None:
    out = small_benchmark.out
    trials = [*(out / "trials").glob("*/predictions.npz"), *(out / "logs").iterdir()]
    before = {path: path.stat().st_mtime_ns for path in trials}
    again = discern("benchmark", small_benchmark.protocol, "--data", small_benchmark.data, "--out", out)
    assert again.returncode == 0, again.stderr
    assert {path: path.stat().st_mtime_ns for path in trials} == before


def test_ctrl_c_leaves_nothing_half_written(small_benchmark: SmallBenchmark, tmp_path: Path) -> None:
    out = tmp_path / "out"
    process = start("benchmark", small_benchmark.protocol, "--data", small_benchmark.data, "--out", out)
    wait_for(lambda: trained(out / "logs" / "yolov5n-fold0-seed0.log", 2), process)
    trials = children(process)
    os.killpg(process.pid, signal.SIGINT)
    _, complaint = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted" in complaint
    assert "Traceback" not in complaint
    assert partial(out) == []
    wait_for(lambda: all(gone(pid) for pid in trials))


def test_ctrl_c_while_a_trial_is_starting_prints_no_traceback(
    small_benchmark: SmallBenchmark, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    process = start("benchmark", small_benchmark.protocol, "--data", small_benchmark.data, "--out", out)
    wait_for(lambda: (out / "benchmark.json").exists() and bool(children(process)), process)
    time.sleep(0.5)
    os.killpg(process.pid, signal.SIGINT)
    _, complaint = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in complaint


@pytest.mark.parametrize("detector", ["yolov5n", pytest.param("ppyolov2-r18", marks=pytest.mark.acceptance)])
def test_a_kill_in_the_middle_of_training_changes_no_result(
    detector: str, small_benchmark: SmallBenchmark, tmp_path: Path
) -> None:
    if detector == "yolov5n":
        undisturbed, protocol = small_benchmark.out, small_benchmark.protocol
    else:
        undisturbed = tmp_path / "undisturbed"
        protocol = small_protocol(tmp_path / "small.yaml", detector, epochs=6)
        done = discern(
            "benchmark", protocol, "--data", small_benchmark.data, "--out", undisturbed, "--jobs", 2
        )
        assert done.returncode == 0, done.stderr
    out = tmp_path / "killed"
    command = ("benchmark", protocol, "--data", small_benchmark.data, "--out", out)
    first, second = (f"{detector}-fold{fold}-seed0" for fold in (0, 1))
    process = start(*command)
    wait_for(lambda: trained(out / "logs" / f"{second}.log", 2), process)
    trials = children(process)
    process.kill()
    process.wait()
    wait_for(lambda: all(gone(pid) for pid in trials))
    assert not (out / "trials" / second).exists()
    finished = (out / "trials" / first / "predictions.npz").stat().st_mtime_ns

    again = discern(*command)
    assert again.returncode == 0, again.stderr
    assert (out / "trials" / first / "predictions.npz").stat().st_mtime_ns == finished
    assert partial(out) == []
    for name in (first, second):
        mine, theirs = out / "trials" / name, undisturbed / "trials" / name
        assert (mine / "predictions.npz").read_bytes() == (theirs / "predictions.npz").read_bytes()
        assert (mine / "model" / "weights.safetensors").read_bytes() == (
            theirs / "model" / "weights.safetensors"
        ).read_bytes()
        assert record(mine) == record(theirs)
    assert results(out) == results(undisturbed)


def test_a_trial_that_fails_leaves_its_log_and_the_others_go_on(
    small_benchmark: SmallBenchmark, tmp_path: Path
) -> None:
    protocol = tmp_path / "failing.yaml"
    protocol.write_text(
        "view: anatomy\nfolds: 2\nsettings: {image_size: 64, epochs: 1}\ndetectors:\n"
        "  yolov5n: {start_weights: nowhere.safetensors}\n  yolov3-tiny: {epochs: 0, start_weights: null}\n"
    )
    folder = BenchmarkFolder(tmp_path / "out")
    plan = prepare(Run(str(protocol), str(small_benchmark.data), False, None, 1), folder)
    chosen = [trial for trial in plan.trials if trial.fold == 0]
    states = []
    failed = run_trials(
        chosen,
        plan.source,
        folder,
        LocalProcesses(2),
        lambda job: states.append((job.trial.detector, job.state)),
    )
    assert [job.trial.detector for job in failed] == ["yolov5n"]
    log = failed[0].log.read_text()
    assert "nowhere.safetensors: no such weights file" in log
    assert ("yolov3-tiny", "done") in states
    assert [path.name for path in (tmp_path / "out" / "trials").iterdir()] == ["yolov3-tiny-fold0-seed0"]


@pytest.fixture
def begun(small_benchmark: SmallBenchmark, tmp_path: Path) -> tuple[Run, BenchmarkFolder]:
    """A benchmark that was laid out, none of whose trials has run."""
    run = Run(str(small_benchmark.protocol), str(small_benchmark.data), False, None, 1)
    folder = BenchmarkFolder(tmp_path / "out")
    prepare(run, folder)
    return run, folder


def test_the_same_benchmark_reuses_its_folds(begun: tuple[Run, BenchmarkFolder]) -> None:
    run, folder = begun
    folds = json.loads(folder.folds.read_text())
    folds["test"].reverse()
    folder.folds.write_text(json.dumps(folds))
    plan = prepare(run, folder)
    assert [list(side) for side in plan.folds.test] == folds["test"]
    assert folder.run() == run


def test_a_benchmark_of_something_else_in_the_same_folder_is_refused(
    begun: tuple[Run, BenchmarkFolder], tmp_path: Path
) -> None:
    run, folder = begun
    other = write_cohort(tmp_path / "other", patients=7)
    protocol = small_protocol(tmp_path / "other.yaml", "yolov5n", epochs=25)
    for changed in (
        replace(run, protocol=str(protocol)),
        replace(run, data=str(other)),
        replace(run, threads=2),
    ):
        with pytest.raises(BadInputError, match="out: holds a benchmark of another"):
            prepare(changed, folder)


def test_a_view_that_was_changed_makes_another_benchmark(
    small_benchmark: SmallBenchmark, tmp_path: Path
) -> None:
    (tmp_path / "mine.yaml").write_text("classes: {disc: [disc]}\n")
    protocol = tmp_path / "protocol.yaml"
    protocol.write_text("view: mine.yaml\nfolds: 2\ndetectors: [yolov5n]\n")
    run = Run(str(protocol), str(small_benchmark.data), False, None, 1)
    prepare(run, BenchmarkFolder(tmp_path / "out"))
    (tmp_path / "mine.yaml").write_text("classes: {disc: [disc, vertebra]}\n")
    with pytest.raises(BadInputError, match="another protocol"):
        prepare(run, BenchmarkFolder(tmp_path / "out"))


def test_damaged_and_unusable_folders_are_named(begun: tuple[Run, BenchmarkFolder], tmp_path: Path) -> None:
    run, folder = begun
    folder.benchmark.write_text("{")
    with pytest.raises(BadInputError, match="out: no benchmark here"):
        prepare(run, folder)
    with pytest.raises(BadInputError, match="nothing: no benchmark here"):
        BenchmarkFolder(tmp_path / "nothing").run()
    (tmp_path / "file").touch()
    with pytest.raises(BadInputError, match="file: cannot be written"):
        prepare(run, BenchmarkFolder(tmp_path / "file"))


def test_too_few_patients_are_named_with_their_folder(tmp_path: Path) -> None:
    data = write_cohort(tmp_path / "cohort", patients=1)
    protocol = small_protocol(tmp_path / "small.yaml", "yolov5n")
    with pytest.raises(BadInputError, match="cohort: 1 patients are too few for 2 folds"):
        prepare(Run(str(protocol), str(data), False, None, 1), BenchmarkFolder(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_folds_of_another_benchmark_are_taken_over(
    begun: tuple[Run, BenchmarkFolder], small_benchmark: SmallBenchmark, tmp_path: Path
) -> None:
    run, folder = begun
    folds = json.loads(folder.folds.read_text())
    folds["test"].reverse()
    given = tmp_path / "given.json"
    given.write_text(json.dumps(folds))
    plan = prepare(run, BenchmarkFolder(tmp_path / "other"), given)
    assert [list(side) for side in plan.folds.test] == folds["test"]
    assert prepare(run, BenchmarkFolder(tmp_path / "other"), given).trials == plan.trials
    with pytest.raises(BadInputError, match=r"out: was begun with other folds than .*given\.json"):
        prepare(run, folder, given)


def test_folds_of_another_protocol_are_refused(begun: tuple[Run, BenchmarkFolder], tmp_path: Path) -> None:
    run, folder = begun
    folds = json.loads(folder.folds.read_text())
    folds["test"] = [[patient] for side in folds["test"] for patient in side]
    given = tmp_path / "given.json"
    given.write_text(json.dumps(folds))
    with pytest.raises(
        BadInputError, match=r"given\.json: its folds or held-out patients are not the protocol's"
    ):
        prepare(run, BenchmarkFolder(tmp_path / "other"), given)
    assert not (tmp_path / "other").exists()


def test_start_weights_untouched_are_scored_once_on_every_patient(tmp_path: Path) -> None:
    data = write_cohort(tmp_path / "cohort", patients=4)
    protocol = tmp_path / "rows.yaml"
    protocol.write_text(
        "view: anatomy\nfolds: 2\nseeds: [3, 4]\nstart_weights_rows: true\n"
        "settings: {image_size: 64, epochs: 0}\ndetectors: [yolov5n]\n"
    )
    folder = BenchmarkFolder(tmp_path / "out")
    plan = prepare(Run(str(protocol), str(data), False, None, 1), folder)
    (untouched,) = [trial for trial in plan.trials if trial.fold is None]
    assert (untouched.name, untouched.note) == ("yolov5n-untouched-seed3", "start weights untouched")
    assert untouched.training == ()
    assert sorted(untouched.test) == ["p0", "p1", "p2", "p3"]
    assert run_trials([untouched], plan.source, folder, LocalProcesses()) == []
    assert len(read_predictions(folder.trial(untouched) / "predictions.npz")) == 4
    assert read_card(folder.trial(untouched) / "model").folds == "none: start weights untouched"


def test_every_fold_tests_what_it_was_not_trained_on(begun: tuple[Run, BenchmarkFolder]) -> None:
    run, folder = begun
    plan = prepare(run, folder)
    assert len(plan.trials) == 2
    for trial in plan.trials:
        assert not set(trial.training) & set(trial.test)
        assert set(trial.training) | set(trial.test) == set(plan.cohort.patients)
        assert (trial.settings.seed, trial.settings.threads) == (0, 1)
