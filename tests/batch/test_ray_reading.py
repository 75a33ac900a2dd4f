"""Studies read on a Ray cluster of several node processes, one of which is killed in mid-run."""

import json
from pathlib import Path
from typing import Any

import pytest
import ray
from ray.cluster_utils import Cluster
from ray_cluster import with_two_nodes
from scenery_studies import write_study
from typer.testing import CliRunner

from axial.models import PHANTOM_MODELS, open_models
from batch.manifest import BatchSettings, Manifest, ReadingOptions
from batch.ray_data import RayDataReading
from batch.sources import study_sources
from batch.studies import Task
from cluster.joining import RayCluster
from cluster.storage import open_storage
from commands.read_study import app
from errors import BadInputError

STUDIES = 4


@pytest.fixture(scope="module")
def studies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two patients under several names, and a study that cannot be read."""
    folder = tmp_path_factory.mktemp("ray") / "studies"
    for number in range(2):
        write_study(folder / f"study-{number}", f"patient-{number}")
    for number in range(2, STUDIES):
        (folder / f"study-{number}").symlink_to(f"study-{number % 2}", target_is_directory=True)
    (folder / "study-bad").mkdir()
    return folder


def read_here(studies: Path, out: Path) -> str:
    done = CliRunner().invoke(app, [str(studies), "--out", str(out), "--threads", "1"])
    assert done.exit_code == 1, done.output
    return done.output


def results(folder: Path) -> dict[str, Any]:
    """What was found in each study, without how long it took."""
    found = {path.name: json.loads(path.read_text()) for path in folder.glob("*.json")}
    for result in found.values():
        for stage in result["stages"]:
            del stage["seconds"]
    return found


def kill_a_reading_node(cluster: Cluster) -> None:
    actors = ray._private.state.actors().values()
    reading = {
        actor["Address"]["NodeID"]
        for actor in actors
        if actor["State"] == "ALIVE" and "_Reader" in actor["ActorClassName"]
    }
    victim = next(node for node in cluster.worker_nodes if node.node_id in reading)
    cluster.remove_node(victim, allow_graceful=False)


def test_a_node_killed_in_mid_run_loses_nothing(
    cluster: Cluster, joined: RayCluster, studies: Path, tmp_path: Path
) -> None:
    with_two_nodes(cluster)
    options, opened = ReadingOptions(), open_models(PHANTOM_MODELS, threads=1)
    storage = open_storage(str(tmp_path / "ray"))
    manifest = Manifest.open(storage, BatchSettings.of(opened, "onnxruntime", options))
    reading = RayDataReading(joined, PHANTOM_MODELS, opened.identities, 1, "onnxruntime", actors=1)
    sources = study_sources([studies])
    outcomes = []
    for outcome in reading.read(sources, Task(options, storage, manifest)):
        if not outcomes:
            kill_a_reading_node(cluster)
        outcomes.append(outcome)
    assert sorted(item.source.name for item in outcomes) == [source.name for source in sources]
    (failed,) = (item for item in outcomes if item.error)
    assert str(failed.error).startswith(f"{studies / 'study-bad'}: no MR images that can be read in it")
    assert [source.name for source in manifest.unread(sources)] == ["study-bad"]

    said = read_here(studies, tmp_path / "ray")
    assert f"{STUDIES} of {STUDIES + 1} studies were read before; going on with 1" in said
    read_here(studies, tmp_path / "local")
    names = [sorted(path.name for path in (tmp_path / name).iterdir()) for name in ("ray", "local")]
    assert names[0] == names[1]
    assert results(tmp_path / "ray") == results(tmp_path / "local")
    assert len(results(tmp_path / "ray")) == STUDIES
    page = (tmp_path / "ray" / "index.html").read_bytes()
    assert page == (tmp_path / "local" / "index.html").read_bytes()


def test_models_that_no_machine_can_open_are_one_sentence(joined: RayCluster, studies: Path) -> None:
    reading = RayDataReading(joined, studies, (), 1, "onnxruntime", actors=1)
    with pytest.raises(BadInputError, match=f"the batch was broken off: {studies}/"):
        next(reading.read(study_sources([studies]), Task(ReadingOptions())))


def test_an_actor_that_no_machine_holds_is_refused(joined: RayCluster, studies: Path) -> None:
    reading = RayDataReading(joined, PHANTOM_MODELS, (), 64, "onnxruntime")
    with pytest.raises(BadInputError, match="no machine of this cluster has the 64 processors"):
        next(reading.read(study_sources([studies]), Task(ReadingOptions())))
