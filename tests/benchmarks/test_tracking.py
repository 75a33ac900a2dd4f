"""Recording in MLflow, in the store beside the benchmark."""

from pathlib import Path

import pytest
from mlflow import MlflowClient
from trials import made_up_results

from benchmarks.report import write_report
from benchmarks.tracking import LOCAL, track_benchmark
from errors import BadInputError


def test_a_run_for_each_row_with_its_figures_and_files(tmp_path: Path) -> None:
    results = made_up_results()
    write_report(results, tmp_path)

    track_benchmark(results, tmp_path, LOCAL)

    client = MlflowClient(f"sqlite:///{tmp_path / 'mlflow.db'}")
    experiment = client.get_experiment_by_name(results.title)
    assert experiment is not None
    runs = {run.info.run_name: run for run in client.search_runs([experiment.experiment_id])}
    assert set(runs) == {item.name for item in results.detectors}
    first = results.detectors[0]
    assert runs[first.name].data.metrics["map50"] == pytest.approx(first.map50.estimate)
    assert runs[first.name].data.params["view"] == "diagnosis"
    files = {file.path for file in client.list_artifacts(runs[first.name].info.run_id)}
    assert files == {"results.json", "table.md", "table.csv", "report.html"}


def test_a_server_that_cannot_be_reached_is_one_sentence(tmp_path: Path) -> None:
    results = made_up_results()
    write_report(results, tmp_path)

    with pytest.raises(BadInputError, match="MLflow cannot record here"):
        track_benchmark(results, tmp_path, "http://127.0.0.1:9")
