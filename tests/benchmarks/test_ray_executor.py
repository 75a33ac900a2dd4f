"""Trials on a Ray cluster of several node processes: what is left when one of them is killed."""

import sys
import time
from pathlib import Path
from typing import Any

import pytest
from counting import Counting
from free_port import free_port
from ray.cluster_utils import Cluster
from ray_cluster import with_two_nodes
from shelf import BusyShelf, shelf_storage
from typer.testing import CliRunner

import benchmarks.ray_tasks
from benchmarks.jobs import Job, TrialFolder, run_trials
from benchmarks.ray_tasks import RayTasks
from cluster.joining import RayCluster
from cluster.storage import UrlStorage
from commands.benchmark import app
from errors import BadInputError


@pytest.fixture(scope="module")
def tasks(joined: RayCluster) -> RayTasks:
    return RayTasks(joined)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "source").mkdir()
    return tmp_path / "source"


def written(folder: TrialFolder) -> dict[str, str]:
    """Every file of the finished trials, and of half-written ones if there were any."""
    files = (path for path in (folder.path / "trials").rglob("*") if path.is_file())
    return {str(path.relative_to(folder.path)): path.read_text() for path in files}


def starts(source: Path) -> list[int]:
    """How often each trial was begun, sorted."""
    return sorted(len(path.read_text().splitlines()) for path in source.iterdir())


def is_alive(process: int) -> bool:
    """A process that has ended says no more how it was called, even where nobody has taken notice."""
    try:
        return bool(Path(f"/proc/{process}/cmdline").read_bytes())
    except OSError:
        return False


def test_a_failed_trial_leaves_its_log_and_a_finished_one_is_not_run_again(
    tasks: RayTasks, source: Path, tmp_path: Path
) -> None:
    folder = TrialFolder(tmp_path / "ray")
    folder.trial(Counting(1)).mkdir(parents=True)
    (failed,) = run_trials([Counting(1), Counting(13, 1), Counting(2, 1)], source, folder, tasks)
    assert failed.trial.number == 13
    assert "ValueError: an unlucky number" in failed.log.read_text()
    assert sorted(path.name for path in source.iterdir()) == ["counting-13", "counting-2"]
    assert written(folder) == {
        "trials/counting-2/begun.txt": "half-written\n",
        "trials/counting-2/sum.txt": "2\n",
    }


def test_trials_come_home_through_an_object_store(tasks: RayTasks, source: Path, tmp_path: Path) -> None:
    storage = shelf_storage(tmp_path / "shelf")
    folder = TrialFolder(tmp_path / "home")
    away = RayTasks(tasks.cluster, storage=storage)
    (failed,) = run_trials([Counting(13, 1), Counting(2, 1)], source, folder, away)
    assert failed.trial.number == 13
    assert "ValueError: an unlucky number" in failed.log.read_text()
    assert written(folder) == {
        "trials/counting-2/begun.txt": "half-written\n",
        "trials/counting-2/sum.txt": "2\n",
    }
    assert [path for path in (tmp_path / "shelf").rglob("*") if path.is_file()] == []


def fetched_with(
    errors: list[BaseException], tasks: RayTasks, source: Path, tmp_path: Path, patch: pytest.MonkeyPatch
) -> tuple[TrialFolder, list[Job[Any]]]:
    """What came home of a trial, and failed, where the store answers here with these errors at first."""
    storage = shelf_storage(tmp_path / "shelf", BusyShelf)
    read = UrlStorage.read

    def answer(self: UrlStorage, name: str) -> bytes | None:
        if errors:
            raise errors.pop()
        return read(self, name)

    patch.setattr(UrlStorage, "read", answer)
    folder = TrialFolder(tmp_path / "home")
    try:
        return folder, run_trials([Counting(2, 1)], source, folder, RayTasks(tasks.cluster, storage=storage))
    finally:
        assert [path for path in (tmp_path / "shelf").rglob("*") if path.is_file()] == []


