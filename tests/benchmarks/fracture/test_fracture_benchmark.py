"""A whole benchmark of fractures on small studies: folds, answers, readers, features, report."""

import csv
import io
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from fracture_studies import (
    EDGES,
    label,
    patients,
    pseudonym,
    rows_of,
    small_fracture_protocol,
    write_features,
    write_fracture_cohort,
    write_readings,
)
from rich.console import Console

from annotation.boxes import Box
from benchmarks import progress
from benchmarks.fracture.benchmark import FractureOutcome, run_fracture_benchmark
from benchmarks.fracture.lesions import LesionSource
from benchmarks.fracture.protocol import PHANTOM_VERTEBRAE, FractureProtocol, read_fracture_protocol
from benchmarks.fracture.trial import FractureTrial
from benchmarks.jobs import Executor, Job, TrialFolder
from benchmarks.processes import LocalProcesses
from data.folds import read_folds
from detectors.model_folder import read_card, write_card
from errors import BadInputError
from fracture.activation import activation_close_up
from fracture.classification import classify, open_fracture_model
from fracture.result import FractureResult
from models.identities import patient_identities

PATIENTS = patients(12)
TITLE = "What the model looked at"
pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Benchmark:
    protocol: FractureProtocol
    data: Path
    out: Path
    outcome: FractureOutcome
    printed: str


def run_here(
    trials: Sequence[FractureTrial],
    source: Any,
    folder: TrialFolder,
    executor: Executor,
    watch: Callable[[Job[Any]], None],
) -> list[Job[Any]]:
    """The trials in this process: what a process of its own does is tested for every system."""
    for trial in trials:
        if not folder.trial(trial).exists():
            folder.trial(trial).mkdir(parents=True)
            trial.run(source, folder.trial(trial), lambda epoch, loss: None)
    return []


def run(
    protocol: FractureProtocol,
    data: Path,
    out: Path,
    activation_maps: bool = False,
    run_trials: Callable[..., Any] = run_here,
) -> tuple[FractureOutcome, str]:
    console = Console(width=100, file=io.StringIO())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(progress, "run_trials", run_trials)
        outcome = run_fracture_benchmark(protocol, data, out, LocalProcesses(), 1, console, activation_maps)
    assert isinstance(console.file, io.StringIO)
    return outcome, console.file.getvalue()


@pytest.fixture(scope="module")
def benchmark(tmp_path_factory: pytest.TempPathFactory) -> Benchmark:
    folder = tmp_path_factory.mktemp("fracture-benchmark")
    data = write_fracture_cohort(folder, PATIENTS)
    write_features(data / "features.csv", PATIENTS)
    write_readings(data / "readings.csv", PATIENTS)
    protocol = read_fracture_protocol(str(small_fracture_protocol(folder / "small.yaml", epochs=2)))
    outcome, printed = run(protocol, data, folder / "out")
    return Benchmark(protocol, data, folder / "out", outcome, printed)


def test_every_patient_is_judged_once_by_a_model_that_has_not_seen_them(benchmark: Benchmark) -> None:
    results = benchmark.outcome.results
    assert results is not None and not benchmark.outcome.failed
    assert sorted(item.patient for item in results.answers) == sorted(map(pseudonym, PATIENTS))
    assert results.patients == (8, 4)
    lesions = LesionSource(benchmark.data, "fracture").read()
    folds = read_folds(benchmark.out / "folds.json", lesions.cohort)
    for number, side in enumerate(folds.test):
        answered = (benchmark.out / "trials" / f"fold{number}" / "results").glob("*.json")
        studies = {item.study for item in lesions.lesions if item.patient in side}
        assert {path.stem for path in answered} == studies
        causes = [item.cause for item in lesions.lesions if item.patient in side]
        assert causes.count("malignant") == 2


def test_a_mirror_image_exchanges_the_neighbours_alone(benchmark: Benchmark) -> None:
    lesion = LesionSource(benchmark.data, "fracture").read().lesions[0]
    places = [item.geometry.position[0] for item in lesion.slices]
    assert places == [-4, 0, 4, -4, 0, 4]
    mirrored = lesion.mirrored()
    assert [item.geometry.position[0] for item in mirrored.slices] == [4, 0, -4, 4, 0, -4]
    assert [item.image.kind for item in mirrored.slices] == ["sagittal T1"] * 3 + ["sagittal T2"] * 3
    assert (mirrored.edges, mirrored.cause) == (lesion.edges, lesion.cause)


