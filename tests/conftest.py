"""What every test may use."""

import os
from pathlib import Path

import pytest
from command import SmallBenchmark, discern, small_protocol
from hypothesis import settings
from postgres_server import database_url, postgres_server
from ray_cluster import cluster, joined
from scenery import write_cohort

__all__ = ["cluster", "database_url", "joined", "postgres_server"]

# How long one example takes says more about the machine than about the code.
settings.register_profile("discern", deadline=None)
settings.load_profile("discern")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with the real sample and the golden numbers, which is no part of the repository."""
    beside = Path(__file__).resolve().parents[1].parent / "shared"
    folder = Path(os.environ.get("DISCERN_SHARED", beside))
    if not folder.is_dir():
        pytest.skip(f"no sample data at {folder}; set DISCERN_SHARED to the folder that holds it")
    return folder


@pytest.fixture(scope="session")
def small_benchmark(tmp_path_factory: pytest.TempPathFactory) -> SmallBenchmark:
    folder = tmp_path_factory.mktemp("small-benchmark")
    protocol = small_protocol(folder / "small.yaml", "yolov5n")
    data = write_cohort(folder / "cohort", patients=8, images=2)
    done = discern("benchmark", protocol, "--data", data, "--out", folder / "out", "--jobs", 2)
    assert done.returncode == 0, done.stderr
    return SmallBenchmark(protocol, data, folder / "out", done.stdout)
