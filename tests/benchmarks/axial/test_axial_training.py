"""Training the models of the four stages, and a benchmark that is broken off and goes on."""

import io
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from axial_sets import small_axial_protocol, train_small_set
from rich.console import Console
from scenery_studies import LEVELS, write_study_cohort

from axial.models import open_models
from axial.result import read_result
from benchmarks import progress
from benchmarks.axial.benchmark import run_axial_benchmark
from benchmarks.axial.cohort_pictures import pictures_of_cohort
from benchmarks.axial.protocol import read_axial_protocol
from benchmarks.axial.results import AxialResults
from benchmarks.axial.training import epochs_of, train_models
from benchmarks.axial.trial import AxialTrial, StudySource, read_studies_of_cohort
from benchmarks.jobs import Executor, Job, TrialFolder
from benchmarks.processes import LocalProcesses
from benchmarks.trial import read_predictions
from errors import BadInputError
from imaging.study import SeriesKind

QUIET = Console(quiet=True)
QUICK = read_axial_protocol("axial", quick=True)


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_study_cohort(tmp_path_factory.mktemp("axial-training") / "cohort", 6)


def test_a_cohort_s_study_gives_the_pictures_of_the_four_stages(cohort: Path) -> None:
    _, studies = StudySource(cohort, "axial").read()
    pictures = pictures_of_cohort(studies[0])
    assert pictures.sagittal is not None
    assert pictures.sagittal.name == "p0-sag-02.png"
    assert [item.name for item in pictures.sagittal_series] == [
        f"p0-sag-0{number}.png" for number in (1, 2, 3)
    ]
    assert any(item is pictures.sagittal for item in pictures.sagittal_series)
    assert len(pictures.axial) == 3 * len(LEVELS)
    missing = pictures_of_cohort(replace(studies[0], sagittal=(), axial=()))
    assert (missing.no_sagittal, missing.no_axial) == (
        "there is no sagittal T2 picture",
        "there is no axial T2 picture",
    )


@pytest.mark.slow
def test_one_classifier_for_each_level_is_trained_opened_and_read_with(cohort: Path, tmp_path: Path) -> None:
    counted = train_small_set(cohort, tmp_path / "models", per_level=True)
    protocol = read_axial_protocol(str(tmp_path / "models.yaml"))
    assert counted == list(range(1, epochs_of(protocol) + 1))
    models = open_models(tmp_path / "models", threads=1)
    assert set(models.classifiers) == set(LEVELS)
    assert all(not item.card.categories for item in models.classifiers.values())
    _, studies = StudySource(cohort, "axial").read()
    read_studies_of_cohort(studies[:1], models, tmp_path / "results")
    (written,) = (tmp_path / "results").iterdir()
    assert read_result(written).study == "study-0"


def in_this_process(most: int) -> Callable[..., list[Job[AxialTrial]]]:
    """Runs trials as processes would, but in this one; the machine is switched off after so many."""

    def run(
        trials: Sequence[AxialTrial], source: StudySource, folder: TrialFolder, executor: Executor, watch: Any
    ) -> list[Job[AxialTrial]]:
        missing = [trial for trial in trials if not folder.trial(trial).exists()]
        for trial in missing[:most]:
            path = folder.trial(trial)
            path.mkdir(parents=True)
            trial.run(source, path, lambda epoch, loss: None)
        return [Job(trial, folder.log(trial), state="failed") for trial in missing[most:]]

    return run


def figures(results: AxialResults | None) -> str:
    """All but how long it took and how many folds there were."""
    assert results is not None
    return repr(replace(results, seconds=(), settings=()))


def predicted(out: Path) -> dict[str, list[float]]:
    """The scores of stage 3 on every axial picture."""
    found = [read_predictions(path) for path in sorted(out.glob("trials/*/predictions.npz"))]
    assert len(found) == 2
    return {name: item.scores.tolist() for fold in found for name, item in fold.items()}