def test_the_report_has_the_figures_readers_and_features(benchmark: Benchmark) -> None:
    page = (benchmark.out / "report.html").read_text(encoding="utf-8")
    for text in (
        "Small &lt;fractures&gt;",
        "Balanced accuracy",
        "published, other data",
        "Anna (senior",
        "convex border",
    ):
        assert text in page
    assert "simulated, not people" in " ".join(page.split())
    assert "simulated, not people" in " ".join(benchmark.printed.split())
    assert "report.html" in benchmark.printed
    content = json.loads((benchmark.out / "results.json").read_text(encoding="utf-8"))
    assert len(content["answers"]) == len(PATIENTS)
    anna, resident = content["comparison"]["readers"]
    assert anna["sensitivity"]["value"]["estimate"] == 1 and anna["auc"]["estimate"] == 1
    assert resident["specificity"]["right"] == 0 and resident["auc"] is None
    table = (benchmark.out / "table.md").read_text(encoding="utf-8")
    assert "| Sensitivity |" in table and "| thoracic |" in table
    with (benchmark.out / "table.csv").open(encoding="utf-8") as file:
        assert {row["side"] for row in csv.DictReader(file)} == {"model", "Anna", "simulated resident"}


def test_the_same_folder_goes_on_and_another_protocol_is_refused(benchmark: Benchmark) -> None:
    before = (benchmark.out / "results.json").read_bytes()
    outcome, printed = run(benchmark.protocol, benchmark.data, benchmark.out)
    assert outcome.results is not None and printed == benchmark.printed
    assert (benchmark.out / "results.json").read_bytes() == before
    with pytest.raises(BadInputError, match="another protocol, data, thread count"):
        run(replace(benchmark.protocol, seed=1), benchmark.data, benchmark.out)


def test_each_patients_map_is_of_the_fold_that_has_not_seen_them(benchmark: Benchmark) -> None:
    out = benchmark.out
    report, figures, begun = (
        (out / name).read_bytes() for name in ("report.html", "results.json", "benchmark.json")
    )
    assert TITLE not in report.decode() and not (out / "maps").exists()
    (out / "maps").mkdir()
    (out / "maps" / "of-another-run.png").touch()
    (out / ".maps-killed").mkdir()
    _, printed = run(benchmark.protocol, benchmark.data, out, activation_maps=True)
    assert "activation maps: " in printed
    assert (out / "results.json").read_bytes() == figures
    assert (out / "benchmark.json").read_bytes() == begun
    by_patient = {item.patient: item for item in LesionSource(benchmark.data, "fracture").read().lesions}
    names = {f"{item.study}.png" for item in by_patient.values()}
    assert {path.name for path in (out / "maps").iterdir()} == names
    folds = json.loads((out / "folds.json").read_text(encoding="utf-8"))["test"]
    for number, side in enumerate(folds):
        model = open_fracture_model(out / "trials" / f"fold{number}" / "model")
        for patient in side:
            assert not model.classifier.card.trained_on(patient)
            lesion = by_patient[patient]
            found = classify(model, lesion.read(), with_activation=True).activation
            assert found is not None
            picture = activation_close_up(lesion.read(), found, (1, 1))
            assert (out / "maps" / f"{lesion.study}.png").read_bytes() == picture
    page = (out / "report.html").read_text(encoding="utf-8")
    assert TITLE in page and "no segmentation and no explanation" in " ".join(page.split())
    assert 0 < page.count('src="data:image/jpeg;base64,') == page.count("<img") <= len(PATIENTS)
    assert not (out / ".maps-killed").exists()
    (out / ".maps-killed").mkdir()
    run(benchmark.protocol, benchmark.data, out)
    assert (out / "report.html").read_bytes() == report
    assert not list(out.glob("*maps*")), "the report has none"