def test_a_store_that_does_not_answer_is_asked_again(
    tasks: RayTasks, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors: list[BaseException] = [OSError("slow down"), TimeoutError()]
    folder, failed = fetched_with(errors, tasks, source, tmp_path, monkeypatch)
    assert failed == []
    assert "trials/counting-2/sum.txt" in written(folder)


def test_a_store_that_never_answers_fails_the_trial_alone(
    tasks: RayTasks, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(benchmarks.ray_tasks, "_SEEN_SECONDS", 0.5)
    errors: list[BaseException] = [OSError("slow down") for _ in range(1000)]
    folder, (failed,) = fetched_with(errors, tasks, source, tmp_path, monkeypatch)
    assert "what the trial wrote cannot be fetched: slow down" in failed.log.read_text()
    assert written(folder) == {}


def test_an_interrupt_leaves_nothing_in_the_store(
    tasks: RayTasks, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(KeyboardInterrupt):
        fetched_with([KeyboardInterrupt()], tasks, source, tmp_path, monkeypatch)


def test_a_trial_that_no_machine_holds_is_refused(tasks: RayTasks, source: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="no machine of this cluster has the 64 processors and 0 GPUs"):
        run_trials([Counting(1, threads=64)], source, TrialFolder(tmp_path), tasks)
    with pytest.raises(BadInputError, match=r"the 1 processors and 0\.5 GPUs of a trial"):
        run_trials([Counting(1)], source, TrialFolder(tmp_path), RayTasks(tasks.cluster, gpus=0.5))


def test_an_interrupt_ends_every_trial(tasks: RayTasks, source: Path, tmp_path: Path) -> None:
    folder = TrialFolder(tmp_path / "ray")

    def interrupt(job: Job[Any]) -> None:
        if job.epoch > 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_trials([Counting(number, 2000) for number in range(3)], source, folder, tasks, interrupt)
    assert written(folder) == {}
    logs = {path: path.read_text() for path in (folder.path / "logs").iterdir()}
    time.sleep(0.3)
    assert {path: path.read_text() for path in logs} == logs


def test_a_node_killed_in_mid_run_changes_no_result(
    cluster: Cluster, tasks: RayTasks, source: Path, tmp_path: Path
) -> None:
    with_two_nodes(cluster)
    trials = [Counting(number, 3, held=True) for number in range(3)]
    folder = TrialFolder(tmp_path / "ray")
    under_way: set[str] = set()
    victims = [min(cluster.worker_nodes, key=lambda node: node.node_id)]
    gate = source.with_name("gate")

    def kill_a_node(job: Job[Any]) -> None:
        if job.epoch > 1:
            under_way.add(job.trial.name)
        if len(under_way) == 2 and victims:
            # Each of the two nodes has a trial. None of them ends before one has gone with its node.
            processes = [int(path.read_text()) for path in source.iterdir()]
            cluster.remove_node(victims.pop(), allow_graceful=False)
            while all(map(is_alive, processes)):
                time.sleep(0.05)
            gate.touch()

    assert run_trials(trials, source, folder, tasks, kill_a_node) == []
    assert starts(source) == [1, 1, 2]
    assert written(folder) == {
        name: text
        for number in range(3)
        for name, text in {
            f"trials/counting-{number}/begun.txt": "half-written\n",
            f"trials/counting-{number}/sum.txt": f"{number * 6}\n",
        }.items()
    }


def test_where_no_cluster_answers_it_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInputError, match=r"no Ray cluster to be used \(.*refused\); docs/scale.md"):
        RayCluster.join(f"127.0.0.2:{free_port()}")
    for nonsense in ("ray://somewhere", "nowhere"):
        with pytest.raises(BadInputError, match="no Ray cluster to be used"):
            RayCluster.join(nonsense)
    monkeypatch.setattr("cluster.joining.canonicalize_bootstrap_address", lambda address: None)
    with pytest.raises(BadInputError, match=r"^Ray: no cluster found here \(.*\); start one"):
        RayCluster.join("auto")


def command(tmp_path: Path, *arguments: str) -> str:
    """What the command says to a benchmark that it refuses."""
    call = ["benchmark", "lumbar", "--data", str(tmp_path), "--out", str(tmp_path / "out"), *arguments]
    done = CliRunner().invoke(app, call)
    assert done.exit_code != 0
    assert not (tmp_path / "out").exists()
    return str(done.exception) if isinstance(done.exception, BadInputError) else done.output


def test_the_command_refuses_what_ray_cannot_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for arguments in (("--gpus-per-trial", "1"), ("--storage", "memory://trials"), ("--address", "auto")):
        assert "only --executor ray takes" in command(tmp_path, *arguments)
    nowhere = f"127.0.0.2:{free_port()}"
    assert "no Ray cluster to be used" in command(tmp_path, "--executor", "ray", "--address", nowhere)
    monkeypatch.delitem(sys.modules, "cluster.joining")
    monkeypatch.setitem(sys.modules, "ray", None)
    assert "Ray: ray is not installed" in command(tmp_path, "--executor", "ray")
