"""Recording a finished benchmark in MLflow, where the user asks for it."""

import logging
import math
import os
from pathlib import Path

from benchmarks.results import BenchmarkResults, DetectorResult
from errors import BadInputError

LOCAL = "local"
"""The word for a SQLite store beside the benchmark, ``mlflow.db``."""


def track_benchmark(results: BenchmarkResults, out: Path, where: str) -> None:
    """One MLflow run a detector's row with its settings and figures, the tables and report attached.

    ``where``: ``local``, or a tracking server's URL. Raises BadInputError where it cannot be reached.
    """
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    import mlflow

    logging.getLogger("mlflow").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    mlflow.set_tracking_uri(f"sqlite:///{(out / 'mlflow.db').resolve()}" if where == LOCAL else where)
    try:
        if where == LOCAL and mlflow.get_experiment_by_name(results.title) is None:
            mlflow.create_experiment(results.title, artifact_location=(out / "mlflow").resolve().as_uri())
        mlflow.set_experiment(results.title)
        for item in results.detectors:
            with mlflow.start_run(run_name=item.name):
                mlflow.log_params(dict(results.settings) | {"detector": item.detector, "note": item.note})
                mlflow.log_metrics(_figures(item))
                for file in ("results.json", "table.md", "table.csv", "report.html"):
                    mlflow.log_artifact(str(out / file))
    except mlflow.exceptions.MlflowException as error:
        raise BadInputError(where, f"MLflow cannot record here: {str(error).splitlines()[0]}") from None


def _figures(item: DetectorResult) -> dict[str, float]:
    figures = {"map50": item.map50.estimate, "coco_map": item.coco_map}
    figures |= {f"ap50 {one.name}": one.ap50.estimate for one in item.classes}
    return {name: value for name, value in figures.items() if not math.isnan(value)}