def test_maps_without_the_models_are_refused_and_the_earlier_ones_stay(
    benchmark: Benchmark, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    shutil.copytree(benchmark.out, out)
    run(benchmark.protocol, benchmark.data, out, activation_maps=True)
    before = sorted(path.name for path in out.iterdir())
    shutil.rmtree(out / "trials" / "fold1" / "model")
    with pytest.raises(BadInputError, match=r"model\.json"):
        run(benchmark.protocol, benchmark.data, out, activation_maps=True)
    assert sorted(path.name for path in out.iterdir()) == before
    assert len(list((out / "maps").iterdir())) == len(PATIENTS)


def test_a_fold_without_a_cause_is_a_warning(benchmark: Benchmark, tmp_path: Path) -> None:
    """One malignant patient in two folds; nobody is given an answer, and so there is no map."""

    def unanswered(
        trials: Sequence[FractureTrial], source: LesionSource, folder: TrialFolder, *_: Any
    ) -> list[Any]:
        for trial in trials:
            results = folder.trial(trial) / "results"
            results.mkdir(parents=True)
            shutil.copytree(benchmark.out / "trials" / "fold0" / "model", results.parent / "model")
            for item in source.read().of_patients(trial.test):
                said = FractureResult(item.study, (), None, "a detector", None, (), "nothing found")
                said.write(results / f"{item.study}.json")
        return []

    cohort = write_fracture_cohort(tmp_path, patients(3))
    outcome, printed = run(benchmark.protocol, cohort, tmp_path / "out", True, unanswered)
    said = "no malignant among its test patients"
    assert said in printed
    assert outcome.results is not None
    warnings = [value for name, value in outcome.results.settings if name == "warning"]
    assert len(warnings) == 1 and said in warnings[0]
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert warnings[0] in page and "there is no map" in page and "<img" not in page


def test_a_detectors_box_is_used_where_the_protocol_says_so(benchmark: Benchmark, tmp_path: Path) -> None:
    """The detector knows phantoms; in these pictures it finds no vertebra, or some box that holds the
    centre."""
    protocol = replace(benchmark.protocol, segment="detector")
    protocol = replace(protocol, settings=replace(protocol.settings, epochs=1))
    outcome, _ = run(protocol, benchmark.data, tmp_path / "out")
    results = outcome.results
    assert results is not None
    unanswered = sum(item.said is None for item in results.answers)
    judged = (tmp_path / "out").glob("trials/*/results/*.json")
    assert {json.loads(path.read_text(encoding="utf-8"))["marked_by"] for path in judged} == {"a detector"}
    assert sum(results.unanswered) == unanswered
    assert sum(map(sum, results.confusion)) == len(PATIENTS) - unanswered


def test_a_detector_that_knows_a_test_patient_is_refused(benchmark: Benchmark, tmp_path: Path) -> None:
    detector = shutil.copytree(PHANTOM_VERTEBRAE, tmp_path / "detector")
    card = read_card(detector)
    known = patient_identities([pseudonym(PATIENTS[0]), "somebody else"], card.salt)
    write_card(detector, replace(card, patients=known))
    protocol = replace(benchmark.protocol, segment="detector", vertebrae=str(detector))
    with pytest.raises(BadInputError, match="was trained on 1 of the cohort's 12 patients") as refused:
        run(protocol, benchmark.data, tmp_path / "out")
    assert pseudonym(PATIENTS[0]) not in str(refused.value)
    assert not (tmp_path / "out").exists()


def test_studies_that_cannot_be_used_are_left_out_with_their_reasons(tmp_path: Path) -> None:
    chosen = patients(5)
    cohort = write_fracture_cohort(tmp_path, chosen)
    rows = [row for row in rows_of(cohort) if row["kind"] == "sagittal T2"]
    of = {item.name: [row for row in rows if row["patient"] == pseudonym(item)] for item in chosen}
    twice, edge, unmarked, t1 = (of[f"patient-{number}"] for number in range(4))
    label(cohort, twice[0]["image"], Box("benign", *EDGES))
    for row in edge:
        label(cohort, row["image"], *([Box("benign", *EDGES)] if row is edge[0] else []))
    label(cohort, unmarked[2]["image"])
    label(cohort, t1[2]["image"])
    on_t1 = next(
        row for row in rows_of(cohort) if row["patient"] == t1[0]["patient"] and row["kind"] == "sagittal T1"
    )
    label(cohort, on_t1["image"], Box("benign", *EDGES))
    found = LesionSource(cohort, "fracture").read()
    assert [item.patient for item in found.lesions] == [pseudonym(chosen[4])]
    reasons = {item.name: item.reason for item in found.left_out}
    for row, reason in (
        (twice, "2 boxes of a fracture"),
        (edge, "is the first of its T2 series"),
        (unmarked, "0 boxes of a fracture"),
        (t1, "another picture than a sagittal T2 one"),
    ):
        assert reason in reasons[row[0]["study"]]


def test_a_cohort_without_a_usable_study_or_too_few_patients_is_refused(
    tmp_path: Path, benchmark: Benchmark
) -> None:
    cohort = write_fracture_cohort(tmp_path, patients(1))
    with pytest.raises(BadInputError, match="too few for 2 folds"):
        run(benchmark.protocol, cohort, tmp_path / "out")
    for path in (cohort / "annotations").iterdir():
        path.unlink()
    with pytest.raises(BadInputError, match="no study in it can be used"):
        run(benchmark.protocol, cohort, tmp_path / "out")