@pytest.mark.slow
def test_a_benchmark_that_was_broken_off_goes_on_and_ends_the_same(
    cohort: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    protocol = read_axial_protocol(str(small_axial_protocol(tmp_path / "small.yaml")))

    def run(out: str, most: int) -> AxialResults | None:
        monkeypatch.setattr(progress, "run_trials", in_this_process(most))
        return run_axial_benchmark(protocol, cohort, tmp_path / out, LocalProcesses(), 1, QUIET).results

    part = run("broken-off", 1)
    assert part is not None
    first = tmp_path / "broken-off" / "trials" / "fold0"
    before = {path: path.stat().st_mtime_ns for path in first.rglob("*") if path.is_file()}
    whole = run("broken-off", 2)
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert figures(whole) == figures(run("at-once", 2))
    assert predicted(tmp_path / "broken-off") == predicted(tmp_path / "at-once")
    assert whole is not None
    assert (part.patients, whole.patients) == (3, 6)
    _check_warnings(tmp_path / "broken-off", lambda: run("broken-off", 0))
    _check_trials(tmp_path / "at-once", cohort)
    with pytest.raises(BadInputError, match="holds a benchmark of another protocol"):
        run_axial_benchmark(
            read_axial_protocol("axial", quick=True), cohort, tmp_path / "at-once", LocalProcesses(), 1, QUIET
        )


def _check_warnings(out: Path, run: Callable[[], AxialResults | None]) -> None:
    """What is odd about the folds stands in the report."""
    folds = json.loads((out / "folds.json").read_text())
    (out / "folds.json").write_text(json.dumps({**folds, "warnings": ["fold 1: no disc in it"]}))
    results = run()
    assert results is not None and results.settings[-1] == ("warning", "fold 1: no disc in it")
    assert "<td>fold 1: no disc in it</td>" in (out / "report.html").read_text()


def _check_trials(out: Path, cohort: Path) -> None:
    """Each patient was read once, by models of the other fold."""
    folds = json.loads((out / "folds.json").read_text())["test"]
    assert sorted(patient for side in folds for patient in side) == [f"p{number}" for number in range(6)]
    whole, _ = StudySource(cohort, "axial").read()
    for number, patients in enumerate(folds):
        trial = out / "trials" / f"fold{number}"
        assert sorted(path.stem for path in (trial / "results").iterdir()) == sorted(
            f"study-{patient[1:]}" for patient in patients
        )
        axial = whole.of_patients(patients).of_kinds([SeriesKind.AXIAL_T2])
        assert set(read_predictions(trial / "predictions.npz")) == {image.name for image in axial.images}
        card = open_models(trial / "models", threads=1).vertebrae.card
        assert not any(card.trained_on(patient) for patient in patients)


def test_too_few_patients_for_the_folds_are_one_sentence(tmp_path: Path) -> None:
    data = write_study_cohort(tmp_path / "cohort", 2)
    with pytest.raises(BadInputError, match="2 patients are too few for 4 folds"):
        run_axial_benchmark(QUICK, data, tmp_path / "out", LocalProcesses(), 1, QUIET)
    assert not (tmp_path / "out").exists()


def test_a_fold_without_a_class_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = write_study_cohort(tmp_path / "cohort", 2)
    for path in (data / "annotations").glob("p1-*.xml"):
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("<name>herniation</name>", "<name>bulge</name>"), encoding="utf-8")
    protocol = read_axial_protocol(str(small_axial_protocol(tmp_path / "small.yaml")))
    monkeypatch.setattr(progress, "run_trials", in_this_process(0))
    console = Console(width=120, file=io.StringIO())
    run_axial_benchmark(protocol, data, tmp_path / "out", LocalProcesses(), 1, console)
    assert isinstance(console.file, io.StringIO)
    assert "no herniation among its test patients" in console.file.getvalue()


def test_a_class_that_no_disc_has_cannot_be_trained(cohort: Path, tmp_path: Path) -> None:
    """The third state of the discs is taken away before any network is trained."""
    images, studies = StudySource(cohort, "axial").read()
    protocol = read_axial_protocol(str(small_axial_protocol(tmp_path / "small.yaml")))
    without = [
        replace(
            study,
            axial=tuple(
                item for item in study.axial if "herniation" not in {box.label for box in item.image.boxes}
            ),
        )
        for study in studies
    ]
    still = replace(
        protocol,
        vertebrae=replace(protocol.vertebrae, settings=replace(protocol.vertebrae.settings, epochs=0)),
        discs=replace(protocol.discs, settings=replace(protocol.discs.settings, epochs=0)),
    )
    with pytest.raises(ValueError, match="no training sample of class 'herniation'"):
        train_models(images, without, cohort, still, 1, tmp_path, lambda epoch, loss: None)
